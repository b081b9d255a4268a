//! The explanation of one check: the value that renderers draw.

use super::marks::Mark;
use super::part::Part;
use super::safe::{cut, width};
use super::timeline::Timeline;
use serde::Serialize;

/// With less room than this, nothing is said about what values mean.
const LEAST_MEANING: usize = 12;

/// Why one check failed, or what one schedule did.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// What the failure is called, in plain words: `lost wakeup`.
    pub failure: String,
    /// What happened, in a few sentences and quotations, in order.
    pub told: Vec<Part>,
    /// The lines of the source that explain it, in the order of the source.
    pub marks: Vec<Mark>,
    /// The part of the failing schedule that is shown.
    pub timeline: Timeline,
    /// Every schedule that was tried fails: no bad luck is needed.
    pub any_schedule: bool,
    /// Some of the learner's code ran, or may have run, before the check failed.
    pub ran_own_code: bool,
    /// The difference between a transcript and the expected one, line by line. Empty unless that
    /// difference is the failure.
    pub difference: String,
    /// What else the failing run printed.
    pub output: String,
    /// How many schedules or runs it took to find the failure, and in which world.
    pub found: Option<String>,
    /// The token for `grader replay`, if a schedule failed.
    pub replay: Option<String>,
    /// Checks of the same exercise that failed for the same cause, by name.
    pub same_cause: Vec<String>,
}

impl Explanation {
    /// What happened, as one text.
    pub fn message(&self) -> String {
        let parts = self.told.iter().map(|part| match part {
            Part::Said(text) | Part::Quoted(text) => text.as_str(),
        });
        parts.collect::<Vec<_>>().join("\n")
    }

    /// The first quotation on one line: `permits left: got 3, wanted 2`. If it is wider than `cells`,
    /// what the values mean is shortened before the values are.
    pub(crate) fn quoted_in_short(&self, cells: usize) -> Option<String> {
        let quoted = self.told.iter().find_map(|part| match part {
            Part::Quoted(text) => Some(text),
            Part::Said(_) => None,
        })?;
        let mut lines = quoted.lines();
        let first = lines.next()?;
        let values: Vec<String> =
            lines.map(str::trim).map(|line| line.replacen(':', "", 1)).collect();
        // Values of several lines do not fit on one.
        Some(match &values[..] {
            [got, wanted] if got.starts_with("got ") && wanted.starts_with("wanted ") => {
                let values = format!("{got}, {wanted}");
                match cells.checked_sub(width(&values) + 2) {
                    Some(room) if room >= LEAST_MEANING => {
                        format!("{}: {values}", cut(first, room))
                    }
                    _ if width(&values) <= cells => values,
                    _ => format!("{first}: {values}"),
                }
            }
            _ => first.to_owned(),
        })
    }

    /// Whether a mark or a row is on one of the learner's own lines.
    pub fn has_own_line(&self) -> bool {
        self.marks.iter().any(|mark| mark.own) || self.timeline.rows.iter().any(|row| row.own)
    }
}
