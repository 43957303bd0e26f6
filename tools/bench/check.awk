# SPDX-License-Identifier: GPL-2.0-only
#
# bench.tsv against the targets, lines of a case, kdefer's largest multiple of Go's time, and what
# that was meant to be where it is less.

BEGIN {
	nr = split(targets, line, "\n")
	for (l = 1; l <= nr; l++) {
		split(line[l], field, "\t")
		target[field[1]] = field[2]
		meant[field[1]] = field[3]
	}
}

$3 != "ratio" { next }

$2 == beside {
	printf "       %s: %.3f times Go's (%.3f to %.3f)\n", $10, $4, $5, $6
}

$2 in target {
	met = $4 <= target[$2]
	printf "%s %s: %.3f times Go's (%.3f to %.3f), at most %s", met ? "ok    " : "MISSED",
		$10, $4, $5, $6, target[$2]
	if (meant[$2] != "" && $4 > meant[$2])
		printf "; meant to be at most %s", meant[$2]
	if (!met)
		printf ": %.0f%% too much", 100 * ($4 / target[$2] - 1)
	print ""
	bad += !met
	found++
}

END {
	if (found != nr) {
		printf "MISSED %d of %d targets were not measured\n", nr - found, nr
		bad = 1
	}
	exit bad > 0
}
