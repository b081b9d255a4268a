//! The file that carries records from a child process to the grader.
//!
//! Each line is one JSON object, with the secret that the grader gave the child for a record of this
//! kind. A line without it is not a record. Nothing is read from the child's standard output, because
//! the learner may write to it.
//!
//! An answer may be able to start programs, and those can read this process's environment and its open
//! files. So the secrets come in a file that is removed before any code of the answer runs, each kind of
//! record has its own, and none is written anywhere before the record that it belongs to.

use crate::{Order, Outcome};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Environment variable: the file with the [`Commission`]. The child removes it.
pub const COMMISSION: &str = "GRADER_COMMISSION";

/// What the grader asks of a child, and how the child answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commission {
    /// What to do.
    pub order: Order,
    /// The file to append records to.
    pub record: PathBuf,
    /// What shows that a record is the child's own.
    pub secrets: Secrets,
}

/// What shows that a record, or a mark in the output, is the child's own: random texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// Of [`Entry::Started`].
    pub started: String,
    /// Of [`Entry::Replaying`].
    pub replaying: String,
    /// Of [`Entry::Ended`].
    pub ended: String,
    /// Of the marks in the output.
    pub mark: String,
}

impl Secrets {
    fn of(&self, entry: &Entry) -> &str {
        match entry {
            Entry::Started => &self.started,
            Entry::Replaying => &self.replaying,
            Entry::Ended(_) => &self.ended,
        }
    }
}

impl Commission {
    /// Writes the file that the child reads.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        std::fs::write(file, serde_json::to_vec(self)?)
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// The check has begun. If it is missing, the process never reached the check.
    Started,
    /// A failing schedule was found. From here on, everything the process prints is that schedule's
    /// own output.
    Replaying,
    /// The check is over.
    Ended(Box<Outcome>),
}

#[derive(Serialize, Deserialize)]
struct Line {
    secret: String,
    entry: Entry,
}

/// The child's end.
#[derive(Debug)]
pub struct Writer {
    secrets: Secrets,
    file: File,
}

impl Writer {
    /// Opens the channel that the environment names, with the order that came with it. `None` if
    /// the process was not started by the grader.
    ///
    /// # Errors
    /// A file cannot be opened or removed, or the commission cannot be parsed.
    pub fn from_env() -> io::Result<Option<(Self, Order)>> {
        let Some(commission) = std::env::var_os(COMMISSION) else {
            return Ok(None);
        };
        let text = std::fs::read(&commission)?;
        std::fs::remove_file(&commission)?;
        let Commission { order, record, secrets } = serde_json::from_slice(&text)?;
        let file = OpenOptions::new().append(true).open(record)?;
        Ok(Some((Self { secrets, file }, order)))
    }

    /// Appends a record.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn write(&mut self, entry: Entry) -> io::Result<()> {
        let line = Line { secret: self.secrets.of(&entry).to_owned(), entry };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}

impl Writer {
    /// Appends the outcome and ends the process. Threads that are still running end with it.
    /// Nothing is left for libtest to do except print, and only the record counts.
    ///
    /// # Panics
    /// The file cannot be written to. The grader then finds no outcome, which is never a pass.
    pub fn end(mut self, outcome: Outcome) -> ! {
        self.write(Entry::Ended(Box::new(outcome))).expect("the record channel takes the outcome");
        std::process::exit(0)
    }

    /// Announces that the failing schedule is about to be run once more: from here on, everything
    /// the process prints is that schedule's own output.
    ///
    /// # Errors
    /// The file or a stream cannot be written to.
    pub fn begin_replay(&mut self) -> io::Result<()> {
        self.mark_output()?;
        self.write(Entry::Replaying)
    }

    /// Marks the place where another run begins, by writing a line with a secret to both streams.
    /// Everything after the last mark is the last run's own output.
    ///
    /// # Errors
    /// A stream cannot be written to.
    pub fn mark_output(&self) -> io::Result<()> {
        io::stdout().write_all(format!("\n{}\n", self.secrets.mark).as_bytes())?;
        io::stdout().flush()?;
        io::stderr().write_all(format!("\n{}\n", self.secrets.mark).as_bytes())
    }
}

/// Reads all records that carry their secret. Anything else in the file, such as a half-written line
/// from a killed process, is not a record.
///
/// # Errors
/// The file cannot be read.
pub fn read(file: &Path, secrets: &Secrets) -> io::Result<Vec<Entry>> {
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let own = lines.filter(|line| line.secret == secrets.of(&line.entry));
    Ok(own.map(|line| line.entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let secret = |text: &str| text.to_owned();
        Secrets {
            started: secret("one"),
            replaying: secret("two"),
            ended: secret("three"),
            mark: secret("four"),
        }
    }

    #[test]
    fn only_lines_with_their_secret_are_records() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || OpenOptions::new().append(true).open(file.path()).unwrap();
        let mut ours = Writer { secrets: secrets(), file: open() };
        // Whoever reads the file knows the secret of what has been written, and no other.
        let forged = Secrets { ended: secrets().started, ..secrets() };
        let mut forged = Writer { secrets: forged, file: open() };
        ours.write(Entry::Started).unwrap();
        forged.write(Entry::Ended(Box::default())).unwrap();
        open().write_all(b"{\"secret\":\"three\",\"entry\":{\"end").unwrap();
        assert_eq!(read(file.path(), &secrets()).unwrap(), [Entry::Started]);
    }
}
