// SPDX-License-Identifier: GPL-2.0-only

package main

func look(when string, v any) {
	what := "nothing"
	if v != nil {
		what = "recovered"
	}
	println("recover_without_panic: " + when + ": " + what)
}

func returns() {
	defer func() { look("deferred, without a panic", recover()) }()
}

func main() {
	returns()
	look("before the panic", recover())
	panic("too late")
}
