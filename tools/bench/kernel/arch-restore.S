/* SPDX-License-Identifier: GPL-2.0-only */
/* The restore.S of the architecture, whose folder the build names. */
#include <restore.S>
