# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: the printout does not say that a panic was recovered
/panic->shown.recovered = true;/s/true/false/
