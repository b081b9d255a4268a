//! The failures that a learner may meet, one function each.

use crate::made::{Made, exercise, failed, passed};
use grader::graded::BrokenContract;
use grader::graded::{CompileError, Exit, Facts, GradedCheck, GradedExercise, Refusal};
use grader::verdict::Verdict;
use grader::world::World;
use record::{Failure, HeldLock, ObjectKind, Operation, StepStatus, Value};

const COUNTER: (&str, &str) =
    (include_str!("answers/lost_update.rs"), include_str!("checks/shared_counter.rs"));
const BANK: (&str, &str) = (include_str!("answers/abba.rs"), include_str!("checks/deadlock.rs"));
const QUEUE: (&str, &str) =
    (include_str!("answers/if_for_while.rs"), include_str!("checks/queue.rs"));
const EVENT: (&str, &str) =
    (include_str!("answers/lost_wakeup.rs"), include_str!("checks/event.rs"));
const SPINNER: (&str, &str) =
    (include_str!("answers/busy_wait.rs"), include_str!("checks/busy_queue.rs"));

/// Two threads read the same count, and both write back one more.
pub(crate) fn lost_update() -> GradedExercise {
    let mut made = Made::new(COUNTER.0, COUNTER.1);
    let (a, b) = (made.thread(Some("a")), made.thread(Some("b")));
    let hits = made.object(ObjectKind::Atomic);
    let load = "let seen = self.hits.|load(";
    let store = "self.hits.|store(";
    for thread in [a, b] {
        made.step(0, Operation::Spawn, ".name(name.into()).|spawn").of(thread);
    }
    made.step(0, Operation::Join, "visitor.|join()").of(a).how(StepStatus::Blocked);
    made.step(a, Operation::Start, ".name(name.into()).|spawn");
    made.step(a, Operation::Load, load).on(hits).value(Value::Unsigned(0));
    made.step(b, Operation::Start, ".name(name.into()).|spawn").preempts();
    made.step(b, Operation::Load, load).on(hits).value(Value::Unsigned(0)).decisive();
    made.step(b, Operation::Store, store).on(hits).value(Value::Unsigned(1));
    made.step(b, Operation::Exit, ".name(name.into()).|spawn");
    made.step(a, Operation::Store, store).on(hits).value(Value::Unsigned(1));
    made.step(a, Operation::Exit, ".name(name.into()).|spawn");
    made.step(0, Operation::Join, "visitor.|join()").of(a);
    made.step(0, Operation::Join, "visitor.|join()").of(b);
    let total = "pub fn total(&self) -> u64 {\n        self.hits.|load(";
    made.step(0, Operation::Load, total).on(hits).value(Value::Unsigned(1));
    made.step(0, Operation::Panic, "|assert_eq!(counter.total()");
    let message = "assertion `left == right` failed: a hit was lost\n  left: 1\n right: 2";
    let panic = made.panic(0, "|assert_eq!(counter.total()", message);
    let facts =
        Facts::Ended(Box::new(made.outcome(Failure::Panicked { panic, earlier: Vec::new() }, 17)));
    let checks = vec![
        passed("starts_at_zero", 1),
        failed("no_hit_is_lost", Verdict::Wrong, World::Model, facts.clone()),
        failed("pairs_are_consistent", Verdict::Wrong, World::Model, facts),
        passed("counts_alone", 1),
    ];
    exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, checks)
}

/// Two transfers in opposite directions take the locks in the order of their arguments.
pub(crate) fn abba() -> GradedExercise {
    let places = ("self.accounts[from].|lock()", "self.accounts[to].|lock()");
    abba_in(BANK.0, places)
}

/// The same, with both locks taken on a single line in a helper.
pub(crate) fn abba_in_a_helper() -> GradedExercise {
    abba_in(include_str!("answers/abba_in_a_helper.rs"), ("mutex.|lock()", "mutex.|lock()"))
}

