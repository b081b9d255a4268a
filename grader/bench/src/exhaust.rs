//! How many schedules, and how long, it takes to try all interleavings of small correct programs:
//! by the grader, with and without those that lead to the same states, by loom and by shuttle.
//!
//! The tools do not agree on what an interleaving is. In the grader and in shuttle a notification
//! may wake any of the waiting threads; in loom it wakes the first. Only the grader has odd events:
//! spurious wakeups, early deadlines and weak exchanges that fail. Only loom models weak memory,
//! which makes no difference to these programs, since they use locks alone.

use crate::programs;
use crate::tools::{self, Searched, Tool};
use record::{Budget, Interleavings};

/// Schedules after which a search gives up.
const CAP: u64 = 400_000;

const COLUMNS: [(&str, Tool); 5] = [
    ("every", Tool::Explorer(all(Interleavings::Every, 0))),
    ("distinct", Tool::Explorer(all(Interleavings::Distinct, 0))),
    ("distinct, 1 odd", Tool::Explorer(all(Interleavings::Distinct, 1))),
    ("loom", Tool::Loom),
    ("shuttle dfs", Tool::Dfs),
];

/// A search of all interleavings and almost nothing else: the schedules without a preemption come
/// before it, and are few. A third of the systematic schedules is for the interleavings.
const fn all(interleavings: Interleavings, odd_events: u32) -> Budget {
    Budget {
        preemptions: 0,
        systematic: 3 * CAP,
        interleavings,
        odd_events,
        random: 0,
        ..Budget::DEFAULT
    }
}

pub fn compare() -> anyhow::Result<()> {
    println!("Schedules and seconds to try all interleavings, up to {CAP} schedules");
    println!("  (1 odd: those with one odd event as well)");
    let headings: String = COLUMNS.iter().map(|(heading, _)| format!(" {heading:>15}")).collect();
    println!("  {:<18}{headings}", "program");
    for program in programs::CORRECT {
        print!("  {:<18}", program.name);
        for (_, tool) in COLUMNS {
            print!(" {:>15}", cell(tools::search(program, tool, CAP)?));
        }
        println!();
    }
    println!();
    Ok(())
}

fn cell(searched: Option<Searched>) -> String {
    match searched {
        None => "crashed".to_owned(),
        Some(Searched { failed: true, .. }) => "failed".to_owned(),
        Some(Searched { done: false, .. }) => "not done".to_owned(),
        Some(Searched { schedules, seconds, .. }) => format!("{schedules} {seconds:>7.2}"),
    }
}
