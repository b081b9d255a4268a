//! What a check tells the grader. Each child runs in a process of its own, as under the grader.

use record::channel::{self, Commission, Entry, Secrets};
use record::{Budget, Failure, Order, Outcome, TimeMode};
use std::process::{Command, Stdio};

const MARK: &str = "0123456789abcdef";
const ROUNDS: u64 = 5;

/// The result of a child.
struct Ran {
    entries: Vec<Entry>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn outcome(&self) -> &Outcome {
        match self.entries.last() {
            Some(Entry::Ended(outcome)) => outcome,
            other => panic!("{other:?} {}", self.stderr),
        }
    }
}

/// Runs the ignored test `name` of this file as the grader would run a check.
fn run(name: &str) -> Ran {
    let budget = Budget {
        preemptions: 1,
        systematic: 100,
        random: 10,
        rounds: ROUNDS,
        seed: 0,
        ..Budget::DEFAULT
    };
    let order = Order { budget, time: TimeMode::Exact, ..Order::default() };
    let folder = tempfile::tempdir().unwrap();
    let (record, file) = (folder.path().join("record"), folder.path().join("commission"));
    std::fs::write(&record, "").unwrap();
    let secret = |text: &str| text.to_owned();
    let secrets = Secrets {
        started: secret("a"),
        replaying: secret("b"),
        ended: secret("c"),
        mark: secret(MARK),
    };
    Commission { order, record: record.clone(), secrets: secrets.clone() }.write(&file).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", name])
        .env(channel::COMMISSION, &file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        entries: channel::read(&record, &secrets).unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The part of a stream after its last mark.
fn last_output(stream: &str) -> &str {
    stream.rsplit_once(&format!("\n{MARK}\n")).map_or("no mark", |(_, last)| last)
}

/// Children for one world.
macro_rules! children {
    ($world:ident) => {
        use ::$world::sync::atomic::{AtomicU32, Ordering::SeqCst};
        use ::$world::{check, panic, thread};

        #[test]
        #[ignore = "run as a child"]
        fn passes() {
            check::run("passes", || {
                let child = thread::spawn(|| panic!("seen by join alone"));
                assert!(child.join().is_err());
            });
        }

        #[test]
        #[ignore = "run as a child"]
        fn fails() {
            check::run("fails", || {
                println!("a round");
                eprintln!("to stderr");
                thread::spawn(|| panic!("cause")).join().expect("it ended well");
            });
        }

        #[test]
        #[ignore = "run as a child"]
        fn fails_later() {
            static ROUND: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            check::run("fails_later", || {
                let round = ROUND.fetch_add(1, SeqCst);
                println!("round {round}");
                let count = AtomicU32::new(0);
                thread::scope(|s| {
                    s.spawn(|| count.fetch_add(1, SeqCst));
                    s.spawn(|| count.fetch_add(1, SeqCst));
                });
                assert!(round < 2, "the third");
            });
        }

        #[test]
        #[ignore = "run as a child"]
        fn starts_a_check() {
            check::run("starts_a_check", || {
                check::run("another", || ());
            });
        }

        #[test]
        #[ignore = "run as a child"]
        fn starts_a_check_too_late() {
            struct Cheat;
            impl Drop for Cheat {
                fn drop(&mut self) {
                    check::run("another", || ());
                }
            }
            check::run("starts_a_check_too_late", || panic::panic_any(Cheat));
        }
    };
}

mod model {
    children!(model_std);
}

mod native {
    children!(native_std);
}

#[test]
fn a_check_that_passes_says_how_often_it_was_run() {
    for (world, exhausted) in [("model", true), ("native", false)] {
        let ran = run(&format!("{world}::passes"));
        assert_eq!(ran.entries.len(), 2);
        assert_eq!(ran.entries[0], Entry::Started);
        let outcome = ran.outcome();
        assert_eq!((&outcome.failure, outcome.coverage.exhausted), (&None, exhausted));
        assert!(exhausted || outcome.coverage.systematic == ROUNDS);
    }
}

#[test]
fn a_check_that_fails_shows_the_failing_run_and_nothing_else() {
    for world in ["model", "native"] {
        let ran = run(&format!("{world}::fails"));
        let Some(Failure::Panicked { panic, earlier }) = &ran.outcome().failure else {
            panic!("{:?}", ran.entries);
        };
        assert!(panic.message.starts_with("it ended well: Any"), "{}", panic.message);
        assert!(panic.at.file.ends_with("check.rs"));
        let earlier: Vec<_> = earlier.iter().map(|p| (p.thread, p.message.as_str())).collect();
        assert_eq!((panic.thread, earlier), (0, vec![(1, "cause")]));
        assert_eq!(last_output(&ran.stdout), "a round\n");
        // No panic is printed.
        assert_eq!(last_output(&ran.stderr), "to stderr\n");
    }
}

#[test]
fn rounds_end_with_the_first_that_fails() {
    let ran = run("native::fails_later");
    assert_eq!(ran.outcome().coverage.systematic, 3);
    assert_eq!(last_output(&ran.stdout), "round 2\n");
}

#[test]
fn a_check_cannot_report_for_another() {
    for world in ["model", "native"] {
        for child in ["starts_a_check", "starts_a_check_too_late"] {
            let ran = run(&format!("{world}::{child}"));
            let started = ran.entries.iter().filter(|entry| **entry == Entry::Started).count();
            let passed = ran
                .entries
                .iter()
                .any(|entry| matches!(entry, Entry::Ended(outcome) if outcome.failure.is_none()));
            assert_eq!((started, passed), (1, false), "{world} {child}");
        }
    }
}

#[test]
fn without_the_grader_a_check_panics_like_any_test() {
    let fails =
        |run: fn(&str, fn())| std::panic::catch_unwind(|| run("name", || panic!("wrong"))).is_err();
    assert!(fails(model_std::check::run) && fails(native_std::check::run));
    model_std::check::run("name", || ());
    native_std::check::run("name", || ());
}
