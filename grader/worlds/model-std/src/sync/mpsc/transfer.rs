use super::channel::{Channel, Message};
use super::{RecvTimeoutError, SendError, TryRecvError, TrySendError};
use crate::time::Timer;
use explorer::{Announcement, Until, WaitResult, scheduler};
use record::{Operation, Value};
use std::panic::Location;

impl<T> Channel<T> {
    pub(super) fn send(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<(), SendError<T>> {
        let result = match self.bound {
            Some(0) => self.hand_over(value, at),
            _ => self.put(value, at),
        };
        scheduler::note(Value::Flag(result.is_ok()));
        result
    }

    /// Sends into the buffer, without a rendezvous.
    fn put(&self, value: T, at: &'static Location<'static>) -> Result<(), SendError<T>> {
        if let Some(object) = self.object() {
            let send = Announcement::new(Operation::Send, at).on(object);
            let room = self.bound.and_then(|_| self.room_gate());
            scheduler::announce(room.map_or(send, |room| send.until(Until::Open(room))));
        }
        let mut state = self.state();
        if !state.has_receiver {
            return Err(SendError(value));
        }
        if self.is_full(&state) {
            // Only when the execution is over: no thread will make room.
            drop(state);
            scheduler::abandon();
        }
        state.messages.push_back(Message { value, taken: None });
        self.tell(&state);
        Ok(())
    }

    /// Sends with bound 0.
    fn hand_over(&self, value: T, at: &'static Location<'static>) -> Result<(), SendError<T>> {
        let object = self.object();
        let send = Announcement::new(Operation::Send, at);
        if let Some(object) = object {
            scheduler::announce(send.on(object));
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
        let (Some(object), Some(taken)) = (object, scheduler::gate()) else {
            // The execution is over: no thread will take it.
            drop(state);
            scheduler::abandon();
        };
        state.messages.push_back(Message { value, taken: Some(taken) });
        self.tell(&state);
        drop(state);
        if scheduler::announce(send.on(object).until(Until::Open(taken))) == WaitResult::Over {
            scheduler::abandon();
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
            scheduler::announce(Announcement::new(Operation::TrySend, at).on(object));
        }
        let mut state = self.state();
        let room = match self.bound {
            Some(0) => std::mem::take(&mut state.receiver_waits),
            _ => !self.is_full(&state),
        };
        scheduler::note(Value::Flag(room && state.has_receiver));
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

    /// Receives. `Timeout` is returned only if there is a `timer`.
    pub(super) fn recv(
        &self,
        timer: Option<Timer>,
        at: &'static Location<'static>,
    ) -> Result<T, RecvTimeoutError> {
        let result = self.wait_for_message(timer, at);
        scheduler::note(Value::Flag(result.is_ok()));
        result
    }

    fn wait_for_message(
        &self,
        timer: Option<Timer>,
        at: &'static Location<'static>,
    ) -> Result<T, RecvTimeoutError> {
        let object = self.object();
        if self.bound == Some(0) {
            // Arrive. A sender that tries before this finds no receiver.
            if let Some(object) = object {
                scheduler::announce(Announcement::new(Operation::Recv, at).on(object));
            }
            match self.take() {
                Err(TryRecvError::Empty) => self.state().receiver_waits = true,
                Ok(value) => return Ok(value),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            }
        }
        let mut result = WaitResult::Over;
        if let (Some(object), Some(filled)) = (object, self.filled_gate()) {
            let recv = Announcement::new(Operation::Recv, at).on(object);
            result = scheduler::announce(
                recv.until(Until::Open(filled)).deadline(timer.and_then(|timer| timer.deadline)),
            );
        }
        self.state().receiver_waits = false;
        match self.take() {
            Ok(value) => Ok(value),
            Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) if timer.is_some_and(|timer| timer.is_over(result)) => {
                Err(RecvTimeoutError::Timeout)
            }
            // Only when the execution is over: no thread will send.
            Err(TryRecvError::Empty) => scheduler::abandon(),
        }
    }

    pub(super) fn try_recv(&self, at: &'static Location<'static>) -> Result<T, TryRecvError> {
        if let Some(object) = self.object() {
            scheduler::announce(Announcement::new(Operation::TryRecv, at).on(object));
        }
        let result = self.take();
        scheduler::note(Value::Flag(result.is_ok()));
        result
    }
}
