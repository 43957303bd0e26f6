# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/group.c: a member that fails is not the group's failure
s/^\t\tg->failed = true;/\t\tg->failed = false;/
