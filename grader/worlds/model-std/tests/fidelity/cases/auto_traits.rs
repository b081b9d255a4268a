//! Which types are `Send` and `Sync`. Where its bound holds, an inherent constant hides
//! the trait's constant.

use super::lib::panic::{RefUnwindSafe, UnwindSafe};
use super::lib::sync::atomic::{AtomicPtr, AtomicU8};
use super::lib::sync::{
    Barrier, BarrierWaitResult, Condvar, LazyLock, Mutex, MutexGuard, Once, OnceLock, OnceState,
    RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc,
};
use super::lib::thread::{JoinHandle, LocalKey, ScopedJoinHandle, Thread};
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

struct Probe<T: ?Sized>(PhantomData<T>);

trait Otherwise {
    const SEND: bool = false;
    const SYNC: bool = false;
    const UNWIND: bool = false;
    const REF_UNWIND: bool = false;
}

impl<T: ?Sized> Otherwise for Probe<T> {}

impl<T: ?Sized + Send> Probe<T> {
    const SEND: bool = true;
}

impl<T: ?Sized + Sync> Probe<T> {
    const SYNC: bool = true;
}

impl<T: ?Sized + UnwindSafe> Probe<T> {
    const UNWIND: bool = true;
}

impl<T: ?Sized + RefUnwindSafe> Probe<T> {
    const REF_UNWIND: bool = true;
}

macro_rules! traits {
    ($($t:ty),+ $(,)?) => {
        [$(format!(
            "{}: {} {} {} {}",
            stringify!($t),
            Probe::<$t>::SEND,
            Probe::<$t>::SYNC,
            Probe::<$t>::UNWIND,
            Probe::<$t>::REF_UNWIND
        )),+].join("\n")
    };
}

pub(crate) fn locks() -> String {
    traits!(
        Mutex<u8>,
        Mutex<Cell<u8>>,
        Mutex<Rc<u8>>,
        Mutex<dyn Send>,
        MutexGuard<'static, u8>,
        MutexGuard<'static, Cell<u8>>,
        RwLock<u8>,
        RwLock<Cell<u8>>,
        RwLock<Rc<u8>>,
        RwLockReadGuard<'static, u8>,
        RwLockReadGuard<'static, Cell<u8>>,
        RwLockWriteGuard<'static, u8>,
        RwLockWriteGuard<'static, Cell<u8>>,
        Condvar,
        Barrier,
        BarrierWaitResult,
        AtomicU8,
        AtomicPtr<u8>,
        AtomicPtr<Cell<u8>>,
    )
}

pub(crate) fn once() -> String {
    traits!(
        Once, OnceState, OnceLock<u8>, OnceLock<Cell<u8>>, OnceLock<Rc<u8>>, OnceLock<&'static mut u8>,
        LazyLock<u8>, LazyLock<Cell<u8>>, LazyLock<Rc<u8>>, LazyLock<u8, Cell<u8>>,
        LazyLock<u8, Rc<u8>>, LazyLock<u8, &'static mut u8>,
    )
}

pub(crate) fn channels() -> String {
    traits!(
        mpsc::Sender<u8>,
        mpsc::Sender<Cell<u8>>,
        mpsc::Sender<Rc<u8>>,
        mpsc::SyncSender<u8>,
        mpsc::SyncSender<Cell<u8>>,
        mpsc::SyncSender<Rc<u8>>,
        mpsc::Receiver<u8>,
        mpsc::Receiver<Cell<u8>>,
        mpsc::Receiver<Rc<u8>>,
        mpsc::Iter<'static, u8>,
        mpsc::TryIter<'static, u8>,
        mpsc::IntoIter<u8>,
    )
}

pub(crate) fn threads() -> String {
    traits!(
        JoinHandle<u8>,
        JoinHandle<Cell<u8>>,
        ScopedJoinHandle<'static, u8>,
        ScopedJoinHandle<'static, Cell<u8>>,
        Thread,
        LocalKey<Cell<u8>>,
        LocalKey<Rc<u8>>,
    )
}
