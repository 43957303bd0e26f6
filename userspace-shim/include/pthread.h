/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's, but that pthread_exit() says so where it loses deferred calls. */
#include_next <pthread.h>

#ifndef _KSHIM_PTHREAD_H
#define _KSHIM_PTHREAD_H

#ifdef __cplusplus
extern "C"
#endif
void __attribute__((noreturn)) kshim_pthread_exit(void *result);

#define pthread_exit(result) kshim_pthread_exit(result)

#endif /* _KSHIM_PTHREAD_H */
