/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the C library's own header has one, and this file must be able to come again. */

#pragma push_macro("vsnprintf")
#pragma push_macro("snprintf")
#pragma push_macro("vsprintf")
#pragma push_macro("sprintf")
#pragma push_macro("sscanf")
#undef vsnprintf
#undef snprintf
#undef vsprintf
#undef sprintf
#undef sscanf

#include_next <stdio.h>

#pragma pop_macro("vsnprintf")
#pragma pop_macro("snprintf")
#pragma pop_macro("vsprintf")
#pragma pop_macro("sprintf")
#pragma pop_macro("sscanf")
