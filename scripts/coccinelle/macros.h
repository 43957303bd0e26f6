/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What spatch is to take macros for. A KDEFER function gets a parameter that the rules know it by.
 * A pointer with __free() becomes two declarations: what is dropped cannot be found.
 */
#define scoped_guard YACFE_ITERATOR
#define __free(_name) , *kernel_free

#define KDEFER_DEFINE(R, f, ...) R f(struct kdefer_frame *__kdefer_frame, ...)
#define KDEFER_DEFINE_VOID(f, ...) void f(struct kdefer_frame *__kdefer_frame, ...)
#define KDEFER_DEFINE0(R, f) R f(struct kdefer_frame *__kdefer_frame)
#define KDEFER_DEFINE1(R, f, t1, a1) R f(struct kdefer_frame *__kdefer_frame, t1 a1)
#define KDEFER_DEFINE2(R, f, t1, a1, t2, a2) R f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2)
#define KDEFER_DEFINE3(R, f, t1, a1, t2, a2, t3, a3) \
	R f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3)
#define KDEFER_DEFINE4(R, f, t1, a1, t2, a2, t3, a3, t4, a4) \
	R f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4)
#define KDEFER_DEFINE5(R, f, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	R f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
#define KDEFER_DEFINE6(R, f, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	R f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)
#define KDEFER_DEFINE_VOID0(f) void f(struct kdefer_frame *__kdefer_frame)
#define KDEFER_DEFINE_VOID1(f, t1, a1) void f(struct kdefer_frame *__kdefer_frame, t1 a1)
#define KDEFER_DEFINE_VOID2(f, t1, a1, t2, a2) \
	void f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2)
#define KDEFER_DEFINE_VOID3(f, t1, a1, t2, a2, t3, a3) \
	void f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3)
#define KDEFER_DEFINE_VOID4(f, t1, a1, t2, a2, t3, a3, t4, a4) \
	void f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4)
#define KDEFER_DEFINE_VOID5(f, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	void f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
#define KDEFER_DEFINE_VOID6(f, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	void f(struct kdefer_frame *__kdefer_frame, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)
