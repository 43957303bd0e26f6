#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install.sh: installs libkdefer into an empty folder and uses it as a stranger would: programs
# against the shared and the static library, other prefixes, other compilers' flags.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
INPUTS=$TOP/tests/shim
PC=lib/pkgconfig/kdefer.pc
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
FAILED=0

# $1: name, the rest: a command whose output counts only if it fails
check() {
	local name=$1
	shift
	if "$@" >"$DIR/log" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 30 "$DIR/log" >&2
		FAILED=1
	fi
}

install_shim() {
	make -s -C "$TOP/userspace-shim" O="$DIR/build" DESTDIR="$DIR/root" "$@" install
}

# Prints what pkg-config says of the copy that is installed with prefix $1; the rest: its options.
flags() {
	local prefix=$1
	shift
	PKG_CONFIG_SYSROOT_DIR=$DIR/root PKG_CONFIG_PATH=$DIR/root$prefix/${PC%/*} \
		pkg-config "$@" kdefer
}

# $1: output, $2: source, the rest: more arguments. Linked with the shared library.
build_shared() {
	local out=$1 source=$2 flags
	shift 2
	read -ra flags < <(flags /opt/kdefer --cflags --libs)
	gcc -Wall -Werror -o "$DIR/$out" "$source" "$@" "${flags[@]}"
}

run_shared() {
	LD_LIBRARY_PATH=$DIR/root/opt/kdefer/lib "$DIR/$1" "${@:2}"
}

shared_library() {
	build_shared shared "$INPUTS/half.c" && run_shared shared &&
		readelf -d "$DIR/shared" | grep 'NEEDED.*\[libkdefer\.so\.1\]'
}

static_library() {
	local flags
	read -ra flags < <(flags /opt/kdefer --cflags --libs --static)
	gcc -Wall -Werror -static -o "$DIR/static" "$INPUTS/half.c" "${flags[@]}" && "$DIR/static"
}

# The names that the version script lists, those with a * as they are.
listed() {
	sed -nE 's/^\t([a-z0-9_*]+);$/\1/p' "$TOP/userspace-shim/libkdefer.map" |
		grep -v '^\*$' | sort
}

exported() {
	readelf -W --dyn-syms "$DIR/root/opt/kdefer/lib/libkdefer.so."[0-9] |
		awk '$5 != "LOCAL" && $7 ~ /^[0-9]/ { sub(/@.*/, "", $8); print $8 }' |
		sed 's/^\(needs_libkdefer_built_\).*/\1*/' | sort
}

# The global names of the archive that a header mentions; types of parameters are pasted to theirs.
mentioned() {
	local words
	words=$(grep -rhoE '\w+' "$TOP/include" "$TOP/userspace-shim/include" | sort -u)
	nm --defined-only --extern-only "$DIR/build/libkdefer.a" 2>/dev/null |
		awk 'NF == 3 { print $3 }' |
		grep -xE "$(tr '\n' '|' <<<"$words")kshim_param_ops_\w+" |
		sed 's/^\(needs_libkdefer_built_\).*/\1*/' | sort -u
}

# What a program may use of the library is what the headers use of it, and is listed.
exported_names() {
	diff <(listed) <(exported) && diff <(exported) <(mentioned)
}

# Each header alone, with the warnings that a careful program asks for.
headers_stand_alone() {
	local flags header bad=0
	read -ra flags < <(flags /opt/kdefer --cflags)
	for header in "$DIR"/root/opt/kdefer/include/kdefer/kdefer.h \
		"$DIR"/root/opt/kdefer/include/kdefer-shim/{,*/,linux/sched/}*.h; do
		echo "#include <${header#*/include/}>" | sed 's|kdefer-shim/||' >"$DIR/header.c"
		gcc -Wall -Wextra -Werror -fsyntax-only "${flags[@]}" "$DIR/header.c" || bad=1
	done
	return "$bad"
}

# Every other header after the C library's, in one program.
dialects() {
	local flags cc std bad=0
	read -ra flags < <(flags /opt/kdefer --cflags --libs)
	for cc in gcc clang; do
		for std in c11 gnu11 c17 gnu17 c2x gnu2x; do
			"$cc" "-std=$std" -Wall -Wextra -Werror -O2 -o "$DIR/dialect" \
				"$INPUTS/dialect.c" "${flags[@]}" && run_shared dialect && continue
			echo "$cc -std=$std"
			bad=1
		done
	done
	return "$bad"
}

refuses_cxx() {
	local flags
	read -ra flags < <(flags /opt/kdefer --cflags)
	! g++ -fsyntax-only "${flags[@]}" -x c++ "$INPUTS/half.c" 2>"$DIR/cxx" &&
		grep -m 1 error: "$DIR/cxx" | grep 'kdefer is for C'
}

plugin() {
	build_shared plugin.so "$INPUTS/half.c" -shared -fPIC &&
		gcc -Wall -Werror -o "$DIR/unload" "$INPUTS/unload.c" -pthread &&
		run_shared unload "$DIR/plugin.so"
}

