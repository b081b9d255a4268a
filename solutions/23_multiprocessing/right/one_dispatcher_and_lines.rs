//! Make: one thread owns all the children and learns of everything by message; texts are sent as lines.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::os::unix::process::ExitStatusExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

#[derive(Debug)]
pub struct ProcessPool {
    events: Sender<Event>,
    dispatcher: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub struct JobHandle {
    result: Receiver<Result<String, JobError>>,
}

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
        let (events, happened) = mpsc::channel();
        let mut dispatcher = Dispatcher {
            command: Box::new(command),
            places: Vec::new(),
            waiting: VecDeque::new(),
            events: events.clone(),
        };
        for place in 0..workers {
            dispatcher.places.push(None);
            if let Err(error) = dispatcher.start(place) {
                dispatcher.end();
                return Err(error);
            }
        }
        let dispatcher = thread::spawn(move || dispatcher.run(&happened));
        Ok(Self { events, dispatcher: Some(dispatcher) })
    }

    pub fn submit(&self, job: impl Into<String>) -> JobHandle {
        let (reply, result) = mpsc::channel();
        let job = Job { text: job.into(), reply };
        self.events.send(Event::Submitted(job)).expect("the dispatcher outlives the pool");
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
        let _ = self.events.send(Event::Closed);
        if let Some(dispatcher) = self.dispatcher.take() {
            let _ = dispatcher.join();
        }
    }
}

impl JobHandle {
    pub fn join(self) -> Result<String, JobError> {
        self.result.recv().expect("the dispatcher answers every job")
    }
}

#[derive(Debug)]
struct Job {
    text: String,
    reply: Sender<Result<String, JobError>>,
}

#[derive(Debug)]
enum Event {
    Submitted(Job),
    /// The child at that place has sent a line, or will send nothing more.
    Heard(usize, Option<String>),
    Closed,
}

struct Worker {
    child: Child,
    input: ChildStdin,
    reader: JoinHandle<()>,
    /// Where to send the answer to its current job.
    reply: Option<Sender<Result<String, JobError>>>,
}

struct Dispatcher {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    places: Vec<Option<Worker>>,
    waiting: VecDeque<Job>,
    events: Sender<Event>,
}

impl Dispatcher {
    fn start(&mut self, place: usize) -> io::Result<()> {
        let mut command = (self.command)();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().expect("its input is a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let events = self.events.clone();
        let reader = thread::spawn(move || {
            let mut line = String::new();
            // A last line without a newline is half an answer.
            while output.read_line(&mut line).is_ok() && line.pop() == Some('\n') {
                if events.send(Event::Heard(place, Some(std::mem::take(&mut line)))).is_err() {
                    break;
                }
            }
            let _ = events.send(Event::Heard(place, None));
        });
        self.places[place] = Some(Worker { child, input, reader, reply: None });
        Ok(())
    }

    fn run(mut self, events: &Receiver<Event>) {
        let mut closed = false;
        while !(closed && self.waiting.is_empty() && self.all_idle()) {
            match events.recv() {
                Ok(Event::Submitted(job)) => self.waiting.push_back(job),
                Ok(Event::Heard(place, Some(line))) => self.answered(place, &line),
                Ok(Event::Heard(place, None)) => self.died(place),
                Ok(Event::Closed) | Err(_) => closed = true,
            }
            self.deal();
        }
        self.end();
    }

    fn all_idle(&self) -> bool {
        self.places.iter().flatten().all(|worker| worker.reply.is_none())
    }

    /// Gives jobs to idle places, as long as there are some of each.
    fn deal(&mut self) {
        let busy = |place: &Option<Worker>| place.as_ref().is_some_and(|w| w.reply.is_some());
        while let Some(place) = self.places.iter().position(|place| !busy(place)) {
            let Some(Job { text, reply }) = self.waiting.pop_front() else { return };
            if self.places[place].is_none()
                && let Err(error) = self.start(place)
            {
                let _ = reply.send(Err(JobError::NotStarted(error.kind())));
                continue;
            }
            if let Some(worker) = &mut self.places[place] {
                worker.reply = Some(reply);
                // If this fails, the reader is about to reach the end of the answers.
                let _ = worker.input.write_all(line(&text).as_bytes());
            }
        }
    }

    fn answered(&mut self, place: usize, line: &str) {
        if let Some(reply) = self.places[place].as_mut().and_then(|worker| worker.reply.take()) {
            let (kind, text) = line.split_at(line.len().min(1));
            let text = unescaped(text);
            let _ = reply.send(if kind == "=" { Ok(text) } else { Err(JobError::Panicked(text)) });
        }
    }

    fn died(&mut self, place: usize) {
        if let Some(mut worker) = self.places[place].take() {
            let reply = worker.reply.take();
            let error = why(worker.end());
            if let Some(reply) = reply {
                let _ = reply.send(Err(error));
            }
        }
    }

    fn end(&mut self) {
        // All of them are told before any of them is waited for.
        let told: Vec<_> = self.places.drain(..).flatten().map(Worker::close).collect();
        told.into_iter().for_each(|wait| _ = wait());
    }
}

impl Worker {
    fn end(self) -> ExitStatus {
        self.close()()
    }

    /// Closes its input, which tells it that it may end. What is returned waits until it has.
    fn close(self) -> impl FnOnce() -> ExitStatus {
        let Self { mut child, input, reader, .. } = self;
        drop(input);
        move || {
            let status = child.wait().expect("a child of ours can be waited for, once");
            // The reader ends when the child's output does, and keeps its descriptor until then.
            let _ = reader.join();
            status
        }
    }
}

fn why(status: ExitStatus) -> JobError {
    match status.code() {
        Some(code) => JobError::Exited(code),
        None => JobError::Killed(status.signal().expect("no code, so there is a signal")),
    }
}

pub fn serve(mut handler: impl FnMut(&str) -> String) {
    let (mut input, mut job) = (io::stdin().lock(), String::new());
    // A last line without a newline is half a job.
    while input.read_line(&mut job).is_ok() && job.pop() == Some('\n') {
        let job = unescaped(&mem::take(&mut job));
        let answer = match panic::catch_unwind(AssertUnwindSafe(|| handler(&job))) {
            Ok(answer) => line(&format!("={answer}")),
            Err(payload) => line(&format!("!{}", message(payload))),
        };
        let mut output = io::stdout().lock();
        if output.write_all(answer.as_bytes()).and_then(|()| output.flush()).is_err() {
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

/// One line that stands for a text with any number of lines.
fn line(text: &str) -> String {
    let mut line = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    line.push('\n');
    line
}

fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                _ => '\\',
            },
            other => other,
        });
    }
    text
}
