# SPDX-License-Identifier: GPL-2.0-only
# userspace-shim/go.c: a thread is idle for others while it still runs a member
s/^\tkdefer_job_run(&job, &b, &w->outcome, &w->storage);/\tatomic_store(\&w->box, KDEFER_BOX_EMPTY);\n\tnext = kdefer_put_worker(w);\n&/
/^\tif (kept)$/,/^\t\tnext = kdefer_put_worker(w);$/d
/^\tatomic_store_explicit(&w->box, KDEFER_BOX_EMPTY, memory_order_relaxed);/d
