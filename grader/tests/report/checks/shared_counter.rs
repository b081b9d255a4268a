use shared_counter::HitCounter;
use std::sync::Arc;
use std::thread;

/// Two visitors come at the same moment, and each of them is one hit. When both have left, the
/// counter must say two. A counter that loses hits under load is wrong just when it matters.
#[test]
fn no_hit_is_lost() {
    let counter = Arc::new(HitCounter::default());
    let visitors = ["a", "b"].map(|name| {
        let counter = Arc::clone(&counter);
        thread::Builder::new().name(name.into()).spawn(move || counter.record()).unwrap()
    });
    visitors.map(|visitor| visitor.join().unwrap());
    assert_eq!(counter.total(), 2, "a hit was lost");
}
