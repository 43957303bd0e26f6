# SPDX-License-Identifier: GPL-2.0-only
#
# A chart from bench.tsv; gnuplot -e "data='...'; out='...'" bench.gp. Others than user space's
# figures say what they are: heading, unit, names (contestants) and titles.

set terminal svg size 1500,800 font 'sans,13' background 'white'
set output out
set datafile separator "\t"
set datafile commentschars '#'

if (!exists("heading")) {
	heading = 'Time of one operation: median, with quartiles'
	unit = 'ns'
	names = 'go kdefer limit cleanup setjmp cxx'
	titles = '"Go" "kdefer" "limit" "attribute cleanup" "setjmp" "C++ exceptions"'
}
set title heading
set ylabel unit
set logscale y
set yrange [1:*]
set grid y
set key top left
set style fill solid 0.8 noborder
set boxwidth 0.13
set xtics rotate by 35 right nomirror noenhanced

at(n) = $1 + 0.13 * (n - 3.5)
ns(n, column) = strcol(3) eq word(names, n) ? real(strcol(column)) : NaN

stats data using 1 nooutput name "ROW"
set xrange [0.4:ROW_max + 0.6]
plot data using 1:(0.5):xtic(10) with points ps 0 notitle, \
	for [n = 1:words(names)] data using (at(n)):(ns(n, 4)) \
		with boxes lc n title word(titles, n), \
	for [n = 1:words(names)] data using (at(n)):(ns(n, 5)):(0):(ns(n, 6) - ns(n, 5)) \
		with vectors nohead lc 'black' notitle
