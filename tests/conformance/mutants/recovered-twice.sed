# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: a panic can be recovered twice
s/if (!panic || panic->recovered)/if (!panic)/
