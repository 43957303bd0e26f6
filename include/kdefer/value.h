/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a panic carries and what recover returns.
 */
#ifndef _KDEFER_VALUE_H
#define _KDEFER_VALUE_H

#include <linux/types.h>

/* Room for a formatted message, its terminating NUL included. */
#define KDEFER_MESSAGE_SIZE	112

/**
 * enum kdefer_value_kind - what a panic value holds
 * @KDEFER_ERRNO: an errno, from kpanic()
 * @KDEFER_MESSAGE: a formatted message, from kpanicf()
 * @KDEFER_POINTER: a caller's object, from kpanic_ptr()
 * @KDEFER_NIL: kpanic(0), Go's panic(nil): typed, so that it is never mistaken for "no panic"
 * @KDEFER_FAULT: a run-time error: a call of a NULL function, or a CPU fault
 */
enum kdefer_value_kind {
	KDEFER_ERRNO,
	KDEFER_MESSAGE,
	KDEFER_POINTER,
	KDEFER_NIL,
	KDEFER_FAULT,
};

/**
 * enum kdefer_fault_kind - which run-time error a KDEFER_FAULT value reports
 * @KDEFER_FAULT_NULL: an access or a call through a NULL pointer
 * @KDEFER_FAULT_ADDRESS: an access to an address that is not mapped
 * @KDEFER_FAULT_DIVIDE: an integer division by zero or an overflowing division
 * @KDEFER_FAULT_BUG: a BUG() or an invalid instruction
 * @KDEFER_FAULT_PROTECTION: a general protection fault
 */
enum kdefer_fault_kind {
	KDEFER_FAULT_NULL,
	KDEFER_FAULT_ADDRESS,
	KDEFER_FAULT_DIVIDE,
	KDEFER_FAULT_BUG,
	KDEFER_FAULT_PROTECTION,
};

/* Where the CPU or the kernel does not tell. */
#define KDEFER_FAULT_NO_ADDRESS	(~0UL)

/**
 * struct kdefer_fault - the details of a run-time error
 * @kind: which error it is
 * @address: the address that was accessed; KDEFER_FAULT_NO_ADDRESS where it is not known
 * @ip: the instruction that failed
 * @error_code: the CPU's error code, 0 when there is none
 */
struct kdefer_fault {
	enum kdefer_fault_kind kind;
	unsigned long address;
	unsigned long ip;
	unsigned long error_code;
};

/**
 * struct kdefer_type - how kdefer handles a caller's object raised by kpanic_ptr()
 * @name: the type's name, printed before the value
 * @print: writes the object as text into @buf, at most @size bytes with the NUL, and returns the
 *	length as scnprintf() does; NULL prints the address. It runs in the panicking task when an
 *	uncaught panic is printed. If it panics itself, that is reported in place of the text.
 * @release: gives the object up; NULL when nothing needs to be done. Called exactly once, when
 *	nobody can see the value any more: after the deferred call that recovered it has returned,
 *	after an uncaught panic was printed, or by kdefer_value_release(). Not called for an object
 *	that kdefer_value_take() has taken out. Runs in the context that
 *	the panic was raised in. If it panics itself or calls kgoexit(), it is as if a deferred
 *	call had done so there; at the end of a run or a thread that is how this ends.
 * @err: &kdefer_value.err of a panic with such an object, such as -EPROTO; 0 for -ENOTRECOVERABLE
 *
 * @print and @release run on the panic path: they must not rely on memory allocation.
 */
struct kdefer_type {
	const char *name;
	int (*print)(const void *ptr, char *buf, size_t size);
	void (*release)(void *ptr);
	int err;
};

/**
 * struct kdefer_value - what a panic carries and krecover() copies out; plain data
 * @kind: selects the member of the union
 * @err: an errno that a caller can return: the value itself for KDEFER_ERRNO, -EFAULT for
 *	KDEFER_FAULT, that of kpanicf_errno() or of &kdefer_type.err, -ENOTRECOVERABLE for the
 *	others
 * @id: identity of the value, kept when the value is raised again with kpanic_value(), and not the
 *	same as any other's; but all nil panics are one value, and so are all NULL dereferences and
 *	all divisions by zero, as in Go (rule R20)
 * @object: identity of the object of a KDEFER_POINTER, kept also by kpanicf_value()
 * @ip: where the value was raised first: the return address of the call, or the instruction that
 *	failed
 * @file: source file that raised the value first; owned by the module that raised it. NULL where no
 *	line of source did: in a KDEFER_FAULT, and in the -ENOMEM of a kdefer_run() that could not
 *	start
 * @line: line in @file, 0 without one
 * @kept: the object of a KDEFER_POINTER belongs to somebody who goes on to need it, as a
 *	&struct kdefer_once does: kdefer does not release it
 * @taken: the object of a KDEFER_POINTER was taken out, see kdefer_value_take(); @ptr is NULL
 * @message: NUL-terminated text of a KDEFER_MESSAGE; of another kind, the words that
 *	kpanicf_value() has put before it, and empty without
 * @ptr: the object of a KDEFER_POINTER
 * @type: the type of @ptr
 * @fault: the details of a KDEFER_FAULT
 */
struct kdefer_value {
	enum kdefer_value_kind kind;
	int err;
	u64 id;
	u64 object;
	unsigned long ip;
	const char *file;
	int line;
	bool kept;
	bool taken;
	char message[KDEFER_MESSAGE_SIZE];
	union {
		struct {
			void *ptr;
			const struct kdefer_type *type;
		};
		struct kdefer_fault fault;
	};
};

/**
 * struct kdefer_site - where in the source a panic is raised; one constant per call site
 * @file: source file
 * @line: line in @file
 * @warned: a kpanic() there was given what is no errno, and it has been said
 */
struct kdefer_site {
	const char *file;
	int line;
	bool warned;
};

#endif /* _KDEFER_VALUE_H */
