//! Runs checks, a few at a time. Each runs in one world after another until it fails in one.

use crate::child::{self, ChildOptions};
use crate::graded::Facts;
use crate::job::{Job, WorldLimits};
use crate::progress::{Event, Listener};
use crate::turns::{Queue, Turn};
use crate::world::World;
use record::Coverage;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Maximum processor time between two scheduling points, in milliseconds, for an answer that has
/// already hung in another check. Still a thousand times what a right answer needs.
const IMPATIENCE: u64 = 500;

/// Limits in seconds for a check on real threads if the answer has already hung in another check:
/// how long the check may run, and how long it may sleep.
const SHORT_WALL: u64 = 10;
const SHORT_SLEEP: u64 = 4;

/// The result of running a check, before it is judged.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The last world that it ran in. `None` if it ran in none.
    pub world: Option<World>,
    /// What happened there.
    pub facts: Facts,
    /// How far it was searched in each world.
    pub coverage: Vec<(World, Coverage)>,
    /// What the failing run printed.
    pub output: String,
}

/// How to run checks.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// The limits in each world.
    pub limits: WorldLimits,
    /// Cargo's target folder, for the contracts.
    pub target: &'a Path,
    /// Skip the remaining checks of an answer that has failed one.
    pub until_failure: bool,
    /// Receives an event for each check that begins.
    pub listener: Listener<'a>,
}

impl Runner<'_> {
    /// Runs `jobs`, a few at a time. The results are in the order of the jobs, with `None` for
    /// those that were skipped.
    pub fn run(&self, jobs: &[Job<'_>]) -> Vec<Option<Ran>> {
        let queue = Queue::new((0..jobs.len()).map(Turn::first).collect());
        let done = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Ran>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
        let failed = Mutex::new(BTreeSet::new());
        let hung = Mutex::new(BTreeSet::new());
        let work = || {
            while let Some((mut turn, _place)) = queue.next() {
                let job = &jobs[turn.job];
                if !self.until_failure || !lock(&failed).contains(&job.answer) {
                    self.tell(job, &turn, done.load(Relaxed), jobs.len());
                    let has_hung = lock(&hung).contains(&job.answer);
                    let Some(ran) = self.take(job, &mut turn, has_hung) else {
                        // To the back of the queue: short runs then come last, and no processor
                        // waits long for another.
                        queue.put_back(turn);
                        continue;
                    };
                    if ran.facts.hangs() {
                        lock(&hung).insert(job.answer);
                    }
                    if ran.facts.fails() {
                        lock(&failed).insert(job.answer);
                    }
                    *lock(&results[turn.job]) = Some(ran);
                }
                done.fetch_add(1, Relaxed);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..queue.workers().min(jobs.len()) {
                scope.spawn(work);
            }
        });
        let take = |slot: Mutex<_>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().map(take).collect()
    }

    fn tell(&self, job: &Job<'_>, turn: &Turn, done: usize, total: usize) {
        let Some(program) = job.programs.get(turn.program) else { return };
        let (exercise, check) = (&job.exercise.name, &job.check.name);
        (self.listener)(Event::Checking { exercise, check, world: program.world, done, total });
    }

    /// Runs a check in the next world of its turn. `None` if it passes and has another world to run
    /// in. An answer that `has_hung` in another check gets less time.
    fn take(&self, job: &Job<'_>, turn: &mut Turn, has_hung: bool) -> Option<Ran> {
        let Some(program) = job.programs.get(turn.program) else {
            let facts = Facts::Fault("the check runs in no world".to_owned());
            return Some(Ran { world: None, facts, coverage: Vec::new(), output: String::new() });
        };
        let mut limits = self.limits.of(program.world);
        let mut options = ChildOptions { patience: self.limits.patience, marks: None };
        if has_hung {
            options.patience = options.patience.min(IMPATIENCE);
            if program.world == World::Native {
                limits.wall = limits.wall.min(SHORT_WALL);
                limits.still = limits.still.min(SHORT_SLEEP);
            }
        }
        let begun = Instant::now();
        let ended = match program.world {
            World::Compile => child::compile_contract(job, program, limits, self.target),
            World::Model | World::Native => child::search(job, program, limits, options),
        };
        let (check, world, took) = (&job.check.name, program.world, begun.elapsed());
        (self.listener)(Event::Checked { answer: job.answer, check, world, took });
        let (facts, output) =
            ended.unwrap_or_else(|error| (Facts::Fault(format!("{error:#}")), String::new()));
        if let Facts::Ended(outcome) = &facts {
            turn.coverage.push((program.world, outcome.coverage));
        }
        let passed = facts.passes();
        turn.program += 1;
        if passed && turn.program < job.programs.len() {
            return None;
        }
        let output = if passed { String::new() } else { output };
        let coverage = std::mem::take(&mut turn.coverage);
        Some(Ran { world: Some(program.world), facts, coverage, output })
    }
}

/// Locks `mutex` even if it is poisoned: a panic in a worker ends the run anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
