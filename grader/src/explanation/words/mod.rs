//! Every sentence of an explanation. The wording lives here; the placement is decided elsewhere.
//!
//! * [`failure`]: what happened in a failed check, in a sentence or two
//! * [`verdict`]: what a failure is called
//! * [`exit`]: the same for a process that died
//! * [`coverage`]: how much was tried
//! * [`label`]: the few words beside a line of source
//! * [`step`]: the cells of the interleaving picture
//! * [`duration`]: times in the form people write them
//!
//! Text from a submission has already been made [safe](super::safe) when it gets here.

pub(crate) mod coverage;
mod duration;
mod exit;
pub(crate) mod failure;
pub(crate) mod label;
pub(crate) mod step;
pub(crate) mod value;
pub(crate) mod verdict;

/// A number with thousands separators: `6,329`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 schedule`, `2 schedules`.
pub(crate) fn count(number_of: u64, one: &str) -> String {
    format!("{} {one}{}", number(number_of), if number_of == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b, and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [front @ .., last] => format!("{}, and {last}", front.join(", ")),
    }
}

/// Like [`list`], but if there are more than `most` items, names only the first few and counts the
/// others.
pub(crate) fn list_some(items: &[String], most: usize, other: &str) -> String {
    if items.len() <= most {
        return list(items);
    }
    let named = most.saturating_sub(1).max(1);
    let others = count((items.len() - named) as u64, other);
    list(&items[..named].iter().cloned().chain([others]).collect::<Vec<_>>())
}

/// `text` with its first letter capitalised.
pub(crate) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", rest.as_str())
}

/// Learner-friendly wording for insta's names of the two sides of a diff.
pub(super) fn snapshot_side(line: &str) -> Option<&'static str> {
    match line.trim() {
        "-old snapshot" => Some("-what was expected"),
        "+new results" => Some("+what your answer did"),
        _ => None,
    }
}
