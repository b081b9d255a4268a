//! The call on the pool's thread, and the future that reports it. The checks themselves play the event
//! loop: they poll by hand, with a bell as the waker.

use run_in_executor::{JobFuture, Pool, run_in_executor};
use std::mem;
use std::panic::{self, AssertUnwindSafe, panic_any};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

/// A waker that counts how often it was woken.
#[derive(Default)]
struct Bell {
    rings: Mutex<u32>,
    rung: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rings.lock().unwrap() += 1;
        self.rung.notify_all();
    }
}

impl Bell {
    fn rings(&self) -> u32 {
        *self.rings.lock().unwrap()
    }

    /// Waits until it has been rung more than `heard` times.
    fn wait_for_a_ring(&self, heard: u32) {
        let mut rings = self.rings.lock().unwrap();
        while *rings <= heard {
            rings = self.rung.wait(rings).unwrap();
        }
    }
}

/// Polls once, with the bell as the waker.
fn poll<F: Future + Unpin>(future: &mut F, bell: &Arc<Bell>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(bell));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// Polls once, and again after each ring, until the call has ended.
fn result<T>(future: impl Future<Output = thread::Result<T>>) -> thread::Result<T> {
    let mut future = Box::pin(future);
    let bell = Arc::new(Bell::default());
    let mut heard = 0;
    loop {
        if let Poll::Ready(result) = poll(&mut future, &bell) {
            return result;
        }
        bell.wait_for_a_ring(heard);
        heard += 1;
    }
}

/// What the call returned, which should not have panicked.
fn returned<T>(future: impl Future<Output = thread::Result<T>>) -> T {
    result(future).expect("the function did not panic, but its future says that it did")
}

/// A pool of one thread is asked for two calls. That thread must make both, each of them once, and
/// the values that they return must arrive.
///
/// The event loop's own thread has other things to do, and a new thread for each call is what a
/// pool is there to avoid.
#[test]
fn runs_on_the_pools_thread() {
    let pool = Pool::new(1);
    let (worker, told) = mpsc::channel();
    pool.spawn(move || worker.send(thread::current().id()).unwrap());
    let worker = told.recv().expect("the pool runs what is spawned on it");

    let calls = Arc::new(AtomicU32::new(0));
    let [first, second] = [10, 20].map(|number| {
        let calls = Arc::clone(&calls);
        run_in_executor(&pool, move || {
            calls.fetch_add(1, SeqCst);
            (number, thread::current().id())
        })
    });
    // Awaited in the other order, which must not matter.
    let (second, first) = (returned(second), returned(first));
    assert_eq!([first.0, second.0], [10, 20], "what the two calls returned");
    assert!(
        [first.1, second.1] == [worker; 2],
        "a call was made by a thread other than the pool's"
    );
    drop(pool);
    assert_eq!(calls.load(SeqCst), 2, "calls made, when two were asked for");
}

/// A future is polled three times while its function waits until the check lets it go. Each poll
/// must return `Pending` at once: it must not wait, not even for a moment, in case the result is
/// about to come. Then the function is let go. The waker must be woken, once, and the next poll
/// must return the result.
///
/// A poll that waits is an event loop that stands still, and here it would stand still for ever.
///
/// Polls that nothing has caused are ordinary. Many things share one event loop, and some loops
/// poll everything whenever anything has happened.
#[test]
fn poll_never_waits() {
    let pool = Pool::new(1);
    let (go, may_go) = mpsc::channel();
    let mut future = Box::pin(run_in_executor(&pool, move || may_go.recv().unwrap()));
    let bell = Arc::new(Bell::default());
    for _ in 0..3 {
        let slept = probe::sleeps(|| {
            let polled = poll(&mut future, &bell);
            assert!(polled.is_pending(), "ready before the function has returned");
        });
        assert!(!slept, "a poll went to sleep, for however short a time");
    }
    go.send("done").expect("the function waits for this");
    bell.wait_for_a_ring(0);
    match poll(&mut future, &bell) {
        Poll::Ready(result) => assert_eq!(result.unwrap(), "done", "what the function returned"),
        Poll::Pending => panic!("the waker was woken, but the result is not there"),
    }
    assert_eq!(bell.rings(), 1, "wakeups of the waker for one call");
}