fn abba_in(answer: &'static str, (from, to): (&str, &str)) -> GradedExercise {
    let mut made = Made::new(answer, BANK.1);
    let (anna, ben) = (made.thread(Some("anna")), made.thread(Some("ben")));
    let first = made.object(ObjectKind::Mutex);
    let second = made.object(ObjectKind::Mutex);
    let spawn = ".name(name.into()).|spawn";
    for thread in [anna, ben] {
        made.step(0, Operation::Spawn, spawn).of(thread);
    }
    made.step(0, Operation::Join, "teller.|join()").of(anna).how(StepStatus::Blocked);
    made.step(anna, Operation::Start, spawn);
    made.step(anna, Operation::Lock, from).on(first);
    made.step(ben, Operation::Start, spawn).preempts();
    made.step(ben, Operation::Lock, from).on(second).decisive();
    made.step(ben, Operation::Lock, to).on(first).how(StepStatus::Blocked);
    // Anna announced her second lock before she was preempted, so no step shows that she waits.
    let wait = |thread, wants, held_by, holds| {
        let mut wait = made.wait(thread, Operation::Lock, to);
        wait.object = Some(wants);
        wait.held_by = vec![held_by];
        wait.holds = vec![HeldLock { object: holds, since: made.at(from) }];
        wait
    };
    let mut join = made.wait(0, Operation::Join, "teller.|join()");
    join.joins = Some(anna);
    let waits = vec![join, wait(anna, second, ben, first), wait(ben, first, anna, second)];
    let failure = Failure::Deadlock { waits, cycle: vec![1, 2] };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 9)));
    let checks = vec![failed("opposite_transfers_end", Verdict::Deadlock, World::Model, facts)];
    exercise("04_deadlock", "Deadlock", answer, BANK.1, checks)
}

/// A getter that checks only once is woken spuriously and takes from an empty queue.
pub(crate) fn if_for_while() -> GradedExercise {
    let seen = "called `Result::unwrap()` on an `Err` value: Any { .. }";
    getter_panics(seen)
}

/// The check expects the getter's panic; the failure is an assertion that it makes afterwards.
pub(crate) fn panic_on_purpose() -> GradedExercise {
    getter_panics("assertion `left == right` failed: items left\n  left: 1\n right: 0")
}

fn getter_panics(message: &str) -> GradedExercise {
    let mut made = Made::new(QUEUE.0, QUEUE.1);
    let getter = made.thread(Some("getter"));
    let items = made.object(ObjectKind::Mutex);
    let not_empty = made.object(ObjectKind::Condvar);
    let spawn = ".name(\"getter\".into()).|spawn";
    let (lock, wait) = ("let mut items = self.items.|lock()", "self.not_empty.|wait(items)");
    made.step(0, Operation::Spawn, spawn).of(getter);
    made.step(getter, Operation::Start, spawn).preempts();
    made.step(getter, Operation::Lock, lock).on(items);
    made.step(getter, Operation::Wait, wait).on(not_empty);
    made.step(getter, Operation::Relock, wait).on(not_empty).how(StepStatus::Blocked);
    made.step(getter, Operation::Relock, wait).on(not_empty).how(StepStatus::Spurious).decisive();
    made.step(getter, Operation::Panic, "items.pop_front().|unwrap()");
    made.step(getter, Operation::Unlock, lock).on(items);
    made.step(getter, Operation::Exit, spawn);
    made.step(0, Operation::Lock, "self.items.|lock().unwrap().push_back").on(items);
    let join = "assert_eq!(getter.join().|unwrap()";
    made.step(0, Operation::Panic, join);
    let none = "called `Option::unwrap()` on a `None` value";
    let earlier = vec![made.panic(getter, "items.pop_front().|unwrap()", none)];
    let panic = made.panic(0, join, message);
    let failure = Failure::Panicked { panic, earlier };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 12)));
    let checks = vec![failed("get_waits_for_an_item", Verdict::Wrong, World::Model, facts)];
    exercise("18_queue", "Queue", QUEUE.0, QUEUE.1, checks)
}

/// The flag is set and the notification sent between the check of the flag and the wait.
pub(crate) fn lost_wakeup() -> GradedExercise {
    let mut made = Made::new(EVENT.0, EVENT.1);
    let waiter = made.thread(None);
    let lock = made.object(ObjectKind::Mutex);
    let flag = made.object(ObjectKind::Atomic);
    let changed = made.object(ObjectKind::Condvar);
    let wait = "self.changed.|wait(guard)";
    made.step(0, Operation::Spawn, "thread::|spawn").of(waiter);
    made.step(waiter, Operation::Start, "thread::|spawn").preempts();
    made.step(waiter, Operation::Lock, "self.lock.|lock()").on(lock);
    made.step(waiter, Operation::Load, "self.flag.|load(").on(flag).value(Value::Flag(false));
    made.step(0, Operation::Store, "self.flag.|store(")
        .on(flag)
        .value(Value::Flag(true))
        .preempts();
    made.step(0, Operation::NotifyAll, "self.changed.|notify_all()")
        .on(changed)
        .value(Value::Woken(0));
    made.step(0, Operation::Join, "waiter.|join()").of(waiter).how(StepStatus::Blocked);
    made.step(waiter, Operation::Wait, wait).on(changed);
    made.step(waiter, Operation::Relock, wait).on(changed).how(StepStatus::Blocked);
    let mut waiting = made.wait(waiter, Operation::Relock, wait);
    waiting.object = Some(changed);
    let mut join = made.wait(0, Operation::Join, "waiter.|join()");
    join.joins = Some(waiter);
    let failure = Failure::LostWakeup { waits: vec![join, waiting], in_vain: false };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 1_204)));
    let checks = vec![failed("set_frees_who_waits", Verdict::LostWakeup, World::Model, facts)];
    exercise("10_event", "Event", EVENT.0, EVENT.1, checks)
}

