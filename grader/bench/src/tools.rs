//! The searches that are compared, as far as they run the [`programs`].
//!
//! Each runs in a process of its own, which is this program once more. A search that fails leaves
//! behind the stacks of threads that could not end, state in thread-locals, and messages about each
//! panic; and two panics at once would end the whole comparison.

use crate::programs::{self, Program};
use anyhow::Context;
use record::{Budget, Order};
use serde::{Deserialize, Serialize};
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, UrwRandomScheduler};
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The environment variable with the job of a process that runs one search.
const JOB: &str = "BENCH_JOB";

/// The depth of the faults that PCT looks for: how many orders between two steps a fault needs.
const DEPTH: usize = 3;

/// Steps after which shuttle abandons a schedule. No program needs that many, unless one thread
/// polls while it keeps the others from running.
const STEPS: usize = 10_000;

/// One way to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tool {
    /// The grader's own search.
    Explorer(Budget),
    /// Shuttle's random walk, with this seed.
    Random(u64),
    /// Shuttle's PCT, with this seed.
    Pct(u64),
    /// Shuttle's uniform walk, with this seed.
    Uniform(u64),
    /// Shuttle's depth-first search.
    Dfs,
    /// Loom without a bound on preemptions.
    Loom,
}

#[derive(Serialize, Deserialize)]
struct Job {
    program: String,
    tool: Tool,
    /// Schedules after which the search gives up. The explorer has its budget instead.
    cap: u64,
}

/// What came of a search.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Searched {
    /// A schedule failed, and was the last.
    pub failed: bool,
    /// Everything that was to be tried has been tried.
    pub done: bool,
    pub schedules: u64,
    pub seconds: f64,
}

/// Runs a search in a process of its own. `None` if that process has crashed.
pub fn search(program: &Program, tool: Tool, cap: u64) -> anyhow::Result<Option<Searched>> {
    let job = Job { program: program.name.to_owned(), tool, cap };
    let output = Command::new(std::env::current_exe()?)
        .env(JOB, serde_json::to_string(&job)?)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .context("starting a search")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().last().and_then(|line| serde_json::from_str(line).ok()))
}

/// Does what [`search`] started this process for. Returns whether it was started for that.
pub fn serve() -> anyhow::Result<bool> {
    let Ok(job) = std::env::var(JOB) else { return Ok(false) };
    let Job { program, tool, cap } = serde_json::from_str(&job)?;
    let program = programs::find(&program).context("there is no such program")?;
    let start = Instant::now();
    let searched = match tool {
        Tool::Explorer(budget) => in_explorer(program.model, budget),
        Tool::Random(seed) => {
            in_shuttle(program.shuttle, RandomScheduler::new_from_seed(seed, cap as usize), cap)
        }
        Tool::Pct(seed) => {
            in_shuttle(program.shuttle, PctScheduler::new_from_seed(seed, DEPTH, cap as usize), cap)
        }
        Tool::Uniform(seed) => {
            in_shuttle(program.shuttle, UrwRandomScheduler::new_from_seed(seed, cap as usize), cap)
        }
        // One more than it may have: otherwise it is done.
        Tool::Dfs => {
            in_shuttle(program.shuttle, DfsScheduler::new(Some(cap as usize + 1), false), cap)
        }
        Tool::Loom => in_loom(program.loom, cap),
    };
    let searched = Searched { seconds: start.elapsed().as_secs_f64(), ..searched };
    println!("{}", serde_json::to_string(&searched)?);
    Ok(true)
}

fn in_explorer(program: fn(), budget: Budget) -> Searched {
    let order = Order { budget, ..Order::default() };
    let outcome = explorer::explore(&order, program, &mut || ());
    let coverage = outcome.coverage;
    let covers = |most| most >= budget.odd_events;
    Searched {
        failed: outcome.failure.is_some(),
        done: coverage.exhausted || coverage.odd_events.is_some_and(covers),
        schedules: coverage.schedules(),
        seconds: 0.0,
    }
}

/// Counts the executions of a scheduler.
struct Counting<S> {
    scheduler: S,
    count: Rc<Cell<u64>>,
}

impl<S: Scheduler> Scheduler for Counting<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let schedule = self.scheduler.new_execution()?;
        self.count.set(self.count.get() + 1);
        Some(schedule)
    }

    fn next_task(&mut self, all: &[&Task], now: Option<TaskId>, yields: bool) -> Option<TaskId> {
        self.scheduler.next_task(all, now, yields)
    }

    fn next_u64(&mut self) -> u64 {
        self.scheduler.next_u64()
    }
}

fn in_shuttle(program: fn(), scheduler: impl Scheduler + 'static, cap: u64) -> Searched {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::ContinueAfter(STEPS);
    // Its own 60 KB are not enough for unoptimised formatting code.
    config.stack_size = 512 * 1024;
    config.silence_warnings = true;
    let count = Rc::new(Cell::new(0));
    let scheduler = Counting { scheduler, count: Rc::clone(&count) };
    let failed = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(scheduler, config).run(program);
    }))
    .is_err();
    let schedules = count.get();
    Searched { failed, done: !failed && schedules <= cap, schedules, seconds: 0.0 }
}

fn in_loom(program: fn(), cap: u64) -> Searched {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = None;
    // Loom looks at the limit only once in every such interval, before the last execution in it. So
    // it runs one more than the cap, unless it is done.
    model.checkpoint_interval = cap as usize + 2;
    model.max_permutations = Some(cap as usize + 1);
    let count = Arc::new(AtomicU64::new(0));
    let begun = Arc::clone(&count);
    let failed = catch_unwind(AssertUnwindSafe(|| {
        model.check(move || {
            begun.fetch_add(1, Relaxed);
            program();
        });
    }))
    .is_err();
    let schedules = count.load(Relaxed);
    Searched { failed, done: !failed && schedules <= cap, schedules, seconds: 0.0 }
}
