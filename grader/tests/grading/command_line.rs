//! Commands, exit codes and error messages.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn the_exit_code_tells_full_marks_from_less() {
    let sandbox = Sandbox::new("sound", "the_exit_code");
    assert_eq!(sandbox.grader(&[]).code, 1);
    assert_eq!(sandbox.grader(&["--submission", "solutions"]).code, 0);
}

#[test]
fn a_slip_in_a_name_is_answered_with_the_right_one() {
    let sandbox = Sandbox::new("sound", "a_slip_in_a_name");
    let ended = sandbox.grader(&["grade", "conter"]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.stderr, @"error: there is no exercise `conter`; did you mean `counter`?");
}

#[test]
fn options_that_belong_to_a_command_stand_behind_it() {
    let sandbox = Sandbox::new("sound", "options_behind_the_command");
    assert_eq!(sandbox.grader(&["--submission", "solutions", "list"]).code, 2);
    assert_eq!(sandbox.grader(&["list", "--format", "json"]).code, 2);
    assert_eq!(sandbox.grader(&["list", "--course", "."]).code, 0);
    assert_eq!(sandbox.grader(&["--help"]).code, 0);
}

#[test]
fn a_report_can_go_to_a_file() {
    let sandbox = Sandbox::new("sound", "a_report_to_a_file");
    let ended = sandbox.grader(&["grade", "01", "--format", "json", "-o", "report.json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).unwrap();
    assert_eq!((&report["score"], &report["max_score"]), (&1.into(), &4.into()));
    let ended = sandbox.grader(&["grade", "01", "-o", "no/such/folder"]);
    assert_eq!(ended.code, 2);
}

#[test]
fn a_schedule_can_be_seen_again() {
    let sandbox = Sandbox::new("sound", "a_schedule_again");
    let (_, report) = sandbox.grade_as_json(&["counter"]);
    let token = report["exercises"][0]["checks"][1]["replay"].as_str().unwrap().to_owned();
    assert!(token.starts_with("2-"), "{token}");
    let first = sandbox.grader(&["replay", "counter", &token]);
    let second = sandbox.grader(&["replay", "1", &token]);
    assert_eq!((first.code, second.code), (1, 1), "{}", first.stderr);
    assert_eq!(first.stdout, second.stdout);

    let mended = ["replay", "counter", &token, "--submission", "solutions"];
    let mended = sandbox.grader(&mended);
    assert_eq!(mended.code, 0);
    assert_snapshot!(mended.stderr, @"note: a token is valid only for the source it was made from; if the file has changed since, this is a different schedule");
}

#[test]
fn a_token_that_stands_for_nothing_is_refused() {
    let sandbox = Sandbox::new("sound", "a_token_for_nothing");
    let complaint = |token: &str| {
        let ended = sandbox.grader(&["replay", "counter", token]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        ended.stderr
    };
    assert_snapshot!(complaint("nonsense"), @"error: `nonsense` is not a replay token; copy one from a report, where it looks like 3-7f2k9");
    assert_snapshot!(complaint("9-7f2k9"), @"error: `counter` has no check number 9; its checks are numbered 1 to 2");
    assert_snapshot!(complaint("2-nonsense"), @"error: `2-nonsense` does not name a schedule; copy the token from the report again");
}
