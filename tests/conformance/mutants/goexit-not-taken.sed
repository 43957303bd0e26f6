# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a goexit is lost when an older panic takes over
/if (p->goexit) {/,/}/s/old->goexit = true;/old->goexit = false;/
