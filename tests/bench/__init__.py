"""Benchmarks: each prints one line, a ratio against a peer or a raw library in the same run. Not run by the test command."""
