package main

import (
	"time"

	"github.com/hashicorp/vault/sdk/framework"
	"github.com/hashicorp/vault/sdk/logical"
)

// All durations are in seconds. The start is told as the milliseconds that have
// passed since; none means that the lease begins now.
type ttlCase struct {
	Default        int64    `json:"default"`
	Max            int64    `json:"max"`
	Increment      int64    `json:"increment,omitempty"`
	BackendTTL     int64    `json:"backendTTL,omitempty"`
	Period         int64    `json:"period,omitempty"`
	BackendMaxTTL  int64    `json:"backendMaxTTL,omitempty"`
	ExplicitMaxTTL int64    `json:"explicitMaxTTL,omitempty"`
	Age            *int64   `json:"age,omitempty"`
	TTL            float64  `json:"ttl,omitempty"`
	Warnings       []string `json:"warnings,omitempty"`
	Error          string   `json:"error,omitempty"`
}

func calculateTTL() []ttlCase {
	var table []ttlCase
	ages := []int64{-1, 1, 1000, 1800_000, 3599_999, 3600_000, 360_000_000}
	for _, wish := range [][3]int64{{0, 0, 0}, {0, 90, 0}, {60, 90, 0}, {7300, 90, 0}, {0, 7300, 0}, {0, 0, 60}, {30, 90, 60}, {0, 0, 90_000}} {
		for _, max := range [][3]int64{{7200, 0, 0}, {7200, 3600, 0}, {7200, 0, 3600}, {7200, 3600, 1800}, {7200, 9000, 9000}, {5400, 0, 0}, {0, 0, 0}, {100_000, 90_061, 0}} {
			for _, age := range ages {
				c := ttlCase{
					Default: 1800, Max: max[0], BackendMaxTTL: max[1], ExplicitMaxTTL: max[2],
					Increment: wish[0], BackendTTL: wish[1], Period: wish[2],
				}
				if age >= 0 {
					c.Age = &age
				}
				table = append(table, run(c))
			}
		}
	}
	return table
}

func run(c ttlCase) ttlCase {
	seconds := func(s int64) time.Duration { return time.Duration(s) * time.Second }
	view := logical.StaticSystemView{DefaultLeaseTTLVal: seconds(c.Default), MaxLeaseTTLVal: seconds(c.Max)}
	for {
		now := time.Now().Truncate(time.Second)
		var start time.Time
		if c.Age != nil {
			start = now.Add(-time.Duration(*c.Age) * time.Millisecond)
		}
		ttl, warnings, err := framework.CalculateTTL(view, seconds(c.Increment), seconds(c.BackendTTL), seconds(c.Period),
			seconds(c.BackendMaxTTL), seconds(c.ExplicitMaxTTL), start)
		if time.Now().Truncate(time.Second).Equal(now) {
			c.TTL, c.Warnings = ttl.Seconds(), warnings
			if err != nil {
				c.Error = err.Error()
			}
			return c
		}
	}
}
