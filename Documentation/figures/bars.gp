# SPDX-License-Identifier: GPL-2.0-only
#
# Horizontal bars for a table of numbers: its first line has the names of what is compared, its
# first column what was measured, and - says that there is no such number. Each bar has
# a pattern of its own and its number behind it, so that nothing hangs on colours.
#
# gnuplot -e "data='...'; out='...'; rows=...; columns=...; longest=...; names='...'" \
#	-e "ink='...'; scale='log'; unit='...'" bars.gp
#
# longest is how many characters the longest name in the first column has.

set datafile separator tab
margin = int(0.78 * longest) + 2
height = columns * rows * 14 + rows * 12 + 80
set terminal svg noenhanced size (400 + 9 * margin),height font 'sans,13'
set output out
set border 3 lc rgb ink
set tics textcolor rgb ink nomirror
set xlabel unit textcolor rgb ink
set key outside top center horizontal textcolor rgb ink samplen 3
set grid x lc rgb ink lw 0.3
set style fill pattern border rgb ink
set yrange [rows - 0.4:-0.6] noextend
set ytics scale 0
set lmargin margin
if (scale eq 'log') { set logscale x; low = 1.0 } else { low = 0.0 }
set xrange [low:*]
set offsets 0, graph 0.12, 0, 0

high = 0.8 / columns
y(row, n) = row + high * (n - (columns - 1) / 2.0)
number(n) = strcol(n + 2) eq '-' ? NaN : real(strcol(n + 2))
title_of(n) = word(names, n + 1)
# gnuplot's patterns from the most to the least different.
pattern(n) = int(word('3 1 2 4', n + 1))

plot data skip 1 using (low):(column(0)):ytic(1) with points ps 0 notitle, \
	for [n = 0:columns - 1] '' skip 1 using (low):(y(column(0), n)):(low):(number(n)): \
		(y(column(0), n) - high / 2):(y(column(0), n) + high / 2) with boxxyerror \
		lc rgb ink fs pattern pattern(n) title title_of(n), \
	for [n = 0:columns - 1] '' skip 1 using (number(n)):(y(column(0), n)): \
		(sprintf(' %g', number(n))) with labels left textcolor rgb ink notitle