# What is skipped of a library is told of, even if it was loaded after the first look at all files.
loaded_later() {
	gcc -O2 -g -Wall -Werror -shared -fPIC -o "$DIR/foreign.so" "$INPUTS/foreign.c" &&
		build_shared later "$INPUTS/later.c" &&
		run_shared later "$DIR/foreign.so" 2>&1 | tee "$DIR/later.out" &&
		grep -q 'a panic skipped call_back()' "$DIR/later.out"
}

# A program that dies of a signal is seen to. $1: exit status, the rest: how
dies_with() {
	local status=0
	run_shared "${@:2}" || status=$?
	[ "$status" -eq "$1" ] || ! echo "exit status $status in place of $1"
}

deaths() {
	build_shared death "$INPUTS/death.c" && dies_with 134 death throw &&
		dies_with 134 death abort && dies_with 134 death panic && dies_with 139 death fault
}

# What the initial thread has deferred runs, the others go on, and their end is the end (rule G12).
initial_thread() {
	build_shared initial "$INPUTS/initial.c" && dies_with 4 initial return &&
		dies_with 2 initial panic && dies_with 3 initial exit &&
		dies_with 2 initial deadlock 2>"$DIR/said" || return
	diff - "$DIR/said" <<-'END'
		deferred by main
		the other thread goes on
		fatal error: no threads (main called kgoexit) - deadlock!
	END
}

# A lock that a skipped function has left is named, and where it was taken.
lock_left_behind() {
	build_shared death "$INPUTS/death.c" && dies_with 134 death mutex 2>"$DIR/said" || return
	grep 'holds left_locked+0x0.*, taken at lock_and_panic+' "$DIR/said" &&
		grep 'recovery with a lock held' "$DIR/said"
}

deaths_before_suites() {
	build_shared late_death "$INPUTS/late_death.c" "$DIR/build/libkdefer.a" || return
	DEATH=abort dies_with 134 late_death && DEATH=fault dies_with 139 late_death &&
		DEATH=none dies_with 0 late_death
}

# The archive has the main() of a program that consists of modules.
parameters() {
	build_shared params "$INPUTS/params.c" -DKBUILD_MODNAME='"params"' \
		"$DIR/build/libkdefer.a" &&
		KDEFER_SHIM_PARAM_flag=y \
			run_shared params ints=1,-2 words=a,b params.text=c rest 2>&1 |
		diff - <(printf '%s\n' 'ints 2: 1 -2 0' 'words a b' 'text c flag 1 rest rest') &&
		! run_shared params text=longer-than-it && ! run_shared params ints=1,2,3,4
}

# Everything that is installed is found there, and nothing of it is left.
install_and_uninstall() {
	local make=(make -s -C "$TOP" PREFIX=/usr DESTDIR="$DIR/all" O="$DIR/build"
		MANPAGES="$DIR/man") file
	mkdir -p "$DIR/man/man9"
	echo page >"$DIR/man/man9/krecover.9"
	"${make[@]}" install || return
	for file in lib/libkdefer.a include/kdefer/kdefer.h share/man/man9/krecover.9 \
		share/doc/kdefer/examples/frob.c; do
		[ -e "$DIR/all/usr/$file" ] || ! echo "no $file" || return
	done
	"${make[@]}" uninstall && ! find "$DIR/all" ! -type d | grep .
}

# What was built for one prefix is installed for another.
other_prefix() {
	install_shim PREFIX=/srv/other && grep -x prefix=/srv/other "$DIR/root/srv/other/$PC"
}

# $1: a sanitizer's function that the library calls
calls() {
	readelf -W --dyn-syms "$DIR/other/libkdefer.so.1" | grep -w "$1"
}

# A library that was built in another way is built anew, and once only.
other_flags() {
	local shim=(make -C "$TOP/userspace-shim" O="$DIR/other" all)
	"${shim[@]}" && "${shim[@]}" SAN=address && calls __asan_init && "${shim[@]}" &&
		! calls __asan_init && "${shim[@]}" >"$DIR/again" && ! grep -e ' -c ' "$DIR/again"
}

# $1: the program's sanitizer, $2: what the linker must say
refused_by_linker() {
	! build_shared mixed "$INPUTS/half.c" "-fsanitize=$1" 2>"$DIR/refused" &&
		grep "undefined reference to .$2" "$DIR/refused"
}

