// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics in module_init() functions that nobody recovers: the task is not one of kdefer's,
/// so that the panic is fatal.
///

@init@
declarer name module_init, module_exit, late_initcall, late_initcall_sync, device_initcall;
declarer name fs_initcall, subsys_initcall, arch_initcall, postcore_initcall, core_initcall;
identifier f;
@@
(
  module_init(f);
|
  module_exit(f);
|
  late_initcall(f);
|
  late_initcall_sync(f);
|
  device_initcall(f);
|
  fs_initcall(f);
|
  subsys_initcall(f);
|
  arch_initcall(f);
|
  postcore_initcall(f);
|
  core_initcall(f);
)

@token_function@
identifier t, p;
@@
  t(..., struct kdefer_panic *p)
  {
    ...
  }

// A KDEFER function that may recover: what it raises or calls does not get here.
@recovers@
identifier g;
symbol __kdefer_frame;
@@
  g(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    kdefer_recover_result()
    ...+>
  }

@recovers_by_hand@
identifier g;
identifier token_function.t;
expression E;
symbol __kdefer_frame;
@@
  g(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    kdefer(t, E)
    ...+>
  }

@raises@
identifier g;
identifier k =~ "^(kpanicf?|kpanicf_errno|kpanic_ptr|kpanic_value|kgoexit|kdefer_check)$";
position p;
@@
  g(...)
  {
    <+...
    k@p(...)
    ...+>
  }

@direct@
identifier init.f;
identifier k =~ "^(kpanicf?|kpanicf_errno|kpanic_ptr|kpanic_value|kgoexit|kdefer_check)$";
position p;
@@
  f(...)
  {
    <+...
    k@p(...)
    ...+>
  }

@through@
identifier init.f;
identifier raises.g;
position p;
@@
  f(...)
  {
    <+...
    g@p(...)
    ...+>
  }

@initialize:python@
@@
safe = set()

@script:python@
g << recovers.g;
@@
safe.add(g)

@script:python@
g << recovers_by_hand.g;
@@
safe.add(g)

@script:python@
p << direct.p;
f << init.f;
@@
for at in p:
	if f not in safe:
		print(f"{at.file}:{at.line}: nobody recovers the panic of {f}(), which runs on a "
		      "task that kdefer did not start: recover it, or call kdefer_run()")

@script:python@
p << through.p;
f << init.f;
g << raises.g;
@@
for at in p:
	if f not in safe and g not in safe:
		print(f"{at.file}:{at.line}: {g}() raises a panic and {f}(), which runs on a task "
		      "that kdefer did not start, does not recover it: recover it, or call "
		      "kdefer_run()")
