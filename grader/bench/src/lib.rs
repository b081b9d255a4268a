//! This library is empty. The benchmarks are in `main.rs`.
