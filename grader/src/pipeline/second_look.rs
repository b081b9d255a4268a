//! A second look at failures without a location in the answer: the answer is built again with
//! marks, and the check is run again to see where its threads are.

use super::Pipeline;
use super::item::Item;
use crate::child::{self, ChildOptions};
use crate::compile::{self, Built};
use crate::course::Check;
use crate::graded::{Exit, Facts, GradedCheck};
use crate::instrument::{self, with_marks};
use crate::job::{Job, Program};
use crate::process::Limits;
use crate::stage::{Part, Stage};
use crate::statics;
use crate::turns;
use crate::verdict::Verdict;
use crate::world::{ANSWER, World};
use record::marks::{self, Standing};
use record::{Failure, Panic, Task};
use std::panic::resume_unwind;

/// Maximum processor time between two marks or scheduling points, in milliseconds.
const PATIENCE: u64 = 1_000;

/// Wall time in seconds, and for how much of it a check may sleep. It need only be long enough to
/// see where a check hangs.
const WALL: u64 = 5;
const STILL: u64 = 1;

/// Processor time in seconds for a check that has run out of time in the model. Where it is after so
/// long says as much as where it is in the end.
const CPU: u64 = 5;

/// How many checks may run in addition to those that keep the processors busy. Most of them hang,
/// which costs nothing but time.
const MOST_HANGING: usize = 6;

/// A check to run again.
struct Target {
    item: usize,
    check: String,
    world: World,
    /// It ran out of time.
    timed_out: bool,
    /// All its threads slept. With marks, it may take longer to get there.
    stood_still: bool,
}

impl Pipeline<'_> {
    /// Runs each check of `items` that failed without a location again, to find the location. No
    /// verdict depends on it.
    ///
    /// # Errors
    /// The grader or the machine fails.
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
                plain: false,
            })
            .collect();
        let exercises = &self.course.exercises;
        let purpose = format!("{}-marks", self.purpose);
        let stage = Stage::lay_out(self.layout, &purpose, exercises, &parts)?;
        let built = compile::build(&stage, &self.layout.build(), self.limits.build, self.listener)?;
        let look = |target: &Target| {
            let place = places.iter().position(|it| *it == (target.item, target.world))?;
            let package = stage.package(place);
            // Fails, for example, if the answer does not compile with marks.
            self.run_again(&items[target.item], target, &built[place], package).ok()
        };
        let mut seen: Vec<Option<Seen>> = Vec::new();
        for few in targets.chunks(turns::processors() + MOST_HANGING) {
            let looked = std::thread::scope(|scope| {
                let looks: Vec<_> = few.iter().map(|target| scope.spawn(|| look(target))).collect();
                let found = looks.into_iter().map(|look| look.join());
                found.map(|found| found.unwrap_or_else(|it| resume_unwind(it))).collect::<Vec<_>>()
            });
            seen.extend(looked);
        }
        for (target, found) in targets.iter().zip(seen) {
            let known = &mut items[target.item].known.checks;
            let known = known.iter_mut().find(|known| known.name == target.check);
            if let (Some(known), Some(found)) = (known, found) {
                found.note(known);
            }
        }
        self.discard(&built);
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
        let separate_runs = item.text.is_some_and(statics::are_in);
        let (programs, answer) = (Vec::new(), target.item);
        let job =
            Job { exercise, check, budget: check.budget, programs, task, answer, separate_runs };
        let limits = match target.world {
            World::Model if target.timed_out => Limits { cpu: CPU, ..self.limits.model },
            World::Model => self.limits.model,
            World::Native | World::Compile => {
                let wall = if target.stood_still { self.limits.native.wall } else { WALL };
                Limits { wall, still: STILL, ..self.limits.native }
            }
        };
        let folder = tempfile::tempdir()?;
        let patience = PATIENCE.min(self.limits.patience);
        let options = ChildOptions { patience, marks: Some(folder.path()) };
        let (facts, _) = child::search(&job, &program, limits, options)?;
        let failed = match &facts {
            Facts::Ended(outcome) => outcome.failure.is_some(),
            // Somewhere on its way to where it hangs.
            Facts::Died(exit) if target.stood_still => *exit == Exit::Still,
            _ => true,
        };
        let standing = if failed { marks::read(folder.path(), ANSWER)? } else { Vec::new() };
        let standing = instrument::in_exercise(standing, &program.package)?;
        let failure = match facts {
            Facts::Ended(outcome) => outcome.failure,
            _ => None,
        };
        Ok(Seen { failure, standing })
    }
}