/// A getter polls while the check sleeps.
pub(crate) fn busy_wait() -> GradedExercise {
    let mut made = Made::new(SPINNER.0, SPINNER.1);
    let getter = made.thread(Some("getter"));
    let items = made.object(ObjectKind::Mutex);
    let spawn = ".name(\"getter\".into()).|spawn";
    let (lock, yields) = ("= self.items.|lock()", "|thread::yield_now()");
    let sleep = "|thread::sleep(";
    made.step(0, Operation::Spawn, spawn).of(getter);
    made.step(0, Operation::Sleep, sleep).how(StepStatus::Blocked);
    made.step(getter, Operation::Start, spawn);
    for _ in 0..200 {
        made.step(getter, Operation::Lock, lock).on(items);
        made.step(getter, Operation::Unlock, lock).on(items);
        made.step(getter, Operation::YieldNow, yields);
    }
    let mut sleeping = made.wait(0, Operation::Sleep, sleep);
    sleeping.deadline = Some(1_000_000_000);
    let at = vec![made.at(lock), made.at(yields)];
    let failure = Failure::BusyWait { thread: getter, at, waits: vec![sleeping] };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 1)));
    let checks = vec![failed("get_rests_while_it_waits", Verdict::BusyWait, World::Model, facts)];
    exercise("18_queue", "Queue", SPINNER.0, SPINNER.1, checks)
}

/// A check whose process did not finish normally.
pub(crate) fn died(verdict: Verdict, world: World, exit: Exit, output: &str) -> GradedExercise {
    let mut check = failed("opposite_transfers_end", verdict, world, Facts::Died(exit));
    check.output = output.to_owned();
    exercise("04_deadlock", "Deadlock", BANK.0, BANK.1, vec![check])
}

/// An assertion that fails occasionally on real threads.
pub(crate) fn seen_natively() -> GradedExercise {
    let made = Made::new(COUNTER.0, COUNTER.1);
    let message = "assertion `left == right` failed: a hit was lost\n  left: 1\n right: 2";
    let panic = made.panic(0, "|assert_eq!(counter.total()", message);
    let mut outcome = made.outcome(Failure::Panicked { panic, earlier: Vec::new() }, 31);
    outcome.trace = None;
    let facts = Facts::Ended(Box::new(outcome));
    let mut check = failed("no_hit_is_lost", Verdict::Wrong, World::Native, facts);
    check.coverage.insert(0, passed("", 0).coverage[0]);
    exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, vec![check])
}

/// An answer that rustc rejects because it uses `std::fs`.
pub(crate) fn does_not_compile() -> GradedExercise {
    let check = |name| GradedCheck {
        world: None,
        ..failed(name, Verdict::DoesNotCompile, World::Model, Facts::NotBuilt)
    };
    let checks = vec![check("no_hit_is_lost"), check("pairs_are_consistent")];
    let rendered = "error[E0432]: unresolved import `std::fs`\n \
        --> exercises/02_shared_counter/src/lib.rs:3:5\n  |\n3 | use std::fs;\n  |     \
        ^^^^^^^ no `fs` in the root\n\nerror: aborting due to 1 previous error\n";
    let mut graded = exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, checks);
    graded.compile_error = Some(CompileError {
        rendered: rendered.to_owned(),
        missing_std: vec!["std::fs".to_owned()],
    });
    graded
}

/// An answer that was rejected before it was compiled.
pub(crate) fn forbidden() -> GradedExercise {
    let made = Made::new(COUNTER.0, COUNTER.1);
    let refusals = vec![
        Refusal {
            message: "`include_str!` reads a file; write what you need into the source".to_owned(),
            at: Some(made.at("let seen = self.hits.|load")),
        },
        Refusal { message: "the file is larger than 1 MiB".to_owned(), at: None },
    ];
    let check = |name| GradedCheck {
        world: None,
        ..failed(name, Verdict::Forbidden, World::Model, Facts::Refused(refusals.clone()))
    };
    let checks = vec![check("no_hit_is_lost"), check("pairs_are_consistent")];
    exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, checks)
}

