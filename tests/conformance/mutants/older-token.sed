# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: the token of an older panic is accepted
/^	if (!task || !task->panic || task->panic->token != token)$/i\
	for (struct kdefer_panic *older = task ? task->panic : NULL; older; older = older->link)\
		if (older->token == token)\
			return older;
