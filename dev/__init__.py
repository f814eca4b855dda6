"""What tests, demo and benchmarks share: finding interpreters, rendering, and running a rendered project."""
