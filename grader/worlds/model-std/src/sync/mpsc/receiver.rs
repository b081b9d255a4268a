use super::channel::Channel;
use crate::time::{Duration, Timer};
use ::std::sync::mpsc::{RecvError, RecvTimeoutError, TryRecvError};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// [`std::sync::mpsc::Receiver`]
pub struct Receiver<T> {
    pub(super) channel: Arc<Channel<T>>,
    /// Where it was made.
    at: &'static Location<'static>,
    /// Makes it `Send` and `Sync` exactly when std's type is.
    like: PhantomData<std::sync::mpsc::Receiver<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(channel: Arc<Channel<T>>, at: &'static Location<'static>) -> Self {
        Self { channel, at, like: PhantomData }
    }

    /// [`std::sync::mpsc::Receiver::recv`]
    ///
    /// # Errors
    /// There is no message, and no sender is left.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.channel.recv(None, Location::caller()).map_err(|_| RecvError)
    }

    /// [`std::sync::mpsc::Receiver::try_recv`]
    ///
    /// # Errors
    /// There is no message.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.try_recv(Location::caller())
    }

    /// [`std::sync::mpsc::Receiver::recv_timeout`]
    ///
    /// # Errors
    /// There is no message, and either the time is up or no sender is left.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.channel.recv(Some(Timer::new(timeout)), Location::caller())
    }

    /// [`std::sync::mpsc::Receiver::iter`]
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { rx: self, at: Location::caller() }
    }

    /// [`std::sync::mpsc::Receiver::try_iter`]
    #[track_caller]
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { rx: self, at: Location::caller() }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.remove_receiver(self.at);
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { rx: self, at: Location::caller() }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

// Each iterator receives at the place where it was made: an adapter that calls `next` would name a
// place in std.

/// [`std::sync::mpsc::Iter`]
pub struct Iter<'a, T: 'a> {
    pub(super) rx: &'a Receiver<T>,
    pub(super) at: &'static Location<'static>,
}

/// [`std::sync::mpsc::TryIter`]
pub struct TryIter<'a, T: 'a> {
    pub(super) rx: &'a Receiver<T>,
    pub(super) at: &'static Location<'static>,
}

/// [`std::sync::mpsc::IntoIter`]
pub struct IntoIter<T> {
    pub(super) rx: Receiver<T>,
    pub(super) at: &'static Location<'static>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.channel.recv(None, self.at).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.channel.try_recv(self.at).ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.channel.recv(None, self.at).ok()
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("rx", &self.rx).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").field("rx", &self.rx).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("rx", &self.rx).finish()
    }
}
