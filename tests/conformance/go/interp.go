// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

const (
	errFault          = -14
	errNotRecoverable = -131
	// In the kernel, a panic and what runs deferred calls need about the stack of two calls.
	panicDepth = 2
	runDepth   = 1
)

// object is what a program raises. Pointers to it are compared, so every one has its own identity.
type object struct {
	kind   byte
	number int
}

// Error returns the text that kdefer prints.
func (o *object) Error() string {
	switch o.kind {
	case 'e':
		return errnoText(o.number)
	case 'm':
		return fmt.Sprintf("message %d", o.number)
	case 'l':
		return fmt.Sprintf("message %d\nof two lines", o.number)
	}
	return fmt.Sprintf("object(%d)", o.number)
}

// errnoText is what printk's %pe makes of an errno, for those that programs use.
func errnoText(number int) string {
	names := map[int]string{-1: "-EPERM", -5: "-EIO", -12: "-ENOMEM", -22: "-EINVAL"}
	if name, known := names[number]; known {
		return name
	}
	return fmt.Sprint(number)
}

func (o *object) text() string {
	switch o.kind {
	case 'm', 'l':
		return fmt.Sprintf("message %d", o.number)
	}
	return fmt.Sprintf("%c%d", o.kind, o.number)
}

// act is one activation of a function.
type act struct {
	task     *task
	function int
	parent   *act
	outer    *act
	serial   int
	depth    int
	site     int
	pc       int
	count    [maxBlocks]int
	result   *int
	last     any
	got      bool
	// What the depth of the stack is worked out from, as in ../interp/interp.c.
	recovered bool
	returned  bool
	nil       bool
	inFrame   bool
}

// outcome is how a function that was run on its own ended.
type outcome struct {
	how    string
	result int
	value  any
}

type task struct {
	program *program
	main    int
	fuel    int
	site    int
	exiting bool
	serial  int
	running *act
	seen    []*object
	kept    [registers]any
	code    int
	output  strings.Builder
}

func (t *task) printf(format string, args ...any) {
	fmt.Fprintf(&t.output, format, args...)
}

func isNil(v any) bool {
	var e *runtime.PanicNilError
	err, ok := v.(error)
	return ok && errors.As(err, &e)
}

func (t *task) identity(o *object) int {
	for i, seen := range t.seen {
		if seen == o {
			return i
		}
	}
	t.seen = append(t.seen, o)
	return len(t.seen) - 1
}

func (t *task) value(v any) string {
	if o, ok := v.(*object); ok {
		return fmt.Sprintf("%s#%d", o.text(), t.identity(o))
	}
	if isNil(v) {
		return "nil"
	}
	if _, ok := v.(runtime.Error); ok {
		return "fault"
	}
	return fmt.Sprintf("unexpected %v", v)
}

// errno is kdefer's struct kdefer_value.err.
func errno(v any) int {
	if o, ok := v.(*object); ok && o.kind == 'e' {
		return o.number
	}
	if _, ok := v.(runtime.Error); ok && !isNil(v) {
		return errFault
	}
	return errNotRecoverable
}

func (t *task) answer(who byte, v any) {
	text := "-"
	if v != nil {
		text = t.value(v)
	}
	t.printf("%c %s\n", who, text)
}

func (t *task) newAct(function int) *act {
	return &act{task: t, function: function}
}

func (a *act) newDeferred(o *op) *act {
	d := a.task.newAct(o.arg[0])
	d.parent = a
	d.inFrame = strings.HasSuffix(o.word, "frame")
	a.task.printf("defer %d\n", o.arg[0])
	return d
}

// siteBelow is how deep the newest panic stands when a has recovered its own. A deferred nil
// function panics on top of the function that deferred it.
func (a *act) siteBelow() int {
	if a.nil {
		return max(a.site, a.depth)
	}
	return a.site
}

// ended finds out which panic is the newest one, now that a deferred call has ended.
func (t *task) ended(d *act) {
	raised := t.site > d.site
	t.running = d.outer
	switch {
	case d.recovered && !raised && !t.exiting:
		d.parent.returned = true
		t.site = d.parent.siteBelow()
	case raised && d.parent.returned:
		// A panic on top of a return stays there until it is recovered.
		d.parent.returned = false
	default:
		// What was raised in a call that a panic ran takes that panic's place.
		t.site = d.site
	}
}

// enterDeferred finds out how deep the stack would be. A deferred call stands on top of the panic
// that runs it. When a function runs a deferred call, those that it or what it called ran before
// have ended.
func (a *act) enterDeferred() {
	t := a.task
	for t.running != nil && a.parent.serial <= t.running.parent.serial {
		t.ended(t.running)
	}
	a.outer = t.running
	a.depth = max(a.parent.depth, t.site)
	if a.inFrame {
		a.depth++
	}
	t.running = a
}

func (a *act) enter() bool {
	t := a.task
	word, note := "enter", ""
	if a.parent != nil {
		word = "run"
		a.enterDeferred()
	}
	a.site = t.site
	a.depth++
	a.serial = t.serial
	t.serial++
	if a.depth > t.program.depth {
		note = " too deep"
	}
	t.printf("%s %d%s\n", word, a.function, note)
	return note == ""
}

func (a *act) fetch() *op {
	t := a.task
	ops := t.program.funcs[a.function]
	if a.pc == len(ops) || t.fuel == 0 {
		return nil
	}
	t.fuel--
	a.pc++
	return &ops[a.pc-1]
}

func (a *act) raising() {
	a.task.site = a.depth + panicDepth
}

