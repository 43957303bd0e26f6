/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Throws: errors that nobody can recover.
 */
#ifndef _KDEFER_CORE_THROW_H
#define _KDEFER_CORE_THROW_H

#include <kdefer/kdefer.h>

enum kdefer_throw_reason {
#define KDEFER_REASON(number, name, text, anchor)	KDEFER_THROW_##name = (number),
#include "throw_reasons.h"
#undef KDEFER_REASON
};

/* Constants, for the compiler to check the arguments of a throw against the text. */
#define KDEFER_REASON(number, name, text, anchor)				\
	static const char kdefer_throw_text_##name[] __maybe_unused = text;
#include "throw_reasons.h"
#undef KDEFER_REASON

__printf(2, 3) void kdefer_throw(enum kdefer_throw_reason reason, const char *fmt, ...);

/*
 * kdefer_throw(NAME, ...): what follows the reason's name are the arguments of its text. Does not
 * return; see __KDEFER_NORETURN for why it is not declared so.
 */
#define kdefer_throw(name, ...)							\
	__KDEFER_NORETURN((kdefer_throw)(KDEFER_THROW_##name, kdefer_throw_text_##name,	\
					 ##__VA_ARGS__))

#endif /* _KDEFER_CORE_THROW_H */
