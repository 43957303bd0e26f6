// SPDX-License-Identifier: GPL-2.0-only

// Runs the programs of standard input with Go's own defer, panic, recover and Goexit, and writes
// their output to standard output. An uncaught panic ends a Go process, so what Go prints of one is
// found out by another process, which runs that task alone.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// Garbage is collected between programs: a collection may shrink the stack that run() has grown.
const programsPerCollection = 50

// printout returns what Go prints of the uncaught panic of a task.
func printout(p *program, number int) ([]string, error) {
	cmd := exec.Command(os.Args[0], strconv.Itoa(number))
	cmd.Env = append(os.Environ(), "GOTRACEBACK=none")
	cmd.Stdin = strings.NewReader(strings.Join(p.lines, "\n") + "\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 2 ||
		!strings.HasPrefix(stderr.String(), "panic: ") {
		return nil, fmt.Errorf("program %d task %d: panicked, but alone it did not: %v\n%s",
			p.number, number, err, &stderr)
	}
	var lines []string
	for _, text := range strings.Split(strings.TrimSpace(stderr.String()), "\n") {
		if !strings.HasPrefix(text, "[signal ") {
			lines = append(lines, "| "+text)
		}
	}
	return lines, nil
}

// runTasks runs all tasks of a program at once.
func runTasks(p *program) ([]*task, []outcome) {
	tasks := make([]*task, len(p.main))
	outcomes := make([]outcome, len(p.main))
	var wait sync.WaitGroup
	for i, main := range p.main {
		tasks[i] = &task{program: p, main: main, fuel: p.fuel}
		wait.Add(1)
		go func() {
			defer wait.Done()
			outcomes[i] = run(tasks[i].newAct(main))
			tasks[i].outcome(outcomes[i])
		}()
	}
	wait.Wait()
	return tasks, outcomes
}

func runProgram(p *program, out *bufio.Writer) error {
	tasks, outcomes := runTasks(p)
	fmt.Fprintf(out, "program %d\n", p.number)
	for i, t := range tasks {
		fmt.Fprintf(out, "task %d\n%s", i, t.output.String())
		if outcomes[i].how != "panicked" {
			continue
		}
		lines, err := printout(p, i)
		if err != nil {
			return err
		}
		for _, text := range lines {
			fmt.Fprintln(out, text)
		}
	}
	fmt.Fprintln(out, "end")
	return out.Flush()
}

func runAll(s *source, out *bufio.Writer) error {
	for n := 0; ; n++ {
		p, err := s.parse()
		if p == nil || err != nil {
			return err
		}
		if n%programsPerCollection == 0 {
			runtime.GC()
		}
		if err := runProgram(p, out); err != nil {
			return err
		}
	}
}

// runAlone runs one task of the program and lets an uncaught panic end the process.
func runAlone(s *source, number string) error {
	p, err := s.parse()
	if p == nil || err != nil {
		return err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(p.main) {
		return fmt.Errorf("no task %s", number)
	}
	t := &task{program: p, main: p.main[n], fuel: p.fuel}
	go func() {
		grow(16)
		execute(t.newAct(t.main))
		os.Exit(0)
	}()
	select {}
}

func main() {
	debug.SetGCPercent(-1)
	s := newSource(os.Stdin)
	var err error
	if len(os.Args) > 1 {
		err = runAlone(s, os.Args[1])
	} else {
		err = runAll(s, bufio.NewWriter(os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
