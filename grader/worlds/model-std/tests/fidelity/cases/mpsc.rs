use super::lib::sync::mpsc::{
    self, RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError, channel, sync_channel,
};
use super::lib::thread;
use super::lib::time::Duration;
use std::sync::Arc;

const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(1_000_000);

pub(crate) fn order() -> String {
    let (tx, rx) = channel();
    let seen: Vec<_> = thread::scope(|s| {
        s.spawn(move || (0..3).for_each(|n| tx.send(n).unwrap()));
        rx.iter().collect()
    });
    format!("{seen:?} {:?} {:?}", rx.recv(), rx.try_recv())
}

pub(crate) fn errors() -> String {
    let (tx, rx) = channel::<u8>();
    let (bounded, bounded_rx) = sync_channel::<u8>(1);
    let mut seen = vec![format!("{tx:?} {rx:?} {bounded:?} {:?} {:?}", rx.iter(), rx.try_iter())];
    let mut see = |error: &dyn std::error::Error| seen.push(format!("{error} {error:?}"));
    see(&rx.try_recv().unwrap_err());
    see(&rx.recv_timeout(SHORT).unwrap_err());
    bounded.send(1).unwrap();
    see(&bounded.try_send(2).unwrap_err());
    drop(tx.clone());
    tx.send(5).unwrap();
    drop(tx);
    let last = rx.recv();
    see(&rx.recv().unwrap_err());
    see(&rx.try_recv().unwrap_err());
    see(&rx.recv_timeout(LONG).unwrap_err());
    drop(bounded_rx);
    see(&bounded.try_send(3).unwrap_err());
    see(&bounded.send(4).unwrap_err());
    let kinds = (
        bounded.send(6) == Err(SendError(6)),
        bounded.try_send(7) == Err(TrySendError::Disconnected(7)),
        TrySendError::from(SendError(1)) == TrySendError::Disconnected(1),
        TryRecvError::from(RecvError) == TryRecvError::Disconnected,
        RecvTimeoutError::from(RecvError) == RecvTimeoutError::Disconnected,
    );
    format!("{seen:?} {last:?} {kinds:?} {:?}", rx.into_iter())
}

pub(crate) fn iteration() -> String {
    let (tx, rx) = channel();
    (0..6).for_each(|n| tx.send(n).unwrap());
    let two: Vec<_> = rx.iter().take(2).collect();
    let mut third = None;
    for n in &rx {
        third = Some(n);
        if n == 2 {
            break;
        }
    }
    let rest: Vec<_> = rx.try_iter().collect();
    tx.send(9).unwrap();
    drop(tx);
    let last: Vec<_> = rx.into_iter().collect();
    format!("{two:?} {third:?} {rest:?} {last:?}")
}

pub(crate) fn bounded() -> String {
    let (tx, rx) = sync_channel(2);
    let full = [tx.try_send(1), tx.try_send(2), tx.try_send(3)];
    let seen: Vec<_> = thread::scope(|s| {
        s.spawn(move || {
            tx.send(4).unwrap();
            tx.send(5).unwrap();
        });
        rx.iter().collect()
    });
    format!("{full:?} {seen:?}")
}

pub(crate) fn rendezvous() -> String {
    let (tx, rx) = sync_channel(0);
    let nobody = tx.try_send(0);
    let seen: Vec<_> = thread::scope(|s| {
        s.spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        vec![
            rx.recv().map_err(|_| ()),
            rx.recv_timeout(LONG).map_err(|_| ()),
            rx.recv().map_err(|_| ()),
        ]
    });
    format!("{nobody:?} {:?}", &seen[..1])
}

/// A sender that waits for room or for a rendezvous gets its message back.
pub(crate) fn hand_over_to_a_dropped_receiver() -> String {
    let run = |bound: usize| {
        let (tx, rx) = sync_channel(bound);
        (0..bound).for_each(|n| tx.send(n).unwrap());
        thread::scope(|s| {
            let sender = s.spawn(move || tx.send(77));
            drop(rx);
            sender.join().unwrap()
        })
    };
    format!("{:?} {:?}", run(0), run(1))
}

pub(crate) fn timeouts() -> String {
    let (tx, rx) = channel();
    let (zero_tx, zero_rx) = sync_channel::<u8>(0);
    tx.send(1).unwrap();
    let seen =
        [rx.recv_timeout(Duration::ZERO), rx.recv_timeout(SHORT), zero_rx.recv_timeout(SHORT)];
    format!("{seen:?} {:?}", zero_tx.try_send(1))
}

pub(crate) fn drops() -> String {
    let token = Arc::new(());
    let mut counts = Vec::new();
    let (tx, rx) = channel();
    tx.send(Arc::clone(&token)).unwrap();
    tx.send(Arc::clone(&token)).unwrap();
    drop(rx.recv());
    counts.push(Arc::strong_count(&token));
    // Messages that will never be received are dropped with the receiver, not with the senders.
    drop(rx);
    counts.push(Arc::strong_count(&token));
    drop(tx.send(Arc::clone(&token)));
    counts.push(Arc::strong_count(&token));
    let (tx, rx) = sync_channel(3);
    tx.send(Arc::clone(&token)).unwrap();
    drop(tx);
    counts.push(Arc::strong_count(&token));
    drop(rx);
    counts.push(Arc::strong_count(&token));
    format!("{counts:?}")
}

pub(crate) fn many_senders() -> String {
    let (tx, rx) = channel();
    let mut seen: Vec<i32> = thread::scope(|s| {
        for n in 0..2 {
            let tx = tx.clone();
            s.spawn(move || tx.send(n).unwrap());
        }
        drop(tx);
        rx.iter().collect()
    });
    seen.sort_unstable();
    format!("{seen:?}")
}

/// The first call may come before the message or after it. A second call may come before or after
/// the sender is gone.
pub(crate) fn try_recv_race() -> String {
    let (tx, rx) = channel();
    thread::scope(|s| {
        s.spawn(move || tx.send(1).unwrap());
        match rx.try_recv() {
            Ok(1) => format!("sent, then {:?}", rx.try_recv()),
            other => format!("{other:?}"),
        }
    })
}

pub(crate) fn try_send_to_nobody() -> String {
    let (tx, rx) = sync_channel(0);
    thread::scope(|s| {
        let sender = s.spawn(move || tx.try_send(1));
        let received = rx.recv();
        match (sender.join().unwrap(), received) {
            (Ok(()), Ok(1)) => "sent",
            (Err(TrySendError::Full(1)), Err(RecvError)) => "Full",
            _ => "neither",
        }
        .to_owned()
    })
}

pub(crate) fn two_senders() -> String {
    let (tx, rx) = mpsc::channel();
    thread::scope(|s| {
        let other = tx.clone();
        s.spawn(move || tx.send('a').unwrap());
        s.spawn(move || other.send('b').unwrap());
        rx.iter().collect()
    })
}
