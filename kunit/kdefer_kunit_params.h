/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KDEFER_KUNIT_PARAMS_H
#define _KDEFER_KUNIT_PARAMS_H

/**
 * struct kdefer_stress - the size of the stress suite
 * @threads: how many threads
 * @panics: panics of each thread; 0: as many as the time allows
 * @seconds: that time
 */
struct kdefer_stress {
	unsigned int threads;
	unsigned long panics;
	unsigned int seconds;
};

extern struct kdefer_stress kdefer_stress;

#endif /* _KDEFER_KUNIT_PARAMS_H */