func (a *act) defersNil() {
	if !a.nil {
		a.depth += panicDepth
	}
	a.nil = true
	a.task.site = max(a.task.site, a.depth)
}

func (a *act) raise(o *op) {
	kind, number := byte(o.arg[0]), o.arg[1]
	a.task.printf("panic %c%d\n", kind, number)
	if kind == 'n' {
		panic(nil)
	}
	// kdefer raises -EINVAL in place of what is no errno.
	if kind == 'e' && (number >= 0 || number < -4095) {
		number = -22
	}
	panic(&object{kind, number})
}

// A helper, and a function inside a deferred function: neither was called by the runtime.
//
//go:noinline
func helper() any {
	return recover()
}

func (a *act) raiseAgain() {
	if !a.got {
		return
	}
	a.raising()
	a.task.printf("again\n")
	panic(a.last)
}

func (a *act) keep(number int) {
	if o, ok := a.last.(*object); !a.got || ok && o.kind == 'p' {
		return
	}
	a.task.kept[number] = a.last
}

func (a *act) raiseKept(number int) {
	t := a.task
	if t.kept[number] == nil {
		return
	}
	a.raising()
	t.printf("raise %d\n", number)
	panic(t.kept[number])
}

func (a *act) call(function int) {
	t := a.task
	callee := t.newAct(function)
	callee.depth = a.depth
	site, running := t.site, t.running
	result := execute(callee)
	t.site, t.running = site, running
	t.printf("back %d = %d\n", function, result)
}

// grow makes the stack so large that it is never moved later: Go dies if it has to move it while a
// goexit is in progress with panics on top of it. A larger array would not be on the stack.
//
//go:noinline
func grow(times int) byte {
	var room [64 << 10]byte
	if times > 0 {
		room[times] = grow(times - 1)
	}
	return room[times]
}

// run executes an activation on a stack of its own, and catches a panic that nobody else recovers.
func run(a *act) outcome {
	out := outcome{how: "goexited"}
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				out.how, out.value = "panicked", v
			}
		}()
		grow(16)
		out.result = execute(a)
		out.how = "returned"
	}()
	<-done
	if out.how == "goexited" {
		out.result = a.task.code
	}
	return out
}

func (t *task) outcome(out outcome) {
	if out.how == "panicked" {
		err := errno(out.value)
		t.printf("panicked %s %d %d\n", t.value(out.value), err, err)
		return
	}
	t.printf("%s %d\n", out.how, out.result)
}

func (a *act) barrier(function int, word string) {
	t := a.task
	callee := t.newAct(function)
	callee.depth = a.depth + runDepth
	a.got = false
	site, running, exiting, code := t.site, t.running, t.exiting, t.code
	t.exiting = false
	out := run(callee)
	t.site, t.running, t.exiting, t.code = site, running, exiting, code
	if word == "group" && out.how == "returned" {
		// A group tells failures only.
		out.result = min(out.result, 0)
	}
	if word == "go" {
		// Nobody is told a result.
		out.result = 0
	}
	t.outcome(out)
	if out.how != "panicked" {
		return
	}
	if word == "rerun" {
		a.raising()
		panic(out.value)
	}
}

func (a *act) jump(o *op) {
	a.pc = o.jump + 1
}

// do runs the instructions that do not have to stand in the function itself.
func (a *act) do(o *op) {
	t := a.task
	switch o.word {
	case "say":
		t.printf("say %d\n", o.arg[0])
	case "call":
		a.call(o.arg[0])
	case "run", "rerun", "group", "go":
		a.barrier(o.arg[0], o.word)
	case "panic":
		a.raising()
		a.raise(o)
	case "again":
		a.raiseAgain()
	case "raise":
		a.raiseKept(o.arg[0])
	case "goexit":
		a.raising()
		t.exiting = true
		t.printf("goexit %d\n", o.arg[0])
		t.code = o.arg[0]
		runtime.Goexit()
	case "keep":
		a.keep(o.arg[0])
	case "helper", "old":
		t.answer(o.word[0], helper())
	case "set":
		*a.result = o.arg[0]
	case "setparent":
		if a.parent != nil {
			*a.parent.result = o.arg[0]
		}
	case "yield":
		runtime.Gosched()
	case "loop":
		a.count[o.block] = o.arg[0]
	case "if":
		if t.fuel%o.arg[0] != o.arg[1] {
			a.jump(o)
		}
	case "got":
		if !a.got {
			a.jump(o)
		}
	case "end":
		if o.loop {
			a.count[o.block]--
			if a.count[o.block] > 0 {
				a.jump(o)
			}
		}
	}
}

// execute runs a function of the program. What it does with defer and recover, the function does
// itself.
//
//go:noinline
func execute(a *act) (result int) {
	a.result = &result
	if !a.enter() {
		return 0
	}
	for o := a.fetch(); o != nil; o = a.fetch() {
		switch o.word {
		case "defer", "deferframe":
			defer execute(a.newDeferred(o))
		case "blind", "blindframe", "blindtyped":
			callee := a.newDeferred(o)
			defer func() {
				execute(callee)
			}()
		case "nil":
			a.defersNil()
			var none func()
			defer none()
		case "deferrecover":
			defer recover()
		case "recover":
			a.last = recover()
			a.got = a.last != nil
			a.recovered = a.recovered || a.got
			a.task.answer('r', a.last)
		case "closure":
			a.task.answer('c', func() any { return recover() }())
		case "return":
			a.returned = true
			return o.arg[0]
		default:
			a.do(o)
		}
	}
	a.returned = true
	return result
}
