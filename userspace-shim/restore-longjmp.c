// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save and restore by setjmp() and longjmp(); see <kdefer/arch/longjmp.h>.
 */
#include <setjmp.h>

#include "../kmod/core/impl.h"
#include "../kmod/core/arch.h"

void __kdefer_longjmp_call(struct kdefer_context *ctx, unsigned long secret,
			   void (*thunk)(struct kdefer_context *ctx, void *arg), void *arg)
{
	jmp_buf env;

	ctx->sp = (unsigned long)__builtin_frame_address(0) ^ secret;
	ctx->ip = (unsigned long)env ^ secret;
	ctx->check = ctx->sp + ctx->ip;
	if (!_setjmp(env))
		thunk(ctx, arg);
}

void kdefer_arch_restore(const struct kdefer_context *ctx, unsigned long sp, unsigned long ip)
{
	longjmp(*(jmp_buf *)ip, 1);
}
