//! Schedules that no world would record: whatever the grader is given, it must produce a report.

use crate::made::{Made, exercise, failed};
use crate::text;
use grader::graded::Facts;
use grader::report::{Detail, Format, ReportOptions};
use grader::verdict::Verdict;
use grader::world::World;
use record::{Failure, HeldLock, Location, ObjectKind, Operation, Panic, StepStatus, Value, Wait};

const ANSWER: &str = include_str!("answers/abba.rs");
const CHECKS: &str = include_str!("checks/deadlock.rs");

/// Small numbers that look random and are the same on every machine (a linear congruential
/// generator with Knuth's constants for MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % most) as usize
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64)]
    }

    fn location(&mut self) -> Location {
        let file = self.pick(&["src/lib.rs", "tests/checks.rs", "/std/mutex.rs", ""]).to_owned();
        Location { file, line: self.below(60) as u32, column: self.below(90) as u32 }
    }

    fn wait(&mut self) -> Wait {
        let held = |dice: &mut Self| HeldLock { object: dice.below(9), since: dice.location() };
        Wait {
            thread: self.below(9),
            operation: self.pick(&OPERATIONS),
            object: Some(self.below(9)).filter(|object| *object > 2),
            joins: Some(self.below(9)).filter(|thread| *thread > 5),
            at: self.location(),
            held_by: (0..self.below(3)).map(|_| self.below(9)).collect(),
            deadline: Some(self.below(1_000) as u64).filter(|deadline| *deadline > 500),
            holds: (0..self.below(3)).map(|_| held(self)).collect(),
        }
    }

    fn waits(&mut self) -> Vec<Wait> {
        (0..self.below(5)).map(|_| self.wait()).collect()
    }

    fn panic(&mut self) -> Panic {
        let messages = ["", "left\nright\n", "a scoped thread panicked", "Any { .. }", "漢字"];
        let message = self.pick(&messages).to_owned();
        Panic { thread: self.below(9), message, at: self.location(), below: None }
    }

    fn failure(&mut self) -> Failure {
        match self.below(6) {
            0 => {
                let earlier = (0..self.below(3)).map(|_| self.panic()).collect();
                Failure::Panicked { panic: self.panic(), earlier }
            }
            1 => {
                let cycle = (0..self.below(4)).map(|_| self.below(6)).collect();
                Failure::Deadlock { waits: self.waits(), cycle }
            }
            2 => Failure::LostWakeup { waits: self.waits(), in_vain: false },
            3 => {
                let at = (0..self.below(4)).map(|_| self.location()).collect();
                Failure::BusyWait { thread: self.below(9), at, waits: self.waits() }
            }
            4 => {
                let threads = (0..self.below(3)).map(|_| self.below(9)).collect();
                Failure::Livelock { threads, steps: 1 }
            }
            _ => Failure::Refused { message: "no\nway".to_owned(), at: self.location() },
        }
    }
}

const OPERATIONS: [Operation; 18] = [
    Operation::Start,
    Operation::Exit,
    Operation::Panic,
    Operation::Spawn,
    Operation::Join,
    Operation::Park,
    Operation::Sleep,
    Operation::YieldNow,
    Operation::Lock,
    Operation::TryLock,
    Operation::Unlock,
    Operation::Wait,
    Operation::Relock,
    Operation::NotifyOne,
    Operation::Load,
    Operation::CompareExchange,
    Operation::Recv,
    Operation::Disconnect,
];

#[test]
fn any_schedule_gives_a_report() {
    let kinds = [ObjectKind::Mutex, ObjectKind::Condvar, ObjectKind::Atomic, ObjectKind::Channel];
    let values =
        [Value::Unsigned(u64::MAX), Value::Flag(false), Value::Woken(0), Value::Signed(-1)];
    let hows = [
        StepStatus::Done,
        StepStatus::Done,
        StepStatus::Blocked,
        StepStatus::TimedOut,
        StepStatus::Spurious,
    ];
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut made = Made::new(ANSWER, CHECKS);
        for _ in 0..dice.below(7) {
            let name = dice.pick(&[None, Some("a"), Some("漢字漢字漢字漢字漢字漢字"), Some("")]);
            made.thread(name);
        }
        for _ in 0..dice.below(9) {
            made.object(dice.pick(&kinds));
        }
        for _ in 0..dice.below(60) {
            let thread = dice.below(9);
            made.step(thread, dice.pick(&OPERATIONS), "self.accounts[to].|lock()");
            let later = dice.below(4) as u64 / 3;
            made.on(dice.below(9)).of(dice.below(9)).how(dice.pick(&hows)).later(later);
            if let Some(step) = made.trace.steps.last_mut() {
                step.at = dice.location();
                step.value = Some(dice.pick(&values)).filter(|_| dice.below(2) == 0);
                step.preempts = dice.below(4) == 0;
            }
        }
        let facts = Facts::Ended(Box::new(made.outcome(dice.failure(), seed)));
        let check = failed("opposite_transfers_end", Verdict::Wrong, World::Model, facts);
        let graded = exercise("04_deadlock", "Deadlock", ANSWER, CHECKS, vec![check]);
        for format in [Format::Text, Format::Json] {
            let width = dice.pick(&[0, 60, 80, 131]).max(60);
            let options =
                ReportOptions { format, width, detail: Detail::All, ..ReportOptions::default() };
            text(vec![graded.clone()], &options);
        }
        let options = ReportOptions::default();
        let mut out = Vec::new();
        grader::report::write_replay(&graded, &graded.checks[0], &options, &mut out).unwrap();
    }
}
