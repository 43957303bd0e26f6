// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds recoverers that store an int, and are given a result that is wider: -EIO becomes
/// 4294967291 there, which callers take for success. To the compiler both are a void pointer.
///

@storing@
identifier f, r, t;
expression E;
@@
  void f(void *r, struct kdefer_panic *t)
  {
    <+...
(
    *(int *)r = E
|
    *((int *)r) = E
)
    ...+>
  }

@deferred@
type R;
identifier storing.f, g;
position p;
@@
  R g(struct kdefer_frame *__kdefer_frame, ...)
  {
    <+...
    kdefer@p(f, &kdefer_result)
    ...+>
  }

@script:python@
p << deferred.p;
R << deferred.R;
@@
WIDE = ("long", "long int", "long long", "ssize_t", "loff_t", "s64", "__s64", "int64_t",
	"ptrdiff_t")

if R.endswith("*") or R in WIDE:
	for at in p:
		print(f"{at.file}:{at.line}: the recoverer stores an int into a result of type "
		      f"{R}: use kdefer_recover_result(), which knows the type")