/// A future is polled while its function may end at any moment: before the poll, after it, or in
/// the middle of it. If the poll returns `Pending`, the waker must be woken, and the next poll must
/// return the result.
///
/// Otherwise the request that waits for this result is never answered, and nobody finds out why.
#[test]
fn no_wakeup_is_lost() {
    let pool = Pool::new(1);
    let mut future = Box::pin(run_in_executor(&pool, || 7));
    let bell = Arc::new(Bell::default());
    let mut polled = poll(&mut future, &bell);
    if polled.is_pending() {
        bell.wait_for_a_ring(0);
        polled = poll(&mut future, &bell);
    }
    match polled {
        Poll::Ready(result) => assert_eq!(result.unwrap(), 7, "what the function returned"),
        Poll::Pending => panic!("the waker was woken, but the result is not there"),
    }
}

/// A future is polled with one waker, then with another, as happens when a task is moved to another
/// thread or joined with others. From then on the second one must be woken, and the first one must
/// be dropped. Then the same with a function that may end between the two polls.
///
/// The first waker belongs to somebody who has long since moved on.
#[test]
fn the_latest_waker_is_woken() {
    let pool = Pool::new(1);
    let (go, may_go) = mpsc::channel();
    let mut future = Box::pin(run_in_executor(&pool, move || may_go.recv().unwrap()));
    let [early, late] = [(); 2].map(|()| Arc::new(Bell::default()));
    assert!(poll(&mut future, &early).is_pending(), "ready before the function has returned");
    assert!(poll(&mut future, &late).is_pending(), "ready before the function has returned");
    assert_eq!(Arc::strong_count(&early), 1, "holders of the first waker, including this check");
    go.send(()).expect("the function waits for this");
    late.wait_for_a_ring(0);
    assert_eq!(early.rings(), 0, "wakeups of the waker that had been replaced");
    assert!(
        poll(&mut future, &late).is_ready(),
        "the waker was woken, but the result is not there"
    );

    let mut future = Box::pin(run_in_executor(&pool, || ()));
    let [early, late] = [(); 2].map(|()| Arc::new(Bell::default()));
    if poll(&mut future, &early).is_pending() && poll(&mut future, &late).is_pending() {
        late.wait_for_a_ring(0);
        assert!(
            poll(&mut future, &late).is_ready(),
            "the waker was woken, but the result is not there"
        );
    }
}

/// One call returns an error, the next panics, and a third is fine, all on a pool of one thread.
/// Each outcome must come back through its own future, the panic with its payload, and the pool
/// must go on.
///
/// A panic that nobody is told of leaves somebody waiting for ever, and a pool that loses a thread
/// to each panic is empty one day.
#[test]
fn a_panic_comes_back() {
    let pool = Pool::new(1);
    let calls: [JobFuture<Result<u32, String>>; 3] = [
        run_in_executor(&pool, || Err("no such file".to_string())),
        run_in_executor(&pool, || panic!("on purpose")),
        run_in_executor(&pool, || Ok(3)),
    ];
    let [failed, panicked, fine] = calls.map(result);
    let failed = failed.expect("an error is not a panic");
    assert_eq!(failed, Err("no such file".to_string()), "what the first call returned");
    let payload =
        panicked.expect_err("the second call panicked, but its future says that all is well");
    assert_eq!(payload.downcast_ref(), Some(&"on purpose"), "what the second call panicked with");
    assert_eq!(fine.expect("the third call did not panic"), Ok(3), "what the third call returned");
}

/// Counts the calls that are made; each call returns one.
#[derive(Clone)]
struct Parcel(Arc<AtomicU32>);

impl Parcel {
    fn pack(self) -> Self {
        self.0.fetch_add(1, SeqCst);
        self
    }
}

/// A result whose destructor panics.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("dropped, on purpose");
    }
}

/// A waker that panics when it is woken.
struct BrokenBell;

impl Wake for BrokenBell {
    fn wake(self: Arc<Self>) {
        panic!("woken, on purpose");
    }
}

/// A pool of one thread makes two calls. The future of the first is dropped before the call has
/// ended, and the destructor of its result panics. The waker of the second panics when it is woken.
/// The thread must survive both: a third call must be made, and the second one's result must be
/// there.
///
/// A pool that loses its threads one by one to other people's code stands still one night.
#[test]
fn nothing_kills_the_pools_thread() {
    let pool = Pool::new(1);
    let (go, may_go) = mpsc::channel::<()>();
    let dropped = run_in_executor(&pool, move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go.recv();
        Grenade
    });
    drop(dropped);

    let mut second = Box::pin(run_in_executor(&pool, || 2));
    let waker = Waker::from(Arc::new(BrokenBell));
    let polled = Pin::new(&mut second).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending(), "ready before the call was made");
    drop(go);

    assert_eq!(returned(run_in_executor(&pool, || 3)), 3, "what the third call returned");
    let polled = poll(&mut second, &Arc::default());
    let Poll::Ready(Ok(second)) = polled else { panic!("the second call ended before the third") };
    assert_eq!(second, 2, "what the second call returned");
}

