//! The file that carries records from a child process to the grader.
//!
//! Each line is one JSON object, with the nonce that the grader gave the child in its environment.
//! A line without that nonce is not a record. Nothing is read from the child's standard output,
//! because the learner may write to it.

use crate::{Order, Outcome};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Environment variable: the file to append records to.
pub const FILE: &str = "GRADER_RECORD_FILE";
/// Environment variable: the nonce that every line must carry.
pub const NONCE: &str = "GRADER_RECORD_NONCE";
/// Environment variable: the [`Order`], as JSON.
pub const ORDER: &str = "GRADER_ORDER";

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
    nonce: String,
    entry: Entry,
}

/// The child's end.
#[derive(Debug)]
pub struct Writer {
    nonce: String,
    file: File,
}

impl Writer {
    /// Opens the channel that the environment names, with the order that came with it. `None` if
    /// the process was not started by the grader.
    ///
    /// # Errors
    /// The file cannot be opened, or the order cannot be parsed.
    pub fn from_env() -> io::Result<Option<(Self, Order)>> {
        let (Ok(file), Ok(nonce), Ok(order)) =
            (std::env::var(FILE), std::env::var(NONCE), std::env::var(ORDER))
        else {
            return Ok(None);
        };
        let file = OpenOptions::new().append(true).open(file)?;
        let order = serde_json::from_str(&order)?;
        Ok(Some((Self { nonce, file }, order)))
    }

    /// Appends a record.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn write(&mut self, entry: Entry) -> io::Result<()> {
        let line = Line { nonce: self.nonce.clone(), entry };
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

    /// Marks the place where another run begins, by writing a line with the nonce to both streams.
    /// Everything after the last mark is the last run's own output.
    ///
    /// # Errors
    /// A stream cannot be written to.
    pub fn mark_output(&self) -> io::Result<()> {
        io::stdout().write_all(format!("\n{}\n", self.nonce).as_bytes())?;
        io::stdout().flush()?;
        io::stderr().write_all(format!("\n{}\n", self.nonce).as_bytes())
    }
}

/// Reads all records that carry `nonce`. Anything else in the file, such as a half-written line
/// from a killed process, is not a record.
///
/// # Errors
/// The file cannot be read.
pub fn read(file: &Path, nonce: &str) -> io::Result<Vec<Entry>> {
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    Ok(lines.filter(|line| line.nonce == nonce).map(|line| line.entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_the_nonce_are_records() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || OpenOptions::new().append(true).open(file.path()).unwrap();
        let mut ours = Writer { nonce: "right".into(), file: open() };
        let mut forged = Writer { nonce: "wrong".into(), file: open() };
        ours.write(Entry::Started).unwrap();
        forged.write(Entry::Ended(Box::default())).unwrap();
        open().write_all(b"{\"nonce\":\"right\",\"entry\":{\"end").unwrap();
        assert_eq!(read(file.path(), "right").unwrap(), [Entry::Started]);
    }
}
