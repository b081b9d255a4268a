//! A second look at checks whose failure has no place in the answer: the answer is built once more
//! with marks, and the check is run again to see where its threads are.

use super::Pipeline;
use super::item::Item;
use crate::child::{self, Care};
use crate::compile::{self, Built};
use crate::course::Check;
use crate::graded::{Facts, GradedCheck};
use crate::job::{Job, Program};
use crate::marked::with_marks;
use crate::process::Limits;
use crate::stage::{Part, Stage};
use crate::verdict::Verdict;
use crate::world::{ANSWER, World};
use record::marks::{self, Standing};
use record::{Failure, Location, Task};

/// Processor time in milliseconds in a stretch of code that passes no mark and no scheduling point.
const PATIENCE: u64 = 1_000;

/// Wall time in seconds, and how much of it a check may sleep. A check that hung is to be seen hanging, no
/// more.
const WALL: u64 = 5;
const STILL: u64 = 1;

/// A check that is to be run again.
struct Target {
    item: usize,
    check: String,
    world: World,
}

impl Pipeline<'_> {
    /// Look again at the checks of `items` that failed without a place. No result depends on it.
    ///
    /// # Errors
    /// Only what is the grader's or the machine's fault.
    pub(super) fn look_again(&self, items: &mut [Item<'_, '_>]) -> anyhow::Result<()> {
        let targets = targets(items);
        let mut places: Vec<(usize, World)> =
            targets.iter().map(|target| (target.item, target.world)).collect();
        places.sort_unstable();
        places.dedup();
        let marked: Vec<Option<String>> =
            places.iter().map(|(item, _)| with_marks(items[*item].text?)).collect();
        places =
            places.into_iter().zip(&marked).filter(|(_, it)| it.is_some()).map(|it| it.0).collect();
        let texts: Vec<&String> = marked.iter().flatten().collect();
        if places.is_empty() {
            return Ok(());
        }
        let parts: Vec<Part<'_>> = places
            .iter()
            .zip(texts)
            .map(|(&(item, world), text)| Part {
                exercise: items[item].answer.exercise,
                label: items[item].answer.label.as_deref(),
                text,
                world,
                checks: wanted(&targets, &items[item], item, world),
            })
            .collect();
        let exercises = &self.course.exercises;
        let stage = Stage::lay_out(self.layout, "marks", exercises, &parts)?;
        let built = compile::build(&stage, &self.layout.build(), self.limits.build, self.listener)?;
        let mut seen: Vec<(usize, String, Seen)> = Vec::new();
        for target in &targets {
            let place = places.iter().position(|it| *it == (target.item, target.world));
            let Some(place) = place else { continue };
            let package = stage.package(place);
            let found = self.run_again(&items[target.item], target, &built[place], package);
            // An answer that does not compile with marks, say.
            let Ok(found) = found else { continue };
            seen.push((target.item, target.check.clone(), found));
        }
        for (item, check, found) in seen {
            let known = items[item].known.checks.iter_mut().find(|known| known.name == check);
            if let Some(known) = known {
                found.note(known);
            }
        }
        Ok(())
    }

    fn run_again(
        &self,
        item: &Item<'_, '_>,
        target: &Target,
        built: &Built,
        package: std::path::PathBuf,
    ) -> anyhow::Result<Seen> {
        let exercise = item.answer.exercise;
        let check = find(item, &target.check)?;
        let program = Program::of(exercise, check, target.world, built, package);
        let task = Task::Search;
        let job = Job { exercise, check, programs: Vec::new(), task, answer: target.item };
        let limits = match target.world {
            World::Model => self.limits.model,
            World::Native | World::Compile => Limits { wall: WALL, still: STILL, ..self.limits.native },
        };
        let folder = tempfile::tempdir()?;
        let patience = PATIENCE.min(self.limits.patience);
        let care = Care { patience, marks: Some(folder.path()) };
        let (facts, _) = child::search(&job, &program, limits, care)?;
        let endless = match &facts {
            Facts::Ended(outcome) => match &outcome.failure {
                Some(Failure::EndlessLoop { at }) => at.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let failed = !matches!(&facts, Facts::Ended(outcome) if outcome.failure.is_none());
        let standing = if failed { marks::read(folder.path(), ANSWER)? } else { Vec::new() };
        Ok(Seen { endless, standing })
    }
}

/// What a second look showed.
struct Seen {
    endless: Vec<Location>,
    standing: Vec<Standing>,
}

impl Seen {
    fn note(self, check: &mut GradedCheck) {
        if let Facts::Ended(outcome) = &mut check.facts
            && let Some(Failure::EndlessLoop { at }) = &mut outcome.failure
        {
            *at = self.endless;
        } else {
            check.standing = self.standing;
        }
    }
}

/// The checks that were run just now and failed without a place in the answer: loops without end,
/// crashes, and what failed on real threads where a hang or a process is all that is known.
fn targets(items: &[Item<'_, '_>]) -> Vec<Target> {
    let mut targets = Vec::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_new) {
        let is_able = !item.answer.exercise.abilities.is_empty();
        for check in &item.known.checks {
            let endless = check.verdict == Verdict::EndlessLoop;
            let hangs = matches!(check.verdict, Verdict::TimeOut | Verdict::Crash);
            let is_native = check.world == Some(World::Native);
            let fails = is_native && is_able && check.verdict.is_failure();
            let (Some(world), true) = (check.world, endless || hangs || fails) else { continue };
            targets.push(Target { item: index, check: check.name.clone(), world });
        }
    }
    targets
}

fn find<'a>(item: &Item<'a, '_>, name: &str) -> anyhow::Result<&'a Check> {
    let mut checks = item.answer.exercise.checks.iter();
    checks.find(|check| check.name == name).ok_or_else(|| anyhow::anyhow!("no check `{name}`"))
}

/// The checks of `item` that are run again in `world`.
fn wanted<'a>(
    targets: &[Target],
    item: &Item<'a, '_>,
    index: usize,
    world: World,
) -> Vec<&'a Check> {
    let here = targets.iter().filter(|target| target.item == index && target.world == world);
    here.filter_map(|target| find(item, &target.check).ok()).collect()
}
