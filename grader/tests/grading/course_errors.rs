//! Errors in a course are reported with file, line and remedy, and all of them at once.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

/// What the grader says about the sound course after `change`. It grades nothing and exits with 2.
fn complaint(test: &str, change: impl FnOnce(&Sandbox)) -> String {
    let sandbox = Sandbox::new("sound", test);
    change(&sandbox);
    let ended = sandbox.grader(&["verify"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    ended.stderr
}

const YAML: &str = "exercises/01_counter/exercise.yaml";
const CHECKS: &str = "exercises/01_counter/tests/checks.rs";

#[test]
fn unknown_field() {
    let complaint = complaint("unknown_field", |course| {
        course.edit(YAML, "    points: 3", "    point: 3");
    });
    assert_snapshot!(complaint);
}

#[test]
fn broken_yaml() {
    let complaint = complaint("broken_yaml", |course| {
        course.edit(YAML, "title: Counter", "title: [Counter");
        course.edit(
            "exercises/02_gate/exercise.yaml",
            "summary: Waiting is not looking again and again.\n",
            "",
        );
    });
    assert_snapshot!(complaint);
}

#[test]
fn two_with_one_number() {
    let complaint = complaint("two_with_one_number", |course| {
        course.rename("exercises/02_gate", "exercises/01_gate");
    });
    assert_snapshot!(complaint);
}

#[test]
fn misnamed_folders_and_strays() {
    let complaint = complaint("misnamed_folders_and_strays", |course| {
        course.rename("exercises/02_gate", "exercises/2-gate");
        course.rename("exercises/01_counter", "exercises/01_tally");
        course.write("exercises/notes.txt", "");
        course.write("exercises/.DS_Store", "");
    });
    assert_snapshot!(complaint);
}

#[test]
fn missing_files() {
    let complaint = complaint("missing_files", |course| {
        course.remove("exercises/01_counter/README.md");
        course.remove("exercises/01_counter/src/lib.rs");
        course.remove("exercises/01_counter/Cargo.toml");
        course.remove(CHECKS);
        course.remove("exercises/02_gate/exercise.yaml");
    });
    assert_snapshot!(complaint);
}

#[test]
fn checks_and_functions_that_do_not_meet() {
    let complaint = complaint("checks_and_functions_that_do_not_meet", |course| {
        course.edit(CHECKS, "fn counts()", "fn count()");
        course.edit(CHECKS, "fn no_hit_is_lost()", "fn two_at_once()");
    });
    assert_snapshot!(complaint);
}

#[test]
fn checks_that_are_no_checks() {
    let complaint = complaint("checks_that_are_no_checks", |course| {
        course.edit(
            CHECKS,
            "/// Counts two hits of one thread.\n#[test]\n",
            "#[test]\n#[ignore]\n",
        );
        course.edit(CHECKS, "fn no_hit_is_lost()", "fn no_hit_is_lost() -> Result<(), String>");
        course.write("exercises/01_counter/tests/more.rs", "/// Again.\n#[test]\nfn counts() {}\n");
        course.write(
            "exercises/02_gate/tests/more.rs",
            "mod m {\n    #[test]\n    fn inner() {}\n}\n",
        );
        course.write("exercises/02_gate/tests/broken.rs", "\nfn broken( {}\n");
    });
    assert_snapshot!(complaint);
}

#[test]
fn a_page_full_of_slips() {
    let complaint = complaint("a_page_full_of_slips", |course| {
        course.remove("exercises/01_counter/hints/2.md");
        course.edit(YAML, "  no_hit_is_lost: wrong", "  no_hits_are_lost: wrongly");
        course.edit(YAML, "    points: 1", "    points: 0\n    worlds: [model, modell]");
        course.edit(
            YAML,
            "    points: 3",
            "    points: 3\n    worlds: [compile, native]\n    means:\n      wrong: unfair\n      deadlock: pass\n  - name: counts\n    points: 1",
        );
    });
    assert_snapshot!(complaint);
}

#[test]
fn foundations_that_do_not_hold() {
    let complaint = complaint("foundations_that_do_not_hold", |course| {
        course.edit("exercises/02_gate/exercise.yaml", "[counter]", "[countre]");
        course.edit(YAML, "python:", "builds_on: [gate]\npython:");
    });
    assert_snapshot!(complaint);
}

#[test]
fn manifests_that_say_something_else() {
    let complaint = complaint("manifests_that_say_something_else", |course| {
        let file = "exercises/01_counter/Cargo.toml";
        course.edit(file, "[lib]", "[dependencies]\nrand = \"0.9\"\n\n[lib]");
        course.edit(file, "[lints", "[dev-dependencies]\ninsta.workspace = true\n\n[lints");
        course.edit(file, "\"counter\"", "\"counters\"");
        course.edit("exercises/02_gate/Cargo.toml", "edition = ", "edition ");
    });
    assert_snapshot!(complaint);
}

#[test]
fn dependencies_that_are_no_table() {
    let complaint = complaint("dependencies_that_are_no_table", |course| {
        let file = "exercises/01_counter/Cargo.toml";
        course.edit(file, "[package]", "dependencies = \"rand\"\n\n[package]");
    });
    assert_snapshot!(complaint);
}

#[test]
fn no_course() {
    let sandbox = Sandbox::new("sound", "no_course");
    sandbox.rename("exercises", "other");
    let ended = sandbox.grader(&["list", "--course", "."]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.stderr, @"error: `.` is not a course: it needs exercises/ and Cargo.toml");
}

#[test]
fn numbers_that_are_too_large() {
    let complaint = complaint("numbers_that_are_too_large", |course| {
        course.edit(YAML, "    points: 1", "    points: -1");
        let gate = "exercises/02_gate/exercise.yaml";
        course.edit(
            gate,
            "    points: 2",
            "    points: 4000000000\n    rounds: 10001\n    schedules: 1000001",
        );
    });
    assert_snapshot!(complaint);
}

#[test]
fn one_that_is_half_made_does_not_stop_the_others() {
    let sandbox = Sandbox::new("sound", "one_that_is_half_made_does_not_stop_the_others");
    sandbox.edit("exercises/02_gate/exercise.yaml", "title: ", "heading: ");
    let reference = sandbox.read("solutions/01_counter/reference.rs");
    sandbox.write("exercises/01_counter/src/lib.rs", &reference);
    let graded = sandbox.grader(&["grade"]);
    assert_snapshot!(graded.stdout);
    assert_eq!((graded.code, graded.stderr.as_str()), (0, ""));
    let (_, json) = sandbox.grade_as_json(&[]);
    assert_eq!(json["left_out"], serde_json::json!(["02_gate"]));
    assert_eq!(json["exercises"].as_array().unwrap().len(), 1);

    let asked_for = sandbox.grader(&["grade", "gate"]);
    assert_snapshot!(asked_for.stderr);
    assert_eq!((asked_for.code, asked_for.stdout.as_str()), (2, ""));
    assert_eq!(sandbox.grader(&["verify", "counter"]).code, 0);
    assert_eq!(sandbox.grader(&["verify", "gate"]).code, 2);
    assert_eq!(sandbox.grader(&["verify"]).code, 2);
    let listed = sandbox.grader(&["list"]);
    assert!(listed.stdout.contains("counter") && listed.stderr.contains("02_gate"));
}
