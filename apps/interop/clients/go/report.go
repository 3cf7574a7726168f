package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// One JSON line for each scenario: {scenario, ok, ms, detail}; ok is null if this client cannot do it.
// The environment is the contract with src/peers/run.ts. Scenarios report errors by panicking.

type scenario func() string

type skip string

func runAll(scenarios map[string]scenario) {
	for _, name := range strings.Split(os.Getenv("BOLT_SCENARIOS"), ",") {
		begin := time.Now()
		ok, detail := play(scenarios[name])
		line, _ := json.Marshal(map[string]any{
			"scenario": name, "ok": ok, "ms": time.Since(begin).Milliseconds(), "detail": detail,
		})
		fmt.Println(string(line))
	}
}

func play(run scenario) (ok any, detail string) {
	defer func() {
		switch wrong := recover().(type) {
		case nil:
		case skip:
			ok, detail = nil, string(wrong)
		default:
			ok, detail = false, fmt.Sprint(wrong)
		}
	}()
	if run == nil {
		panic(skip("not in this client"))
	}
	return true, run()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

func checkSame(actual, expected any, what string) {
	// Printed with its Go type, so that 1 is not 1.0; NaN prints as itself, -0 with its sign.
	if a, e := fmt.Sprintf("%#v", actual), fmt.Sprintf("%#v", expected); a != e {
		panic(fmt.Sprintf("%s: expected %.200s, got %.200s", what, e, a))
	}
}
