# SPDX-License-Identifier: GPL-2.0-only
#
# A bar for each line of campaign.tsv, of as many parts as there are outcomes, from the best to the
# worst; bars.gp says what it is called with.

set datafile separator tab
set terminal svg noenhanced size 760,460 font 'sans,13'
set output out
set style data histograms
set style histogram rowstacked
set style fill solid 1 border rgb ink
set boxwidth 0.7
set border 3 lc rgb ink
set tics textcolor rgb ink nomirror
set key outside bottom center horizontal Left reverse textcolor rgb ink maxcols 2
set yrange [0:100]
set ylabel unit textcolor rgb ink
set xtics rotate by 20 right
# The first label hangs out to the left.
set lmargin 14
set grid y lc rgb ink lw 0.3

array words[8] = ['never executed', 'executed, no effect', 'wrong answers only', \
	'recovered, nothing leaked', 'served, something leaked', 'a thread or the driver lost', \
	'a throw', 'kernel dead or hung']
array colours[8] = ['#f0f0f0', '#c6dbef', '#6baed6', '#31a354', '#fed976', '#e31a1c', '#6a51a3', \
	'#67000d']
all(x) = sum [i = 2:9] column(i)

plot for [i = 1:8] data using (100.0 * column(i + 1) / all(0)):xtic(1) every ::1 \
	lc rgb colours[i] title words[i]
