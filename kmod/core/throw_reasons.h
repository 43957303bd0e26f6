/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reasons for a throw. One row a reason:
 *
 *	KDEFER_REASON(number, NAME, anchor, text)
 *
 * @number is what the tracepoint shows, and @anchor where Documentation/fatal.rst explains the
 * reason and says what to do. Logs and scripts keep both, so they stay what they are for ever: a new
 * reason gets the next number, and the number of one that is gone is not used again. @text is the
 * format of the message.
 *
 * Whoever includes this defines KDEFER_REASON() before.
 */
KDEFER_REASON(1, RAISE_IN_INTERRUPT, "raise-in-interrupt",
	      "%s in %s context: there is no thread to run deferred calls in; return an error instead")
KDEFER_REASON(2, FUNCTION_IN_INTERRUPT, "function-in-interrupt",
	      "KDEFER function called in %s context: there is no thread to defer in; use a work item")
KDEFER_REASON(3, RUN_IN_INTERRUPT, "run-in-interrupt",
	      "%s in %s context: there is no thread to run in; use a work item")
KDEFER_REASON(4, PANIC_ON_FOREIGN_TASK, "panic-on-foreign-task",
	      "panic on a task that kdefer did not start: recover it, or call kdefer_run()")
KDEFER_REASON(5, GOEXIT_ON_FOREIGN_TASK, "goexit-on-foreign-task",
	      "kgoexit on a task that kdefer did not start: call kdefer_run() around it")
KDEFER_REASON(6, CONTEXT_CHANGED, "context-changed",
	      "recovery with %s since the KDEFER function was entered: defer the release right after the acquire")
KDEFER_REASON(7, CONTEXT_CHANGED_AT_END, "context-changed-at-end",
	      "%s ended by a panic or kgoexit with %s since it began: defer the release right after the acquire")
KDEFER_REASON(8, PLUG_STARTED, "plug-started",
	      "a skipped function has left a block plug started, and preemption is off: finish it before what may panic")
KDEFER_REASON(9, BAD_RECOVERY, "bad-recovery",
	      "bad recovery: %s: the saved registers of a KDEFER function were overwritten, or belong to another stack (saved sp %#lx%s, current sp %#lx, stack %#lx to %#lx)")
KDEFER_REASON(10, RETURN_HOOKS_LOST, "return-hooks-lost",
	      "bad recovery: a tracer's list of return addresses has lost an entry of a function that is still to return")
KDEFER_REASON(11, GUARD_NOT_PENDING, "guard-not-pending",
	      "a guard ends that is not pending: the records of its KDEFER function were overwritten")
KDEFER_REASON(12, NESTED_TOO_DEEP, "nested-too-deep",
	      "deferred calls nested past the stack budget: %lu of %lu bytes left; do not raise panics from deferred calls recursively")
KDEFER_REASON(13, NO_MEMORY_FOR_ROOT, "no-memory-for-root",
	      "no memory for a KDEFER function on a task that kdefer did not start: call it under kdefer_run(), which reports -ENOMEM")
KDEFER_REASON(14, NO_MEMORY_FOR_REPORT, "no-memory-for-report",
	      "%s outside of any KDEFER function, and no memory to report it")
KDEFER_REASON(15, BAD_RECORD, "bad-record",
	      "the record of a panic or kgoexit was overwritten: panicking %d, goexit %d, recovered %d")
