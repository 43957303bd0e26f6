// SPDX-License-Identifier: GPL-2.0-only

package main

func nested() {
	defer func() {
		if v := recover(); v != nil {
			println("nested_recovered: recovered: " + v.(string))
		}
	}()
	defer func() {
		println("nested_recovered: a deferred call fails")
		panic("second")
	}()
	panic("first")
}

func main() {
	nested()
	println("nested_recovered: the caller goes on")
}
