//! The table that a verification prints, and its exit code.

use super::comparison::{Comparison, LATE};
use super::verified::Verified;
use crate::course::Kind;
use crate::exit::Code;
use std::io::{self, Write};

/// The exit code of a verification.
pub fn code(verified: &[Verified]) -> Code {
    let answers = || verified.iter().flat_map(|exercise| &exercise.answers);
    if answers().any(|answer| answer.fault) {
        Code::Fault
    } else if answers().any(|answer| !answer.complaints.is_empty())
        || verified.iter().any(|exercise| !exercise.documents.is_empty())
    {
        Code::NotFull
    } else {
        Code::FullMarks
    }
}

/// Writes a line for each answer and, below it, the complaints about it.
///
/// # Errors
/// `out` cannot be written.
pub fn write(verified: &[Verified], out: &mut dyn Write) -> io::Result<()> {
    let answers = || verified.iter().flat_map(|exercise| &exercise.answers);
    let width = answers().map(|answer| answer.label.len()).max().unwrap_or_default();
    for exercise in verified {
        writeln!(out, "{}", exercise.id)?;
        for Comparison { label, kind, score, max_score, complaints, late, .. } in &exercise.answers
        {
            let mark = match (complaints.is_empty(), kind) {
                (true, Kind::Wrong) if *late => "ok, after a long search",
                (true, _) => "ok",
                (false, _) => "NOT AS EXPECTED",
            };
            let result = match kind {
                // Not all of its checks were run.
                Kind::Wrong if complaints.is_empty() => "caught".to_owned(),
                Kind::Wrong => "-".to_owned(),
                Kind::Starter | Kind::Right => format!("{score} of {max_score}"),
            };
            writeln!(out, "  {label:width$}  {result:>8}  {mark}")?;
            for complaint in complaints {
                writeln!(out, "      {}", complaint.replace('\n', "\n      "))?;
            }
        }
        for complaint in &exercise.documents {
            writeln!(out, "  {complaint}")?;
        }
        writeln!(out)?;
    }
    let documents: usize = verified.iter().map(|exercise| exercise.documents.len()).sum();
    if documents > 0 {
        writeln!(out, "Out of date or wrong in the documents: {documents}.")?;
    }
    let good = |kind: Kind| {
        let of_kind = || answers().filter(move |answer| answer.kind == kind);
        (of_kind().filter(|answer| answer.complaints.is_empty()).count(), of_kind().count())
    };
    let (passed, right) = good(Kind::Right);
    let (caught, wrong) = good(Kind::Wrong);
    writeln!(out, "Right answers passed: {passed} of {right}.")?;
    writeln!(out, "Wrong answers caught: {caught} of {wrong}.")?;
    let late = answers().filter(|answer| answer.kind == Kind::Wrong && answer.late).count();
    if late > 0 {
        writeln!(out, "Caught only after more than {LATE} schedules: {late}.")?;
    }
    let bad = answers().filter(|answer| !answer.complaints.is_empty()).count();
    match bad {
        0 => writeln!(out, "All {} answers are graded as expected.", answers().count()),
        1 => writeln!(out, "1 of {} answers is not graded as expected.", answers().count()),
        bad => writeln!(out, "{bad} of {} answers are not graded as expected.", answers().count()),
    }
}
