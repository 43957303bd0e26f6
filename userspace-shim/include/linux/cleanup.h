/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_CLEANUP_H
#define _KSHIM_LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Scope-based cleanup. The generated names are the kernel's own: __free_<name>(),
 * class_<name>_t, class_<name>_constructor() and class_<name>_destructor().
 */

#define DEFINE_FREE(_name, _type, _free) \
static inline __maybe_unused void __free_##_name(void *p) \
{ \
	_type _T = *(_type *)p; \
	_free; \
}

#define __free(_name) __cleanup(__free_##_name)

#define __get_and_null_ptr(p) \
({ \
	__auto_type __kshim_ptr = &(p); \
	__auto_type __kshim_val = *__kshim_ptr; \
	*__kshim_ptr = NULL; \
	__kshim_val; \
})

static inline __must_check const volatile void *__must_check_fn(const volatile void *val)
{
	return val;
}

#define no_free_ptr(p) ((__typeof__(p))__must_check_fn(__get_and_null_ptr(p)))
#define return_ptr(p) return no_free_ptr(p)
#define retain_and_null_ptr(p) ((void)__get_and_null_ptr(p))

#define DEFINE_CLASS(_name, _type, _exit, _init, _init_args...) \
typedef _type class_##_name##_t; \
static inline __maybe_unused void class_##_name##_destructor(_type *p) \
{ \
	_type _T = *p; \
	_exit; \
} \
static inline __maybe_unused _type class_##_name##_constructor(_init_args) \
{ \
	_type t = _init; \
	return t; \
}

#define EXTEND_CLASS(_name, ext, _init, _init_args...) \
typedef class_##_name##_t class_##_name##ext##_t; \
static inline __maybe_unused void class_##_name##ext##_destructor(class_##_name##_t *p) \
{ \
	class_##_name##_destructor(p); \
} \
static inline __maybe_unused class_##_name##_t class_##_name##ext##_constructor(_init_args) \
{ \
	class_##_name##_t t = _init; \
	return t; \
}

#define CLASS(_name, var) \
	class_##_name##_t var __maybe_unused __cleanup(class_##_name##_destructor) = \
		class_##_name##_constructor

#define DEFINE_GUARD(_name, _type, _lock, _unlock) \
	DEFINE_CLASS(_name, _type, if (_T) { _unlock; }, ({ _lock; _T; }), _type _T) \
static inline __maybe_unused void *class_##_name##_lock_ptr(class_##_name##_t *_T) \
{ \
	return (void *)*_T; \
}

#define guard(_name) CLASS(_name, __UNIQUE_ID(guard))

#define scoped_guard(_name, args...) \
	for (CLASS(_name, scope)(args), *done = NULL; \
	     class_##_name##_lock_ptr(&scope) && !done; done = (void *)1)

#define __DEFINE_UNLOCK_GUARD(_name, _type, _unlock, ...) \
typedef struct { \
	_type *lock; \
	__VA_ARGS__; \
} class_##_name##_t; \
static inline __maybe_unused void class_##_name##_destructor(class_##_name##_t *_T) \
{ \
	if (_T->lock) { \
		_unlock; \
	} \
} \
static inline __maybe_unused void *class_##_name##_lock_ptr(class_##_name##_t *_T) \
{ \
	return (void *)_T->lock; \
}

#define __DEFINE_LOCK_GUARD_1(_name, _type, _lock) \
static inline __maybe_unused class_##_name##_t class_##_name##_constructor(_type *l) \
{ \
	class_##_name##_t _t = { .lock = l }, *_T = &_t; \
	_lock; \
	return _t; \
}

#define __DEFINE_LOCK_GUARD_0(_name, _lock) \
static inline __maybe_unused class_##_name##_t class_##_name##_constructor(void) \
{ \
	class_##_name##_t _t = { .lock = (void *)1 }, *_T __maybe_unused = &_t; \
	_lock; \
	return _t; \
}

#define DEFINE_LOCK_GUARD_1(_name, _type, _lock, _unlock, ...) \
	__DEFINE_UNLOCK_GUARD(_name, _type, _unlock, __VA_ARGS__) \
	__DEFINE_LOCK_GUARD_1(_name, _type, _lock)

#define DEFINE_LOCK_GUARD_0(_name, _lock, _unlock, ...) \
	__DEFINE_UNLOCK_GUARD(_name, void, _unlock, __VA_ARGS__) \
	__DEFINE_LOCK_GUARD_0(_name, _lock)

#endif /* _KSHIM_LINUX_CLEANUP_H */
