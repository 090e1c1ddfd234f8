"""The floor: the same workload decided by a small Rust program that knows nothing else."""
