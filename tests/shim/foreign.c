// SPDX-License-Identifier: GPL-2.0-only
/* A library that does not use kdefer, and calls back. */

int calls;

void call_back(void (*fn)(void))
{
	fn();
	calls++;
}
