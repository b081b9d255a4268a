//! [`std::sync::mpsc`], on the explorer.

mod channel;
mod receiver;
mod sender;
mod transfer;

pub use receiver::{IntoIter, Iter, Receiver, TryIter};
pub use sender::{Sender, SyncSender};
pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use channel::Channel;
use std::panic::Location;
use std::sync::Arc;

/// [`std::sync::mpsc::channel`]
#[track_caller]
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let at = Location::caller();
    let channel = Arc::new(Channel::new(None, at));
    (Sender::new(Arc::clone(&channel), at), Receiver::new(channel, at))
}

/// [`std::sync::mpsc::sync_channel`]
#[track_caller]
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let at = Location::caller();
    let channel = Arc::new(Channel::new(Some(bound), at));
    (SyncSender::new(Arc::clone(&channel), at), Receiver::new(channel, at))
}
