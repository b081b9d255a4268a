//! Work for other processes, like Python's `concurrent.futures.ProcessPoolExecutor`.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::Command;

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
    // Who talks to which child? Where does a job wait while all of them are busy?
}

/// A job that was submitted. Its result is kept, even when the pool is gone; a result that nobody
/// wants is forgotten with the handle.
#[derive(Debug)]
pub struct JobHandle {
    // Where does the result come from?
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
        let _ = (workers, command);
        todo!("start the children")
    }

    /// Hands in a job, and does not wait for it.
    pub fn submit(&self, job: impl Into<String>) -> JobHandle {
        let _: String = job.into();
        todo!("let the next idle child do it")
    }

    /// Hands in many jobs, each like [`submit`](Self::submit), and only then waits for their results,
    /// which are in the order of the jobs.
    pub fn map(
        &self,
        jobs: impl IntoIterator<Item = impl Into<String>>,
    ) -> Vec<Result<String, JobError>> {
        let _ = jobs;
        todo!("submit them all, then collect the results")
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        todo!("let the children finish the jobs, then let them end, and wait for each")
    }
}

impl JobHandle {
    /// Waits for the job's result.
    ///
    /// # Errors
    ///
    /// [`JobError`] if there is no result, and never will be.
    pub fn join(self) -> Result<String, JobError> {
        todo!("wait for the result")
    }
}

/// The child's side: takes jobs from standard input, lets `handler` do them one by one, and writes the
/// answers to standard output. Returns when the input ends; half a job at its end is none.
///
/// A handler that panics has done its job badly, and is given the next one all the same, even if
/// what it panics with panics again when it is dropped. A handler must not read from standard input
/// or write to standard output, which are taken; standard error is free.
pub fn serve(handler: impl FnMut(&str) -> String) {
    let _ = handler;
    todo!("read a job, do it, write the answer, until the input ends")
}
