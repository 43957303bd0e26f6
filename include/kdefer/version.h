/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of kdefer: of the module, of libkdefer and of the packages. The rest reads it here.
 */
#ifndef _KDEFER_VERSION_H
#define _KDEFER_VERSION_H

#define KDEFER_VERSION	"0.2.0"

#endif /* _KDEFER_VERSION_H */
