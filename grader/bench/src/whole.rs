//! A cold and a warm run of the whole course, with all exercises solved.

use crate::edit::Copy;
use crate::summary::median;
use grader::course::Exercise;
use std::fs;
use std::path::Path;

/// The number of warm runs.
const ROUNDS: usize = 7;

pub fn measure(root: &Path, exercises: &[&Exercise]) -> anyhow::Result<()> {
    let copy = Copy::of(root)?;
    println!("The whole course, seconds");
    let target = copy.folder.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let build = copy.cargo(&["build", "--quiet", "--package", "grader"])?;
    println!("  building the grader from scratch              {build:>7.1}");
    let all = ["run", "--quiet", "--package", "grader"];
    println!("  first run, which also builds the worlds       {:>7.1}", copy.cargo(&all)?);
    fs::remove_dir_all(target.join("grader/cache"))?;
    println!("  everything regraded, nothing rebuilt          {:>7.1}", copy.cargo(&all)?);
    let warm: Vec<f64> = (0..ROUNDS).map(|_| copy.cargo(&all)).collect::<Result<_, _>>()?;
    println!("  nothing changed, median of {ROUNDS}                  {:>7.2}\n", median(&warm));
    println!("Each exercise regraded alone, nothing rebuilt, seconds");
    for exercise in exercises {
        fs::remove_dir_all(target.join("grader/cache"))?;
        let grade = ["run", "--quiet", "--package", "grader", "--", "grade", &exercise.name];
        copy.cargo(&grade)?;
        fs::remove_dir_all(target.join("grader/cache"))?;
        println!("  {:<20} {:>6.1}", exercise.id, copy.cargo(&grade)?);
    }
    println!();
    Ok(())
}
