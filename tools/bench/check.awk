# SPDX-License-Identifier: GPL-2.0-only
#
# bench.tsv against the limits, lines of a case, the bar and the limit. kdefer's time is meant to be
# below the bar, as a multiple of Go's, and fails above the limit.

BEGIN {
	nr = split(limits, line, "\n")
	for (l = 1; l <= nr; l++) {
		split(line[l], field, "\t")
		bar[field[1]] = field[2]
		limit[field[1]] = field[3]
	}
}

$3 != "ratio" { next }

$2 == beside {
	printf "       %s: %.3f times Go's (%.3f to %.3f)\n", $10, $4, $5, $6
}

$2 in limit {
	met = $4 <= limit[$2]
	printf "%s %s: %.3f times Go's (%.3f to %.3f), bar %s%s, limit %s\n",
		met ? "ok    " : "MISSED", $10, $4, $5, $6, bar[$2],
		($4 > bar[$2] ? " missed" : ""), limit[$2]
	bad += !met
	found++
}

END {
	if (found != nr) {
		printf "MISSED %d of %d limits were not measured\n", nr - found, nr
		bad = 1
	}
	exit bad > 0
}
