# SPDX-License-Identifier: GPL-2.0-only
#
# The verbs. What they do stands in scripts/, userspace-shim/, tools/ and Documentation/.

help:	## this list
	@sed -n 's/^\([a-z_-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@echo
	@echo '  CC, CFLAGS, SAN, PREFIX and DESTDIR are passed on to userspace-shim/Makefile;'
	@echo '  KDIR=path builds modules for that kernel; SEED= and N= go to make conformance.'

setup:	## install what the other targets need, from Debian's packages
	scripts/setup.sh all

demo:	## boot the stock kernel, load kdefer and the sample device, serve some hundred requests
	scripts/demo.sh

test:	## run everything: suites in user space and under QEMU, fatal cases, checks, documentation
	scripts/setup.sh all
	tests/run.py

test-matrix:	## run every test on every platform, and write the table into the documentation
	scripts/setup.sh all
	tests/platforms.py matrix

test-drgn:	## drgn on a guest's kernel, whose debug information is fetched (280 MB)
	scripts/setup.sh kernel gdb
	scripts/vm vmlinux stock
	tests/gdb/in_drgn.py

check:	## checkpatch, sparse, W=1, cppcheck, coccinelle, kernel-doc, shellcheck, pyflakes
	scripts/setup.sh kernel check
	scripts/check.sh

module:	## build kdefer.ko for the stock kernel, or for KDIR
	scripts/vm modules --module $(or $(KDIR),stock)

modules:	## build kdefer.ko, and all tests and samples as modules
	scripts/vm modules $(or $(KDIR),stock)

# The kernel that is running, unless KDIR is another's.
modules_install: KDIR ?= /lib/modules/$(shell uname -r)/build
modules_install:	## install kdefer.ko for the running kernel, or for KDIR; depmod follows
	out=$$(scripts/vm modules --module $(KDIR)) && $(MAKE) -C $(KDIR) M=$$out modules_install

shim:	## build libkdefer for user space, in build/shim
	$(MAKE) -C userspace-shim

install:	## install libkdefer, headers, kdefer.pc, examples, and man pages if there are
	$(MAKE) -C userspace-shim install install-doc

uninstall:	## remove what "make install" has installed; with the same PREFIX and DESTDIR
	$(MAKE) -C userspace-shim uninstall

deb:	## Debian packages of the module, the library and the manual, in build/deb
	scripts/setup.sh deb docs
	scripts/deb.sh

kunit:	## run the KUnit suites on the KUnit kernel under QEMU
	kunit/run.sh

stress:	## everything at once on the KUnit kernel; MINUTES= says how long (2)
	tests/guest/stress/run.sh $(MINUTES)

bench:	## measure against Go and others; table and chart in build/bench
	tools/bench/run.sh

campaign:	## mutants of a driver in a guest, with kdefer and without; N= says how many (200)
	tests/campaign/run.py $(or $(N),200)

soak:	## random sequences of calls, in user space and in a guest; HOURS= says how long (1)
	tests/sequences/run.sh soak $$(awk 'BEGIN { print int(3600 * $(or $(HOURS),1)) }')

fuzz:	## random requests of the sample device, also in a guest; SECONDS= for each (60)
	tests/fuzz/run.sh $(or $(SECONDS),60)
	tests/fuzz/run.sh guest $(or $(SECONDS),60)

bench-kernel:	## count instructions in the kernel; table and chart in build/bench
	tools/bench/kernel.sh
	tools/bench/scale.sh

conformance:	## compare random programs with Go; SEED= and N= choose
	tests/conformance/run.sh

mutants:	## show that the comparison with Go finds a broken core
	tests/conformance/mutants.sh

coverage:	## line and branch coverage of kmod/core
	tests/conformance/coverage.sh

coverage-guest:	## which lines of kmod/ a guest executes, and why not the others
	tests/coverage/run.sh

doc:	## HTML and man pages in build/doc
	$(MAKE) -C Documentation html man

clean:	## remove build/; the kernels in the cache folder stay
	rm -rf build

.PHONY: help setup demo test test-matrix test-drgn check module modules modules_install shim \
	install uninstall deb kunit stress campaign soak fuzz bench bench-kernel conformance \
	mutants coverage coverage-guest doc clean
