use ::std::sync::mpsc::TryRecvError;
use explorer::{Announcement, GateId, Handle, ObjectId, scheduler};
use record::{ObjectKind, Operation, Value};
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state shared by the two ends of a channel.
///
/// A channel with bound 0 is a rendezvous: whichever side arrives first, sender or receiver, waits
/// for the other. There, arriving and completing the transfer are two separate steps.
pub(super) struct Channel<T> {
    handle: Handle,
    /// How many messages fit; `None` if there is no limit.
    pub(super) bound: Option<usize>,
    state: Mutex<State<T>>,
}

pub(super) struct State<T> {
    pub(super) messages: VecDeque<Message<T>>,
    senders: usize,
    pub(super) has_receiver: bool,
    /// With bound 0: a receiver is waiting, and no sender has claimed it yet.
    pub(super) receiver_waits: bool,
    /// Open when there is a message, or when there will never be another.
    filled: Option<GateId>,
    /// Open when there is room. Without a receiver there is always room: no message is kept.
    room: Option<GateId>,
}

pub(super) struct Message<T> {
    pub(super) value: T,
    /// The gate that its sender waits for: open once the message has been taken or never will be.
    pub(super) taken: Option<GateId>,
}

impl<T> Channel<T> {
    pub(super) fn new(bound: Option<usize>, at: &'static Location<'static>) -> Self {
        let state = State {
            messages: VecDeque::new(),
            senders: 1,
            has_receiver: true,
            receiver_waits: false,
            filled: None,
            room: None,
        };
        let handle = Handle::new(ObjectKind::Channel, at);
        Self { handle, bound, state: Mutex::new(state) }
    }

    /// Takes the oldest message, if there is one.
    pub(super) fn take(&self) -> Result<T, TryRecvError> {
        let mut state = self.state();
        let message = state.messages.pop_front();
        self.tell(&state);
        let disconnected = state.senders == 0;
        drop(state);
        match message {
            Some(message) => {
                if let Some(taken) = message.taken {
                    scheduler::set_open(taken, true);
                }
                Ok(message.value)
            }
            None if disconnected => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    pub(super) fn add_sender(&self) {
        self.state().senders += 1;
    }

    /// A sender is dropped. Only the moment at which the last one goes can be observed.
    pub(super) fn remove_sender(&self, at: &'static Location<'static>) {
        let mut state = self.state();
        if state.senders > 1 {
            state.senders -= 1;
            drop(state);
            // Which of them is the last depends on the order in which they go.
            if let Some(object) = self.object() {
                scheduler::change(object);
            }
            return;
        }
        let seen = state.has_receiver;
        drop(state);
        if seen {
            self.disconnect(at, false);
        }
        let mut state = self.state();
        state.senders = 0;
        self.tell(&state);
    }

    /// The receiver is dropped, and with it the messages that will never be received.
    pub(super) fn remove_receiver(&self, at: &'static Location<'static>) {
        if self.state().senders > 0 {
            self.disconnect(at, true);
        }
        let mut state = self.state();
        state.has_receiver = false;
        let (left, returned) =
            std::mem::take(&mut state.messages).into_iter().partition(|m| m.taken.is_none());
        state.messages = returned;
        self.tell(&state);
        for message in &state.messages {
            // Its sender gets it back.
            message.taken.into_iter().for_each(|taken| scheduler::set_open(taken, true));
        }
        drop(state);
        let left: VecDeque<Message<T>> = left;
        // Their destructors may use the channel, too.
        drop(left);
    }

    /// One side of the channel goes: the receiver, or the last sender.
    fn disconnect(&self, at: &'static Location<'static>, is_receiver: bool) {
        if let Some(object) = self.object() {
            scheduler::announce(Announcement::new(Operation::Disconnect, at).on(object));
            scheduler::note(Value::Flag(is_receiver));
        }
    }

    pub(super) fn is_full(&self, state: &State<T>) -> bool {
        self.bound.is_some_and(|bound| state.messages.len() >= bound)
    }

    pub(super) fn filled_gate(&self) -> Option<GateId> {
        let mut state = self.state();
        state.filled = state.filled.or_else(scheduler::gate);
        self.tell(&state);
        state.filled
    }

    pub(super) fn room_gate(&self) -> Option<GateId> {
        let mut state = self.state();
        state.room = state.room.or_else(scheduler::gate);
        self.tell(&state);
        state.room
    }

    /// Opens and closes the gates.
    pub(super) fn tell(&self, state: &State<T>) {
        if let Some(filled) = state.filled {
            scheduler::set_open(filled, !state.messages.is_empty() || state.senders == 0);
        }
        if let Some(room) = state.room {
            scheduler::set_open(room, !self.is_full(state));
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn object(&self) -> Option<ObjectId> {
        scheduler::object(&self.handle).map(|(object, _)| object)
    }
}
