//! The table of mutants: each survivor, and how many were killed.

use super::mutant::{MutantResult, Mutated, MutatedExercise, Origin};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many mutants there are, and how many of them were killed or argued away.
#[derive(Clone, Copy, Default)]
struct Count {
    viable: usize,
    killed: usize,
    argued: usize,
}

impl Count {
    fn add(&mut self, result: &MutantResult) {
        self.viable += usize::from(*result != MutantResult::Unviable);
        self.killed += usize::from(matches!(result, MutantResult::Killed { .. }));
        self.argued += usize::from(matches!(result, MutantResult::Argued { .. }));
    }
}

/// Writes each survivor, the number killed by operator, and the totals.
///
/// # Errors
/// `out` cannot be written.
pub fn write(mutated: &[MutatedExercise], out: &mut dyn Write) -> io::Result<()> {
    let (mut all, mut by_origin) = (Count::default(), BTreeMap::<Origin, Count>::new());
    for exercise in mutated {
        for answer in &exercise.answers {
            let mut count = Count::default();
            for (mutant, result) in &answer.mutants {
                count.add(result);
                all.add(result);
                by_origin.entry(mutant.origin).or_default().add(result);
            }
            let Mutated { id, answer: label, .. } = answer;
            writeln!(out, "{id} {label}: {} of {} mutants killed", count.killed, count.viable)?;
            survivors(answer, out)?;
        }
        for idle in &exercise.idle {
            writeln!(out, "  remove from mutants.yaml, because it matches no survivor: {idle}")?;
        }
    }
    writeln!(out)?;
    for (origin, count) in by_origin {
        let name = match origin {
            Origin::Cargo => "cargo mutants".to_owned(),
            Origin::Concurrency(operator) => operator.to_string(),
        };
        let Count { viable, killed, argued } = count;
        writeln!(out, "{name:36} {killed:5} of {viable:5} killed, {argued:3} explained")?;
    }
    writeln!(
        out,
        "\nMutants killed: {} of {}. Survivors explained: {}.",
        all.killed, all.viable, all.argued
    )
}

fn survivors(answer: &Mutated, out: &mut dyn Write) -> io::Result<()> {
    for (mutant, result) in &answer.mutants {
        let place = format!("{}.rs:{}: {}", answer.answer, mutant.line, mutant.change);
        match result {
            MutantResult::Unviable | MutantResult::Killed { .. } => {}
            MutantResult::Argued { why } => {
                writeln!(out, "  argued    {place}\n            {why}")?;
            }
            MutantResult::Survived => {
                writeln!(out, "  SURVIVED  {place}\n            {}", mutant.source)?;
            }
        }
    }
    Ok(())
}
