# SPDX-License-Identifier: GPL-2.0-only
#
# Assembly, as compilers write it with -fexceptions, in and out. The compiler's table for a function
# (.gcc_except_table) has four values for each part of it: where it begins, from the function's
# begin; how long it is; where the compiler has put what is to be released when a call in it does
# not return; and an action, which C has not. Such tables do not survive the link of a module for
# a newer kernel, and do not tell whose they are. So they are taken out, and the last thing that is
# written is a table of kdefer's, of the parts that have something to release: struct pending_table
# in kmod/host/pending.c. Variables: frames, where the stack's layout is described.

BEGIN {
	nr_parts = nr_lines = nr_names = 0
	print "\t.cfi_sections " frames
}

# The value of a line like ".uleb128 .LEHE0-.LEHB0 # comment".
function value(line)
{
	sub(/^[ \t]*[.a-z0-9]+[ \t]+/, "", line)
	sub(/[ \t]*(#|\/\/).*/, "", line)
	return line
}

function is_omitted(v)
{
	return v == "0xff" || v == "255"
}

# The fields before the parts are the format of a base and the base, if there is one; the format of
# types and where they are, if there are; the format of what follows, and its size.
function read_value(v)
{
	if (state == "base-format")
		state = is_omitted(v) ? "type-format" : "base"
	else if (state == "base")
		state = "type-format"
	else if (state == "type-format")
		state = is_omitted(v) ? "format" : "types"
	else if (state == "types")
		state = "format"
	else if (state == "format")
		state = "size"
	else if (state == "size") {
		state = "parts"
		nr_values = 0
	} else if (state == "parts")
		read_part(v)
}

function read_part(v)
{
	values[nr_values++] = v
	if (nr_values < 4)
		return
	nr_values = 0
	if (values[2] == "0")
		return
	part_from[nr_parts] = substr(values[0], 1, index(values[0], "-") - 1)
	part_to[nr_parts++] = substr(values[1], 1, index(values[1], "-") - 1)
}

/^[ \t]*\.section[ \t]+\.gcc_except_table/ {
	in_table = 1
	state = "none"
	next
}

/^[ \t]*\.(section|text|data|bss|pushsection|popsection|previous)([ \t]|$)/ {
	in_table = 0
}

in_table && /^(\.LLSDA[0-9C]*[0-9]+|GCC_except_table[0-9]+):/ {
	if ($0 !~ /CS[BE]/)
		state = "base-format"
}

in_table && /^\.(LLSDACSE|Lcst_end)/ {
	state = "none"
}

in_table {
	if ($0 ~ /^[ \t]+\.(byte|uleb128|[24]byte|word|long|quad|8byte|xword|dword)[ \t]/)
		read_value(value($0))
	next
}

/^[ \t]*\.cfi_(personality|lsda)[ \t]/ || /__gcc_personality_v0/ {
	next
}

# Nothing is ever released through the tables. This is for the code that would go on after that.
/[ \t]_Unwind_Resume/ {
	sub(/_Unwind_Resume/, "__kdefer_never_unwound")
}

/^[ \t]*\.type[ \t]/ && /[@%]function/ {
	name = $2
	sub(/,.*/, "", name)
	is_function[name] = 1
}

/^[^ \t#]+:/ {
	label = substr($1, 1, index($1, ":") - 1)
	if (label in is_function)
		function_now = label
	label_at[label] = NR
	label_function[label] = function_now
}

/^[ \t]*\.file[ \t]+[0-9]+[ \t]/ {
	file = $0
	sub(/"[^"]*$/, "", file)
	sub(/.*["\/]/, "", file)
	file_name[$2] = file
}

{
	print
}

# The labels are beside those of the compiler, which has none for lines.
/^[ \t]*\.loc[ \t]/ {
	if ($2 == line_file[nr_lines] && $3 == line[nr_lines])
		next
	line_at[++nr_lines] = NR
	line_file[nr_lines] = $2
	line[nr_lines] = $3
	print ".Lkdefer_line" nr_lines ":"
}

# The body of a KDEFER function: it is in the function's thunk, or where no recovery can return, in
# the function itself. kdefer runs the guards that are its own, and the tables do not tell whose a
# release is.
function is_body(name)
{
	sub(/\..*/, "", name)
	return name ~ /^__kdefer_thunk_/ || ("__kdefer_thunk_" name) in is_function
}

function name_number(file)
{
	if (!(file in number)) {
		number[file] = ++nr_names
		names[nr_names] = file
	}
	return number[file]
}

# What is stored is an address within the last call, and the distance of all others to its end: that
# is no address which objtool takes for one that is jumped to.
function write_entry(from, to, end, i)
{
	printf "\t.quad\t%s-1\n\t.long\t%s-%s, %s-%s", end, end, from, end, to
	printf ", %d, ", line[i]
	if (line[i])
		printf ".Lkdefer_name%d-__kdefer_pending\n", name_number(file_name[line_file[i]])
	else
		print "0"
}

function write_part(from, end, first, last, i)
{
	first = label_at[from]
	last = label_at[end]
	while (line_now < nr_lines && line_at[line_now + 1] <= first)
		line_now++
	for (i = line_now; i < nr_lines && line_at[i + 1] < last; i++) {
		write_entry(from, ".Lkdefer_line" (i + 1), end, i)
		from = ".Lkdefer_line" (i + 1)
	}
	write_entry(from, end, end, i)
}

END {
	print "\t.section .rodata.kdefer_pending, \"a\""
	print "\t.balign 8"
	print "__kdefer_pending:"
	print "\t.long\t(.Lkdefer_end-.Lkdefer_begin)/24, 0"
	print ".Lkdefer_begin:"
	for (p = 0; p < nr_parts; p++) {
		if (is_body(label_function[part_from[p]]))
			continue
		line_now = 0
		write_part(part_from[p], part_to[p])
	}
	print ".Lkdefer_end:"
	for (n = 1; n <= nr_names; n++)
		printf ".Lkdefer_name%d:\t.asciz \"%s\"\n", n, names[n]
}
