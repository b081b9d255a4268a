use super::Receiver;
use std::fmt;
use std::panic::Location;

// Each receives where it was made: an adapter that calls `next` would name a place in std.

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
