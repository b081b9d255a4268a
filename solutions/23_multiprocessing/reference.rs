//! Work for other processes, like Python's `concurrent.futures.ProcessPoolExecutor`.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// Child processes that work on jobs.
///
/// A job is a text that is written to a child's standard input; the result is a text that comes back
/// from its standard output. What a text looks like on the way is the pool's own affair, and that of
/// [`serve`], which is the other end.
///
/// Jobs are started in the order in which they were submitted, each as soon as a child is idle. A
/// child does one job at a time. While the children are at work, or there is no work, the pool and
/// whoever waits for a result are asleep; nobody gets up now and then to look.
///
/// A child that has died is reaped at once, and another one is started in its place when a job comes to
/// it, whether or not others are idle, and no matter how many have died before. The job that it was
/// doing is reported as lost and not tried again: nobody knows how far it had come. A child that dies
/// between two jobs may take the next one with it. A child that has ended its output is about to end,
/// and is waited for: once [`new`](Self::new) has succeeded, the pool never kills a child.
///
/// Dropping the pool waits until all jobs that were submitted are done. Then the standard input of all
/// children is closed, which tells them that they may end, and each is waited for, however long it takes.
/// Nothing is left then: no process, not even a dead one, and no open descriptor. All of this also
/// holds when a panic drops the pool.
#[derive(Debug)]
pub struct ProcessPool {
    queue: Arc<Queue>,
    /// One thread for each child: it gives the child its jobs and waits for the answers.
    keepers: Vec<thread::JoinHandle<()>>,
}

/// A job that was submitted. Its result is kept, even when the pool is gone; a result that nobody
/// wants is forgotten with the handle.
#[derive(Debug)]
pub struct JobHandle {
    result: mpsc::Receiver<Result<String, JobError>>,
}

/// Why there is no result.
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
    /// Starts `workers` children. `command` says how to start one; it is called anew for each child,
    /// including each that takes a dead one's place. The pool sets up the child's standard input and
    /// output and leaves the rest as it is.
    ///
    /// # Errors
    ///
    /// If one of the children cannot be started. Those that had been started are ended, by the end of
    /// their input or in another way, and reaped.
    ///
    /// # Panics
    ///
    /// If `workers` is 0: nobody would ever do a job.
    pub fn new(
        workers: usize,
        command: impl Fn() -> Command + Send + Sync + 'static,
    ) -> io::Result<Self> {
        assert!(workers > 0, "a pool needs at least one worker");
        let command = Arc::new(command);
        // From here on, the pool's own `drop` cleans up, however far this gets.
        let mut pool = Self { queue: Arc::default(), keepers: Vec::new() };
        for _ in 0..workers {
            let mut worker = Some(Worker::start(command())?);
            let (queue, command) = (Arc::clone(&pool.queue), Arc::clone(&command));
            pool.keepers.push(thread::spawn(move || {
                while let Some(Job { text, reply }) = queue.next() {
                    // Fails if the handle is gone: then nobody wants the result.
                    let _ = reply.send(ask(&mut worker, &*command, &text));
                }
                worker.map(Worker::end);
            }));
        }
        Ok(pool)
    }

    /// Hands in a job, and does not wait for it.
    pub fn submit(&self, job: impl Into<String>) -> JobHandle {
        // The conversion is somebody else's code. It may take long, or use the pool.
        let text = job.into();
        let (reply, result) = mpsc::channel();
        self.queue.state().jobs.push_back(Job { text, reply });
        self.queue.changed.notify_one();
        JobHandle { result }
    }

    /// Hands in many jobs, each like [`submit`](Self::submit), and only then waits for their results,
    /// which are in the order of the jobs.
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
        self.queue.state().closed = true;
        self.queue.changed.notify_all();
        for keeper in self.keepers.drain(..) {
            // A keeper panics only if `command` does, and that was reported at the time.
            let _ = keeper.join();
        }
    }
}

