// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics in functions that others call back. In a timer, an interrupt handler or a tasklet
/// there is no thread to panic in, and a KDEFER function is a fatal error as well. A function that
/// the kernel compares or iterates with may be a KDEFER function that recovers; a panic that leaves
/// it skips the kernel's function. A call of a function of the file that raises a panic counts.
///

@initialize:python@
@@
RAISES = {"kpanic", "kpanicf", "kpanicf_errno", "kpanic_ptr", "kpanic_value", "kgoexit",
	  "kdefer_check"}
kdefer_functions, recover, raise_panics = set(), set(), set()
in_interrupt, in_kernel = set(), set()
said = set()

def report(p, text):
	for at in p:
		if (at.file, at.line) not in said:
			said.add((at.file, at.line))
			print(f"{at.file}:{at.line}: {text}")

// Who is called where.

@called_in_interrupt@
identifier f;
expression E, F;
@@
(
  timer_setup(E, f, F)
|
  timer_setup_on_stack(E, f, F)
|
  tasklet_setup(E, f)
|
  tasklet_init(E, f, F)
|
  request_irq(E, f, ...)
|
  request_threaded_irq(E, f, ...)
|
  request_any_context_irq(E, f, ...)
|
  request_percpu_irq(E, f, ...)
|
  devm_request_irq(E, F, f, ...)
|
  devm_request_threaded_irq(E, F, f, ...)
|
  devm_request_any_context_irq(E, F, f, ...)
|
  hrtimer_setup(E, f, ...)
|
  hrtimer_setup_on_stack(E, f, ...)
|
  init_irq_work(E, f)
|
  call_rcu(E, f)
|
  call_srcu(E, F, f)
|
  smp_call_function(f, ...)
|
  smp_call_function_single(E, f, ...)
|
  smp_call_function_many(E, f, ...)
|
  on_each_cpu(f, ...)
|
  E.function = f
|
  E->function = f
)

@script:python@
f << called_in_interrupt.f;
@@
in_interrupt.add(f)

@declared_for_interrupts@
declarer name DEFINE_TIMER, DECLARE_TASKLET, DECLARE_TASKLET_DISABLED, DECLARE_TASKLET_OLD;
declarer name DECLARE_TASKLET_DISABLED_OLD, DEFINE_IRQ_WORK;
identifier n, f;
@@
(
  DEFINE_TIMER(n, f);
|
  DECLARE_TASKLET(n, f);
|
  DECLARE_TASKLET_DISABLED(n, f);
|
  DECLARE_TASKLET_OLD(n, f);
|
  DECLARE_TASKLET_DISABLED_OLD(n, f);
|
  DEFINE_IRQ_WORK(n, f);
)

@script:python@
f << declared_for_interrupts.f;
@@
in_interrupt.add(f)

@called_in_kernel@
identifier f;
expression E, F, G, H;
@@
(
  sort(E, F, G, f, H)
|
  sort_r(E, F, G, f, H, ...)
|
  list_sort(E, F, f)
|
  bsearch(E, F, G, H, f)
|
  bus_for_each_dev(E, F, G, f)
|
  bus_for_each_drv(E, F, G, f)
|
  bus_find_device(E, F, G, f)
|
  driver_for_each_device(E, F, G, f)
|
  driver_find_device(E, F, G, f)
|
  class_for_each_device(E, F, G, f)
|
  class_find_device(E, F, G, f)
|
  device_for_each_child(E, F, f)
|
  device_for_each_child_reverse(E, F, f)
|
  device_find_child(E, F, f)
|
  idr_for_each(E, f, F)
|
  iterate_fd(E, F, f, G)
|
  pci_walk_bus(E, f, F)
|
  walk_iomem_res_desc(E, F, G, H, ..., f)
)

@script:python@
f << called_in_kernel.f;
@@
in_kernel.add(f)

// Who raises, and who recovers.

@kdefer_function@
identifier f;
symbol __kdefer_frame;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    ...
  }

@script:python@
f << kdefer_function.f;
@@
kdefer_functions.add(f)

@recovers@
identifier f;
symbol __kdefer_frame;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    kdefer_recover_result()
    ...+>
  }

@token_function@
identifier t, p;
@@
  t(..., struct kdefer_panic *p)
  {
    ...
  }

@recovers_by_hand@
identifier f;
identifier token_function.t;
expression E;
symbol __kdefer_frame;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    kdefer(t, E)
    ...+>
  }

@script:python@
f << recovers.f;
@@
recover.add(f)

@script:python@
f << recovers_by_hand.f;
@@
recover.add(f)

@calls@
identifier f, g;
position p;
@@
  f(...)
  {
    <+...
    g@p(...)
    ...+>
  }

@script:python@
f << calls.f;
g << calls.g;
@@
if g in RAISES and f not in recover:
	raise_panics.add(f)

// All of the above has been collected.

@script:python@
f << calls.f;
g << calls.g;
p << calls.p;
@@
if f in in_interrupt:
	if g in RAISES or g == "kdefer_run":
		report(p, f"{f}() is called in interrupt context, where there is no thread to "
			  "panic in: return an error, or queue a work item")
	elif g in kdefer_functions:
		report(p, f"{f}() is called in interrupt context, where there is no thread for "
			  f"the KDEFER function {g}() to defer in: queue a work item")
	elif g in raise_panics:
		report(p, f"{f}() is called in interrupt context, where there is no thread for "
			  f"{g}() to panic in: return an error, or queue a work item")
elif f in in_kernel and f not in recover:
	if g in RAISES:
		report(p, f"{f}() is called by a function of the kernel, which the panic skips: "
			  "make it a KDEFER function that recovers, and return an error")
	elif g in raise_panics:
		report(p, f"{f}() is called by a function of the kernel, which a panic of {g}() "
			  "skips: make it a KDEFER function that recovers, and return an error")
