//! What the grader takes from a submission, and what a submission cannot do.

use crate::sandbox::{Sandbox, verdicts};
use insta::assert_snapshot;
use std::os::unix::fs::symlink;

/// A sandbox in which `submission/` has the layout of `exercises/` and holds right answers.
fn submitted(test: &str) -> Sandbox {
    let sandbox = Sandbox::new("sound", test);
    for id in ["01_counter", "02_gate"] {
        let answer = sandbox.read(&format!("solutions/{id}/reference.rs"));
        sandbox.write(&format!("submission/{id}/src/lib.rs"), &answer);
    }
    sandbox
}

#[test]
fn a_folder_an_exercise_or_a_file() {
    let sandbox = submitted("a_folder_an_exercise_or_a_file");
    for (args, score) in [
        (vec!["--submission", "submission"], 7),
        (vec!["--submission", "solutions"], 7),
        (vec!["counter", "--submission", "solutions"], 4),
        (vec!["--submission", "submission/01_counter"], 4),
        (vec!["--submission", "submission/01_counter/src/lib.rs"], 4),
        (vec!["--submission", "solutions/01_counter/right/mutex.rs"], 4),
    ] {
        let (code, report) = sandbox.grade_as_json(&args);
        assert_eq!(
            (code, &report["score"], &report["max_score"]),
            (0, &score.into(), &score.into()),
            "{args:?}"
        );
    }
    sandbox.write("elsewhere/answer.rs", &sandbox.read("solutions/02_gate/reference.rs"));
    let (code, _) = sandbox.grade_as_json(&["gate", "--submission", "elsewhere/answer.rs"]);
    assert_eq!(code, 0);
}

