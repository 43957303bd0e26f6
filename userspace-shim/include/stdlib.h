/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the C library's own header has one, and this file must be able to come again. */

#pragma push_macro("abs")
#undef abs

#include_next <stdlib.h>

#pragma pop_macro("abs")
