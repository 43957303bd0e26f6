# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: deferred calls get a token from a goexit
s/if (d->owner & KDEFER_TOKEN && p->panicking)/if (d->owner \& KDEFER_TOKEN)/
