//! How long the model's search takes on the reference answer, check by check. A learner waits for the
//! slowest, so one that takes longer than about a second should be made smaller.

use crate::power;
use grader::course::{Course, Exercise};
use grader::world::World;
use std::fs;
use std::time::Instant;

/// Shorter searches are not listed one by one, in seconds.
const SHORT: f64 = 0.5;

pub fn time(course: &Course, exercises: &[&Exercise]) -> anyhow::Result<()> {
    println!("Search on the reference answer, seconds; checks below {SHORT} are summed up");
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
        println!("  {:<18} {:<38} {sum:>6.2}", exercise.id, "all");
    }
    println!();
    Ok(())
}
