// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics that a deferred function keeps beyond its call: nothing can be recovered with them
/// any more.
///

@kept@
identifier f, m, t;
global idexpression g;
expression E, I;
position p;
@@
  f(..., struct kdefer_panic *t, ...)
  {
    <+...
(
    g =@p t
|
    E->m =@p t
|
    *E =@p t
|
    E[I] =@p t
|
    kdefer@p(E, t)
)
    ...+>
  }

@script:python@
p << kept.p;
@@
for at in p:
	print(f"{at.file}:{at.line}: the panic is kept beyond the deferred call, when nothing can "
	      "be recovered with it: copy its value with krecover() or kdefer_panic_value()")
