# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: what may recover is deferred as if it could not
s/arg, KDEFER_TOKEN);/arg, 0);/
