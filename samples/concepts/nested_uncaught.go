// SPDX-License-Identifier: GPL-2.0-only

package main

func main() {
	defer println("nested_uncaught: the oldest call runs")
	defer func() {
		println("nested_uncaught: a deferred call fails")
		panic("second")
	}()
	defer println("nested_uncaught: the newest call runs")
	panic("first")
}
