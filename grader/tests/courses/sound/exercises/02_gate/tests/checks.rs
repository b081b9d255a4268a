use gate::Gate;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// One thread waits at the gate and another opens it, whichever comes first.
#[test]
fn lets_through_who_waits() {
    let gate = Arc::new(Gate::default());
    let waiter = thread::spawn({
        let gate = Arc::clone(&gate);
        move || gate.pass()
    });
    gate.open();
    waiter.join().unwrap();
}

/// While the gate stays shut for a second, a waiting thread leaves the processor to others.
#[test]
fn the_waiter_sleeps() {
    let gate = Arc::new(Gate::default());
    let waiter = thread::spawn({
        let gate = Arc::clone(&gate);
        move || gate.pass()
    });
    thread::sleep(Duration::from_secs(1));
    gate.open();
    waiter.join().unwrap();
}