# The programs of the manual, built by $1, in $DIR/$1: what they do is what they are said to do.
programs_work() {
	local run=(env LD_LIBRARY_PATH="$DIR/root/opt/kdefer/lib")
	echo text >"$DIR/from" && rm -f "$DIR/to" &&
		"${run[@]}" "$DIR/$1/copy" "$DIR/from" "$DIR/to" && cmp "$DIR/from" "$DIR/to" &&
		! "${run[@]}" "$DIR/$1/copy" "$DIR/from" /nowhere/to && [ ! -e /nowhere ] &&
		! "${run[@]}" "$DIR/$1/copy" "$DIR" "$DIR/not" && [ ! -e "$DIR/not" ] || return
	"${run[@]}" "$DIR/$1/threads" 2>/dev/null | grep '^it' |
		diff - <(printf 'it %s\n' 'returned: 3' 'panicked: -5' 'called kgoexit(): 7') &&
		[ "$("${run[@]}" "$DIR/$1/sums" 3 100 | tr '\n' ' ')" = '3: 6 100: 5050 ' ] &&
		! "${run[@]}" "$DIR/$1/sums" 3 x && ! "${run[@]}" "$DIR/$1/sums" 2>"$DIR/said" &&
		grep '^usage' "$DIR/said"
}

with_pkgconf() {
	PKG_CONFIG_SYSROOT_DIR=$DIR/root PKG_CONFIG_PATH=$DIR/root/opt/kdefer/${PC%/*} "$@"
}

programs_by_cmake() {
	with_pkgconf cmake -S "$TOP/Documentation/programs" -B "$DIR/cmake" &&
		cmake --build "$DIR/cmake" && programs_work cmake
}

programs_by_meson() {
	with_pkgconf meson setup "$DIR/meson" "$TOP/Documentation/programs" &&
		ninja -C "$DIR/meson" && programs_work meson
}

# An object that was compiled with the headers of another libkdefer, whose frames are larger.
stale_object() {
	local flags status=0
	read -ra flags < <(flags /opt/kdefer --cflags)
	cp -r "$DIR/root/opt/kdefer/include" "$DIR/stale" &&
		sed -i 's/^\tstruct kdefer_snapshot snapshot;/&\n\tlong more[2];/' \
			"$DIR/stale/kdefer/frame.h" &&
		gcc -c -o "$DIR/stale.o" "$INPUTS/half.c" \
			"${flags[@]//"$DIR/root/opt/kdefer/include"/"$DIR/stale"}" &&
		build_shared old "$DIR/stale.o" || return
	run_shared old 2>"$DIR/said" || status=$?
	[ "$status" -eq 134 ] && grep 'half.c was compiled with the headers of another libkdefer' \
		"$DIR/said"
}

# $1: where the function that was left is found, and said; the rest: how to build it
left_by_longjmp() {
	build_shared longjmp "$INPUTS/longjmp.c" "${@:2}" && timeout 20 \
		env LD_LIBRARY_PATH="$DIR/root/opt/kdefer/lib" "$DIR/longjmp" "$1" >"$DIR/said" 2>&1
	# shellcheck disable=SC2181
	[ $? -eq 0 ] && grep -x runs "$DIR/said" && ! grep -x lost "$DIR/said" || return
	[ "$(grep -c 'a KDEFER function was left by longjmp() .*: 1 deferred calls did not run' \
		"$DIR/said")" -eq 1 ]
}

left_is_found() {
	local how where
	for how in -O0 -O2; do
		for where in enter raise run; do
			left_by_longjmp "$where" "$how" || ! echo "$how $where" || return
		done
	done
	left_by_longjmp return -O0 && left_by_longjmp return -O2 -DKDEFER_DEBUG || return
	g++ -O2 -c -o "$DIR/exception.o" "$INPUTS/exception.cc" || return
	for where in enter raise run; do
		left_by_longjmp "$where" -O2 -DBY_EXCEPTION "$DIR/exception.o" -lstdc++ ||
			! echo "exception $where" || return
	done
}

mixed_sanitizers() {
	refused_by_linker thread needs_libkdefer_built_with_SAN_thread &&
		refused_by_linker address needs_libkdefer_built_with_SAN_address
}

main() {
	NEED_GROUP=shim need gcc g++ clang make pkg-config readelf cmake meson ninja
	check 'installs' install_shim PREFIX=/opt/kdefer
	check 'shared library' shared_library
	check 'static library' static_library
	check 'exported names' exported_names
	check 'headers stand alone' headers_stand_alone
	check 'dialects of C' dialects
	check 'C++ is refused' refuses_cxx
	check 'a plugin that is unloaded' plugin
	check 'a library that is loaded later' loaded_later
	check 'death by signal' deaths
	check 'the initial thread' initial_thread
	check 'death by signal before a suite runs' deaths_before_suites
	check 'a lock left behind' lock_left_behind
	check 'module parameters' parameters
	check 'everything is removed' install_and_uninstall
	check 'other prefix' other_prefix
	check 'other flags' other_flags
	check 'mixed sanitizers' mixed_sanitizers
	check 'a stale object' stale_object
	check 'left by longjmp() or an exception' left_is_found
	check 'the programs of the manual, by CMake' programs_by_cmake
	check 'the programs of the manual, by Meson' programs_by_meson
	return "$FAILED"
}

main
