use queue::Queue;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A getter waits for an item that comes a second later. Until then it must rest: a thread that
/// asks again and again burns a processor that others need.
#[test]
fn get_rests_while_it_waits() {
    let queue = Arc::new(Queue::default());
    let theirs = Arc::clone(&queue);
    let getter = thread::Builder::new().name("getter".into()).spawn(move || theirs.get()).unwrap();
    thread::sleep(Duration::from_secs(1));
    queue.put(7);
    assert_eq!(getter.join().unwrap(), 7);
}
