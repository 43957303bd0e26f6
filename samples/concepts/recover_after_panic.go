// SPDX-License-Identifier: GPL-2.0-only

package main

func guarded() {
	defer func() {
		if v := recover(); v != nil {
			println("recover_after_panic: recovered: " + v.(string))
		}
	}()
	panic("first")
}

func main() {
	guarded()
	println("recover_after_panic: the caller goes on")
}
