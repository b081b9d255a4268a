//! How far a search of all interleavings gets with the reference answers: for how many checks it
//! finishes, and in how many schedules, beside the search that the grader does.

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
    println!("Checks of the references, as the grader searches them, and all their interleavings");
    println!(
        "  {:<18} {:>6} {:>9} {:>9}   {:>3} {:>5} {:>5} {:>9}",
        "", "checks", "exhausted", "schedules", "all", "1 odd", "0 odd", "schedules"
    );
    let (mut checks_in_all, mut today, mut reduced) = (0, Tally::default(), Tally::default());
    let mut left_out = Vec::new();
    for exercise in exercises {
        let checks = exercise.checks.iter().filter(|c| c.worlds.contains(&World::Model));
        let checks: Vec<_> = checks.collect();
        let reference = course.root.join("solutions").join(&exercise.id).join("reference.rs");
        let text = fs::read_to_string(reference)?;
        if checks.is_empty() || last_drop::matters(&text, exercise.tests_in(World::Model)) {
            left_out.push(exercise.name.as_str());
            continue;
        }
        let program = power::build_one(course, exercise, &text)?;
        let (mut now, mut then) = (Tally::default(), Tally::default());
        for check in &checks {
            let budget = Budget { interleavings: Interleavings::None, ..check.budget };
            let alone = Budget {
                preemptions: 0,
                systematic: 3 * check.budget.systematic,
                random: 0,
                interleavings: Interleavings::Distinct,
                ..check.budget
            };
            for (tally, sum, budget) in
                [(&mut now, &mut today, budget), (&mut then, &mut reduced, alone)]
            {
                if let Some(outcome) = power::explore(&program, check, "search", budget)? {
                    tally.add(&outcome.coverage);
                    sum.add(&outcome.coverage);
                }
            }
        }
        checks_in_all += checks.len();
        print(&exercise.name, checks.len(), &now, &then);
    }
    print("all", checks_in_all, &today, &reduced);
    println!("  left out, because the last drop of an Arc may matter: {}", left_out.join(", "));
    println!();
    Ok(())
}

fn print(name: &str, checks: usize, now: &Tally, then: &Tally) {
    println!(
        "  {name:<18} {checks:>6} {:>9} {:>9}   {:>3} {:>5} {:>5} {:>9}",
        now.all, now.schedules, then.all, then.one, then.none, then.schedules
    );
}
