//! What the checks share: pools of the worker program, a telephone that children call, a diary that they
//! write, and an onlooker that ends a check that would wait for ever.

#![allow(dead_code, reason = "not every test file uses all of it")]

mod stillness;

use multiprocessing::ProcessPool;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::panic::{self, AssertUnwindSafe};
use std::process::{self, Command};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// What the check is waiting for.
static WAITING_FOR: Mutex<&str> = Mutex::new("");

/// Runs a check. It may wait wherever it likes, and for as long as the machine needs. When no thread is
/// left that could end its waiting, the check has failed, and the message says what it waited for.
#[track_caller]
pub fn check(body: impl FnOnce() + Send + 'static) {
    // Under `cargo test` the checks of a file run in one process, but children and descriptors are
    // counted per process. So only one check runs at a time.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    waiting_for("the pool");
    // How the check has ended, or that it never will.
    let (tell, told) = mpsc::channel();
    let (end, over) = mpsc::channel();
    let hangs = tell.clone();
    let onlooker = thread::Builder::new().name(stillness::ONLOOKER.into()).spawn(move || {
        if stillness::look_on(&over) {
            let _ = hangs.send(None);
        }
    });
    thread::spawn(move || {
        let _ = tell.send(Some(panic::catch_unwind(AssertUnwindSafe(body))));
    });
    let Some(result) = told.recv().expect("the check ends, or hangs") else {
        let what = *WAITING_FOR.lock().unwrap_or_else(PoisonError::into_inner);
        panic!(
            "the check waits for {what}, for ever: every thread and every child is asleep, and \
             nobody is left to wake one"
        );
    };
    drop(end);
    onlooker.expect("a thread can be started").join().expect("it only looks");
    if let Err(payload) = result {
        panic::resume_unwind(payload);
    }
}

/// Notes what the check waits for from here on.
pub fn waiting_for(what: &'static str) {
    *WAITING_FOR.lock().unwrap_or_else(PoisonError::into_inner) = what;
}

/// Waits until all others have got as far as they can: every thread and every child waits for something. True
/// if that is certain. If nobody can tell, or if they do not come to rest, it waits only for a moment.
pub fn wait_until_still() -> bool {
    // This thread waits like all others; the one that looks is left out of account.
    let looker = thread::Builder::new().name(stillness::ONLOOKER.into());
    let looker = looker.spawn(stillness::all_are_still).expect("a thread can be started");
    looker.join().expect("it only looks")
}

/// Whether nobody gets up for a while, once all others have got as far as they can. False also if nobody can
/// tell.
pub fn nobody_stirs() -> bool {
    let looker = thread::Builder::new().name(stillness::ONLOOKER.into());
    let looker = looker.spawn(stillness::nobody_stirs).expect("a thread can be started");
    looker.join().expect("it only looks")
}

/// The worker program.
pub fn worker() -> Command {
    let program: OsString = env::var_os("CARGO_BIN_EXE_worker").expect("cargo names the program");
    let mut command = Command::new(program);
    command.env("RUST_BACKTRACE", "0");
    command
}

/// A pool of that many children.
pub fn pool(workers: usize) -> ProcessPool {
    ProcessPool::new(workers, worker).expect("the worker program can be started")
}

/// The expected result: this text.
pub fn ok<E>(text: impl Into<String>) -> Result<String, E> {
    Ok(text.into())
}

/// Reads an answer that gives a process's number and then how many jobs it has had.
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

/// Whether the process no longer exists. A dead one that nobody has waited for still does.
pub fn is_gone(process: u32) -> bool {
    let script = format!("kill -0 {process} 2>/dev/null");
    !Command::new("sh").args(["-c", &script]).status().expect("sh can be started").success()
}

/// Waits until the process has died, whether or not it has been reaped. Without a `/proc`, as on macOS, it
/// does not wait.
pub fn wait_for_death(process: u32) {
    let alive = format!("grep -q '^State:[^Z]*$' /proc/{process}/status 2>/dev/null");
    let script = format!("while {alive}; do sleep 0.01; done");
    Command::new("sh").args(["-c", &script]).status().expect("sh can be started");
}

/// How much memory this process uses, in kilobytes. `None` without a `/proc`, as on macOS.
pub fn memory() -> Option<u64> {
    let script = format!("grep VmRSS /proc/{}/status 2>/dev/null", process::id());
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh can be started");
    str::from_utf8(&output.stdout).ok()?.split_whitespace().nth(1)?.parse().ok()
}

/// How many descriptors this process has open. New ones get the lowest free numbers, so after a hundred of
/// them there is no gap left, and the highest number gives the count.
pub fn open_descriptors() -> i32 {
    let _nobody_else = stillness::LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
    let pipes = [(); 50].map(|()| io::pipe().expect("a new pipe"));
    let highest = pipes.iter().map(|(read, write)| read.as_raw_fd().max(write.as_raw_fd())).max();
    highest.expect("fifty pipes") + 1 - 100
}

