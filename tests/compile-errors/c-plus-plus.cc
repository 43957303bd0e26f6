// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer is for C: a C++ program calls it from a file in C */
#include <kdefer/kdefer.h>

int main()
{
}