/// Panics when it is dropped, with another of its kind, as often as its number says.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        match self.0 {
            0 => panic!("the last one, on purpose"),
            more => panic_any(Bomb(more - 1)),
        }
    }
}

/// A waker that panics when it is woken, and not with a text.
struct ExplodingBell;

impl Wake for ExplodingBell {
    fn wake(self: Arc<Self>) {
        panic_any(Bomb(3));
    }
}

/// A waker that does nothing when it is woken. But its destructor panics.
struct LastBell {
    _bomb: Bomb,
}

impl Wake for LastBell {
    fn wake(self: Arc<Self>) {}
}

/// Does something that may panic with a bomb, which is then kept for ever.
fn defuse(f: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(f)) {
        mem::forget(payload);
    }
}

/// A pool of one thread makes four calls. The first panics, and nobody has its future any more; the
/// waker of the second panics when it is woken; those of the others panic in their destructors, the
/// last one's in a poll. Whatever they panic with panics when it is dropped. A fifth call must
/// still be made, and the results of the other three must be there.
///
/// Whatever is caught is dropped at some time, and its destructor is as foreign as the code that
/// threw it. And a panic may come at a moment when something is locked.
#[test]
fn destructors_may_panic() {
    let pool = Pool::new(1);
    let (go, may_go) = mpsc::channel::<()>();
    let first = run_in_executor(&pool, move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go.recv();
        panic_any(Bomb(3))
    });
    drop::<JobFuture<()>>(first);
    let mut others = [2, 3, 4].map(|number| Box::pin(run_in_executor(&pool, move || number)));
    let wakers = [
        Waker::from(Arc::new(ExplodingBell)),
        Waker::from(Arc::new(LastBell { _bomb: Bomb(3) })),
        Waker::from(Arc::new(LastBell { _bomb: Bomb(3) })),
    ];
    for (future, waker) in others.iter_mut().zip(wakers) {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "ready before the call was made");
    }
    // The answer does not matter; the poll may panic.
    defuse(|| drop(poll(&mut others[2], &Arc::default())));
    drop(go);

    assert_eq!(returned(run_in_executor(&pool, || 5)), 5, "what the fifth call returned");
    let mut results = Vec::new();
    for mut future in others {
        defuse(|| {
            if let Poll::Ready(result) = poll(&mut future, &Arc::default()) {
                results.push(result.ok());
            }
        });
        defuse(|| drop(future));
    }
    assert_eq!(results, [2, 3, 4].map(Some), "what the second, third and fourth call returned");
}

/// Polls a future with a waker whose destructor panics, then with another waker, while the function
/// may end at any moment. Either poll may panic when it drops the first waker. But after that the
/// future is polled until the call has ended, and what the function returned must be there.
///
/// Whoever catches a panic and goes on relies on finding everything where it was. A result that was
/// in the hands of a poll that panicked is lost for ever, and its future never ends.
#[test]
fn a_poll_that_panics_loses_nothing() {
    let pool = Pool::new(1);
    let mut future = Box::pin(run_in_executor(&pool, || 7));
    let mut found = None;
    defuse(|| {
        let waker = Waker::from(Arc::new(LastBell { _bomb: Bomb(0) }));
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            found = result.ok();
        }
    });
    if found.is_none() {
        defuse(|| {
            if let Poll::Ready(result) = poll(&mut future, &Arc::default()) {
                found = result.ok();
            }
        });
    }
    let found = match found {
        Some(found) => {
            // It may have kept the first waker.
            defuse(|| drop(future));
            found
        }
        None => returned(future),
    };
    assert_eq!(found, 7, "what the function returned");
}

/// A task whose waker drops its future on the spot.
#[derive(Default)]
struct Quitter(Mutex<Option<Pin<Box<JobFuture<Bomb>>>>>);

impl Wake for Quitter {
    fn wake(self: Arc<Self>) {
        let future = self.0.lock().unwrap().take();
        drop(future);
    }
}

/// A task whose waker does nothing when it is woken. The future lives as long as the task.
struct Keeper(Mutex<Pin<Box<JobFuture<u32>>>>);

