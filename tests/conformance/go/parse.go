// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	maxTasks     = 8
	maxFunctions = 64
	maxOps       = 2048
	maxFuel      = 4000
	maxDepth     = 100
	maxBlocks    = 8
	registers    = 4
)

type op struct {
	word  string
	arg   [2]int
	jump  int
	block int
	loop  bool
}

type program struct {
	number int
	depth  int
	fuel   int
	main   []int
	funcs  [][]op
	lines  []string
}

// Arguments: n a number, f a function, r a register, k a kind of value, c a positive number.
var forms = map[string]string{
	"say": "n", "call": "f", "defer": "f", "deferframe": "f", "blind": "f", "blindframe": "f",
	"blindtyped": "f", "nil": "n", "deferrecover": "", "panic": "kn", "again": "", "keep": "r",
	"raise": "r", "recover": "", "helper": "", "closure": "", "old": "", "goexit": "n",
	"set": "n", "setparent": "n", "return": "n", "run": "f", "rerun": "f", "group": "f",
	"go": "f",
	"yield": "",
	"loop": "c", "if": "cn", "got": "", "end": "",
}

// Bounds of the kinds of argument that are numbers.
var bounds = map[rune][2]int{
	'f': {0, maxFunctions - 1},
	'r': {0, registers - 1},
	'c': {1, 1000},
	'n': {-1000000, 1000000},
}

type source struct {
	scanner *bufio.Scanner
	line    int
	head    []string
}

func newSource(r io.Reader) *source {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	return &source{scanner: scanner}
}

// next returns the words of the next line that says anything, or nil.
func (s *source) next() []string {
	if words := s.head; words != nil {
		s.head = nil
		return words
	}
	for s.scanner.Scan() {
		s.line++
		text := s.scanner.Text()
		words := strings.Fields(text)
		if len(words) > 0 && words[0][0] != '#' {
			return words
		}
	}
	return nil
}

func number(words []string, what string, low, high int) (int, error) {
	if len(words) == 0 {
		return 0, fmt.Errorf("'%s' needs a number", what)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return 0, fmt.Errorf("'%.16s' after '%s' is not a number", words[0], what)
	}
	if n < low || n > high {
		return 0, fmt.Errorf("%d after '%s' is not in %d to %d", n, what, low, high)
	}
	return n, nil
}

func argument(words []string, what string, kind rune) (int, error) {
	if kind != 'k' {
		return number(words, what, bounds[kind][0], bounds[kind][1])
	}
	if len(words) == 0 || len(words[0]) != 1 || !strings.Contains("emlpn", words[0]) {
		return 0, fmt.Errorf("'panic' needs a kind: one of e m l p n")
	}
	return int(words[0][0]), nil
}

func (p *program) addTask(words []string) error {
	if len(p.main) == maxTasks {
		return fmt.Errorf("more than %d tasks", maxTasks)
	}
	main, err := argument(words, "task", 'f')
	if err != nil {
		return err
	}
	if len(words) > 1 {
		return fmt.Errorf("more than a function after 'task'")
	}
	p.main = append(p.main, main)
	return nil
}

// block ties the starts of blocks to their ends.
func block(ops []op, open []int) ([]int, error) {
	at := len(ops) - 1
	o := &ops[at]
	switch o.word {
	case "loop", "if", "got":
		if len(open) == maxBlocks {
			return nil, fmt.Errorf("more than %d blocks in one another", maxBlocks)
		}
		o.block = len(open)
		return append(open, at), nil
	case "end":
		if len(open) == 0 {
			return nil, fmt.Errorf("'end' without a block")
		}
		start := open[len(open)-1]
		open = open[:len(open)-1]
		o.jump = start
		o.block = len(open)
		o.loop = ops[start].word == "loop"
		ops[start].jump = at
	}
	return open, nil
}

func (p *program) nrOps() int {
	n := 0
	for _, f := range p.funcs {
		n += len(f)
	}
	return n
}

func (p *program) addFunction(words []string) error {
	if len(p.funcs) == maxFunctions {
		return fmt.Errorf("more than %d functions", maxFunctions)
	}
	var ops []op
	var open []int
	others := p.nrOps()
	for len(words) > 0 {
		o := op{word: words[0]}
		args, known := forms[o.word]
		if !known {
			return fmt.Errorf("unknown instruction '%.16s'", o.word)
		}
		if others+len(ops) == maxOps {
			return fmt.Errorf("more than %d instructions", maxOps)
		}
		words = words[1:]
		for i, kind := range args {
			value, err := argument(words, o.word, kind)
			if err != nil {
				return err
			}
			o.arg[i] = value
			words = words[1:]
		}
		ops = append(ops, o)
		var err error
		if open, err = block(ops, open); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("a block without 'end'")
	}
	p.funcs = append(p.funcs, ops)
	return nil
}

func (p *program) addHead(words []string) error {
	fields := []struct {
		name      string
		low, high int
		field     *int
	}{
		{"program", 0, 1<<31 - 1, &p.number},
		{"depth", 1, maxDepth, &p.depth},
		{"fuel", 1, maxFuel, &p.fuel},
	}
	for _, f := range fields {
		if len(words) == 0 || words[0] != f.name {
			return fmt.Errorf("'%s' is missing", f.name)
		}
		n, err := number(words[1:], f.name, f.low, f.high)
		if err != nil {
			return err
		}
		*f.field = n
		words = words[2:]
	}
	if len(words) > 0 {
		return fmt.Errorf("more than 'program N depth N fuel N'")
	}
	return nil
}

func (p *program) addLine(words []string) error {
	switch words[0] {
	case "task":
		return p.addTask(words[1:])
	case "func":
		return p.addFunction(words[1:])
	}
	return fmt.Errorf("'%.16s' is none of program, task, func", words[0])
}

func (p *program) check() error {
	if len(p.main) == 0 {
		return fmt.Errorf("program %d has no task", p.number)
	}
	called := append([]int{}, p.main...)
	for _, f := range p.funcs {
		for _, o := range f {
			if forms[o.word] == "f" {
				called = append(called, o.arg[0])
			}
		}
	}
	for _, f := range called {
		if f >= len(p.funcs) {
			return fmt.Errorf("program %d has no function %d", p.number, f)
		}
	}
	return nil
}

// parse returns the next program, or nil at the end.
func (s *source) parse() (*program, error) {
	words := s.next()
	if words == nil {
		return nil, nil
	}
	p := &program{}
	err := p.addHead(words)
	for err == nil {
		p.lines = append(p.lines, strings.Join(words, " "))
		if words = s.next(); words == nil {
			break
		}
		if words[0] == "program" {
			s.head = words
			break
		}
		err = p.addLine(words)
	}
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("malformed: line %d: %w", s.line, err)
	}
	return p, nil
}
