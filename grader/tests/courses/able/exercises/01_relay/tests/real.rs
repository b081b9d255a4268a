use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

fn start(args: &[String]) -> Child {
    let program = std::env::var_os("CARGO_BIN_EXE_relay").expect("the program's name");
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Two lines through another process.
#[test]
fn relays_between_processes() {
    let mut child = start(&[]);
    child.stdin.take().unwrap().write_all(b"a\nb\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a\nb\n");
}

/// A connection stays open until the process is interrupted.
#[test]
fn relays_until_interrupted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = start(&[listener.local_addr().unwrap().port().to_string()]);
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"a\nb\n").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "a");
    // An answer that stops early ends its output here, however soon the signal would arrive.
    lines.next().expect("a second line").unwrap();
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(7));
}
