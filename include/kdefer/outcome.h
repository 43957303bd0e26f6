/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a function, or a thread, has ended.
 */
#ifndef _KDEFER_OUTCOME_H
#define _KDEFER_OUTCOME_H

#include <kdefer/value.h>

/**
 * enum kdefer_how - how a function under kdefer_run(), or a thread, ended
 * @KDEFER_RETURNED: it returned
 * @KDEFER_GOEXITED: it called kgoexit()
 * @KDEFER_PANICKED: a panic was not recovered
 */
enum kdefer_how {
	KDEFER_RETURNED,
	KDEFER_GOEXITED,
	KDEFER_PANICKED,
};

/**
 * struct kdefer_outcome - the end of a function under kdefer_run(), or of a thread
 * @how: how it ended
 * @result: what it returned, or the code given to kgoexit(), or &kdefer_value.err of the panic
 * @value: the panic's value if @how is KDEFER_PANICKED; the receiver owns the object of a
 *	KDEFER_POINTER and gives it up with kdefer_value_release() or by kpanic_value(). All zero
 *	otherwise
 */
struct kdefer_outcome {
	enum kdefer_how how;
	long result;
	struct kdefer_value value;
};

#endif /* _KDEFER_OUTCOME_H */