/// Where children record their beginning and their end. They write it to their standard error.
pub struct Diary {
    lines: BufReader<PipeReader>,
    pen: PipeWriter,
}

impl Diary {
    /// An empty one.
    pub fn new() -> Self {
        let (lines, pen) = io::pipe().expect("a new pipe");
        Self { lines: BufReader::new(lines), pen }
    }

    /// The worker program, set up to write here.
    pub fn worker(&self) -> impl Fn() -> Command + Send + Sync + use<> {
        let pen = self.pen.try_clone().expect("a second pen");
        move || {
            let mut command = worker();
            command.env("DIARY", "").stderr(pen.try_clone().expect("a pen for each child"));
            command
        }
    }

    /// A shell that runs the worker program and takes its time to end: it closes its output, waits, notes
    /// its end, and exits with code 7.
    pub fn slow_worker(&self) -> impl Fn() -> Command + Send + Sync + use<> {
        let pen = self.pen.try_clone().expect("a second pen");
        let program = worker().get_program().to_owned();
        move || {
            let mut command = Command::new("sh");
            command.args(["-c", "\"$0\"; exec >&-; sleep 0.2; echo ended $$ >&2; exit 7"]);
            command.arg(&program).stderr(pen.try_clone().expect("a pen for each child"));
            command
        }
    }

    /// What has been written since the last call: "begun" or "ended", and by which process. Never
    /// waits for a child.
    pub fn read(&mut self) -> Vec<(String, u32)> {
        // A pipe keeps the order of what is written, so everything written so far comes before this.
        self.pen.write_all(b"read\n").expect("there is room for it");
        let lines = (&mut self.lines).lines().map(|line| line.expect("a line"));
        let notes = lines.take_while(|line| line != "read").filter_map(|line| {
            let (word, process) = line.split_once(' ')?;
            ["begun", "ended"].contains(&word).then_some((word.to_owned(), process.parse().ok()?))
        });
        notes.collect()
    }
}

/// Hears all that a pool and its child say to each other.
pub struct Tap {
    copy: PipeReader,
    pen: PipeWriter,
}

impl Tap {
    /// One that has heard nothing yet.
    pub fn new() -> Self {
        let (copy, pen) = io::pipe().expect("a new pipe");
        Self { copy, pen }
    }

    /// A shell that passes everything on to the worker program, and back, and copies it.
    pub fn worker(&self) -> impl Fn() -> Command + Send + Sync + use<> {
        self.runs("tee /dev/stderr | \"$0\" 2>/dev/null | tee /dev/stderr")
    }

    /// Likewise, but copies only what the pool sends.
    pub fn worker_that_listens(&self) -> impl Fn() -> Command + Send + Sync + use<> {
        self.runs("tee /dev/stderr | \"$0\" 2>/dev/null")
    }

    fn runs(&self, script: &'static str) -> impl Fn() -> Command + Send + Sync + use<> {
        let pen = self.pen.try_clone().expect("a second pen");
        let program = worker().get_program().to_owned();
        move || {
            let mut command = Command::new("sh");
            command.args(["-c", script]).arg(&program);
            command.stderr(pen.try_clone().expect("a pen for each child"));
            command
        }
    }

    /// All that was said, in the order in which it came. The pool must be gone by now.
    pub fn heard(mut self) -> Vec<u8> {
        const END: &[u8] = b"(nothing else was said)";
        self.pen.write_all(END).expect("there is room for it");
        let mut heard = Vec::new();
        while !heard.ends_with(END) {
            let mut byte = [0];
            self.copy.read_exact(&mut byte).expect("the pen is still open");
            heard.extend(byte);
        }
        heard.truncate(heard.len() - END.len());
        heard
    }
}

/// A telephone that children call while they do a job.
pub struct Phone(TcpListener);

impl Phone {
    /// A new telephone.
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.0.local_addr().expect("it has a number").port()
    }

    /// A job that calls here, and does not answer before the check has hung up.
    pub fn meet(&self) -> String {
        format!("meet {}", self.number())
    }

    /// Waits for a call.
    pub fn call(&self) -> Call {
        Call::new(self.0.accept().expect("a call").0)
    }

    /// Whether there is a call that has not been answered yet.
    pub fn rings(&self) -> bool {
        self.0.set_nonblocking(true).expect("it need not wait");
        let rings = self.0.accept().is_ok();
        self.0.set_nonblocking(false).expect("it may wait again");
        rings
    }
}

/// A child on the telephone. Dropping this hangs up.
pub struct Call {
    /// The process that calls.
    pub process: u32,
    _line: TcpStream,
}

impl Call {
    fn new(line: TcpStream) -> Self {
        // On some systems a connection inherits this from its listener.
        line.set_nonblocking(false).expect("it may wait");
        let mut process = String::new();
        BufReader::new(&line).read_line(&mut process).expect("the child says which process it is");
        Self { process: process.trim().parse().expect("a process"), _line: line }
    }
}