/// An answer that the submission does not contain.
pub(crate) fn not_submitted() -> GradedExercise {
    let check = |name| GradedCheck {
        world: None,
        ..failed(name, Verdict::NotSubmitted, World::Model, Facts::NotSubmitted)
    };
    let checks = vec![check("no_hit_is_lost"), check("pairs_are_consistent")];
    exercise("02_shared_counter", "Shared counter", "", COUNTER.1, checks)
}

/// A starter as handed out: every check stops at a `todo!()`.
pub(crate) fn not_begun() -> GradedExercise {
    let made = Made::new(EVENT.0, EVENT.1);
    let panic = made.panic(0, "self.flag.|store(", "not yet implemented");
    let facts =
        Facts::Ended(Box::new(made.outcome(Failure::Panicked { panic, earlier: Vec::new() }, 1)));
    let check = |name| failed(name, Verdict::Wrong, World::Model, facts.clone());
    let checks = vec![check("set_frees_who_waits"), check("clear_is_idempotent")];
    exercise("10_event", "Event", EVENT.0, EVENT.1, checks)
}

/// A solved exercise, with every point earned.
pub(crate) fn solved(id: &str, title: &str) -> GradedExercise {
    let checks = vec![passed("nests", 2), passed("excludes_others", 3), passed("times_out", 2)];
    exercise(id, title, "", "", checks)
}

/// The grader itself failed on one check.
pub(crate) fn fault() -> GradedExercise {
    let text = "starting a check: Cannot allocate memory (os error 12)".to_owned();
    let mut graded = solved("08_rlock", "RLock");
    let fault = Facts::Fault(text);
    graded.checks[1] = failed("excludes_others", Verdict::GraderFault, World::Model, fault);
    graded
}

/// A broken compile-time contract.
pub(crate) fn contract() -> GradedExercise {
    let broken = BrokenContract {
        is_refused: false,
        program: "tests/contracts/guard_stays_on_its_thread.rs".to_owned(),
        broken:
            "an `RLockGuard` can be moved to another thread. Dropped there, it would give back a \
                 level that its thread does not own."
                .to_owned(),
        errors: vec!["`Rc<u8>` cannot be shared between threads safely".to_owned()],
        at: None,
    };
    let facts = Facts::ContractBroken(vec![broken]);
    let mut check = failed("contracts", Verdict::Contract, World::Compile, facts);
    check.doc = "The guard must stay on its thread.".to_owned();
    exercise("08_rlock", "RLock", "", "", vec![passed("nests", 2), check])
}

/// Sleeps, a timeout that comes early, and a `try_lock`.
pub(crate) fn time() -> GradedExercise {
    let mut made = Made::new(QUEUE.0, QUEUE.1);
    let getter = made.thread(Some("getter"));
    let items = made.object(ObjectKind::Mutex);
    let not_empty = made.object(ObjectKind::Condvar);
    let spawn = ".name(\"getter\".into()).|spawn";
    let (lock, wait) = ("let mut items = self.items.|lock()", "self.not_empty.|wait(items)");
    made.step(0, Operation::Spawn, spawn).of(getter);
    made.step(getter, Operation::Start, spawn);
    made.step(getter, Operation::Lock, lock).on(items);
    made.step(getter, Operation::Wait, wait).on(not_empty);
    made.step(getter, Operation::Relock, wait).on(not_empty).how(StepStatus::Blocked);
    let put = "self.items.|lock().unwrap().push_back";
    made.step(0, Operation::TryLock, put).on(items).value(Value::Flag(true)).later(1_500);
    made.step(getter, Operation::Relock, wait)
        .on(not_empty)
        .how(StepStatus::TimedOut)
        .preempts()
        .later(20);
    made.step(0, Operation::Unlock, put).on(items).later(0);
    made.step(0, Operation::Panic, "|assert_eq!(getter.join()");
    let panic = made.panic(0, "|assert_eq!(getter.join()", "the getter gave up too early");
    let failure = Failure::Panicked { panic, earlier: Vec::new() };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 40)));
    let checks = vec![failed("get_waits_for_an_item", Verdict::Starvation, World::Model, facts)];
    exercise("18_queue", "Queue", QUEUE.0, QUEUE.1, checks)
}

