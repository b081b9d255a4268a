//! Make: each job gets a thread, which waits for its turn and then has a child to itself.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

pub struct ProcessPool {
    office: Arc<Office>,
    /// Ends when the newest job has taken a child: then it is the next one's turn.
    newest: Mutex<Receiver<()>>,
    jobs: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool").finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub struct JobHandle {
    result: Arc<(Mutex<Option<Outcome>>, Condvar)>,
}

type Outcome = Result<String, JobError>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobError {
    /// The handler panicked, with this message. The child lives.
    Panicked(String),
    /// The child exited with this code before it had answered.
    Exited(i32),
    /// The child was ended by this signal before it had answered.
    Killed(i32),
    /// A child had to be started for the job, and could not be. The next job tries again.
    NotStarted(io::ErrorKind),
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Panicked(message) => write!(f, "the job panicked: {message}"),
            JobError::Exited(code) => write!(f, "the child exited with code {code}"),
            JobError::Killed(signal) => write!(f, "the child was ended by signal {signal}"),
            JobError::NotStarted(kind) => write!(f, "no child could be started: {kind}"),
        }
    }
}

impl Error for JobError {}

impl ProcessPool {
    pub fn new(
        workers: usize,
        command: impl Fn() -> Command + Send + Sync + 'static,
    ) -> io::Result<Self> {
        assert!(workers > 0, "a pool needs at least one worker");
        let mut idle = Vec::new();
        for _ in 0..workers {
            match Worker::start(&command) {
                Ok(worker) => idle.push(Some(worker)),
                Err(error) => {
                    idle.into_iter().flatten().for_each(|worker| drop(worker.end()));
                    return Err(error);
                }
            }
        }
        let office =
            Office { command: Box::new(command), idle: Mutex::new(idle), came: Condvar::new() };
        // Nobody is before the first job.
        let newest = Mutex::new(mpsc::channel().1);
        Ok(Self { office: Arc::new(office), newest, jobs: Mutex::default() })
    }

    pub fn submit(&self, job: impl Into<String>) -> JobHandle {
        let (job, office) = (job.into(), Arc::clone(&self.office));
        let result: Arc<(Mutex<_>, Condvar)> = Arc::default();
        let answer = Arc::clone(&result);
        let (next, turn) = mpsc::channel();
        let turn = mem::replace(&mut *self.newest.lock().unwrap(), turn);
        // There may be many of these threads, and all that they do is wait.
        let small = thread::Builder::new().stack_size(256 << 10);
        let thread = small.spawn(move || {
            let worker = office.take(&turn, next);
            let (worker, outcome) = do_job(worker, &*office.command, &job);
            office.give_back(worker);
            *answer.0.lock().unwrap() = Some(outcome);
            answer.1.notify_all();
        });
        let thread = thread.expect("there is room for another thread");
        let mut jobs = self.jobs.lock().unwrap();
        // Threads that have finished need not be waited for.
        jobs.retain(|thread| !thread.is_finished());
        jobs.push(thread);
        JobHandle { result }
    }

    pub fn map(
        &self,
        jobs: impl IntoIterator<Item = impl Into<String>>,
    ) -> Vec<Result<String, JobError>> {
        let handles: Vec<_> = jobs.into_iter().map(|job| self.submit(job)).collect();
        handles.into_iter().map(JobHandle::join).collect()
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        for thread in self.jobs.lock().unwrap().drain(..) {
            let _ = thread.join();
        }
        let mut idle: Vec<_> = self.office.idle.lock().unwrap().drain(..).flatten().collect();
        // All of them are told before any of them is waited for.
        idle.iter_mut().for_each(|worker| drop(worker.0.stdin.take()));
        for worker in idle {
            worker.end();
        }
    }
}

impl JobHandle {
    pub fn join(self) -> Result<String, JobError> {
        let (result, came) = &*self.result;
        let mut result =
            came.wait_while(result.lock().unwrap(), |result| result.is_none()).unwrap();
        result.take().expect("it was waited for")
    }
}

/// The children that have nothing to do. `None` stands for a place whose child has died.
struct Office {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    idle: Mutex<Vec<Option<Worker>>>,
    came: Condvar,
}

impl Office {
    /// Waits for its turn, then for a child, and then lets the next one have its turn.
    fn take(&self, turn: &Receiver<()>, next: Sender<()>) -> Option<Worker> {
        // Nothing is ever sent: it ends when the other side drops its end.
        let _ = turn.recv();
        let idle = self.idle.lock().unwrap();
        let mut idle = self.came.wait_while(idle, |idle| idle.is_empty()).unwrap();
        let worker = idle.pop().expect("there is one");
        drop(next);
        worker
    }

    fn give_back(&self, worker: Option<Worker>) {
        self.idle.lock().unwrap().push(worker);
        self.came.notify_all();
    }
}

fn do_job(
    worker: Option<Worker>,
    command: &dyn Fn() -> Command,
    job: &str,
) -> (Option<Worker>, Result<String, JobError>) {
    let mut worker = match worker.map_or_else(|| Worker::start(command), Ok) {
        Ok(worker) => worker,
        Err(error) => return (None, Err(JobError::NotStarted(error.kind()))),
    };
    match worker.ask(job) {
        Ok(answer) => (Some(worker), answer),
        Err(_) => (None, Err(worker.end())),
    }
}

/// A child, with its pipes inside.
struct Worker(Child);

impl Worker {
    fn start(command: impl Fn() -> Command) -> io::Result<Self> {
        command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map(Self)
    }

    fn ask(&mut self, job: &str) -> io::Result<Result<String, JobError>> {
        let (Some(input), Some(output)) = (&mut self.0.stdin, &mut self.0.stdout) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        send(input, "job", job)?;
        // Nothing comes after this answer, so nothing is lost with the buffer.
        let (kind, text) = receive(&mut BufReader::new(output))?;
        Ok(if kind == "panic" { Err(JobError::Panicked(text)) } else { Ok(text) })
    }

    fn end(mut self) -> JobError {
        // `wait` closes the child's input first.
        let status = self.0.wait().expect("a child of ours can be waited for, once");
        match (status.signal(), status.code()) {
            (Some(signal), _) => JobError::Killed(signal),
            (None, code) => JobError::Exited(code.unwrap_or_default()),
        }
    }
}

pub fn serve(mut handler: impl FnMut(&str) -> String) {
    let mut input = io::stdin().lock();
    while let Ok((_, job)) = receive(&mut input) {
        let sent = match panic::catch_unwind(AssertUnwindSafe(|| handler(&job))) {
            Ok(answer) => send(&mut io::stdout(), "answer", &answer),
            Err(payload) => send(&mut io::stdout(), "panic", &message(payload)),
        };
        if sent.is_err() {
            break;
        }
    }
}

/// The message of a panic. Dropping what it carried may cause another one, which does no harm.
fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Its destructor may panic, too, and so on.
        mem::forget(another);
    }
    text
}

/// Sends a line with the kind and the number of bytes, then the bytes.
fn send(pipe: &mut impl Write, kind: &str, text: &str) -> io::Result<()> {
    pipe.write_all(format!("{kind} {}\n{text}", text.len()).as_bytes())?;
    pipe.flush()
}

fn receive(pipe: &mut impl BufRead) -> io::Result<(String, String)> {
    let mut head = String::new();
    pipe.read_line(&mut head)?;
    let (kind, length) = head.trim_end().split_once(' ').ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
    let mut text = vec![0; length];
    pipe.read_exact(&mut text)?;
    let text = String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok((kind.to_owned(), text))
}
