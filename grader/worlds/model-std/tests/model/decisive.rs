//! The decisive step of a failing schedule.

use crate::explore;
use model_std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::SeqCst};
use model_std::sync::{Condvar, Mutex};
use model_std::thread;
use record::{Decisive, Failure, Operation, Outcome, Step, StepStatus, Value};

/// The decisive step of the failure of `body`.
fn decisive(body: fn()) -> Step {
    let outcome = explore(body);
    let Some(Decisive::Step(at)) = outcome.decisive else { panic!("{:?}", outcome.decisive) };
    outcome.trace.expect("a failure has a trace").steps[at].clone()
}

/// Steps with a wait or compare-exchange that ended spuriously, or a deadline that passed early.
fn odd_steps(outcome: &Outcome) -> usize {
    let steps = outcome.trace.iter().flat_map(|trace| &trace.steps);
    steps
        .filter(|step| step.how == StepStatus::Spurious || step.how == StepStatus::TimedOut)
        .count()
}

#[test]
fn an_update_is_lost_when_the_second_thread_has_read() {
    let step = decisive(|| {
        let count = AtomicU8::new(0);
        let hit = || count.store(count.load(SeqCst) + 1, SeqCst);
        thread::scope(|s| {
            s.spawn(hit);
            s.spawn(hit);
        });
        assert_eq!(count.into_inner(), 2);
    });
    assert_eq!((step.thread, step.operation), (2, Operation::Load));
    assert_eq!(step.value, Some(Value::Unsigned(0)), "it reads the same value as the first");
}

#[test]
fn a_deadlock_is_certain_when_each_thread_has_one_lock() {
    let step = decisive(|| {
        let (a, b) = (Mutex::new(()), Mutex::new(()));
        thread::scope(|s| {
            s.spawn(|| {
                let _a = a.lock().unwrap();
                let _b = b.lock().unwrap();
            });
            s.spawn(|| {
                let _b = b.lock().unwrap();
                let _a = a.lock().unwrap();
            });
        });
    });
    assert_eq!((step.operation, step.how), (Operation::Lock, StepStatus::Done));
}

#[test]
fn a_notification_is_lost_before_anybody_waits() {
    let step = decisive(|| {
        let (flag, changed, lock) = (AtomicBool::new(false), Condvar::new(), Mutex::new(()));
        thread::scope(|s| {
            s.spawn(|| {
                if !flag.load(SeqCst) {
                    // Between the load and the wait, the flag is set and the notification is sent.
                    drop(changed.wait(lock.lock().unwrap()).unwrap());
                }
            });
            flag.store(true, SeqCst);
            changed.notify_one();
        });
    });
    assert_eq!(step.operation, Operation::NotifyOne, "{step:?}");
}

#[test]
fn where_every_schedule_fails_no_step_is_decisive() {
    let outcome = explore(|| {
        let count = AtomicU8::new(0);
        thread::scope(|s| {
            s.spawn(|| count.fetch_add(1, SeqCst));
        });
        assert_eq!(count.into_inner(), 2);
    });
    assert_eq!(outcome.decisive, Some(Decisive::Start));
}

/// Five long executions can be tried, but not five in each round of a bisection.
#[test]
fn a_long_execution_that_always_fails_is_known_to() {
    let outcome = explore(|| {
        let count = AtomicU32::new(0);
        thread::scope(|s| {
            s.spawn(|| count.fetch_add(1, SeqCst));
            for _ in 0..70_000 {
                count.fetch_add(1, SeqCst);
            }
        });
        assert_eq!(count.into_inner(), 70_000);
    });
    assert_eq!(outcome.decisive, Some(Decisive::Start));
}

