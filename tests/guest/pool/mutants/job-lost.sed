# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/go.c: the job of a thread that was not woken is lost when another takes it over
/^static bool kdefer_take_over/,/^}/s/^\tkdefer_set_job(w, other->job.fn, over);/\tkdefer_put_worker(other);\n\treturn false;/
