# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/worker.c: the CPUs that a job has bound its thread to stay so
s/^\tif (likely(cpumask_equal(current->cpus_ptr, as_new->cpus)))/\tif (true)/
