//! `play` and `replay --step` in a terminal.

use crate::sandbox::Sandbox;
use crate::terminal::Terminal;
use insta::assert_snapshot;

#[test]
fn a_person_breaks_a_check_and_gets_its_token() {
    let sandbox = Sandbox::new("sound", "play_by_hand");
    let mut terminal = Terminal::run(&sandbox, &["play", "counter"]);
    assert_snapshot!(terminal.wait_for("which thread runs next?"));
    // Both threads read before either writes.
    let screen = take_turns(&mut terminal);
    assert!(screen.contains("You broke it!"), "{screen}");
    // What was taken back can be chosen again.
    terminal.press("u");
    terminal.wait_for("which thread runs next?");
    terminal.press("c");
    terminal.wait_for("You broke it!");
    terminal.press("q");
    assert_eq!(terminal.wait_for_the_end(), 0);
    let said = terminal.wait_for("cargo run -p grader -- replay counter");
    let token = said.lines().find_map(|line| line.split("replay counter ").nth(1)).unwrap();
    assert_eq!(sandbox.grader(&["replay", "counter", token.trim()]).code, 1, "{said}");
}

#[test]
fn what_was_broken_from_within_watch_has_a_note() {
    let sandbox = Sandbox::new("sound", "play_from_watch");
    let mut terminal = Terminal::run(&sandbox, &["watch", "counter"]);
    terminal.wait_for("Edit the file");
    terminal.press("b");
    terminal.wait_for("which thread runs next?");
    take_turns(&mut terminal);
    terminal.press("q");
    terminal.wait_for("You broke it: cargo run -p grader -- replay counter");
}

/// Chooses the thread that is not the last one that ran, until it is over.
fn take_turns(terminal: &mut Terminal) -> String {
    for _ in 0..40 {
        let screen = terminal.wait("the next choice", |it| {
            it.contains("which thread runs next?") || it.contains("it is over")
        });
        if screen.contains("it is over") {
            return screen;
        }
        let made = choices_made(&screen);
        // The second choice is another thread than the one that would go on by itself.
        terminal.press("2");
        terminal
            .wait("the choice taken", |it| it.contains("it is over") || choices_made(it) > made);
    }
    panic!("it goes on and on:\n{}", terminal.screen());
}

fn choices_made(screen: &str) -> u32 {
    let rest = screen.split("choices: ").nth(1).unwrap_or_default();
    rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn the_grader_shows_the_shortest_way() {
    let sandbox = Sandbox::new("sound", "play_shown");
    let mut terminal = Terminal::run(&sandbox, &["play", "gate", "lets_through_who_waits"]);
    terminal.wait_for("which thread runs next?");
    terminal.press("b");
    assert_snapshot!(terminal.wait_for("►1"));
    for _ in 0..20 {
        if terminal.screen().contains("You broke it!") {
            break;
        }
        terminal.press("\r");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    assert_snapshot!(terminal.wait_for("You broke it!"));
}

#[test]
fn what_cannot_be_broken_is_said_to_be_so() {
    let sandbox = Sandbox::new("sound", "play_unbreakable");
    let args = ["play", "gate", "1", "--answer", "reference"];
    let mut terminal = Terminal::run(&sandbox, &args);
    terminal.wait_for("which thread runs next?");
    terminal.press("b");
    terminal.wait_for("It was not broken by any");
    terminal.press("c");
    terminal.wait_for("does not break it");
    terminal.press("0");
    terminal.wait_for("choices: 0");
    terminal.press("u");
    terminal.wait_for("This is the beginning.");
    terminal.press("?");
    terminal.wait_for("the number at the left margin");
    terminal.press("\x03");
    assert_eq!(terminal.wait_for_the_end(), 0);
}

#[test]
fn a_token_is_followed_step_by_step() {
    let sandbox = Sandbox::new("sound", "play_replay");
    let (_, report) = sandbox.grade_as_json(&["gate"]);
    let token = report["exercises"][0]["checks"][0]["replay"].as_str().unwrap().to_owned();
    let terminal = Terminal::run(&sandbox, &["replay", "gate", &token, "--step"]);
    terminal.wait_for("►1");
}

#[test]
fn what_cannot_be_played_is_said_with_a_remedy() {
    let sandbox = Sandbox::new("sound", "play_refused");
    let said = |args: &[&str]| {
        let mut terminal = Terminal::run(&sandbox, &[&["play"], args].concat());
        assert_eq!(terminal.wait_for_the_end(), 2);
        terminal.wait_for("error: ")
    };
    assert!(said(&["gate", "nonsense"]).contains("it has lets_through_who_waits"));
    assert!(said(&["gate", "--answer", "nonsense"]).contains("has no answer `nonsense`"));
    let without_a_terminal = sandbox.grader(&["play", "gate"]);
    assert_eq!(without_a_terminal.code, 2);
    assert_snapshot!(without_a_terminal.stderr, @"error: this needs a terminal; `replay` shows a schedule without one");
    sandbox.write("exercises/02_gate/src/lib.rs", "this does not compile");
    let mut terminal = Terminal::run(&sandbox, &["play", "gate"]);
    assert_eq!(terminal.wait_for_the_end(), 1);
    terminal.wait_for("This does not compile");
}
