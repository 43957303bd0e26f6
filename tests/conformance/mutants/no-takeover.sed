# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: an aborted panic is not taken over, but stays
s/if (p->link && p->link->running == frame)/if (!p)/
