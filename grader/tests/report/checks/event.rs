use event::Event;
use std::sync::Arc;
use std::thread;

/// One thread waits for the event, another sets it. Whichever comes first, the one that waits must
/// be let through: an event that was set stays set.
#[test]
fn set_frees_who_waits() {
    let event = Arc::new(Event::default());
    let theirs = Arc::clone(&event);
    let waiter = thread::spawn(move || theirs.wait());
    event.set();
    waiter.join().unwrap();
}
