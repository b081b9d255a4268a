//! How far the search gets with the reference answers: for how many checks it tries all
//! interleavings, and in how many schedules, with and without the stage that goes for them.

use crate::power;
use grader::course::{Course, Exercise};
use grader::last_drop;
use grader::world::World;
use record::{Budget, Coverage, Interleavings};
use std::fs;

/// What came of one way to search all checks of an exercise.
#[derive(Default)]
struct Tally {
    /// All interleavings.
    all: usize,
    /// At least those with at most one odd event.
    one: usize,
    /// At least those without odd events.
    none: usize,
    schedules: u64,
}

impl Tally {
    fn add(&mut self, coverage: &Coverage) {
        let at_least =
            |most| coverage.exhausted || coverage.odd_events.is_some_and(|it| it >= most);
        self.all += usize::from(coverage.exhausted);
        self.one += usize::from(at_least(1));
        self.none += usize::from(at_least(0));
        self.schedules += coverage.schedules();
    }
}

pub fn count(course: &Course, exercises: &[&Exercise]) -> anyhow::Result<()> {
    println!(
        "Checks of the references: how far the search gets by preemptions and chance alone, and as"
    );
    println!("the grader does it, with all interleavings");
    println!(
        "  {:<18} {:>6} {:>9} {:>9}   {:>3} {:>5} {:>5} {:>9}",
        "", "checks", "exhausted", "schedules", "all", "1 odd", "0 odd", "schedules"
    );
    let (mut checks_in_all, mut before, mut now) = (0, Tally::default(), Tally::default());
    let mut left_out = Vec::new();
    for exercise in exercises {
        let checks = exercise.checks.iter().filter(|c| c.worlds.contains(&World::Model));
        let checks: Vec<_> = checks.collect();
        if checks.is_empty() {
            continue;
        }
        let reference = course.root.join("solutions").join(&exercise.id).join("reference.rs");
        let text = fs::read_to_string(reference)?;
        let interleavings = if last_drop::matters(&text, exercise.tests_in(World::Model)) {
            left_out.push(exercise.name.as_str());
            Interleavings::None
        } else {
            Interleavings::Distinct
        };
        let program = power::build_one(course, exercise, &text)?;
        let (mut without, mut with) = (Tally::default(), Tally::default());
        for check in &checks {
            for (tally, sum, interleavings) in [
                (&mut without, &mut before, Interleavings::None),
                (&mut with, &mut now, interleavings),
            ] {
                let budget = Budget { interleavings, ..check.budget };
                if let Some(outcome) = power::explore(&program, check, "search", budget)? {
                    tally.add(&outcome.coverage);
                    sum.add(&outcome.coverage);
                }
            }
        }
        checks_in_all += checks.len();
        print(&exercise.name, checks.len(), &without, &with);
    }
    print("all", checks_in_all, &before, &now);
    println!(
        "  by preemptions and chance alone, because the last drop of an Arc may matter: {}",
        left_out.join(", ")
    );
    println!();
    Ok(())
}

fn print(name: &str, checks: usize, without: &Tally, with: &Tally) {
    println!(
        "  {name:<18} {checks:>6} {:>9} {:>9}   {:>3} {:>5} {:>5} {:>9}",
        without.all, without.schedules, with.all, with.one, with.none, with.schedules
    );
}
