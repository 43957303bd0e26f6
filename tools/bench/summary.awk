# SPDX-License-Identifier: GPL-2.0-only
#
# raw.tsv (round, case, contestant, ns) to bench.tsv: for each case and contestant the quartiles,
# and, as a contestant called "ratio", those of kdefer's time divided by Go's in the same round.

function sort(a, n,	i, j, v) {
	for (i = 2; i <= n; i++) {
		v = a[i]
		for (j = i - 1; j && a[j] > v; j--)
			a[j + 1] = a[j]
		a[j + 1] = v
	}
}

# Between the two nearest values, as R and numpy have it.
function quantile(a, n, q,	at, i) {
	at = 1 + (n - 1) * q
	i = int(at)
	return i == n ? a[n] : a[i] + (at - i) * (a[i + 1] - a[i])
}

function print_line(at, id, contestant, label, n,	i, a) {
	for (i = 1; i <= n; i++)
		a[i] = ns[id, contestant, i]
	sort(a, n)
	printf "%d\t%s\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t%d\t%s\n", at, id, contestant,
		quantile(a, n, 0.5), quantile(a, n, 0.25), quantile(a, n, 0.75), a[1], a[n],
		n, label
}

BEGIN {
	FS = OFS = "\t"
	print "#index", "case", "contestant", "median", "q1", "q3", "min", "max", "rounds", "label"
}

{
	ns[$2, $3, $1] = $4
	rounds[$2, $3] = $1
	if (!($3 in seen)) {
		seen[$3] = 1
		order[++nr] = $3
	}
}

END {
	lines = split(cases, line, "\n")
	for (l = 1; l <= lines; l++) {
		split(line[l], field, "\t")
		id = field[1]
		for (c = 1; c <= nr; c++)
			if ((id, order[c]) in rounds)
				print_line(l, id, order[c], field[2], rounds[id, order[c]])
		n = rounds[id, "kdefer"]
		if (!n || rounds[id, "go"] != n)
			continue
		for (r = 1; r <= n; r++)
			ns[id, "ratio", r] = ns[id, "kdefer", r] / ns[id, "go", r]
		print_line(l, id, "ratio", field[2], n)
	}
}
