# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a goexit does not go on after a recovery
s/if (!p->goexit && (!p->guards || p->guards == p->mark))/if (!p->guards || p->guards == p->mark)/
