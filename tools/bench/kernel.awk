# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel's figures as a table; fails if the runs of one are further apart than so many per cent:
# most.

function figure(id, contestant) {
	if (!((id, contestant) in median))
		return "-"
	return sprintf("%.1f %5.2f%%", median[id, contestant], apart[id, contestant])
}

BEGIN {
	FS = "\t"
	nr = split("kdefer hand limit kunit", contestant, " ")
	split("kdefer,errno and goto,limit,kunit_try_catch", title, ",")
	printf "%-54s", ""
	for (c = 1; c <= nr; c++)
		printf " %18s", title[c]
	print ""
}

/^#/ { next }

{
	median[$2, $3] = $4
	apart[$2, $3] = 100 * ($8 - $7) / $7
	if (most != "" && apart[$2, $3] > most)
		far++
	if (!($2 in label))
		order[++lines] = $2
	label[$2] = $10
}

END {
	for (l = 1; l <= lines; l++) {
		printf "%-54s", label[order[l]]
		for (c = 1; c <= nr; c++)
			printf " %18s", figure(order[l], contestant[c])
		print ""
	}
	if (far)
		printf "%d figures are further apart than %s %%\n", far, most
	exit far > 0
}
