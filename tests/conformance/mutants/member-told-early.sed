# SPDX-License-Identifier: GPL-2.0-only
# userspace-shim/go.c: whoever waits for a member is told before the member has run
s/^\tkdefer_job_run(&job, &b, &w->outcome, &w->storage);/\tkdefer_job_ended(\&job);\n&/
/^\tkdefer_job_ended(&job);$/d