impl Wake for Keeper {
    fn wake(self: Arc<Self>) {}
}

/// A waker drops its own future while it is woken, on the thread of a pool of one, and the
/// destructor of the result panics. Then a waker that does nothing is the last owner of its future:
/// when it has been woken, both must be dropped. Last, the check drops a future whose call may just
/// be ending. Each time the thread must survive: the next call must be made.
///
/// Of two that share a thing, one lets go of it last, and has to bear what its destructor does.
/// Nobody knows beforehand which. And a destructor may need the very lock that is held while it
/// runs.
#[test]
fn a_future_may_be_dropped_at_its_end() {
    let pool = Pool::new(1);
    let (go, may_go) = mpsc::channel::<()>();
    let future = run_in_executor(&pool, move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go.recv();
        Bomb(3)
    });
    let task = Arc::new(Quitter(Mutex::new(Some(Box::pin(future)))));
    let waker = Waker::from(Arc::clone(&task));
    if let Some(future) = task.0.lock().unwrap().as_mut() {
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "ready before the function has returned");
    }
    drop(go);
    assert_eq!(returned(run_in_executor(&pool, || 2)), 2, "what the next call returned");
    let left = task.0.lock().unwrap().is_some();
    assert!(
        !left,
        "the waker should have been woken before the next call, and have dropped its future"
    );

    let task = Arc::new(Keeper(Mutex::new(Box::pin(run_in_executor(&pool, || 3)))));
    let waker = Waker::from(Arc::clone(&task));
    let polled = task.0.lock().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    let left = Arc::downgrade(&task);
    drop((waker, task));
    assert_eq!(returned(run_in_executor(&pool, || 4)), 4, "what the call after that returned");
    if polled.is_pending() {
        assert_eq!(left.strong_count(), 0, "holders of the task after its waker was woken");
    }

    let future = run_in_executor(&pool, || Bomb(3));
    defuse(|| drop(future));
    assert_eq!(returned(run_in_executor(&pool, || 5)), 5, "what the last call returned");
}

/// Three futures are dropped: one that was never polled, one that was polled while its function
/// could not end yet, and one whose function may end at that very moment. All three calls must be
/// made all the same, and their results dropped. When a future is dropped, its waker must be
/// dropped, too, and must not be woken after that.
///
/// A program drops futures when clients hang up. If each future leaves something behind, the memory
/// fills up, one hang-up at a time.
#[test]
fn a_dropped_future_is_forgotten() {
    let pool = Pool::new(1);
    let parcel = Parcel(Arc::default());

    let (go, may_go) = mpsc::channel();
    let call = parcel.clone();
    let mut polled = Box::pin(run_in_executor(&pool, move || {
        may_go.recv().unwrap();
        call.pack()
    }));
    let call = parcel.clone();
    drop(run_in_executor(&pool, move || call.pack()));

    let bell = Arc::new(Bell::default());
    assert!(poll(&mut polled, &bell).is_pending(), "ready before the function has returned");
    drop(polled);
    assert_eq!(Arc::strong_count(&bell), 1, "holders of the waker, including this check");
    go.send(()).expect("the function waits for this, though its future was dropped");

    let call = parcel.clone();
    let mut polled = Box::pin(run_in_executor(&pool, move || call.pack()));
    let late_bell = Arc::new(Bell::default());
    let _ = poll(&mut polled, &late_bell);
    drop(polled);

    // Waits for the calls.
    drop(pool);
    assert_eq!(parcel.0.load(SeqCst), 3, "calls made, when three were asked for");
    assert_eq!(bell.rings(), 0, "wakeups for a future that had been dropped");
    assert_eq!(Arc::strong_count(&late_bell), 1, "holders of the late waker, including this check");
    assert_eq!(Arc::strong_count(&parcel.0), 1, "holders of the results, including this check");
}

/// A future is polled while its function cannot end yet. Then a panic unwinds the stack, and drops
/// the future on its way out. The waker must be dropped at that moment. Then the function may end:
/// its result must be dropped, and the waker must not be woken.
///
/// A task that fails takes its futures with it. They are dropped like any others, and what they
/// leave behind stays there just as long.
#[test]
fn a_panic_drops_its_futures() {
    let pool = Pool::new(1);
    let parcel = Parcel(Arc::default());
    let (go, may_go) = mpsc::channel();
    let call = parcel.clone();
    let mut future = Box::pin(run_in_executor(&pool, move || {
        may_go.recv().unwrap();
        call.pack()
    }));
    let bell = Arc::new(Bell::default());
    assert!(poll(&mut future, &bell).is_pending(), "ready before the function has returned");
    defuse(move || {
        let _dropped_on_the_way_out = future;
        panic!("on purpose");
    });
    assert_eq!(Arc::strong_count(&bell), 1, "holders of the waker, including this check");
    go.send(()).expect("the function waits for this, though its future was dropped");

    // Waits for the call.
    drop(pool);
    assert_eq!(bell.rings(), 0, "wakeups for a future that had been dropped");
    assert_eq!(Arc::strong_count(&parcel.0), 1, "holders of the result, including this check");
}

