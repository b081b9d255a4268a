//! Commands, exit codes and error messages.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;
use std::process::Command;

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
    assert_snapshot!(mended.stderr, @"note: the check passes under this schedule; a token is valid only for the source it was made from, so if the file has changed since, this is a different schedule");
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

#[test]
fn a_shell_completes_commands_and_the_names_of_exercises() {
    let sandbox = Sandbox::new("sound", "completions");
    let ended = sandbox.grader(&["completions", "bash"]);
    sandbox.write("complete.sh", &ended.stdout);
    // As bash does when the tabulator key is pressed.
    let ask = |words: &[&str]| {
        let script = format!(
            "source complete.sh; COMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9; \
             _clap_complete_grader grader \"${{COMP_WORDS[COMP_CWORD]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
        );
        let bash = Command::new("bash").args(["-c", &script]).current_dir(sandbox.root()).output();
        String::from_utf8(bash.unwrap().stdout).unwrap()
    };
    assert_snapshot!(ask(&["grader", "re"]), @r"
    reset
    replay
    ");
    assert_snapshot!(ask(&["grader", "hint", "''"]), @r"
    counter
    gate
    --all
    --course
    --help
    ");
    assert_snapshot!(ask(&["grader", "replay", "ga"]), @"gate");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let sandbox = Sandbox::new("sound", "manual");
    assert_eq!(sandbox.grader(&["man", "-o", "man1"]).code, 0);
    for command in grader::cli::commands() {
        let page = sandbox.read(&format!("man1/grader-{command}.1"));
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(sandbox.read("man1/grader-play.1").contains("audit_one_by_one"));
    assert!(sandbox.read("man1/grader.1").contains("Exit codes"));
    let ended = sandbox.grader(&["man", "-o", "Cargo.toml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("writing the manual to `Cargo.toml`"), "{}", ended.stderr);
}

#[test]
fn a_terminal_with_hyperlinks_gets_them() {
    let sandbox = Sandbox::new("sound", "hyperlinks");
    let link = "#12\x1b\\exercises/01_counter/src/lib.rs:12:";
    let report = |name: &str, value: &str| {
        let mut grader = Command::new(env!("CARGO_BIN_EXE_grader"));
        grader
            .current_dir(sandbox.root())
            .env_remove("CARGO_TARGET_DIR")
            .args(["grade", "counter"]);
        let ended = grader.env_remove("TERM_PROGRAM").env(name, value).output().unwrap();
        String::from_utf8(ended.stdout).unwrap()
    };
    assert!(report("FORCE_HYPERLINK", "1").contains(link));
    assert!(!report("FORCE_HYPERLINK", "0").contains("\x1b]8"));
    // A pipe has none.
    assert!(!report("TERM_PROGRAM", "WezTerm").contains("\x1b]8"));
}
