// SPDX-License-Identifier: GPL-2.0-only

// Runs schedules, as schedules.py makes them, with golang.org/x/sync/singleflight, and prints what
// becomes of each caller.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Longer than a caller needs to be in, on a machine that is not too busy.
var step = 30 * time.Millisecond

type schedule struct {
	number, callers, forget int
	how                     string
	value                   int
}

type caller struct {
	group *singleflight.Group
	s     *schedule
	calls *int32
	open  chan bool
}

func (c *caller) fill() (any, error) {
	atomic.AddInt32(c.calls, 1)
	<-c.open
	switch c.s.how {
	case "error":
		return nil, fmt.Errorf("error %d", c.s.value)
	case "panic":
		panic(fmt.Sprintf("value %d", c.s.value))
	case "goexit":
		runtime.Goexit()
	}
	return c.s.value, nil
}

func (c *caller) ask(done func(string)) {
	end := "goexit"
	defer func() {
		if v := recover(); v != nil {
			// A panicError's text is that of the value, and a stack.
			end = "panic " + strings.SplitN(fmt.Sprint(v), "\n", 2)[0]
		}
		done(end)
	}()
	v, err, shared := c.group.Do("key", c.fill)
	if err != nil {
		end = fmt.Sprintf("%v shared=%v", err, shared)
	} else {
		end = fmt.Sprintf("result %v shared=%v", v, shared)
	}
}

func run(s *schedule) string {
	var group singleflight.Group
	var calls int32
	var mu sync.Mutex
	var ends []string
	var wait sync.WaitGroup

	open := make(chan bool)
	for i := 0; i < s.callers; i++ {
		c := &caller{&group, s, &calls, open}
		wait.Add(1)
		go c.ask(func(end string) {
			mu.Lock()
			ends = append(ends, end)
			mu.Unlock()
			wait.Done()
		})
		time.Sleep(step)
		if i+1 == s.forget {
			group.Forget("key")
		}
	}
	close(open)
	wait.Wait()
	sort.Strings(ends)
	return fmt.Sprintf("schedule %d: %d calls\n  %s\n", s.number, calls,
		strings.Join(ends, "\n  "))
}

func main() {
	var printed []chan string

	if len(os.Args) > 1 {
		ms, _ := strconv.Atoi(os.Args[1])
		step = time.Duration(ms) * time.Millisecond
	}
	in := bufio.NewScanner(os.Stdin)
	// So many run at a time that a machine is not kept from its work by them.
	places := make(chan bool, 20)
	for in.Scan() {
		s := &schedule{}
		_, err := fmt.Sscan(in.Text(), &s.number, &s.callers, &s.forget, &s.how, &s.value)
		if err != nil {
			fmt.Fprintln(os.Stderr, errors.Join(errors.New(in.Text()), err))
			os.Exit(1)
		}
		out := make(chan string, 1)
		printed = append(printed, out)
		places <- true
		go func() {
			out <- run(s)
			<-places
		}()
	}
	for _, out := range printed {
		fmt.Print(<-out)
	}
}
