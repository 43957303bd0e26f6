# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: linked records run oldest first
s/struct kdefer copy = \*frame->more;/struct kdefer **at = \&frame->more, copy;\
\
	while ((*at)->link)\
		at = \&(*at)->link;\
	copy = **at;/
s/kdefer_unlink(frame, &frame->more);/kdefer_unlink(frame, at);/
