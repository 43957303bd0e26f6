// SPDX-License-Identifier: GPL-2.0-only

// The contestant Go. Each function does what the one of the same name in kdefer.c does, and the
// stopwatch is that of bench.h.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

var counter int

// As bench_armed in bench.h.
var armed = true

//go:noinline
func bump(n int) {
	counter += n
}

//go:noinline
func stop(n int) {
	// The errno is compared, as kdefer.c compares the one that krecover() copies out.
	if recover() == syscall.EIO {
		counter += n
	}
}

//go:noinline
func raiseAgain(n int) {
	r := recover()
	if r == nil {
		return
	}
	counter += n
	panic(r)
}

//go:noinline
func callOne(n int) int {
	bump(n)
	return n
}

//go:noinline
func deferOne(n int) int {
	defer bump(n)
	return n
}

//go:noinline
func bumpOrStop(n int) {
	if recover() == nil {
		counter += n
	}
}

//go:noinline
func recoverOne(n int) int {
	defer bumpOrStop(n)
	return n
}

//go:noinline
func deferFour(n int) int {
	defer bump(n)
	defer bump(n)
	defer bump(n)
	defer bump(n)
	return n
}

//go:noinline
func deferLoop(n, times int) int {
	for i := 0; i < times; i++ {
		defer bump(n)
	}
	return n
}

// A syscall.Errno in an interface is a constant: neither side allocates for its value.
//
//go:noinline
func panicRecover(n int) int {
	defer stop(n)
	panic(syscall.EIO)
}

//go:noinline
func dive(depth int) int {
	if depth == 0 {
		if armed {
			panic(syscall.EIO)
		}
		return 0
	}
	return dive(depth-1) + 1
}

//go:noinline
func panicPlain(n, depth int) int {
	defer stop(n)
	return dive(depth)
}

//go:noinline
func diveDefer(n, depth int) int {
	if depth == 0 {
		if armed {
			panic(syscall.EIO)
		}
		return 0
	}
	defer bump(n)
	return diveDefer(n, depth-1) + 1
}

//go:noinline
func panicDefer(n, depth int) int {
	defer stop(n)
	return diveDefer(n, depth)
}

//go:noinline
func diveRaise(n, depth int) int {
	if depth == 0 {
		if armed {
			panic(syscall.EIO)
		}
		return 0
	}
	defer raiseAgain(n)
	return diveRaise(n, depth-1) + 1
}

//go:noinline
func panicRaise(n, depth int) int {
	defer stop(n)
	return diveRaise(n, depth)
}

//go:noinline
func goexitLoop(n, times int) {
	for i := 0; i < times; i++ {
		defer bump(n)
	}
	runtime.Goexit()
}

// A goroutine is cheaper to start than any thread: this row shows what its user gets.
//
//go:noinline
func goexitThread(n int) {
	var done sync.WaitGroup

	done.Add(1)
	go func() {
		defer done.Done()
		goexitLoop(n, 10)
	}()
	done.Wait()
}

//go:noinline
func goOne() {
	var done sync.WaitGroup

	done.Add(1)
	go func() {
		bump(1)
		done.Done()
	}()
	done.Wait()
}

// Goroutines that run at the same time do not share a counter.
//
//go:noinline
func goFour() {
	var done sync.WaitGroup
	var ended [4]int

	done.Add(4)
	for i := range ended {
		go func() {
			ended[i]++
			done.Done()
		}()
	}
	done.Wait()
	for _, n := range ended {
		counter += n
	}
}

//go:noinline
func stopMine(done *int) {
	if recover() == syscall.EIO {
		*done++
	}
}

//go:noinline
func panicMine(done *int) {
	defer stopMine(done)
	panic(syscall.EIO)
}

// As bench_pin() in bench.h; the thread ends with the goroutine that is locked to it.
func pin(nth int) {
	var allowed, one [1024 / 64]uint64

	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(allowed),
		uintptr(unsafe.Pointer(&allowed)))
	var cpus []int
	for cpu := 0; cpu < 1024; cpu++ {
		if allowed[cpu/64]>>(cpu%64)&1 != 0 {
			cpus = append(cpus, cpu)
		}
	}
	cpu := cpus[nth%len(cpus)]
	one[cpu/64] = 1 << (cpu % 64)
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(one),
		uintptr(unsafe.Pointer(&one)))
}

type benchCase struct {
	name  string
	calls int
	loop  func(n int)
}

