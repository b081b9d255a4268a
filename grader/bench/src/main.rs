//! Measures the grader, each figure as a comparison within one run on one machine.
//!
//! ```text
//! cargo run --manifest-path grader/bench/Cargo.toml              everything
//! cargo run --manifest-path grader/bench/Cargo.toml -- search    one part
//! ```
//!
//! Parts: `search` (schedules a second, against raw shuttle), `power` (schedules to the first
//! failure of each wrong answer, against shuttle and loom), `seeds` (every wrong answer at every
//! seed), `edit` (from an edited file to the verdict, against plain `cargo test`), `whole` (a cold
//! and a warm run of the whole course).

mod edit;
mod power;
mod search;
mod seeds;
mod summary;
mod whole;

use anyhow::{Context, bail};
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let parts: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    const PARTS: [&str; 5] = ["search", "power", "seeds", "edit", "whole"];
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!("no part `{unknown}`: there are {}", PARTS.join(", "));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().context("finding the course")?;
    if wanted("search") {
        search::compare();
    }
    if wanted("edit") {
        edit::measure(&root)?;
    }
    if wanted("whole") {
        whole::measure(&root)?;
    }
    if wanted("seeds") {
        seeds::check(&root)?;
    }
    if wanted("power") {
        power::compare(&root)?;
    }
    Ok(())
}
