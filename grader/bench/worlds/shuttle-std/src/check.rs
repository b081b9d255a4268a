//! The functions that this world's `#[test]` calls.

use record::channel::{Entry, Writer};
use record::{Coverage, Failure, Location, Outcome, Panic};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Schedule, Scheduler, UrwRandomScheduler};
use shuttle::scheduler::{Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of executions so far.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Counts the executions of a scheduler.
struct Counting(Box<dyn Scheduler + Send>);

impl Scheduler for Counting {
    fn new_execution(&mut self) -> Option<Schedule> {
        let schedule = self.0.new_execution()?;
        COUNT.fetch_add(1, Relaxed);
        Some(schedule)
    }

    fn next_task(&mut self, all: &[&Task], now: Option<TaskId>, yields: bool) -> Option<TaskId> {
        self.0.next_task(all, now, yields)
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// Runs `body` until a schedule fails or the budget is spent, and reports the number of executions.
pub fn run(_name: &str, body: fn()) {
    let (mut channel, order) =
        Writer::from_env().expect("the channel opens").expect("started by the benchmark");
    channel.write(Entry::Started).expect("the channel takes the start");
    let (seed, count) = (order.budget.seed, order.budget.random as usize);
    let scheduler: Box<dyn Scheduler + Send> = match std::env::var("BENCH_SCHEDULER").as_deref() {
        Ok("pct") => Box::new(PctScheduler::new_from_seed(seed, 3, count)),
        Ok("urw") => Box::new(UrwRandomScheduler::new_from_seed(seed, count)),
        _ => Box::new(RandomScheduler::new_from_seed(seed, count)),
    };
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(10_000);
    config.stack_size = 512 * 1024;
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        Runner::new(Counting(scheduler), config).run(body);
    }))
    .is_err();
    let at = Location { file: String::new(), line: 0, column: 0 };
    let panic = Panic { thread: 0, message: String::new(), at, below: None };
    let failure = failed.then_some(Failure::Panicked { panic, earlier: Vec::new() });
    let coverage = Coverage { random: COUNT.load(Relaxed), ..Coverage::default() };
    let outcome = Outcome { failure, coverage, ..Outcome::default() };
    channel.write(Entry::Ended(Box::new(outcome))).expect("the channel takes the outcome");
}
