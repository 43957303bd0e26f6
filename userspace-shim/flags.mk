# SPDX-License-Identifier: GPL-2.0-only
#
# How a program over libkdefer is compiled, said once. A makefile includes this and uses shim-cflags,
# shim-ldflags, shim-lib, and shim-stamp as a prerequisite of what it compiles; a script asks
#
#	make -s -f userspace-shim/flags.mk print-cflags
#
# Variables: CC, CFLAGS, LDFLAGS, SAN (address, thread or undefined: with that sanitizer), O (the
# library's output folder).

shim := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
shim-top := $(patsubst %/,%,$(dir $(shim)))
O ?= $(shim-top)/build/shim
CFLAGS ?= -O2 -g

# What the headers themselves need: the functions of the C library that stand for the kernel's.
shim-needs := -D_GNU_SOURCE
shim-includes := -I$(shim-top)/include -I$(shim)/include
# Not every architecture's compilers make the tables by default that back traces are taken with.
shim-cflags := -std=gnu11 $(shim-needs) -Wall -Wextra -Wno-unused-parameter \
	-fasynchronous-unwind-tables $(shim-includes)
ifneq ($(SAN),)
shim-cflags += -fsanitize=$(SAN) -fno-omit-frame-pointer
shim-ldflags := -fsanitize=$(SAN)
endif
shim-lib := $(O)/libkdefer.a

# Written when anything in it changes: what was compiled in another way is then compiled anew.
shim-stamp := $(O)/flags

$(shim-stamp): shim-always
	@mkdir -p $(@D)
	@echo '$(CC) $(shim-cflags) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(shim-cflags) $(CFLAGS) $(LDFLAGS)' >$@

shim-always:

print-cflags:
	@echo '$(shim-cflags)'

.DEFAULT_GOAL := all
.PHONY: shim-always print-cflags
