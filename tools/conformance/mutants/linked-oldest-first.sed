# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: linked records run oldest first
s/struct kdefer \*d = frame->more;/struct kdefer **at = ({\
		struct kdefer **last = \&frame->more;\
\
		while ((*last)->link)\
			last = \&(*last)->link;\
		last;\
	});\
	struct kdefer *d = *at;/
s/^	frame->more = d->link;/	*at = NULL;/
