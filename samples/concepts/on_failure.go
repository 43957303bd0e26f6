// SPDX-License-Identifier: GPL-2.0-only

package main

import "runtime"

const (
	succeeds = iota
	returnsAnError
	panics
	exits
)

const (
	eio    = 5
	enodev = 19
)

// By hand: what has not come to a return is a panic or a goexit, and which of them, only recover
// says, which has to raise the panic again.
func probe(how int) (result int) {
	returned := false
	defer func() {
		if returned {
			println("on_failure: probe returns")
			return
		}
		v := recover()
		if v == nil {
			println("on_failure: probe is left by a goexit")
			return
		}
		println("on_failure: probe is left by a panic")
		panic(v)
	}()
	println("on_failure: power on")
	defer func() {
		if !returned || result < 0 {
			println("on_failure: power off")
		}
	}()
	switch how {
	case returnsAnError:
		result = -eio
	case panics:
		panic(-enodev)
	case exits:
		runtime.Goexit()
	}
	returned = true
	return result
}

func probeRecovered(how int) (result int) {
	defer func() {
		if v := recover(); v != nil {
			result = v.(int)
		}
	}()
	return probe(how)
}

func main() {
	println("on_failure: =", probeRecovered(succeeds))
	println("on_failure: =", probeRecovered(returnsAnError))
	println("on_failure: =", probeRecovered(panics))
	done := make(chan bool)
	go func() {
		defer close(done)
		probeRecovered(exits)
	}()
	<-done
}
