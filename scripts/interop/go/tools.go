//go:build tools

// Jaeger is built from the same module, so that both share what they have in common.
package main

import _ "github.com/jaegertracing/jaeger/cmd/jaeger"
