// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds the guards of cleanup.h in the bodies of KDEFER functions: a panic skips them.
/// kdefer_guard(), kdefer_class(), kdefer_scoped_guard() and kdefer_owned() it does not.
///

@guarded@
identifier f;
symbol __kdefer_frame, guard, CLASS;
position p;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
(
    guard@p(...)(...)
|
    CLASS@p(...)(...)
)
    ...+>
  }

@scoped@
identifier f;
iterator name scoped_guard;
statement S;
position p;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    scoped_guard@p(...) S
    ...+>
  }

@freed@
identifier f;
expression E;
symbol kernel_free;
type T;
position p;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    T *kernel_free = E@p;
    ...+>
  }

@initialize:python@
@@
def report(places, found, instead):
	for at in places:
		print(f"{at.file}:{at.line}: {found} in a KDEFER function: a panic skips it; "
		      f"use {instead}")

@script:python@
p << guarded.p;
@@
report(p, "guard() or CLASS()", "kdefer_guard() or kdefer_class()")

@script:python@
p << scoped.p;
@@
report(p, "scoped_guard()", "kdefer_scoped_guard()")

@script:python@
p << freed.p;
@@
report(p, "__free()", "kdefer_owned()")