impl JobHandle {
    /// Waits for the job's result.
    ///
    /// # Errors
    ///
    /// [`JobError`] if there is no result, and never will be.
    pub fn join(self) -> Result<String, JobError> {
        self.result.recv().expect("a job's keeper answers before it ends")
    }
}

/// Where jobs wait until a keeper takes them.
#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Debug)]
struct Job {
    text: String,
    reply: mpsc::Sender<Result<String, JobError>>,
}

impl Queue {
    /// The next job, as soon as there is one. `None` when there will be no more.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has `worker` do a job, or a new worker if there is none. A worker that the job kills is gone
/// afterwards.
fn ask(
    worker: &mut Option<Worker>,
    command: &dyn Fn() -> Command,
    job: &str,
) -> Result<String, JobError> {
    let mut current = match worker.take() {
        Some(worker) => worker,
        None => Worker::start(command()).map_err(|error| JobError::NotStarted(error.kind()))?,
    };
    match current.ask(job) {
        Ok(answer) => {
            *worker = Some(current);
            answer
        }
        // A pipe breaks when nobody is left at the other end.
        Err(_) => {
            let status = current.end();
            Err(match status.signal() {
                Some(signal) => JobError::Killed(signal),
                None => JobError::Exited(status.code().expect("no signal, so there is a code")),
            })
        }
    }
}

/// A child, as seen from the parent.
struct Worker {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let jobs = child.stdin.take().expect("its input is a pipe");
        let answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Ok(Self { child, jobs, answers })
    }

    /// Has the child do a job. An error means that the child has not answered and never will.
    fn ask(&mut self, job: &str) -> io::Result<Result<String, JobError>> {
        write_frame(&mut self.jobs, Kind::Job, job)?;
        let (kind, text) = read_frame(&mut self.answers)?;
        Ok(if kind == Kind::Panic as u8 { Err(JobError::Panicked(text)) } else { Ok(text) })
    }

    /// Lets the child end, and waits until it has.
    fn end(self) -> ExitStatus {
        let Self { mut child, jobs, answers } = self;
        // No more jobs will come, and nobody reads the answers: that ends the child, if it is still
        // alive.
        drop((jobs, answers));
        child.wait().expect("a child of ours can be waited for, once")
    }
}

/// The child's side: takes jobs from standard input, lets `handler` do them one by one, and writes the
/// answers to standard output. Returns when the input ends; half a job at its end is none.
///
/// A handler that panics has done its job badly, and is given the next one all the same, even if
/// what it panics with panics again when it is dropped. A handler must not read from standard input
/// or write to standard output, which are taken; standard error is free.
pub fn serve(mut handler: impl FnMut(&str) -> String) {
    let (mut jobs, mut answers) = (io::stdin().lock(), io::stdout().lock());
    while let Ok((_, job)) = read_frame(&mut jobs) {
        let (kind, answer) = match panic::catch_unwind(AssertUnwindSafe(|| handler(&job))) {
            Ok(answer) => (Kind::Answer, answer),
            Err(payload) => (Kind::Panic, message(payload)),
        };
        if write_frame(&mut answers, kind, &answer).is_err() {
            // The parent is gone.
            return;
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

/// The kind of a frame, which is its first byte. The length in bytes and the text follow.
#[derive(Clone, Copy)]
enum Kind {
    Job,
    Answer,
    Panic,
}

fn write_frame(pipe: &mut impl Write, kind: Kind, text: &str) -> io::Result<()> {
    pipe.write_all(&[kind as u8])?;
    pipe.write_all(&(text.len() as u64).to_le_bytes())?;
    pipe.write_all(text.as_bytes())?;
    pipe.flush()
}

fn read_frame(pipe: &mut impl Read) -> io::Result<(u8, String)> {
    let (mut kind, mut length) = ([0], [0; 8]);
    pipe.read_exact(&mut kind)?;
    pipe.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut text = String::new();
    if pipe.take(length).read_to_string(&mut text)? as u64 == length {
        Ok((kind[0], text))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
