// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds deferred calls that are given the address of a local variable of the function that defers
/// them: it is gone when they run.
///

@deferred@
local idexpression x;
identifier m;
expression fn;
position p;
@@
(
  \(kdefer@p\|kdefer_on_failure@p\|kdefer_on_failure_or_null@p\)(fn, &x)
|
  \(kdefer@p\|kdefer_on_failure@p\|kdefer_on_failure_or_null@p\)(fn, &x.m)
|
  \(kdefer@p\|kdefer_on_failure@p\|kdefer_on_failure_or_null@p\)(fn, (void *)&x)
|
  kdefer_call@p(..., &x, ...)
)

@deferred_element@
type T;
local idexpression T[] x;
expression fn, i;
position p;
@@
(
  \(kdefer@p\|kdefer_on_failure@p\|kdefer_on_failure_or_null@p\)(fn, x)
|
  \(kdefer@p\|kdefer_on_failure@p\|kdefer_on_failure_or_null@p\)(fn, &x[i])
)

@initialize:python@
@@
def report(places):
	for at in places:
		print(f"{at.file}:{at.line}: the deferred call is given the address of a local "
		      "variable, which is gone when it runs: use &kdefer_result, or memory that "
		      "outlives the function")

@script:python@
p << deferred.p;
@@
report(p)

@script:python@
p << deferred_element.p;
@@
report(p)
