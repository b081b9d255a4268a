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

    /// The first quotation.
    pub(super) fn quoted(&self) -> Option<&str> {
        self.told.iter().find_map(|part| match part {
            Part::Quoted(text) => Some(text.as_str()),
            Part::Said(_) => None,
        })
    }

    /// The first quotation on one line: `permits left: got 3, wanted 2`. If it is wider than `cells`,
    /// what the values mean is shortened before the values are.
    pub(crate) fn quoted_in_short(&self, cells: usize) -> Option<String> {
        let mut lines = self.quoted()?.lines();
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
                    _ => differing(got, wanted, cells)
                        .unwrap_or_else(|| format!("{first}: {values}")),
                }
            }
            _ => first.to_owned(),
        })
    }

    /// The first sentence about the failure.
    pub(crate) fn first_sentence(&self) -> Option<&str> {
        let said = self.told.iter().find_map(|part| match part {
            Part::Said(text) => Some(text.as_str()),
            Part::Quoted(_) => None,
        })?;
        Some(said.find(". ").map_or(said, |end| &said[..=end]))
    }

    /// Whether a mark or a row is on one of the learner's own lines.
    pub fn has_own_line(&self) -> bool {
        self.marks.iter().any(|mark| mark.own) || self.timeline.rows.iter().any(|row| row.own)
    }
}

/// Two values that are too wide to be shown in full, from just before the place where they differ:
/// `got …"b", 1, wanted …"a", 1`. `None` if there is too little room for that.
fn differing(got: &str, wanted: &str, cells: usize) -> Option<String> {
    /// With less room than this for each value, they say nothing.
    const LEAST: usize = 16;
    /// How many letters that both have in common are shown before the difference.
    const BEFORE: usize = 7;
    let (got, wanted) = (got.strip_prefix("got ")?, wanted.strip_prefix("wanted ")?);
    let each = cells.checked_sub("got , wanted ".len())? / 2;
    if each < LEAST {
        return None;
    }
    let same = got.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    let part = |value: &str| match same.checked_sub(BEFORE) {
        Some(skipped @ 1..) => {
            let rest: String = value.chars().skip(skipped).collect();
            cut(&format!("…{rest}"), each)
        }
        _ => cut(value, each),
    };
    Some(format!("got {}, wanted {}", part(got), part(wanted)))
}

#[cfg(test)]
mod tests {
    use super::differing;

    #[test]
    fn values_that_are_too_wide_are_shown_from_where_they_differ() {
        let (got, wanted) = ("got [\"ham\", \"eggs\", 1]", "wanted [\"ham\", \"eggs\", 2]");
        let told = differing(got, wanted, 60).unwrap();
        assert_eq!(told, "got …eggs\", 1], wanted …eggs\", 2]");
        assert_eq!(
            differing("got 1, and so on and on", "wanted 2", 60).unwrap(),
            "got 1, and so on and on, wanted 2"
        );
        assert_eq!(differing(got, wanted, 30), None);
    }
}
