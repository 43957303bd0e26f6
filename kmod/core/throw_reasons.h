/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reasons for a throw. One row a reason:
 *
 *	KDEFER_REASON(number, NAME, text, anchor)
 *
 * @number is what the tracepoint shows, @text the format of the message, and @anchor the place in
 * Documentation/fatal.rst that explains the reason and says what to do. Logs and scripts keep the
 * number and the anchor, so these stay what they are for ever: a new reason gets the next number,
 * and the number of one that is gone is not used again.
 *
 * Whoever includes this defines KDEFER_REASON() before.
 */
KDEFER_REASON(1, RAISE_IN_INTERRUPT,
	      "%s in %s context: there is no thread to run deferred calls in; return an error instead",
	      "raise-in-interrupt")
KDEFER_REASON(2, FUNCTION_IN_INTERRUPT,
	      "KDEFER function called in %s context: there is no thread to defer in; use a work item",
	      "function-in-interrupt")
KDEFER_REASON(3, RUN_IN_INTERRUPT,
	      "%s in %s context: there is no thread to run in; use a work item",
	      "run-in-interrupt")
KDEFER_REASON(4, PANIC_ON_FOREIGN_TASK,
	      "panic on a task that kdefer did not start: recover it, or call kdefer_run()",
	      "panic-on-foreign-task")
KDEFER_REASON(5, GOEXIT_ON_FOREIGN_TASK,
	      "kgoexit on a task that kdefer did not start: call kdefer_run() around it",
	      "goexit-on-foreign-task")
KDEFER_REASON(6, CONTEXT_CHANGED,
	      "recovery with %s since the KDEFER function was entered: defer the release right after the acquire",
	      "context-changed")
KDEFER_REASON(7, CONTEXT_CHANGED_AT_END,
	      "%s ended by a panic or kgoexit with %s since it began: defer the release right after the acquire",
	      "context-changed-at-end")
KDEFER_REASON(8, PLUG_STARTED,
	      "a skipped function has left a block plug started, where preemption is off or not counted: finish it before what may panic",
	      "plug-started")
KDEFER_REASON(9, BAD_RECOVERY,
	      "bad recovery: %s: the saved registers of a KDEFER function were overwritten, or belong to another stack (saved sp %#lx%s, current sp %#lx, stack %#lx to %#lx)",
	      "bad-recovery")
KDEFER_REASON(10, RETURN_HOOKS_LOST,
	      "bad recovery: a tracer's list of return addresses has lost an entry of a function that is still to return",
	      "return-hooks-lost")
KDEFER_REASON(11, GUARD_NOT_PENDING,
	      "a guard ends that is not pending: the records of its KDEFER function were overwritten",
	      "guard-not-pending")
KDEFER_REASON(12, NESTED_TOO_DEEP,
	      "deferred calls nested past the stack budget: %lu of %lu bytes left; do not raise panics from deferred calls recursively",
	      "nested-too-deep")
KDEFER_REASON(13, NO_MEMORY_FOR_ROOT,
	      "no memory for a KDEFER function on a task that kdefer did not start: call it under kdefer_run(), which reports -ENOMEM",
	      "no-memory-for-root")
KDEFER_REASON(14, NO_MEMORY_FOR_REPORT,
	      "%s outside of any KDEFER function, and no memory to report it",
	      "no-memory-for-report")
KDEFER_REASON(15, BAD_RECORD,
	      "the record of a panic or kgoexit was overwritten: panicking %d, goexit %d, recovered %d",
	      "bad-record")
KDEFER_REASON(16, SKIPPED,
	      "a %s skipped %s(), which did not get to give back what it held: recover in the function that it calls, and return an error; if it holds nothing, KDEFER_MAY_SKIP() says so",
	      "skipped-function")
KDEFER_REASON(17, WAIT_LEFT,
	      "a %s skipped a wait in %s(), whose entry cannot be taken off its queue: raise nothing in the condition of wait_event(), nor before finish_wait(): look for errors after the wait",
	      "skipped-wait")
KDEFER_REASON(18, SKIPPED_CLEANUP,
	      "a %s skipped the release of a guard(), __free() or CLASS() in %s(): make it a KDEFER function with a kdefer_guard(), kdefer_owned() or kdefer_class()",
	      "skipped-guard")
KDEFER_REASON(19, PENDING_LEFT,
	      "a %s skipped the end of %s on the stack of %s(), which cannot be cancelled here: own it in a plain function, and defer its end in a KDEFER function that this one calls",
	      "skipped-object")