#[test]
fn what_matches_nothing_is_wrong_use() {
    let sandbox = submitted("what_matches_nothing");
    sandbox.write("elsewhere/answer.rs", "");
    sandbox.write("outer/exercises/x", "");
    let complaint = |path: &str| {
        let ended = sandbox.grader(&["--submission", path]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        ended.stderr
    };
    assert_snapshot!(complaint("nowhere"), @"error: `nowhere` cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(complaint("elsewhere"), @"error: `elsewhere` contains no answer: neither a folder such as `01_counter`, nor `src/lib.rs`");
    assert_snapshot!(complaint("outer"), @"error: `outer` contains no answer: neither a folder such as `01_counter`, nor `src/lib.rs`; did you mean `outer/exercises`?");
    assert_snapshot!(complaint("elsewhere/answer.rs"), @"error: cannot tell which exercise `elsewhere/answer.rs` answers; name it: `grade counter --submission elsewhere/answer.rs`");
}

#[test]
fn what_is_not_submitted_scores_nothing() {
    let sandbox = submitted("what_is_not_submitted");
    sandbox.remove("submission/02_gate/src/lib.rs");
    sandbox.write("submission/03_gate/src/lib.rs", "");
    let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
    assert_eq!((code, &report["score"], &report["max_score"]), (1, &4.into(), &7.into()));
    assert_eq!(verdicts(&report, 1)[0].1, "not-submitted");
    let ended = sandbox.grader(&["--submission", "submission"]);
    assert_snapshot!(ended.stderr, @"note: the folder `03_gate` is not graded: the course has no such exercise");
}

#[test]
fn links_and_things_that_are_no_text_cost_their_own_exercise() {
    let sandbox = submitted("links_and_other_things");
    let answer = sandbox.root().join("submission/01_counter/src/lib.rs");
    let expect_refusal = || {
        let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
        assert_eq!((code, &report["score"]), (1, &3.into()));
        assert_eq!(verdicts(&report, 0)[0].1, "forbidden");
    };
    std::fs::remove_file(&answer).unwrap();
    symlink(sandbox.root().join("solutions/01_counter/reference.rs"), &answer).unwrap();
    expect_refusal();
    std::fs::remove_file(&answer).unwrap();
    std::fs::write(&answer, b"\xff\xfe\x00binary").unwrap();
    expect_refusal();
    std::fs::File::create(&answer).unwrap().set_len(2 << 20).unwrap();
    expect_refusal();
}

#[test]
fn of_a_submission_nothing_is_read_but_the_answer() {
    let sandbox = submitted("nothing_but_the_answer");
    sandbox.write("submission/Cargo.toml", "nonsense");
    sandbox.write("submission/.cargo/config.toml", "[build]\nrustc-wrapper = \"/bin/false\"");
    sandbox.write("submission/rust-toolchain.toml", "[toolchain]\nchannel = \"nonsense\"");
    sandbox.write("submission/01_counter/Cargo.toml", "[lib]\npath = \"other.rs\"");
    sandbox.write("submission/01_counter/build.rs", "fn main() { panic!() }");
    sandbox.write(
        "submission/01_counter/.cargo/config.toml",
        "[target.'cfg(all())']\nrunner = \"true\"",
    );
    sandbox.write("submission/01_counter/tests/checks.rs", "#[test] fn counts() {}");
    let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
    assert_eq!((code, &report["score"]), (0, &7.into()));
}

#[test]
fn what_reaches_outside_the_language_is_forbidden() {
    let sandbox = submitted("what_reaches_outside");
    let answer = "submission/01_counter/src/lib.rs";
    let text = sandbox.read(answer);
    for forbidden in [
        "pub const STOLEN: &str = include_str!(\"/etc/passwd\");",
        "#[path = \"../../../solutions/01_counter/reference.rs\"] mod reference;",
        "pub fn f() -> u8 { let x = 0; unsafe { *(&raw const x) } }",
        "pub const HOME: Option<&str> = option_env!(\"HOME\");",
    ] {
        sandbox.write(answer, &format!("{text}\n{forbidden}\n"));
        let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
        assert_eq!((code, &report["score"]), (1, &3.into()), "{forbidden}");
        assert_eq!(verdicts(&report, 0)[0].1, "forbidden", "{forbidden}");
    }
}

#[test]
fn what_the_worlds_lack_is_named_in_the_learners_own_file() {
    let sandbox = submitted("what_the_worlds_lack");
    let answer = "submission/01_counter/src/lib.rs";
    let text = sandbox.read(answer);
    sandbox.write(answer, &format!("{text}\npub fn leave() {{\n    std::process::exit(0);\n}}\n"));
    let ended = sandbox.grader(&["grade", "counter", "--submission", "submission"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stdout.contains("--> submission/01_counter/src/lib.rs:22:10"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("`std::process`"), "{}", ended.stdout);
}

#[test]
fn a_changed_signature_is_told_as_such() {
    let sandbox = submitted("a_changed_signature");
    sandbox.edit("submission/01_counter/src/lib.rs", "pub fn hits(", "pub fn count(");
    let ended = sandbox.grader(&["grade", "counter", "--submission", "submission"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("exercises/01_counter/tests/checks.rs"), "{}", ended.stdout);
    assert!(ended.stdout.contains("public names and signatures"), "{}", ended.stdout);
}

#[test]
fn a_solved_exercise_shows_a_mistake_that_is_easily_made() {
    let sandbox = Sandbox::new("sound", "a_solved_exercise_shows_a_mistake");
    let solved = sandbox.read("solutions/01_counter/reference.rs");
    sandbox.write("exercises/01_counter/src/lib.rs", &solved);
    let explained = "solutions/01_counter/EXPLAINED.md";
    sandbox.write(explained, "# Explained\n\n<!-- fault: wrong/counts_double -->\n");
    let with_a_mistake = sandbox.grader(&["grade", "counter"]);
    assert_snapshot!(with_a_mistake.stdout);
    // A teacher may hand the course out without its solutions.
    sandbox.remove(explained);
    let without = sandbox.grader(&["grade", "counter"]);
    assert!(!without.stdout.contains("mistake"), "{}", without.stdout);
    assert_eq!((with_a_mistake.code, without.code), (0, 0));
}

#[test]
fn an_answer_that_forbids_what_the_grader_inserts_is_graded_all_the_same() {
    let sandbox = submitted("an_answer_that_forbids");
    let answer = sandbox.read("solutions/01_counter/reference.rs");
    let strict = format!("#![forbid(unused_imports)]\n\n{answer}");
    sandbox.write("submission/01_counter/src/lib.rs", &strict);
    let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
    assert_eq!((code, &report["score"]), (0, &7.into()), "{report:#}");
    // And a wrong one gets the report that it would get without anything inserted.
    let wrong = format!(
        "#![forbid(unused_imports)]\n\n{}",
        sandbox.read("exercises/01_counter/src/lib.rs")
    );
    sandbox.write("submission/01_counter/src/lib.rs", &wrong);
    let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
    assert_eq!(code, 1);
    let check = &report["exercises"][0]["checks"][1];
    let rows = check["explanation"]["timeline"]["rows"].as_array().expect("a picture");
    assert!(rows.iter().any(|row| row["function"] == "hit" && row["call"].is_null()), "{rows:#?}");
}

#[test]
fn what_is_kept_in_the_count_of_an_arc_is_not_atomic() {
    let sandbox = submitted("kept_in_the_count_of_an_arc");
    let answer = "\
//! Keeps the hits in the count of an `Arc`.

use std::sync::Arc;

#[derive(Default)]
pub struct Counter(Arc<()>);

impl Counter {
    pub fn hit(&self) {
        let wanted = Arc::strong_count(&self.0) + 1;
        while Arc::strong_count(&self.0) < wanted {
            std::mem::forget(Arc::clone(&self.0));
        }
    }

    pub fn hits(&self) -> u32 {
        Arc::strong_count(&self.0) as u32 - 1
    }
}
";
    sandbox.write("submission/01_counter/src/lib.rs", answer);
    let (code, report) = sandbox.grade_as_json(&["--submission", "submission"]);
    let verdicts = verdicts(&report, 0);
    assert_eq!(
        (code, verdicts[0].1.as_str(), verdicts[1].1.as_str()),
        (1, "pass", "wrong"),
        "{report:#}"
    );
}

#[test]
fn a_loop_that_only_looks_at_a_count_is_found() {
    let sandbox = submitted("only_looks_at_a_count");
    let counter = |wait: &str| {
        format!(
            "use std::sync::{{Arc, Mutex}};\n\n#[derive(Default)]\npub struct Counter(Arc<()>, \
             Mutex<u32>);\n\nimpl Counter {{\n    pub fn hit(&self) {{\n        let mine = \
             Arc::clone(&self.0);\n        *self.1.lock().unwrap() += 1;\n        drop(mine);\n    \
             }}\n\n    pub fn hits(&self) -> u32 {{\n        {wait}\n        \
             *self.1.lock().unwrap()\n    }}\n}}\n"
        )
    };
    let grade = |wait: &str| {
        sandbox.write("submission/01_counter/src/lib.rs", &counter(wait));
        let (_, report) = sandbox.grade_as_json(&["--submission", "submission"]);
        verdicts(&report, 0)[1].1.clone()
    };
    assert_eq!(grade("while Arc::strong_count(&self.0) > 1 {}"), "pass");
    // As for any other loop of the only thread that is left.
    assert_eq!(grade("while Arc::strong_count(&self.0) > 0 { let _ = 1; }"), "livelock");
}
