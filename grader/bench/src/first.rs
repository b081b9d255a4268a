//! Schedules to the first failure of small wrong programs: the grader's search, and its two halves
//! alone, against shuttle's random strategies.

use crate::programs::{self, Program};
use crate::tools::{self, Tool};
use record::{Budget, Interleavings};

/// Schedules after which a search gives up, and seeds.
const USUAL: (u64, u64) = (10_000, 10);
/// The same for the programs whose faults are hard to find.
const HARD: (u64, u64) = (100_000, 3);

/// Each column: its heading, and the search with this cap and this seed.
const COLUMNS: [(&str, fn(u64, u64) -> Tool); 6] = [
    ("grader", |cap, seed| Tool::Explorer(whole(cap, seed))),
    ("systematic", |cap, _| Tool::Explorer(Budget { random: 0, ..whole(cap, 0) })),
    // Three of the strategies by chance have a budget of their own.
    ("by chance", |cap, seed| {
        Tool::Explorer(Budget { systematic: 0, random: cap.div_ceil(3), ..whole(cap, seed) })
    }),
    ("random", |_, seed| Tool::Random(seed)),
    ("pct", |_, seed| Tool::Pct(seed)),
    ("uniform", |_, seed| Tool::Uniform(seed)),
];

/// The default budget of a check, if the cap is the usual one, and a search of all interleavings.
const fn whole(cap: u64, seed: u64) -> Budget {
    let interleavings = Interleavings::Distinct;
    Budget { systematic: cap, random: cap / 10, interleavings, seed, ..Budget::DEFAULT }
}

pub fn compare() -> anyhow::Result<()> {
    let (cap, seeds) = USUAL;
    println!(
        "Schedules to the first failure of small programs, mean of {seeds} seeds, up to {cap}"
    );
    println!("  (n of {seeds}: found at n of the seeds; systematic: the same at each)");
    println!("  {:<16} {:^32} {:^32}", "", "grader", "shuttle");
    let headings: String = COLUMNS.iter().map(|(heading, _)| format!(" {heading:>10}")).collect();
    println!("  {:<16}{headings}", "program");
    for program in programs::WRONG {
        row(program, USUAL)?;
    }
    let (cap, seeds) = HARD;
    println!("  up to {cap}, {seeds} seeds");
    for program in programs::HARD {
        row(program, HARD)?;
    }
    println!();
    Ok(())
}

fn row(program: &Program, (cap, seeds): (u64, u64)) -> anyhow::Result<()> {
    print!("  {:<16}", program.name);
    for (_, search) in COLUMNS {
        print!(" {:>10}", cell(program, search, cap, seeds)?);
    }
    println!();
    Ok(())
}

/// The mean over the seeds, or at how many of them a failure was found.
fn cell(
    program: &Program,
    search: fn(u64, u64) -> Tool,
    cap: u64,
    seeds: u64,
) -> anyhow::Result<String> {
    let mut searches: Vec<Tool> = (0..seeds).map(|seed| search(cap, seed)).collect();
    searches.dedup();
    let mut found = Vec::new();
    for tool in &searches {
        let Some(searched) = tools::search(program, *tool, cap)? else {
            return Ok("crashed".to_owned());
        };
        // The grader's whole search may run more schedules than the cap.
        if searched.failed && searched.schedules <= cap {
            found.push(searched.schedules);
        }
    }
    Ok(match found.len() {
        0 => "none".to_owned(),
        some if some < searches.len() => format!("{some} of {}", searches.len()),
        all => format!("{:.0}", found.iter().sum::<u64>() as f64 / all as f64),
    })
}
