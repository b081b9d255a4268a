use crate::{deadlock, passes, see, seen};
use model_std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use model_std::sync::{Arc, Mutex, mpsc};
use model_std::thread;
use model_std::time::Duration;
use record::Operation;

#[test]
fn a_rendezvous_is_over_when_both_have_come() {
    passes(|| {
        let (tx, rx) = mpsc::sync_channel(0);
        let arrived = AtomicBool::new(false);
        thread::scope(|s| {
            let arrived = &arrived;
            s.spawn(move || {
                arrived.store(true, SeqCst);
                assert_eq!(rx.recv(), Ok(1));
            });
            tx.send(1).unwrap();
            assert!(arrived.load(SeqCst));
        });
    });
    let unbuffered = || {
        let (tx, rx) = mpsc::sync_channel(1);
        let arrived = AtomicBool::new(false);
        thread::scope(|s| {
            let arrived = &arrived;
            s.spawn(move || {
                arrived.store(true, SeqCst);
                assert_eq!(rx.recv(), Ok(1));
            });
            tx.send(1).unwrap();
            see(arrived.load(SeqCst));
        });
    };
    assert_eq!(seen(unbuffered), ["false", "true"]);
}

#[test]
fn a_full_channel_makes_the_sender_wait() {
    let (waits, _) = deadlock(|| {
        let (tx, _rx) = mpsc::sync_channel(1);
        tx.send(1).unwrap();
        tx.send(2).unwrap();
    });
    assert_eq!((waits.len(), waits[0].operation), (1, Operation::Send));
}

#[test]
fn many_rendezvous_lose_nothing() {
    passes(|| {
        let (tx, rx) = mpsc::sync_channel(0);
        thread::scope(|s| {
            for n in 0..2 {
                let tx = tx.clone();
                s.spawn(move || tx.send(n).unwrap());
            }
            drop(tx);
            let mut all: Vec<i32> = rx.iter().collect();
            all.sort_unstable();
            assert_eq!(all, [0, 1]);
        });
    });
}

/// A waiting receiver serves one sender only.
#[test]
fn a_rendezvous_has_two_sides() {
    let body = || {
        let (tx, rx) = mpsc::sync_channel(0);
        let other = tx.clone();
        thread::scope(|s| {
            let a = s.spawn(move || tx.try_send(1).is_ok());
            let b = s.spawn(move || other.try_send(2).is_ok());
            let received = rx.recv().is_ok();
            let sent = [a, b].map(|sender| u8::from(sender.join().unwrap()));
            see(format!("{received} {}", sent[0] + sent[1]));
        });
    };
    assert_eq!(seen(body), ["false 0", "true 1"]);
}

#[test]
fn a_timeout_races_with_a_message() {
    for bound in [None, Some(0), Some(1)] {
        BOUND.set(bound);
        let body = || {
            let (send, rx): (Box<dyn FnOnce() -> bool + Send>, _) = match BOUND.get() {
                None => {
                    let (tx, rx) = mpsc::channel();
                    (Box::new(move || tx.send(1).is_ok()), rx)
                }
                Some(bound) => {
                    let (tx, rx) = mpsc::sync_channel(bound);
                    (Box::new(move || tx.send(1).is_ok()), rx)
                }
            };
            thread::scope(|s| {
                let sender = s.spawn(send);
                let received = rx.recv_timeout(Duration::from_secs(1));
                drop(rx);
                let sent = sender.join().unwrap();
                // A message that was received was sent, and a rendezvous completes on both sides or
                // on neither.
                assert!(sent || received.is_err());
                assert!(BOUND.get() != Some(0) || sent == received.is_ok());
                see(format!("{received:?}"));
            });
        };
        assert_eq!(seen(body), ["Err(Timeout)", "Ok(1)"]);
    }
}

std::thread_local! {
    static BOUND: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

#[test]
fn a_shared_receiver_gives_each_message_to_one() {
    passes(|| {
        let (tx, rx) = mpsc::channel();
        let rx = Arc::new(Mutex::new(rx));
        thread::scope(|s| {
            let work = |rx: Arc<Mutex<mpsc::Receiver<u8>>>| {
                move || std::iter::from_fn(|| rx.lock().unwrap().recv().ok()).map(u32::from).sum()
            };
            let a = s.spawn(work(Arc::clone(&rx)));
            let b = s.spawn(work(rx));
            tx.send(1).unwrap();
            tx.send(2).unwrap();
            drop(tx);
            let (a, b): (u32, u32) = (a.join().unwrap(), b.join().unwrap());
            assert_eq!(a + b, 3);
        });
    });
}

/// A message whose destructor uses the channel again.
#[test]
fn what_is_left_in_a_channel_is_dropped_outside_of_it() {
    passes(|| {
        struct Echo(mpsc::Sender<u8>, Option<mpsc::Sender<Echo>>);
        impl Drop for Echo {
            fn drop(&mut self) {
                if let Some(tx) = self.1.take() {
                    assert!(tx.send(Echo(self.0.clone(), None)).is_err());
                }
                self.0.send(1).unwrap();
            }
        }
        let (count, counted) = mpsc::channel();
        let (tx, rx) = mpsc::channel();
        tx.send(Echo(count.clone(), Some(tx.clone()))).unwrap();
        drop((tx, rx, count));
        assert_eq!(counted.iter().count(), 2);
    });
}
