# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/go.c: a thread's outcome is still that of the member that it has run before
s/^\tb->out = job->group ? out : NULL;/\tb->out = NULL;/
