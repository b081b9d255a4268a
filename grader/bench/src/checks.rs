//! How long the model's search of the reference answer takes, check by check. A learner has to wait
//! for the slowest, so a check that takes longer than about a second should be made smaller.

use crate::power;
use grader::course::{Course, Exercise};
use grader::world::World;
use std::fs;
use std::time::Instant;

/// Searches shorter than this, in seconds, are not listed individually.
const SHORT: f64 = 0.5;

pub fn time(course: &Course, exercises: &[&Exercise]) -> anyhow::Result<()> {
    println!("Search of the reference answer, in seconds; times below {SHORT} only in the total");
    for exercise in exercises {
        let checks = exercise.checks.iter().filter(|c| c.worlds.contains(&World::Model));
        let checks: Vec<_> = checks.collect();
        if checks.is_empty() {
            continue;
        }
        let reference = course.root.join("solutions").join(&exercise.id).join("reference.rs");
        let program = power::build_one(course, exercise, &fs::read_to_string(reference)?)?;
        let mut sum = 0.0;
        for check in checks {
            let start = Instant::now();
            let ended = power::run(&program, check, "search", check.budget.seed, 0)?;
            let took = start.elapsed().as_secs_f64();
            sum += took;
            if let Some((_, schedules)) = ended.filter(|_| took >= SHORT) {
                println!("  {:<18} {:<38} {took:>6.2} {schedules:>8}", exercise.id, check.name);
            }
        }
        println!("  {:<18} {:<38} {sum:>6.2}", exercise.id, "total");
    }
    println!();
    Ok(())
}