/// A transcript that differs from its snapshot, as insta prints it.
pub(crate) fn transcript() -> GradedExercise {
    let mut made = Made::new(QUEUE.0, QUEUE.1);
    let getter = made.thread(Some("getter"));
    let items = made.object(ObjectKind::Mutex);
    made.step(getter, Operation::Lock, "let mut items = self.items.|lock()").on(items);
    made.step(0, Operation::Lock, "self.items.|lock().unwrap().push_back").on(items);
    made.step(0, Operation::Panic, "|assert_eq!(getter.join()");
    let message = "snapshot assertion for 'timeline' failed in line 13";
    let mut panic = made.panic(0, "|assert_eq!(getter.join()", message);
    panic.at.file = "/somewhere/insta-1.49.0/src/runtime.rs".to_owned();
    made.trace.steps[2].at = panic.at.clone();
    let failure = Failure::Panicked { panic, earlier: Vec::new() };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 1)));
    let mut check = failed("get_waits_for_an_item", Verdict::Wrong, World::Model, facts);
    check.output = format!(
        "{rule} Snapshot Summary {rule}\nSnapshot: timeline\nSource: tests/checks.rs:13\n{line}\n\
         Expression: timeline\n{line}\n-old snapshot\n+new results\n{line}┬{line}\n    \
         1     1 │ second 0: put\n    2       │-second 1: get\n          2 │+second 2: get\n\
         {line}┴{line}\nTo update snapshots run `cargo insta review`\n\
         Stopped on the first failure. Run `cargo insta test` to run all snapshots.\n",
        rule = "━".repeat(31),
        line = "─".repeat(40),
    );
    exercise("18_queue", "Queue", QUEUE.0, QUEUE.1, vec![check])
}

/// Six threads, a long schedule, and two threads that undo each other's work.
pub(crate) fn crowd() -> GradedExercise {
    let mut made = Made::new(BANK.0, BANK.1);
    let names = ["anna", "ben", "carla", "a thread with a very long name indeed", "e", "f"];
    let threads = names.map(|name| made.thread(Some(name)));
    let locks = threads.map(|_| made.object(ObjectKind::Mutex));
    let (from, to) = ("self.accounts[from].|lock()", "self.accounts[to].|lock()");
    for round in 0..12 {
        for (index, &thread) in threads.iter().enumerate() {
            let other = locks[(index + round) % locks.len()];
            made.step(thread, Operation::Lock, from).on(locks[index]);
            if (index + round) % 3 == 0 {
                made.preempts();
            }
            made.step(thread, Operation::TryLock, to).on(other).value(Value::Flag(false));
            made.step(thread, Operation::Unlock, from).on(locks[index]);
        }
    }
    let failure = Failure::Livelock { threads: threads[..2].to_vec(), steps: 20_000 };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 11_000)));
    let checks = vec![failed("opposite_transfers_end", Verdict::Livelock, World::Model, facts)];
    exercise("04_deadlock", "Deadlock", BANK.0, BANK.1, checks)
}

/// Everything taken from the answer tries to repaint the terminal.
pub(crate) fn hostile() -> GradedExercise {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}a\u{202e}b\rc\n::error::d";
    let mut made = Made::new(COUNTER.0, COUNTER.1);
    let thread = made.thread(Some(evil));
    let hits = made.object(ObjectKind::Atomic);
    let load = "let seen = self.hits.|load(";
    made.step(thread, Operation::Load, load).on(hits).value(Value::Unsigned(0));
    made.step(thread, Operation::Panic, load);
    let panic = made.panic(thread, load, evil);
    let failure = Failure::Panicked { panic, earlier: Vec::new() };
    let facts = Facts::Ended(Box::new(made.outcome(failure, 2)));
    let mut check = failed("no_hit_is_lost", Verdict::Wrong, World::Model, facts);
    check.output = format!("{evil}\n{}\n{}", "x".repeat(300), "line\n".repeat(40));
    let mut graded =
        exercise("02_shared_counter", "Shared counter", COUNTER.0, COUNTER.1, vec![check]);
    graded.answer_path = "students/\u{1b}[31m'o\u{2066}/it's mine.rs".into();
    graded.answer_text = COUNTER.0.replace("let seen", "let /*\u{202e}\u{1b}[2J*/ seen");
    graded
}

/// A course halfway through: exercises solved, failed in several ways, and not begun.
pub(crate) fn mixed() -> Vec<GradedExercise> {
    let mut deadlock = abba();
    deadlock.checks.insert(0, passed("moves_money", 2));
    let mut rlock = solved("08_rlock", "RLock");
    let facts = Facts::Died(Exit::WallTime(120));
    rlock.checks[2] = failed("times_out", Verdict::TimeOut, World::Model, facts);
    vec![
        solved("02_shared_counter", "Shared counter"),
        solved("03_bank_account", "Bank account"),
        rlock,
        not_begun(),
        deadlock,
        if_for_while(),
    ]
}
