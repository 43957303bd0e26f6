// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics whose value is on the stack of the function that raises them: it is gone when the
/// panic has been recovered.
///

@raised@
local idexpression x;
identifier m;
expression list es;
position p;
@@
(
  kpanic_ptr@p(&x, es)
|
  kpanic_ptr@p(&x.m, es)
)

@raised_array@
type T;
local idexpression T[] x;
expression list es;
position p;
@@
  kpanic_ptr@p(x, es)

@initialize:python@
@@
def report(places):
	for at in places:
		print(f"{at.file}:{at.line}: the object of the panic is on the stack that the "
		      "panic leaves: allocate it and give its type a release function, "
		      "or use kpanicf()")

@script:python@
p << raised.p;
@@
report(p)

@script:python@
p << raised_array.p;
@@
report(p)
