# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: the object of a recovered panic is not released
/kdefer_value_put(task, &p->shown.value);/d