// The loops are written out: a call through a function value would be part of what is measured.
var cases = []benchCase{
	{"call", 1, func(n int) {
		for ; n > 0; n-- {
			bump(1)
		}
	}},
	{"call1", 1, func(n int) {
		for ; n > 0; n-- {
			callOne(1)
		}
	}},
	{"defer1", 1, func(n int) {
		for ; n > 0; n-- {
			deferOne(1)
		}
	}},
	{"recover1", 1, func(n int) {
		for ; n > 0; n-- {
			recoverOne(1)
		}
	}},
	{"defer4", 4, func(n int) {
		for ; n > 0; n-- {
			deferFour(1)
		}
	}},
	{"loop4", 4, func(n int) {
		for ; n > 0; n-- {
			deferLoop(1, 4)
		}
	}},
	{"loop100", 100, func(n int) {
		for ; n > 0; n-- {
			deferLoop(1, 100)
		}
	}},
	{"panic", 1, func(n int) {
		for ; n > 0; n-- {
			panicRecover(1)
		}
	}},
	{"plain10", 1, func(n int) {
		for ; n > 0; n-- {
			panicPlain(1, 10)
		}
	}},
	{"plain100", 1, func(n int) {
		for ; n > 0; n-- {
			panicPlain(1, 100)
		}
	}},
	{"frames10", 11, func(n int) {
		for ; n > 0; n-- {
			panicDefer(1, 10)
		}
	}},
	{"frames100", 101, func(n int) {
		for ; n > 0; n-- {
			panicDefer(1, 100)
		}
	}},
	{"repanic64", 65, func(n int) {
		for ; n > 0; n-- {
			panicRaise(1, 64)
		}
	}},
	{"goexit10", 10, func(n int) {
		for ; n > 0; n-- {
			goexitThread(1)
		}
	}},
	{"go1", 1, func(n int) {
		for ; n > 0; n-- {
			goOne()
		}
	}},
	{"go4", 4, func(n int) {
		for ; n > 0; n-- {
			goFour()
		}
	}},
}

const (
	batches = 51
	batchNs = 200e3
)

func expect(name string, got, want int) {
	if got == want {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: the counter says %d, but %d calls were due\n", name, got, want)
	os.Exit(1)
}

func batch(c *benchCase, n int) float64 {
	counter = 0
	start := time.Now()
	c.loop(n)
	ns := time.Since(start)
	expect(c.name, counter, n*c.calls)
	return float64(ns)
}

func calibrate(c *benchCase) int {
	n := 1
	for batch(c, n) < batchNs {
		n *= 2
	}
	return n
}

func median(ns []float64) float64 {
	slices.Sort(ns)
	return ns[batches/2]
}

func measure(c *benchCase) float64 {
	var ns [batches]float64

	n := calibrate(c)
	for i := range ns {
		ns[i] = batch(c, n) / float64(n)
	}
	return median(ns[:])
}

func panicThread(n int, done *int) {
	for ; n > 0; n-- {
		panicMine(done)
	}
}

func calibrateThreaded() int {
	n, done := 1, 0
	for {
		start := time.Now()
		panicThread(n, &done)
		if time.Since(start) >= batchNs {
			return n
		}
		n *= 2
	}
}

type worker struct {
	median float64
	done   int
	_      [128]byte
}

func (w *worker) work(n int) {
	var ns [batches]float64

	for i := range ns {
		start := time.Now()
		panicThread(n, &w.done)
		ns[i] = float64(time.Since(start)) / float64(n)
	}
	w.median = median(ns[:])
}

func measureThreaded(name string, threads int) float64 {
	var ready, done sync.WaitGroup
	var sum float64

	n := calibrateThreaded()
	workers := make([]worker, threads)
	start := make(chan struct{})
	for i := range workers {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			pin(i)
			ready.Done()
			<-start
			workers[i].work(n)
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
	for i := range workers {
		expect(name, workers[i].done, n*batches)
		sum += workers[i].median
	}
	return sum / float64(threads)
}

var threaded = map[string]int{"threads1": 1, "threads2": 2}

func list() {
	for i := range cases {
		fmt.Println(cases[i].name)
	}
	for name := range threaded {
		fmt.Println(name)
	}
}

func main() {
	if len(os.Args) != 2 || os.Args[1] == "list" {
		list()
		return
	}
	name := os.Args[1]
	for i := range cases {
		if cases[i].name == name {
			fmt.Printf("%.4f\n", measure(&cases[i]))
			return
		}
	}
	if threads := threaded[name]; threads > 0 {
		fmt.Printf("%.4f\n", measureThreaded(name, threads))
		return
	}
	fmt.Fprintf(os.Stderr, "no case '%s' here; 'list' prints those there are\n", name)
	os.Exit(2)
}
