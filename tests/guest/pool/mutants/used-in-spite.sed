# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/worker.c: a thread with what cannot be put right is used again
/^bool kdefer_worker_renew/,/^}/s/^\t\treturn false;/\t\treturn true;/
