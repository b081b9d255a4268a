//! The file that carries records from a child process to the grader.
//!
//! One JSON object a line, each with the nonce that the grader gave the child in its environment. A
//! line without it is not a record. The child's standard output is the learner's to write to, so
//! nothing is ever read from there.

use crate::{Order, Outcome};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Environment variable: where to append records.
pub const FILE: &str = "GRADER_RECORD_FILE";
/// Environment variable: the nonce that each line must carry.
pub const NONCE: &str = "GRADER_RECORD_NONCE";
/// Environment variable: the [`Order`], as JSON.
pub const ORDER: &str = "GRADER_ORDER";

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// The check has begun. Without it the process never got as far as the check.
    Started,
    /// A failing schedule was found. What the process prints from here on is that schedule's own
    /// output, and only that.
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
    /// Open the channel that the environment names, with the order that came with it. `None` where
    /// the process was not started by the grader.
    ///
    /// # Errors
    /// The file cannot be opened, or the order is not one.
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

    /// Append a record.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, entry: Entry) -> io::Result<()> {
        let line = Line { nonce: self.nonce.clone(), entry };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}

impl Writer {
    /// Append the outcome and end the process. Threads that still run end with it, and libtest,
    /// which would only print, has nothing to add: the record is what counts.
    ///
    /// # Panics
    /// The file cannot be written. The grader then finds no outcome, which is never a pass.
    pub fn end(mut self, outcome: Outcome) -> ! {
        self.write(Entry::Ended(Box::new(outcome))).expect("the record channel takes the outcome");
        std::process::exit(0)
    }

    /// The failing schedule is about to be run once more: what the process prints from here on is
    /// that schedule's own output.
    ///
    /// # Errors
    /// The file or a stream cannot be written.
    pub fn begin_replay(&mut self) -> io::Result<()> {
        self.mark_output()?;
        self.write(Entry::Replaying)
    }

    /// Another run begins: a line with the nonce marks the place in both streams. What comes after
    /// the last mark is the last run's own output.
    ///
    /// # Errors
    /// A stream cannot be written.
    pub fn mark_output(&self) -> io::Result<()> {
        io::stdout().write_all(format!("\n{}\n", self.nonce).as_bytes())?;
        io::stdout().flush()?;
        io::stderr().write_all(format!("\n{}\n", self.nonce).as_bytes())
    }
}

/// Read all records that carry `nonce`. Anything else in the file, such as a line that a killed
/// process left half written, is not a record.
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
