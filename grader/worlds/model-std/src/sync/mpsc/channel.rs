use super::{RecvTimeoutError, SendError, TryRecvError, TrySendError};
use crate::time::Timer;
use explorer::{Announcement, GateId, Handle, ObjectId, Passage, Until, door};
use record::{ObjectKind, Operation, Value};
use std::collections::VecDeque;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the two ends of a channel share.
///
/// A channel with bound 0 hands over: whoever comes first, sender or receiver, waits for the other.
/// There, arriving and getting what one waits for are two steps.
pub(super) struct Channel<T> {
    handle: Handle,
    /// How many messages fit, `None` for any number.
    bound: Option<usize>,
    state: Mutex<State<T>>,
}

struct State<T> {
    messages: VecDeque<Message<T>>,
    senders: usize,
    has_receiver: bool,
    /// With bound 0: a receiver waits, and no sender has come for it yet.
    receiver_waits: bool,
    /// Open when there is a message, or will never be one again.
    filled: Option<GateId>,
    /// Open when there is room, or no receiver any more.
    room: Option<GateId>,
}

struct Message<T> {
    value: T,
    /// What its sender waits for: that it is taken, or never will be.
    taken: Option<GateId>,
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

    pub(super) fn send(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<(), SendError<T>> {
        let result = match self.bound {
            Some(0) => self.hand_over(value, at),
            _ => self.put(value, at),
        };
        door::note(Value::Flag(result.is_ok()));
        result
    }

    /// Send without handing over.
    fn put(&self, value: T, at: &'static Location<'static>) -> Result<(), SendError<T>> {
        if let Some(object) = self.object() {
            let send = Announcement::new(Operation::Send, at).on(object);
            let room = self.bound.and_then(|_| self.room_gate());
            door::enter(room.map_or(send, |room| send.until(Until::Open(room))));
        }
        let mut state = self.state();
        if !state.has_receiver {
            return Err(SendError(value));
        }
        if self.is_full(&state) {
            // Only when the execution is over: nobody will make room.
            drop(state);
            door::abandon();
        }
        state.messages.push_back(Message { value, taken: None });
        self.tell(&state);
        Ok(())
    }

    /// Send with bound 0.
    fn hand_over(&self, value: T, at: &'static Location<'static>) -> Result<(), SendError<T>> {
        let object = self.object();
        let send = Announcement::new(Operation::Send, at);
        if let Some(object) = object {
            door::enter(send.on(object));
        }
        let mut state = self.state();
        if !state.has_receiver {
            return Err(SendError(value));
        }
        if std::mem::take(&mut state.receiver_waits) {
            state.messages.push_back(Message { value, taken: None });
            self.tell(&state);
            return Ok(());
        }
        let (Some(object), Some(taken)) = (object, door::gate()) else {
            // The execution is over: nobody will take it.
            drop(state);
            door::abandon();
        };
        state.messages.push_back(Message { value, taken: Some(taken) });
        self.tell(&state);
        drop(state);
        if door::enter(send.on(object).until(Until::Open(taken))) == Passage::Over {
            door::abandon();
        }
        let mut state = self.state();
        let left = state.messages.iter().position(|message| message.taken == Some(taken));
        match left.and_then(|left| state.messages.remove(left)) {
            Some(message) => Err(SendError(message.value)),
            None => Ok(()),
        }
    }

    pub(super) fn try_send(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<(), TrySendError<T>> {
        if let Some(object) = self.object() {
            door::enter(Announcement::new(Operation::TrySend, at).on(object));
        }
        let mut state = self.state();
        let room = match self.bound {
            Some(0) => std::mem::take(&mut state.receiver_waits),
            _ => !self.is_full(&state),
        };
        door::note(Value::Flag(room && state.has_receiver));
        if !state.has_receiver {
            return Err(TrySendError::Disconnected(value));
        }
        if !room {
            return Err(TrySendError::Full(value));
        }
        state.messages.push_back(Message { value, taken: None });
        self.tell(&state);
        Ok(())
    }

    /// Receive. `Timeout` is returned only if there is a `timer`.
    pub(super) fn recv(
        &self,
        timer: Option<Timer>,
        at: &'static Location<'static>,
    ) -> Result<T, RecvTimeoutError> {
        let object = self.object();
        if self.bound == Some(0) {
            // Arrive. A sender that tries before this finds nobody.
            if let Some(object) = object {
                door::enter(Announcement::new(Operation::Recv, at).on(object));
            }
            match self.take() {
                Err(TryRecvError::Empty) => self.state().receiver_waits = true,
                Ok(value) => return Ok(value),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            }
        }
        let mut passage = Passage::Over;
        if let (Some(object), Some(filled)) = (object, self.filled_gate()) {
            let recv = Announcement::new(Operation::Recv, at).on(object);
            passage = door::enter(
                recv.until(Until::Open(filled)).deadline(timer.map(|timer| timer.deadline)),
            );
        }
        self.state().receiver_waits = false;
        match self.take() {
            Ok(value) => Ok(value),
            Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) if timer.is_some_and(|timer| timer.is_over(passage)) => {
                Err(RecvTimeoutError::Timeout)
            }
            // Only when the execution is over: nobody will send.
            Err(TryRecvError::Empty) => door::abandon(),
        }
    }

    pub(super) fn try_recv(&self, at: &'static Location<'static>) -> Result<T, TryRecvError> {
        if let Some(object) = self.object() {
            door::enter(Announcement::new(Operation::TryRecv, at).on(object));
        }
        self.take()
    }

    /// Take the oldest message, if there is one.
    fn take(&self) -> Result<T, TryRecvError> {
        let mut state = self.state();
        let message = state.messages.pop_front();
        self.tell(&state);
        let disconnected = state.senders == 0;
        drop(state);
        door::note(Value::Flag(message.is_some()));
        match message {
            Some(message) => {
                if let Some(taken) = message.taken {
                    door::set_open(taken, true);
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

    /// A sender is dropped. Only of the last one can anybody see when.
    pub(super) fn remove_sender(&self, at: &'static Location<'static>) {
        let mut state = self.state();
        if state.senders > 1 {
            state.senders -= 1;
            return;
        }
        let seen = state.has_receiver;
        drop(state);
        if seen {
            self.disconnect(at);
        }
        let mut state = self.state();
        state.senders = 0;
        self.tell(&state);
    }

    /// The receiver is dropped, and with it the messages that nobody will receive.
    pub(super) fn remove_receiver(&self, at: &'static Location<'static>) {
        if self.state().senders > 0 {
            self.disconnect(at);
        }
        let mut state = self.state();
        state.has_receiver = false;
        let (left, returned) =
            std::mem::take(&mut state.messages).into_iter().partition(|m| m.taken.is_none());
        state.messages = returned;
        self.tell(&state);
        for message in &state.messages {
            // Its sender gets it back.
            message.taken.into_iter().for_each(|taken| door::set_open(taken, true));
        }
        drop(state);
        let left: VecDeque<Message<T>> = left;
        // Their destructors may use the channel, too.
        drop(left);
    }

    fn disconnect(&self, at: &'static Location<'static>) {
        if let Some(object) = self.object() {
            door::enter(Announcement::new(Operation::Disconnect, at).on(object));
        }
    }

    fn is_full(&self, state: &State<T>) -> bool {
        self.bound.is_some_and(|bound| state.messages.len() >= bound)
    }

    fn filled_gate(&self) -> Option<GateId> {
        let mut state = self.state();
        state.filled = state.filled.or_else(door::gate);
        self.tell(&state);
        state.filled
    }

    fn room_gate(&self) -> Option<GateId> {
        let mut state = self.state();
        state.room = state.room.or_else(door::gate);
        self.tell(&state);
        state.room
    }

    /// Open and close the gates.
    fn tell(&self, state: &State<T>) {
        if let Some(filled) = state.filled {
            door::set_open(filled, !state.messages.is_empty() || state.senders == 0);
        }
        if let Some(room) = state.room {
            door::set_open(room, !self.is_full(state) || !state.has_receiver);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self) -> Option<ObjectId> {
        door::object(&self.handle).map(|(object, _)| object)
    }
}
