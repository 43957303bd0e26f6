#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: in a guest of the stock kernel, runs kdefer-metrics and the manual's bpftrace programs on
# known panics, lets a panic skip a function with a BPF program at its exit, and has Prometheus's
# own parser read what kdefer-metrics wrote. Prints TAP. Fails as well if the kernel has anything to
# complain of.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# What the programs find when recover_panic and nested_uncaught are loaded, a line each.
write_expected() {
	cat >"$1/1.find" <<-'END'
		^@\[-EIO, recover_panic\.c, [1-9][0-9]*\]: 1$
	END
	cat >"$1/2.find" <<-'END'
		^@\[.*try.*\]: 1$
	END
	cat >"$1/3.find" <<-'END'
		^\[.*[1-9] \|@+ *\|$
	END
	cat >"$1/4.find" <<-'END'
		__kdefer_panic
		dig
		do_init_module
	END
	cat >"$1/5.find" <<-'END'
		^[a-z_]+\[[1-9][0-9]*\]: .
	END
	cat >"$1/6.find" <<-'END'
		^@\[left.*\]: 4$
		^@\[recover.*\]: 1$
	END
}

# Whether Prometheus's parser reads all counts, with their numbers.
parses() {
	# Debian's own, for which the parser is installed.
	/usr/bin/python3 - "$TMP/metrics" "$TMP/counts" <<-'END'
		import sys
		from prometheus_client.parser import text_string_to_metric_families
		with open(sys.argv[1], encoding="utf-8") as file:
		    families = list(text_string_to_metric_families(file.read()))
		samples = [sample for family in families for sample in family.samples]
		found = {sample.name: sample.value for sample in samples}
		assert all(family.documentation for family in families)
		with open(sys.argv[2], encoding="utf-8") as file:
		    lines = [line.split() for line in file]
		assert lines and found.pop("kdefer_loaded") == 1
		assert found.pop("kdefer_threads") == 0
		assert found == {f"kdefer_{name}_total": float(count) for name, count in lines}
		assert found["kdefer_panics_total"] > 1 and found["kdefer_recoveries_total"] >= 1
	END
}

main() {
	local concepts log=$TOP/build/test/metrics-guest.log status=0
	NEED_GROUP=metrics need bpftrace /usr/bin/python3
	concepts=$("$SCRIPTS/vm" modules stock)/samples/concepts
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	mkdir -p "${log%/*}" "$TMP/in"
	copy_bpftrace "$TMP/bpf"
	write_expected "$TMP/in"
	"$HERE/one_liners.py" "$TMP/in"
	mapfile -t inputs < <(printf -- '--file\n%s\n' "$TMP"/in/*)
	"$SCRIPTS/vm" run stock --memory 2048 --timeout 300 --log "$log" --file "$TMP/bpf" \
		"${inputs[@]}" --file "$concepts/recover_panic.ko" \
		--file "$concepts/nested_uncaught.ko" \
		--file "$concepts/../../tests/guest/fatal/kdefer_fatal.ko" \
		--file "$TOP/tools/metrics/kdefer-metrics" \
		--file "$HERE/guest.sh" --file "$TOP/tests/guest/lib.sh" \
		--out "metrics:$TMP/metrics" --out "counts:$TMP/counts" \
		-- sh guest.sh || status=1
	if parses; then
		echo "ok 12 - Prometheus's parser reads all counts"
	else
		echo "not ok 12 - Prometheus's parser reads all counts"
		status=1
	fi
	echo 1..12
	if complaints "$log"; then
		log "the kernel complains; see $log"
		status=1
	fi
	return "$status"
}

main "$@"
