# SPDX-License-Identifier: GPL-2.0-only
#
# bench.tsv as a table.

function time(id, contestant,	m) {
	if (!((id, contestant) in median))
		return "-"
	m = median[id, contestant]
	return sprintf(m < 100 ? "%.2f" : "%.0f", m) \
		sprintf(" %4.1f%%", 50 * (q3[id, contestant] - q1[id, contestant]) / m)
}

function ratio(id) {
	if (!((id, "ratio") in median))
		return "-"
	return sprintf("%.3f (%.3f-%.3f)", median[id, "ratio"], q1[id, "ratio"], q3[id, "ratio"])
}

BEGIN {
	FS = "\t"
	nr = split("go kdefer limit cleanup setjmp cxx", contestant, " ")
	split("Go kdefer limit cleanup setjmp C++", title, " ")
	printf "%-45s", ""
	for (c = 1; c <= nr; c++)
		printf " %14s", title[c]
	printf "  %s\n", "kdefer/Go"
}

/^#/ { next }

{
	median[$2, $3] = $4
	q1[$2, $3] = $5
	q3[$2, $3] = $6
	if (!($2 in label))
		order[++lines] = $2
	label[$2] = $10
}

END {
	for (l = 1; l <= lines; l++) {
		id = order[l]
		printf "%-45s", label[id]
		for (c = 1; c <= nr; c++)
			printf " %14s", time(id, contestant[c])
		printf "  %s\n", ratio(id)
	}
}
