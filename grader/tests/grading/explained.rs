//! What reports say of failures that no step of a schedule shows.

use crate::sandbox::Sandbox;

/// The report on an answer to the exercise of the course `limits`, whose checks call `anything` in the
/// model and on a real thread.
fn report(test: &str, answer: &str) -> String {
    let sandbox = Sandbox::new("limits", test);
    sandbox.write("answer.rs", answer);
    sandbox.grader(&["grade", "anything", "--submission", "answer.rs", "--all"]).stdout
}

#[test]
fn a_number_that_does_not_fit_has_a_row_and_a_mark() {
    let answer = "pub fn anything() {\n    let number = count(300);\n    \
                  std::thread::spawn(move || assert_eq!(number, 300)).join().unwrap();\n}\n\
                  fn count(all: usize) -> u32 {\n    u32::from(all as u8)\n}\n";
    let report = report("overflow", answer);
    assert!(report.contains("300 becomes 44 here"), "{report}");
    assert!(report.contains("all as u8 300 → 44"), "{report}");
}

#[test]
fn a_panic_of_std_on_a_real_thread_names_the_answers_line() {
    let answer = "use std::time::{Duration, Instant};\n\
                  pub fn anything() {\n    let end = later(Duration::MAX);\n    drop(end);\n}\n\
                  fn later(limit: Duration) -> Instant {\n    Instant::now() + limit\n}\n";
    let report = report("std_panics", answer);
    let native = report.split("on_threads").nth(1).unwrap_or_default();
    assert!(native.contains("called from answer.rs:7"), "{report}");
}

#[test]
fn a_panic_that_ends_a_child_process_is_told_with_the_statement_that_ran_it() {
    let sandbox = Sandbox::new("able", "child_panics");
    let relay = |body: &str| {
        format!(
            "use std::io::{{BufRead, Write}};\n\
             pub fn relay(input: impl BufRead, mut output: impl Write) {{\n    \
             for line in input.lines().map_while(Result::ok) {{\n{body}    }}\n}}\n\
             fn short(line: &str) -> &str {{\n    \
             let line = line.trim();\n    line\n}}\n\
             fn checked(line: String) -> String {{\n    \
             assert_ne!(short(&line), \"b\");\n    line\n}}\n"
        )
    };
    let report = |name: &str, body: &str| {
        sandbox.write(name, &relay(body));
        sandbox.grader(&["grade", "relay", "--submission", name, "--all"]).stdout
    };
    let told = report("panics.rs", "        let _ = writeln!(output, \"{}\", checked(line));\n");
    let told = told.split("relays_between_processes").nth(1).unwrap_or_default();
    let ended = "Before that, a child process ended with a panic at panics.rs:12";
    assert!(told.contains(ended), "{told}");
    assert!(told.contains("a child process panics here"), "{told}");
    // What was caught has ended nothing.
    let caught = report(
        "catches.rs",
        "        let line = std::panic::catch_unwind(|| checked(line)).unwrap_or_default();\n        \
         let _ = writeln!(output, \"{}\", short(&line));\n",
    );
    let caught = caught.split("relays_between_processes").nth(1).unwrap_or_default();
    assert!(caught.contains("wrong") && !caught.contains("ended with a panic"), "{caught}");
}

#[test]
fn where_a_lock_was_poisoned_has_a_row() {
    let answer = "use std::sync::Mutex;\n\
                  pub fn anything() {\n    let count = Mutex::new(0);\n    \
                  let _ = std::panic::catch_unwind(|| {\n        let _count = count.lock();\n        \
                  panic!(\"on purpose\");\n    });\n    *count.lock().unwrap() += 1;\n}\n";
    let report = report("poisoned", answer);
    let model = report.split("on_threads").next().unwrap_or_default();
    assert!(model.contains("unlock count → poisoned"), "{report}");
}

#[test]
fn a_statement_that_runs_code_that_calls_back_is_named() {
    let answer = "use std::sync::{Mutex, MutexGuard};\n\
                  static STATE: Mutex<u8> = Mutex::new(0);\n\
                  pub fn anything() {\n    let _held = lock();\n    \
                  [1].into_iter().for_each(add);\n}\n\
                  pub fn add(number: u8) {\n    *lock() += number;\n}\n\
                  fn lock() -> MutexGuard<'static, u8> {\n    STATE.lock().unwrap()\n}\n";
    let report = report("calls_back", answer);
    let model = report.split("on_threads").next().unwrap_or_default();
    assert!(model.contains("runs other code here, which calls `add`"), "{report}");
    assert!(model.contains(" 5 › 8 anything › add(1)"), "{report}");
}
