use super::channel::Channel;
use ::std::sync::mpsc::{SendError, TrySendError};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// A sending end.
macro_rules! sender {
    ($name:ident) => {
        #[doc = concat!("[`std::sync::mpsc::", stringify!($name), "`]")]
        pub struct $name<T> {
            channel: Arc<Channel<T>>,
            /// Where it was made.
            at: &'static Location<'static>,
            /// Makes it `Send` and `Sync` exactly when std's type is.
            like: PhantomData<std::sync::mpsc::$name<T>>,
        }

        impl<T> $name<T> {
            pub(super) fn new(channel: Arc<Channel<T>>, at: &'static Location<'static>) -> Self {
                Self { channel, at, like: PhantomData }
            }

            #[doc = concat!("[`std::sync::mpsc::", stringify!($name), "::send`]")]
            ///
            /// # Errors
            /// The message, if there is no receiver left to take it.
            #[track_caller]
            pub fn send(&self, t: T) -> Result<(), SendError<T>> {
                self.channel.send(t, Location::caller())
            }
        }

        impl<T> Clone for $name<T> {
            #[track_caller]
            fn clone(&self) -> Self {
                self.channel.add_sender();
                Self::new(Arc::clone(&self.channel), Location::caller())
            }
        }

        impl<T> Drop for $name<T> {
            fn drop(&mut self) {
                self.channel.remove_sender(self.at);
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

sender!(Sender);
sender!(SyncSender);

impl<T> SyncSender<T> {
    /// [`std::sync::mpsc::SyncSender::try_send`]
    ///
    /// # Errors
    /// The message, if there is no room for it or no receiver is left.
    #[track_caller]
    pub fn try_send(&self, t: T) -> Result<(), TrySendError<T>> {
        self.channel.try_send(t, Location::caller())
    }
}
