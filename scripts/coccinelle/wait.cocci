// SPDX-License-Identifier: GPL-2.0-only
///
/// Finds panics in the condition of a wait_event(): the panic skips the wait while its entry is in
/// the queue. A call of a KDEFER function, or of one of the file that raises a panic, counts.
///

@raises@
identifier f;
@@
  f(...)
  {
    <+...
    \(kpanic\|kpanicf\|kpanicf_errno\|kpanic_ptr\|kpanic_value\|kgoexit\|kdefer_check\)(...)
    ...+>
  }

@kdefer_function@
identifier f;
symbol __kdefer_frame;
@@
  f(struct kdefer_frame *__kdefer_frame, ...)
  {
    ...
  }

@direct@
identifier w =~ "^s?wait_event";
identifier k =~ "^(kpanicf?|kpanicf_errno|kpanic_ptr|kpanic_value|kgoexit|kdefer_check)$";
expression q;
position p;
@@
  w@p(q, <+... k(...) ...+>, ...)

@through_plain@
identifier w =~ "^s?wait_event";
identifier raises.f;
expression q;
position p;
@@
  w@p(q, <+... f(...) ...+>, ...)

@through_kdefer@
identifier w =~ "^s?wait_event";
identifier kdefer_function.f;
expression q;
position p;
@@
  w@p(q, <+... f(...) ...+>, ...)

@initialize:python@
@@
said = set()

def report(places, found):
	for at in places:
		if (at.file, at.line) in said:
			continue
		said.add((at.file, at.line))
		print(f"{at.file}:{at.line}: {found} in the condition of a wait: a panic skips the "
		      "wait; let the condition be true, and look for the error after the wait")

@script:python@
p << direct.p;
@@
report(p, "a panic")

@script:python@
p << through_plain.p;
f << raises.f;
@@
report(p, f"{f}(), which raises a panic,")

@script:python@
p << through_kdefer.p;
f << kdefer_function.f;
@@
report(p, f"the KDEFER function {f}()")
