//! The program that the pool's children run. All that it knows of the pool is `serve`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use std::{env, panic, process, thread};

fn main() {
    note("begun");
    let mut served = 0;
    multiprocessing::serve(|job| {
        served += 1;
        match job.split_once(' ').unwrap_or((job, "")) {
            ("echo", text) => text.to_owned(),
            // Which process this is, and how many jobs it has had.
            ("who", _) => format!("{} {served}", process::id()),
            // Calls the check, and answers when the check hangs up.
            ("meet", port) => {
                let mut line = call(port);
                let _ = line.read(&mut [0]);
                format!("{} {served}", process::id())
            }
            // Answers at great length, and exits after so many microseconds, whatever has been said.
            ("much", time) => {
                let time = Duration::from_micros(time.parse().expect("a number of microseconds"));
                thread::spawn(move || {
                    thread::sleep(time);
                    process::exit(5);
                });
                "x".repeat(10_000_000)
            }
            ("panic", "") => panic!("just so"),
            ("explode", _) => panic::panic_any(Again),
            ("panic", why) => panic!("{why}"),
            ("exit", code) => process::exit(code.parse().expect("a code to exit with")),
            // Calls the check, then exits.
            ("leave", port) => {
                call(port);
                process::exit(4)
            }
            _ => format!("no such job: {job:?}"),
        }
    });
    // Only a child that ends of its own accord comes here.
    note("ended");
    if let Ok(port) = env::var("FAREWELL") {
        // Calls the check once more, and ends when the check hangs up.
        let _ = call(&port).read(&mut [0]);
    }
}

/// Panics again when it is dropped.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic!("dropped, on purpose");
    }
}

/// Writes into the diary, if there is one. `eprintln` would write the line in pieces, and others may
/// write between them.
fn note(word: &str) {
    if env::var_os("DIARY").is_some() {
        let line = format!("{word} {}\n", process::id());
        io::stderr().write_all(line.as_bytes()).expect("the diary is open");
    }
}

/// Connects to the check and says which process calls.
fn call(port: &str) -> TcpStream {
    let port: u16 = port.parse().expect("the number of a port");
    let mut line = TcpStream::connect(("127.0.0.1", port)).expect("the check listens");
    writeln!(line, "{}", process::id()).expect("the check hears which process calls");
    line
}
