use queue::Queue;
use std::sync::Arc;
use std::thread;

/// A getter comes to an empty queue and must wait until there is an item, however often it is
/// woken before that. What it returns must be the item that was put.
#[test]
fn get_waits_for_an_item() {
    let queue = Arc::new(Queue::new());
    let theirs = Arc::clone(&queue);
    let getter = thread::Builder::new().name("getter".into()).spawn(move || theirs.get()).unwrap();
    queue.put(7);
    assert_eq!(getter.join().unwrap(), 7, "the getter got something else");
}
