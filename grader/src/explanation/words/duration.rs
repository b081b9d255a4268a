//! Times in the form people write them: `300 ms`, `2 s`, `1 h`.
//!
//! The model's clock counts nanoseconds and advances by one whenever a thread reads it, so that
//! time moves at all. Where nothing depends on these nanoseconds, they are noise.

use std::collections::BTreeSet;
use std::time::Duration;

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;

/// The units that times are written in, with their nanoseconds.
const UNITS: [(&str, u128); 7] = [
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("min", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("days", 86_400 * SECOND),
    ("years", 31_536_000 * SECOND),
];

/// A length of time in the largest unit that fits, to three digits or four. `None` for less than a
/// microsecond.
pub(super) fn duration(time: Duration) -> Option<String> {
    let seconds = time.as_secs_f64();
    if time < Duration::from_micros(1) {
        return None;
    }
    let (unit, name) = match seconds {
        s if s < 0.000_999_5 => (0.000_001, "µs"),
        s if s < 0.999_5 => (0.001, "ms"),
        s if s < 120.0 => (1.0, "s"),
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

/// `text` with the durations in it (`300ms`, as `Duration`'s `Debug` writes them, or `300 ms`) as
/// people write them, and rounded if they differ from a round one only by what the clock adds. If
/// rounding would make two different durations equal, none is rounded, because then the difference
/// is what matters.
pub(in super::super) fn with_durations(text: &str) -> String {
    let (mut exact, mut rounded) = (String::with_capacity(text.len()), String::new());
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
        let time = unit(tail).filter(|_| !in_word).and_then(|(unit_nanos, end)| {
            let nanos = nanoseconds(digits, unit_nanos)?;
            Some((nanos, &tail[end..], format!("{digits} {}", tail[..end].trim_start())))
        });
        let (as_is, shown, after_it) = match time {
            Some((nanos, after_it, written)) => {
                let as_is = without_loss(nanos).unwrap_or(written);
                let shown =
                    without_noise(nanos).and_then(|it| without_loss(it).or_else(|| in_two(it)));
                let shown = shown.unwrap_or_else(|| as_is.clone());
                before.insert(nanos);
                after.insert(shown.clone());
                (as_is, shown, after_it)
            }
            None => (digits.to_owned(), digits.to_owned(), tail),
        };
        for (text, number) in [(&mut exact, &as_is), (&mut rounded, &shown)] {
            text.push_str(&rest[..start]);
            text.push_str(number);
        }
        rest = after_it;
    }
    exact.push_str(rest);
    rounded.push_str(rest);
    if before.len() == after.len() { rounded } else { exact }
}

/// The unit that `text` begins with, perhaps after a space: its nanoseconds, and where it ends.
fn unit(text: &str) -> Option<(u128, usize)> {
    let word = text.strip_prefix(' ').unwrap_or(text);
    let units = [("ns", 1), ("µs", 1_000), ("ms", 1_000_000), ("s", SECOND)];
    let its = units.into_iter().find(|(unit, _)| {
        word.strip_prefix(unit)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
    });
    its.map(|(unit, nanos)| (nanos, text.len() - word.len() + unit.len()))
}

/// Turns `300.000369` (of 1,000,000 ns each) into nanoseconds. `None` if it is no number, or none
/// that a `Duration` holds.
fn nanoseconds(digits: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u128 = whole.parse().ok()?;
    let parts: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let nanos = whole.checked_mul(unit)?.checked_add(parts.checked_mul(unit)? / scale)?;
    (nanos <= Duration::MAX.as_nanos()).then_some(nanos)
}

/// A length of time as people write it, if that is exact.
fn without_loss(nanos: u128) -> Option<String> {
    if nanos == 0 {
        return Some("0 s".to_owned());
    }
    let seconds = u64::try_from(nanos / SECOND).ok()?;
    let text = duration(Duration::new(seconds, (nanos % SECOND) as u32))?;
    let (digits, name) = text.split_once(' ')?;
    let (_, unit) = UNITS.into_iter().find(|(unit, _)| *unit == name)?;
    (nanoseconds(digits, unit) == Some(nanos)).then_some(text)
}

/// A length of time in two units: `100 days and 20 ms`. `None` if that is not exact.
fn in_two(nanos: u128) -> Option<String> {
    let (_, largest) = UNITS.into_iter().rev().find(|(_, unit)| *unit <= nanos)?;
    let (most, rest) = (without_loss(nanos / largest * largest)?, nanos % largest);
    Some(format!("{most} and {}", without_loss(rest)?))
}

/// The round time that `nanos` differs from only by what the clock adds. `None` if there is none, or if
/// it is one nanosecond more: that is meant.
fn without_noise(nanos: u128) -> Option<u128> {
    /// The most that the clock adds to what a check waits for, in nanoseconds.
    const NOISE: u128 = 10_000;
    let round = [SECOND, 100_000_000, 10_000_000, 1_000_000, 100_000];
    let near = round.map(|unit| (nanos + unit / 2) / unit * unit);
    near.into_iter().find(|near| {
        *near > 0 && *near != nanos && *near + 1 != nanos && near.abs_diff(nanos) < NOISE
    })
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
    fn durations_in_a_message_have_a_space_and_lose_the_clocks_own_nanoseconds() {
        assert_eq!(with_durations("left: 300.000369ms"), "left: 300 ms");
        assert_eq!(with_durations("after 3600.000000123s, or 2.5s"), "after 1 h, or 2.5 s");
        assert_eq!(
            with_durations("1.250000004s and thread_10.000000001s"),
            "1.25 s and thread_10.000000001s"
        );
        assert_eq!(
            with_durations("id 17, 4 items, 1.000000001sec"),
            "id 17, 4 items, 1.000000001sec"
        );
    }

    #[test]
    fn durations_that_differ_stay_different() {
        let text = "left: 300.000369ms\n right: 300ms";
        assert_eq!(with_durations(text), "left: 300.000369 ms\n right: 300 ms");
        assert_eq!(with_durations("left: 100.000002ms right: 300ms"), "left: 100 ms right: 300 ms");
        assert_eq!(with_durations("took 0ns"), "took 0 s");
        assert_eq!(
            with_durations("f(31536000 s) gave up after 7ns"),
            "f(365 days) gave up after 7 ns"
        );
        assert_eq!(
            with_durations("8640000.020000123s after the call"),
            "100 days and 20 ms after the call"
        );
        assert_eq!(with_durations("36028797018963968s"), "36028797018963968 s");
        assert_eq!(with_durations("1.000000001s, 1s"), "1.000000001 s, 1 s");
    }
}