/// Drops two futures whose functions panic: one before its function can end, and one whose function
/// may panic at that very moment. What the two functions panicked with is the result of their
/// calls, and it must be dropped in the end, like any other result that nobody wants.
///
/// What a panic carries may be large, or hold a connection open. It must not stay there because
/// nobody has looked at it.
#[test]
fn a_dropped_panic_is_forgotten() {
    let pool = Pool::new(1);
    let parcel = Parcel(Arc::default());
    let (go, may_go) = mpsc::channel::<()>();
    let call = parcel.clone();
    let early = run_in_executor(&pool, move || {
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go.recv();
        panic_any(call.pack())
    });
    drop::<JobFuture<()>>(early);
    drop(go);
    let call = parcel.clone();
    drop::<JobFuture<()>>(run_in_executor(&pool, move || panic_any(call.pack())));

    // Waits for the calls.
    drop(pool);
    assert_eq!(parcel.0.load(SeqCst), 2, "calls made, when two were asked for");
    assert_eq!(
        Arc::strong_count(&parcel.0),
        1,
        "holders of what the calls panicked with, including this check"
    );
}

/// A task that polls its future again in the very call that wakes it.
struct Impatient {
    future: Mutex<Option<Pin<Box<JobFuture<u32>>>>>,
    answer: mpsc::Sender<u32>,
}

impl Impatient {
    fn poll(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut future = self.future.lock().unwrap();
        let Some(polled) = future.as_mut() else { return };
        if let Poll::Ready(result) = polled.as_mut().poll(&mut Context::from_waker(&waker)) {
            *future = None;
            self.answer.send(result.unwrap()).expect("the check waits for this");
        }
    }
}

impl Wake for Impatient {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

/// A waker polls its future again as soon as it is woken, on the thread that wakes it. That poll
/// must find the result, and must not get stuck.
///
/// What a waker does is its own business. Code that holds a lock while calling it may find that the
/// waker wants that very lock.
#[test]
fn a_waker_may_poll() {
    let pool = Pool::new(1);
    let (answer, answered) = mpsc::channel();
    let future = Mutex::new(Some(Box::pin(run_in_executor(&pool, || 7))));
    let task = Arc::new(Impatient { future, answer });
    Arc::clone(&task).poll();
    drop(task);
    assert_eq!(answered.recv(), Ok(7), "what the task found in the end");
}

/// A waker that owns the pool. Its destructor lets a function go, and waits until the pool has ended.
struct Landlord {
    go: mpsc::Sender<()>,
    _pool: Pool,
}

impl Wake for Landlord {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Landlord {
    fn drop(&mut self) {
        self.go.send(()).expect("the function waits for this");
    }
}

/// A future's waker owns the pool, so its destructor waits until the function has ended and the
/// pool's thread has gone home. First the waker is dropped because the future is polled with another
/// one, and then because the future is dropped. Each time the thread must come to its end; the other
/// waker must be woken, and the result must be there.
///
/// A lock that is held while a destructor waits may be the one that the destructor waits for.
#[test]
fn a_wakers_destructor_may_wait() {
    for polled_again in [true, false] {
        let pool = Pool::new(1);
        let (go, may_go) = mpsc::channel();
        let mut future = Box::pin(run_in_executor(&pool, move || may_go.recv().map(|()| 7)));
        let waker = Waker::from(Arc::new(Landlord { go, _pool: pool }));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "ready before the function has returned");
        drop(waker);
        if !polled_again {
            drop(future);
            continue;
        }
        let bell = Arc::new(Bell::default());
        let mut polled = poll(&mut future, &bell);
        if polled.is_pending() {
            bell.wait_for_a_ring(0);
            polled = poll(&mut future, &bell);
        }
        let Poll::Ready(result) = polled else {
            panic!("the waker was woken, but the result is not there")
        };
        assert_eq!(result.unwrap(), Ok(7), "what the function returned");
    }
}
