//! Measures the grader. Each figure is a comparison within one run on one machine.
//!
//! ```text
//! cargo run --manifest-path grader/bench/Cargo.toml              everything
//! cargo run --manifest-path grader/bench/Cargo.toml -- search    one part
//! cargo run --manifest-path grader/bench/Cargo.toml -- edit rlock queue
//!                                                                one part, for some exercises
//! ```
//!
//! Parts: `search` (schedules per second, against raw shuttle), `power` (schedules to the first
//! failure of each wrong answer, against shuttle and loom), `seeds` (every wrong answer at every
//! seed), `edit` (from an edited file to the verdict, against plain `cargo test`), `watch` (from a
//! saved file to the verdict on the screen, against `rustlings watch`, which must be installed),
//! `whole` (a cold and a warm run of the whole course, and each exercise's share), `interleavings`
//! (how many checks of the references a search of all interleavings finishes, and in how many schedules), `checks` (how
//! long the search of each check takes on a right answer), `reports` (how long the reports on wrong
//! answers are, and what they lack), `first` (schedules to the first failure of small wrong
//! programs, against shuttle), `exhaust` (schedules and seconds to try all interleavings of small
//! correct programs, against shuttle and loom).

mod checks;
mod edit;
mod exhaust;
mod first;
mod interleavings;
mod power;
mod programs;
mod reports;
mod search;
mod seeds;
mod summary;
mod terminal;
mod tools;
mod watch;
mod whole;

use anyhow::Context;
use grader::course::Course;
use grader::submission;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    const PARTS: [&str; 11] = [
        "search",
        "first",
        "exhaust",
        "interleavings",
        "checks",
        "power",
        "seeds",
        "edit",
        "watch",
        "whole",
        "reports",
    ];
    if tools::serve()? {
        return Ok(());
    }
    let (parts, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| PARTS.contains(&word.as_str()));
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().context("finding the course")?;
    let course = Course::discover(&root).map_err(anyhow::Error::msg)?;
    let chosen = submission::choose(&course, &words)
        .with_context(|| format!("expected exercises, or one of the parts {}", PARTS.join(", ")))?;
    if wanted("search") {
        search::compare();
    }
    if wanted("first") {
        first::compare()?;
    }
    if wanted("exhaust") {
        exhaust::compare()?;
    }
    if wanted("interleavings") {
        interleavings::count(&course, &chosen)?;
    }
    if wanted("checks") {
        checks::time(&course, &chosen)?;
    }
    if wanted("edit") {
        edit::measure(&root, &chosen)?;
    }
    if wanted("whole") {
        whole::measure(&root, &chosen)?;
    }
    if wanted("reports") {
        reports::measure(&root, &course, &chosen)?;
    }
    if wanted("seeds") {
        seeds::check(&root, &words)?;
    }
    if wanted("power") {
        power::compare(&course, &chosen)?;
    }
    // Last, because it needs another program.
    if wanted("watch") {
        watch::measure(&root, &chosen)?;
    }
    Ok(())
}
