//! What a test that hangs says at the desk.

use probe as _;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

#[test]
#[ignore = "it hangs, for the other test"]
fn waits_forever_and_ever() {
    let (never, waits) = mpsc::channel::<()>();
    let _ = waits.recv();
    drop(never);
}

#[test]
fn a_test_that_hangs_is_named() {
    let rlock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../exercises/08_rlock");
    let mut hanging = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "waits_forever_and_ever"])
        .env("CARGO_PKG_NAME", "rlock")
        .env("CARGO_MANIFEST_DIR", rlock)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(hanging.stderr.take().unwrap()).lines();
    let said: Vec<String> = said.map(Result::unwrap).skip_while(String::is_empty).take(3).collect();
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    let named = if cfg!(target_os = "linux") { ": waits_forever_a…" } else { "" };
    let expected = [
        format!("There are tests that have not ended after 10 seconds{named}."),
        "They may wait for ever; Ctrl-C ends them. What they wait for:".to_owned(),
        "  cargo run -p grader -- grade rlock".to_owned(),
    ];
    assert_eq!(said, expected);
}