/// The result of a second look.
struct Seen {
    failure: Option<Failure>,
    standing: Vec<Standing>,
}

impl Seen {
    fn note(self, check: &mut GradedCheck) {
        let known = match &mut check.facts {
            Facts::Ended(outcome) => outcome.failure.as_mut(),
            _ => None,
        };
        match (known, self.failure) {
            (Some(Failure::EndlessLoop { at }), seen) => {
                *at = match seen {
                    Some(Failure::EndlessLoop { at }) => at,
                    _ => Vec::new(),
                };
                return;
            }
            (
                Some(Failure::Panicked { panic, earlier }),
                Some(Failure::Panicked { panic: last, earlier: others }),
            ) => {
                let seen: Vec<Panic> = others.into_iter().chain([last]).collect();
                earlier.iter_mut().chain([panic]).for_each(|panic| place(panic, &seen));
            }
            _ => {}
        }
        check.standing = self.standing;
    }
}

/// Notes where the panic that is the same as `panic` among those `seen` arose.
fn place(panic: &mut Panic, seen: &[Panic]) {
    let same = |other: &&Panic| (&other.at, &other.message) == (&panic.at, &panic.message);
    if let Some(other) = seen.iter().find(same) {
        panic.below = other.below.clone();
    }
}

/// The checks that failed in this run without a location in the answer: endless loops, timeouts,
/// crashes, exceeded limits, and failures on real threads that say nothing of the answer, or that other
/// processes may have to do with.
fn targets(items: &[Item<'_, '_>]) -> Vec<Target> {
    let mut targets = Vec::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_new) {
        let is_able = !item.answer.exercise.abilities.is_empty();
        for check in &item.known.checks {
            let endless = check.verdict == Verdict::EndlessLoop;
            let hangs = matches!(check.verdict, Verdict::TimeOut | Verdict::Crash | Verdict::Limit);
            let is_native = check.world == Some(World::Native);
            let fails = is_native && (is_able || is_elsewhere(check)) && check.verdict.is_failure();
            let (Some(world), true) = (check.world, endless || hangs || fails) else { continue };
            let timed_out = check.verdict == Verdict::TimeOut;
            let stood_still = matches!(check.facts, Facts::Died(Exit::Still));
            let check = check.name.clone();
            targets.push(Target { item: index, check, world, timed_out, stood_still });
        }
    }
    targets
}

/// Whether a check failed because of panics, none of which was in the answer's own code.
fn is_elsewhere(check: &GradedCheck) -> bool {
    let Facts::Ended(outcome) = &check.facts else { return false };
    let Some(Failure::Panicked { panic, earlier }) = &outcome.failure else { return false };
    !earlier.iter().chain([panic]).any(|panic| panic.at.file == ANSWER)
}

fn find<'a>(item: &Item<'a, '_>, name: &str) -> anyhow::Result<&'a Check> {
    let mut checks = item.answer.exercise.checks.iter();
    checks.find(|check| check.name == name).ok_or_else(|| anyhow::anyhow!("no check `{name}`"))
}

/// The checks of `item` to run again in `world`.
fn wanted<'a>(
    targets: &[Target],
    item: &Item<'a, '_>,
    index: usize,
    world: World,
) -> Vec<&'a Check> {
    let here = targets.iter().filter(|target| target.item == index && target.world == world);
    here.filter_map(|target| find(item, &target.check).ok()).collect()
}
