//! The process that grades while the screen stays alive.

use crate::worker::Message;
use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, TryRecvError};

/// A grader at work on one exercise. It is stopped when this value is dropped.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    messages: Receiver<Message>,
}

/// What a worker has said since it was last asked.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing yet.
    Silence,
    /// A message.
    Message(Message),
    /// It has ended. What it wrote to standard error, if anything.
    Ended(String),
}

impl Worker {
    /// Starts grading the exercise called `exercise` of the course at `root`, or what `options` say.
    ///
    /// # Errors
    /// The grader's own program cannot be started.
    pub(super) fn start(root: &Path, exercise: &str, options: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding the grader's own program")?;
        let mut child = Command::new(program)
            .args(["worker", exercise])
            .args(options)
            .arg("--course")
            .arg(root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting a grader")?;
        let (say, messages) = mpsc::channel();
        let output = child.stdout.take().context("the grader has no output")?;
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // A line that is no message comes from a grader of another version.
                let Ok(message) = serde_json::from_str(&line) else { continue };
                if say.send(message).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, messages })
    }

    /// The next message, if there is one. Does not wait.
    pub(super) fn hear(&mut self) -> Heard {
        match self.messages.try_recv() {
            Ok(message) => Heard::Message(message),
            Err(TryRecvError::Empty) => Heard::Silence,
            Err(TryRecvError::Disconnected) => {
                let mut text = String::new();
                if let Some(mut errors) = self.child.stderr.take() {
                    let _unreadable = errors.read_to_string(&mut text);
                }
                Heard::Ended(text.trim().to_owned())
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // On this signal a grader ends everything that it has started.
        let _has_ended = kill_process(Pid::from_child(&self.child), Signal::TERM);
        // It does so at once, so that this takes no time that a person would notice.
        let _status = self.child.wait();
    }
}
