# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/go.c: a thread is idle for others while it still runs a job
s/^\tkdefer_job_run(&job, &b, &w->kt.outcome, w->kt.storage);/\tw->ready = false;\n\tkdefer_push_idle(w);\n&/
/^static bool kdefer_serve/,/^}/s/^\t\t\tkdefer_put_worker(w);/\t\t\tWRITE_ONCE(w->job.fn, NULL);/
/^static bool kdefer_serve/,/^}/s/^\t\t\tw->ready = false;//
