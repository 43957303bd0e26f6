# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/worker.c: a thread is used again as the job has left it
/^bool kdefer_worker_renew/,/^}/s/^\tcurrent->flags = .*/\treturn true;\n&/
