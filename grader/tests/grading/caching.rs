//! What has been graded is not built or run again, and everything that a result depends on is in
//! its key.

use crate::sandbox::{Sandbox, verdicts};
use std::fs;

/// Whether a run with `args` finds everything in the cache.
fn is_warm(sandbox: &Sandbox, args: &[&str]) -> bool {
    let stage = sandbox.root().join("target/grader/stage");
    if stage.exists() {
        fs::remove_dir_all(&stage).unwrap();
    }
    sandbox.grader(args);
    !stage.exists()
}

#[test]
fn a_second_run_builds_nothing_and_says_the_same() {
    let sandbox = Sandbox::new("sound", "a_second_run_builds_nothing");
    let first = sandbox.grader(&[]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert!(is_warm(&sandbox, &[]));
    let second = sandbox.grader(&[]);
    assert_eq!((second.code, second.stdout), (first.code, first.stdout));
}

#[test]
fn what_changes_is_graded_again_and_nothing_else() {
    let sandbox = Sandbox::new("sound", "what_changes_is_graded_again");
    sandbox.grader(&[]);
    let answer = "exercises/01_counter/src/lib.rs";
    let starter = sandbox.read(answer);
    sandbox.write(answer, &sandbox.read("solutions/01_counter/reference.rs"));
    let (_, report) = sandbox.grade_as_json(&[]);
    assert_eq!(report["exercises"][0]["verdict"], "pass");
    assert_eq!(report["exercises"][1]["verdict"], "lost-wakeup");
    let staged = sandbox.root().join("target/grader/stage/grade");
    assert!(fs::read_to_string(staged.join("Cargo.toml")).unwrap().contains("counter-model"));
    assert!(!fs::read_to_string(staged.join("Cargo.toml")).unwrap().contains("gate-model"));
    sandbox.write(answer, &starter);
    assert!(is_warm(&sandbox, &[]), "the starter has been graded before");
}

#[test]
fn what_does_not_compile_is_still_known_when_something_else_changes() {
    let sandbox = Sandbox::new("sound", "what_does_not_compile_is_still_known");
    sandbox.write("exercises/01_counter/src/lib.rs", "pub fn broken( {}\n");
    sandbox.grader(&[]);
    sandbox.edit("exercises/02_gate/src/lib.rs", "//!", "//! Edited.");
    let (code, report) = sandbox.grade_as_json(&[]);
    assert_eq!((code, &report["exercises"][0]["verdict"]), (1, &"does-not-compile".into()));
}

#[test]
fn a_changed_check_or_page_is_a_changed_result() {
    let sandbox = Sandbox::new("sound", "a_changed_check_or_page");
    sandbox.grader(&["grade", "gate"]);
    sandbox.edit("exercises/02_gate/exercise.yaml", "points: 2", "points: 7");
    let (_, report) = sandbox.grade_as_json(&["gate"]);
    assert_eq!(report["exercises"][0]["max_score"], 8);
    sandbox.edit(
        "exercises/02_gate/tests/checks.rs",
        "gate.open();\n    waiter.join().unwrap();",
        "drop(waiter);",
    );
    let (code, report) = sandbox.grade_as_json(&["gate"]);
    assert_eq!((code, verdicts(&report, 0)[0].1.as_str()), (0, "pass"));
}

#[test]
fn a_cache_that_was_spoilt_is_not_believed() {
    let sandbox = Sandbox::new("sound", "a_cache_that_was_spoilt");
    let first = sandbox.grader(&["grade", "counter"]);
    for entry in sandbox.root().join("target/grader/cache").read_dir().unwrap() {
        fs::write(entry.unwrap().path(), "{\"checks\": [").unwrap();
    }
    let again = sandbox.grader(&["grade", "counter"]);
    assert_eq!((again.code, again.stdout), (first.code, first.stdout));
}
