// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics in functions that others call back. In a timer, an interrupt handler or a tasklet
/// there is no thread to panic in, and a KDEFER function is a fatal error as well. A function that
/// the kernel compares or iterates with may be a KDEFER function that recovers; a panic that leaves
/// it skips the kernel's function.
///

@in_interrupt@
identifier f;
expression E, F;
@@
(
  timer_setup(E, f, F)
|
  timer_setup_on_stack(E, f, F)
|
  DEFINE_TIMER(E, f)
|
  tasklet_setup(E, f)
|
  tasklet_init(E, f, F)
|
  request_irq(E, f, ...)
|
  request_threaded_irq(E, f, ...)
|
  devm_request_irq(E, F, f, ...)
|
  devm_request_threaded_irq(E, F, f, ...)
|
  hrtimer_setup(E, f, ...)
|
  init_irq_work(E, f)
|
  call_rcu(E, f)
|
  E.function = f
|
  E->function = f
)

@in_kernel@
identifier f;
expression E, F, G, H;
@@
(
  sort(E, F, G, f, H)
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
  class_for_each_device(E, F, G, f)
|
  device_for_each_child(E, F, f)
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

@calls_kdefer@
identifier g;
symbol __kdefer_frame;
@@
  g(struct kdefer_frame *__kdefer_frame, ...)
  {
    ...
  }

@interrupt_raises@
identifier in_interrupt.f;
identifier k =~ "^(kpanic(f|f_errno|_ptr|_value)?|kgoexit|kdefer_check|kdefer_run)$";
position p;
@@
  f(...)
  {
    <+...
    k@p(...)
    ...+>
  }

@interrupt_calls@
identifier in_interrupt.f;
identifier calls_kdefer.g;
position p;
@@
  f(...)
  {
    <+...
    g@p(...)
    ...+>
  }

@kernel_raises@
identifier in_kernel.f;
identifier k =~ "^(kpanicf?|kpanicf_errno|kpanic_ptr|kpanic_value|kgoexit|kdefer_check)$";
position p;
@@
  f(...)
  {
    <+...
    k@p(...)
    ...+>
  }

@initialize:python@
@@
kdefer_functions = set()

@script:python@
g << calls_kdefer.g;
@@
kdefer_functions.add(g)

@script:python@
p << interrupt_raises.p;
f << in_interrupt.f;
@@
for at in p:
	print(f"{at.file}:{at.line}: {f}() is called in interrupt context, where there is no "
	      "thread to panic in: return an error, or queue a work item")

@script:python@
p << interrupt_calls.p;
f << in_interrupt.f;
g << calls_kdefer.g;
@@
for at in p:
	print(f"{at.file}:{at.line}: {f}() is called in interrupt context, where there is no "
	      f"thread for the KDEFER function {g}() to defer in: queue a work item")

@script:python@
p << kernel_raises.p;
f << in_kernel.f;
@@
for at in p:
	if f not in kdefer_functions:
		print(f"{at.file}:{at.line}: {f}() is called by a function of the kernel, which "
		      "the panic skips: make it a KDEFER function that recovers, and "
		      "return an error")
