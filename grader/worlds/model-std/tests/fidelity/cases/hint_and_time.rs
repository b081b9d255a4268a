use super::lib::hint;
use super::lib::thread;
use super::lib::time::{Duration, Instant};
use super::panic_of;

pub(crate) fn instants() -> String {
    let start = Instant::now();
    let (short, long) = (Duration::from_millis(3), Duration::from_secs(5));
    let later = start + long;
    let mut moved = later;
    moved += short;
    moved -= long;
    let differences = [
        later - start,
        start - later,
        later.duration_since(start),
        start.duration_since(later),
        later.saturating_duration_since(start),
        start.saturating_duration_since(later),
        moved - start,
        (later - short) - start,
    ];
    let checked = [
        later.checked_duration_since(start),
        start.checked_duration_since(later),
        start.checked_add(Duration::MAX).map(|_| Duration::ZERO),
        start.checked_sub(Duration::MAX).map(|_| Duration::ZERO),
        start.checked_add(long).map(|sum| sum - start),
        later.checked_sub(short).map(|sum| later - sum),
    ];
    let overflow = [panic_of(|| start + Duration::MAX), panic_of(|| start - Duration::MAX)];
    let order = (start < later, start == later, start.max(later) == later);
    format!("{differences:?}\n{checked:?}\n{overflow:?}\n{order:?}")
}

pub(crate) fn sleeping() -> String {
    let pause = Duration::from_millis(2);
    let start = Instant::now();
    thread::sleep(pause);
    let enough = start.elapsed() >= pause;
    thread::sleep(Duration::ZERO);
    thread::yield_now();
    // A park may end spuriously, but not before it has begun.
    thread::park_timeout(pause);
    format!("{enough} {}", Instant::now() >= start)
}

pub(crate) fn hints() -> String {
    hint::spin_loop();
    hint::cold_path();
    format!("{} {}", hint::black_box(3), hint::select_unpredictable(true, 1, 2))
}