/// An event that no program can rely on does not count as saving a schedule. Here a spurious wakeup
/// would save it.
#[test]
fn luck_does_not_count_as_a_way_out() {
    let outcome = explore(|| {
        let (done, changed) = (Mutex::new(false), Condvar::new());
        thread::scope(|s| {
            s.spawn(|| drop(changed.wait_while(done.lock().unwrap(), |done| !*done).unwrap()));
            *done.lock().unwrap() = true;
        });
    });
    assert!(matches!(outcome.failure, Some(Failure::LostWakeup { .. })));
    let Some(Decisive::Step(at)) = outcome.decisive else { panic!("{:?}", outcome.decisive) };
    let trace = outcome.trace.expect("a failure has a trace");
    let wait = trace.steps.iter().position(|step| step.operation == Operation::Wait);
    assert!(Some(at) <= wait, "{at} is after {wait:?}");
}

#[test]
fn a_failure_that_needs_no_odd_event_shows_none() {
    let outcome = explore(|| {
        let (turn, changed, count) = (Mutex::new(0), Condvar::new(), AtomicU8::new(0));
        thread::scope(|s| {
            for me in 0..2 {
                let (turn, changed, count) = (&turn, &changed, &count);
                s.spawn(move || {
                    let guard = turn.lock().unwrap();
                    let mut guard = changed.wait_while(guard, |turn| *turn != me).unwrap();
                    *guard += 1;
                    drop(guard);
                    changed.notify_all();
                    count.store(count.load(SeqCst) + 1, SeqCst);
                });
            }
        });
        assert_eq!(count.into_inner(), 2);
    });
    assert!(outcome.failure.is_some());
    assert_eq!(odd_steps(&outcome), 0);
}

/// The search tries the continuations from points at which many threads already exist.
#[test]
fn many_threads_that_exist_before_the_search_goes_on() {
    let outcome = explore(|| {
        let count = AtomicU8::new(0);
        thread::scope(|s| {
            for _ in 0..6 {
                s.spawn(|| count.store(count.load(SeqCst) + 1, SeqCst));
            }
        });
        assert_eq!(count.into_inner(), 6);
    });
    assert!(matches!(outcome.decisive, Some(Decisive::Step(_))), "{:?}", outcome.decisive);
}

/// The same schedule, with the same decisive step.
#[test]
fn a_replay_finds_the_same_step() {
    fn body() {
        let count = AtomicU8::new(0);
        let hit = || count.store(count.load(SeqCst) + 1, SeqCst);
        thread::scope(|s| {
            s.spawn(hit);
            s.spawn(hit);
        });
        assert_eq!(count.into_inner(), 2);
    }
    let found = explore(body);
    let task = record::Task::Replay(found.replay.clone().expect("a token"));
    let order = record::Order { task, ..record::Order::default() };
    let again = explorer::explore(&order, body, &mut || ());
    assert!(again.decisive.is_some());
    assert_eq!(again.decisive, found.decisive);
}

#[test]
fn long_executions_are_not_run_again_and_again() {
    use std::sync::atomic::AtomicU64;
    static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

    let outcome = explore(|| {
        EXECUTIONS.fetch_add(1, SeqCst);
        let count = AtomicU8::new(0);
        for _ in 0..100_000 {
            count.fetch_add(1, SeqCst);
        }
        // It fails only if the wait ends for no reason.
        let (state, come) = (Mutex::new((false, false)), Condvar::new());
        thread::scope(|s| {
            s.spawn(|| {
                let mut state = state.lock().unwrap();
                state.0 = true;
                assert!(come.wait(state).unwrap().1);
            });
            loop {
                let mut state = state.lock().unwrap();
                if state.0 {
                    state.1 = true;
                    break come.notify_all();
                }
                drop(state);
                thread::yield_now();
            }
        });
    });
    assert!(matches!(outcome.failure, Some(Failure::Panicked { .. })), "{:?}", outcome.failure);
    assert_eq!(outcome.decisive, None, "too few schedules were tried to know");
    let executions = EXECUTIONS.load(SeqCst);
    assert!(executions < 150, "{executions} executions of 100,000 steps");
}
