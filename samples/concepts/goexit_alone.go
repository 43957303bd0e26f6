// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"runtime"
	"sync"
)

func deeper() {
	defer println("goexit_alone: deferred deeper")
	runtime.Goexit()
}

func goroutine() {
	defer println("goexit_alone: deferred by the thread")
	defer func() {
		what := "nothing"
		if recover() != nil {
			what = "something"
		}
		println("goexit_alone: recover finds " + what)
	}()
	deeper()
	println("goexit_alone: never reached")
}

func main() {
	var done sync.WaitGroup

	done.Add(1)
	go func() {
		defer done.Done()
		goroutine()
	}()
	done.Wait()
	println("goexit_alone: the other thread goes on")
}
