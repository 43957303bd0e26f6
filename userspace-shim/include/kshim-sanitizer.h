/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_SANITIZER_H
#define _KSHIM_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define KSHIM_ASAN
#elif defined(__SANITIZE_THREAD__)
#define KSHIM_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KSHIM_ASAN
#elif __has_feature(thread_sanitizer)
#define KSHIM_TSAN
#endif
#endif

#ifdef __has_feature
#if __has_feature(kcfi)
#define KSHIM_KCFI
#endif
#endif

/*
 * With ThreadSanitizer a context is saved in another way, and with AddressSanitizer a recovery must
 * tell it what was skipped: the program and the library have to agree. The library defines the one
 * name that fits how it was built, and every file of a program refers to the one that it needs, so
 * that the linker says what is wrong.
 */
#if defined(KSHIM_ASAN)
#define kshim_sanitizer needs_libkdefer_built_with_SAN_address
#elif defined(KSHIM_TSAN)
#define kshim_sanitizer needs_libkdefer_built_with_SAN_thread
#else
#define kshim_sanitizer needs_libkdefer_built_without_SAN
#endif

extern const char kshim_sanitizer;
static const char * const kshim_sanitizer_needed __attribute__((__used__)) = &kshim_sanitizer;

#endif /* _KSHIM_SANITIZER_H */
