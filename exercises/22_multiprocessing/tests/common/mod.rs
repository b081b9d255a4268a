//! What the checks share: pools of the worker program, a telephone to the children, and a clock that
//! ends a check which would wait for ever.

#![allow(dead_code, reason = "not every test file uses all of it")]

use multiprocessing::ProcessPool;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::panic;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any check takes.
const LIMIT: Duration = Duration::from_secs(10);

/// What the check is waiting for.
static WAITING_FOR: Mutex<&str> = Mutex::new("");

/// Runs a check. It may wait wherever it likes: if it has not ended after ten seconds, it has failed,
/// and the message says what it was waiting for.
#[track_caller]
pub fn check(body: impl FnOnce() + Send + 'static) {
    // At the desk the checks of a file run in one process, but children and descriptors are counted
    // by process. So one check at a time.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    waiting_for("the pool");
    let (end, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _end = end;
        body();
    });
    if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
        let what = *WAITING_FOR.lock().unwrap_or_else(PoisonError::into_inner);
        panic!("after {LIMIT:?} the check was still waiting for {what}");
    }
    if let Err(payload) = thread.join() {
        panic::resume_unwind(payload);
    }
}

/// Notes what the check waits for from here on.
pub fn waiting_for(what: &'static str) {
    *WAITING_FOR.lock().unwrap_or_else(PoisonError::into_inner) = what;
}

/// The worker program.
pub fn worker() -> Command {
    let program: OsString = env::var_os("CARGO_BIN_EXE_worker").expect("cargo names the program");
    let mut command = Command::new(program);
    command.env("RUST_BACKTRACE", "0");
    command
}

/// A pool of so many children.
pub fn pool(workers: usize) -> ProcessPool {
    ProcessPool::new(workers, worker).expect("the worker program can be started")
}

/// What a result should be.
pub fn ok<E>(text: impl Into<String>) -> Result<String, E> {
    Ok(text.into())
}

/// The answers that begin with the number of a process and go on with how many jobs it has had.
pub fn process_and_count(answer: &str) -> (u32, u32) {
    let numbers = answer.split_once(' ').expect("two numbers");
    (numbers.0.parse().expect("a process"), numbers.1.parse().expect("a count"))
}

/// Sends a signal to a process.
pub fn kill(signal: &str, process: u32) {
    let script = format!("kill -{signal} {process}");
    let status = Command::new("sh").args(["-c", &script]).status().expect("sh can be started");
    assert!(
        status.success(),
        "the child {process}, which should be alive, cannot be sent {signal}"
    );
}

/// Whether there is no such process any more. A dead one that nobody has waited for is still there.
pub fn is_gone(process: u32) -> bool {
    let script = format!("kill -0 {process} 2>/dev/null");
    !Command::new("sh").args(["-c", &script]).status().expect("sh can be started").success()
}

/// A telephone that children call while they do a job.
pub struct Phone(TcpListener);

impl Phone {
    /// A telephone of its own.
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.0.local_addr().expect("it has a number").port()
    }

    /// The job of calling here and not answering before the check has hung up.
    pub fn meet(&self) -> String {
        format!("meet {}", self.number())
    }

    /// Waits for a call.
    pub fn call(&self) -> Call {
        Call::new(self.0.accept().expect("a call").0)
    }

    /// The call that has come in already, or is on the line for an instant yet.
    pub fn earlier_call(&self) -> Option<Call> {
        self.0.set_nonblocking(true).expect("it need not wait");
        let late = Instant::now() + Duration::from_secs(1);
        let call = loop {
            match self.0.accept() {
                Ok((line, _)) => break Some(Call::new(line)),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => panic!("{error}"),
                Err(_) if Instant::now() > late => break None,
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        };
        self.0.set_nonblocking(false).expect("it may wait again");
        call
    }

    /// Whether somebody has called and was not heard yet.
    pub fn rings(&self) -> bool {
        self.0.set_nonblocking(true).expect("it need not wait");
        let rings = self.0.accept().is_ok();
        self.0.set_nonblocking(false).expect("it may wait again");
        rings
    }
}

/// A child on the telephone. Dropping it hangs up.
pub struct Call {
    /// The process that calls.
    pub process: u32,
    _line: TcpStream,
}

impl Call {
    fn new(line: TcpStream) -> Self {
        // On some systems a connection takes this over from its listener.
        line.set_nonblocking(false).expect("it may wait");
        let mut process = String::new();
        BufReader::new(&line).read_line(&mut process).expect("the child says which process it is");
        Self { process: process.trim().parse().expect("a process"), _line: line }
    }
}
