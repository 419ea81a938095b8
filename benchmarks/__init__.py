"""The benchmarks of the project: whole commands, interleaved."""
