//! Times in the form people write them: `300 ms`, `2 s`, `1 h`.
//!
//! The model's clock counts nanoseconds and advances by one whenever a thread reads it, so that
//! time moves at all. Where nothing depends on these nanoseconds, they are noise.

use std::collections::BTreeSet;
use std::time::Duration;

/// A length of time in the largest unit that fits, to three digits or four. `None` for less than a
/// microsecond.
pub(super) fn duration(time: Duration) -> Option<String> {
    const SECOND: f64 = 1.0;
    let seconds = time.as_secs_f64();
    if time < Duration::from_micros(1) {
        return None;
    }
    let (unit, name) = match seconds {
        s if s < 0.000_999_5 => (0.000_001, "µs"),
        s if s < 0.999_5 => (0.001, "ms"),
        s if s < 120.0 => (SECOND, "s"),
        s if s < 7_200.0 => (60.0, "min"),
        s if s < 172_800.0 => (3_600.0, "h"),
        s if s < 63_072_000.0 => (86_400.0, "days"),
        _ => (31_536_000.0, "years"),
    };
    // Not `60 min`.
    if (seconds - 3_600.0).abs() < 0.5 {
        return Some("1 h".to_owned());
    }
    let value = seconds / unit;
    let text = match value {
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    };
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    Some(format!("{text} {name}"))
}

/// `text` with the durations in it (in the format of `Duration`'s `Debug`) rounded if they differ
/// from a round one only by what the clock adds. If rounding would make two different durations
/// equal, all of them stay as they are, because then the difference is what matters.
pub(super) fn round_durations(text: &str) -> String {
    let mut rounded = String::with_capacity(text.len());
    let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        // A digit within a word does not start a number.
        let in_word =
            rest[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let length = rest[start..]
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len() - start);
        let (digits, tail) = rest[start..].split_at(length);
        let unit = ["ns", "µs", "ms", "s"].into_iter().find(|unit| {
            tail.strip_prefix(unit)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
        });
        rounded.push_str(&rest[..start]);
        match unit.filter(|_| !in_word) {
            Some(unit) => {
                let shown = round(digits, unit).unwrap_or_else(|| digits.to_owned());
                before.insert(format!("{digits}{unit}"));
                after.insert(format!("{shown}{unit}"));
                rounded.push_str(&shown);
            }
            None => rounded.push_str(digits),
        }
        rest = tail;
    }
    rounded.push_str(rest);
    if before.len() == after.len() { rounded } else { text.to_owned() }
}

/// Turns `300.000369` (with unit `ms`) into `300`. `None` if there is nothing to round.
fn round(digits: &str, unit: &str) -> Option<String> {
    /// The most that the clock adds to what a check waits for, in seconds.
    const NOISE: f64 = 10e-6;
    let unit_seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        _ => return None,
    };
    let (_, fraction) = digits.split_once('.')?;
    let value: f64 = digits.parse().ok()?;
    for decimals in 0..fraction.len().min(4) {
        let scale = 10_f64.powi(decimals as i32);
        let near = (value * scale).round() / scale;
        if (value - near).abs() * unit_seconds < NOISE && near > 0.0 {
            return Some(format!("{near:.decimals$}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(time: Duration) -> String {
        duration(time).unwrap_or_default()
    }

    #[test]
    fn time_is_said_as_people_write_it() {
        assert_eq!(said(Duration::from_nanos(7)), "");
        assert_eq!(said(Duration::from_micros(1_001)), "1 ms");
        assert_eq!(said(Duration::from_millis(20)), "20 ms");
        assert_eq!(said(Duration::from_nanos(300_000_369)), "300 ms");
        assert_eq!(said(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(said(Duration::new(59, 999_999_999)), "60 s");
        assert_eq!(said(Duration::new(3_600, 123)), "1 h");
        assert_eq!(said(Duration::from_secs(5_400)), "90 min");
        assert_eq!(said(Duration::new(500_000_000, 1)), "15.9 years");
    }

    #[test]
    fn durations_in_a_message_lose_the_clocks_own_nanoseconds() {
        assert_eq!(round_durations("left: 300.000369ms"), "left: 300ms");
        assert_eq!(round_durations("after 3600.000000123s, or 2.5s"), "after 3600s, or 2.5s");
        assert_eq!(
            round_durations("1.250000004s and thread_10.000000001s"),
            "1.25s and thread_10.000000001s"
        );
        assert_eq!(
            round_durations("id 17, 4 items, 1.000000001sec"),
            "id 17, 4 items, 1.000000001sec"
        );
    }

    #[test]
    fn durations_that_differ_stay_different() {
        let text = "left: 300.000369ms\n right: 300ms";
        assert_eq!(round_durations(text), text);
        assert_eq!(round_durations("left: 100.000001ms right: 300ms"), "left: 100ms right: 300ms");
    }
}
