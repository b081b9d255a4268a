//! The event loop: one thread that polls, sleeps until it is woken, and polls again.

use probe as _; // Names the checks that hang at your desk.
use run_in_executor::{Pool, block_on, join_all, run_in_executor};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A future that wakes itself while it is polled, `times` times, and then is ready.
fn wakes_itself(mut times: u32) -> impl Future<Output = ()> {
    poll_fn(move |cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// A future that another thread wakes, first for no reason, and then because it is ready. Its output is
/// its last waker.
fn woken_by_another() -> impl Future<Output = Waker> {
    let ready = Arc::new(AtomicBool::new(false));
    let mut helped = false;
    poll_fn(move |cx| {
        if ready.load(SeqCst) {
            return Poll::Ready(cx.waker().clone());
        }
        if !mem::replace(&mut helped, true) {
            let (ready, waker) = (Arc::clone(&ready), cx.waker().clone());
            thread::spawn(move || {
                waker.wake_by_ref();
                ready.store(true, SeqCst);
                waker.wake();
            });
        }
        Poll::Pending
    })
}

/// An event loop runs three futures. The first wakes itself while it is polled, twice, and then is
/// ready. The second is woken by another thread, perhaps while it is being polled, first for no
/// reason, and then because it is ready. The third is ready at once. Each must come to its end.
/// Then the second one's waker is called once more, which must do no harm.
///
/// A wakeup is a promise that somebody will look again. An event loop that drops one sleeps beside
/// work that is ready.
#[test]
fn every_wakeup_is_heard() {
    block_on(wakes_itself(2));
    let old_waker = block_on(woken_by_another());
    assert_eq!(block_on(async { 7 }), 7, "the third future's output");
    old_waker.wake();
}

/// While it is polled, a future parks its thread, for a reason that has nothing to do with wakers.
/// Meanwhile its own waker is woken. After the poll the event loop must not have forgotten that.
/// The same must hold for a future that runs another event loop while it is polled: each loop must
/// notice its own wakeups, and leave the other's alone.
///
/// Locks, channels and whole libraries park threads, and nobody tells the event loop. The wakeups
/// of the outer loop come before the inner loop has begun, or while it is running.
#[test]
fn a_park_in_between_eats_no_wakeup() {
    let ready = Arc::new(AtomicBool::new(false));
    let mut polled_before = false;
    let parks = poll_fn(|cx| {
        if polled_before && ready.load(SeqCst) {
            return Poll::Ready(());
        }
        if !polled_before {
            polled_before = true;
            let door_is_open = Arc::new(AtomicBool::new(false));
            let (ready, door, waker) =
                (Arc::clone(&ready), Arc::clone(&door_is_open), cx.waker().clone());
            let loop_thread = thread::current();
            thread::spawn(move || {
                ready.store(true, SeqCst);
                waker.wake();
                door.store(true, SeqCst);
                loop_thread.unpark();
            });
            while !door_is_open.load(SeqCst) {
                thread::park();
            }
        }
        Poll::Pending
    });
    block_on(parks);

    for woken_meanwhile in [false, true] {
        let mut polled_before = false;
        let runs_another_loop = poll_fn(|cx| {
            if mem::replace(&mut polled_before, true) {
                return Poll::Ready(());
            }
            if !woken_meanwhile {
                cx.waker().wake_by_ref();
            }
            block_on(async {
                wakes_itself(1).await;
                if woken_meanwhile {
                    cx.waker().wake_by_ref();
                }
            });
            Poll::Pending
        });
        block_on(runs_another_loop);
    }
}

thread_local! {
    static LAST_CALL: RefCell<Option<LastCall>> = const { RefCell::new(None) };
}

/// Its destructor makes one more call on the pool, runs an event loop until that has ended, and tells.
struct LastCall {
    pool: Arc<Pool>,
    tell: mpsc::Sender<Option<u32>>,
}

impl Drop for LastCall {
    fn drop(&mut self) {
        let output = block_on(async {
            wakes_itself(1).await;
            run_in_executor(&self.pool, || 7).await
        });
        let _ = self.tell.send(output.ok());
    }
}

/// A thread runs an event loop, then another one in a destructor during a panic, and a third one in
/// the destructor of a thread-local variable, when most of what belonged to the thread is gone. Each
/// time, a call on the pool is awaited, and its result must arrive.
///
/// Whoever saves a file on the way out does it at such a moment.
#[test]
fn the_loop_runs_in_destructors() {
    let pool = Arc::new(Pool::new(1));
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        let last_call = || LastCall { pool: Arc::clone(&pool), tell: tell.clone() };
        LAST_CALL.set(Some(last_call()));
        drop(last_call());
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            let _called_on_the_way_out = last_call();
            panic!("on purpose");
        }));
        assert!(panicked.is_err(), "the panic should go on after the event loop has ended");
    });
    let told: Vec<_> = told.iter().collect();
    assert_eq!(
        told,
        [Some(7); 3],
        "results of the calls: as usual, in a panic, at the thread's end"
    );
    thread.join().expect("no event loop should panic");
}

/// A future wakes its own waker many times in one poll: first three times, then 256 times, then
/// 65,536 times. After each of these polls there has been a wakeup, and the event loop must poll
/// again.
///
/// A busy server is woken by thousands of clients during one poll. The event loop need not know how
/// many they were, but that there were any, it must know.
#[test]
fn many_wakeups_are_heard() {
    for wakeups in [3, 256, 65_536] {
        let mut polled_before = false;
        let wakes_itself_often = poll_fn(|cx| {
            if mem::replace(&mut polled_before, true) {
                return Poll::Ready(());
            }
            for _ in 0..wakeups {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        });
        block_on(wakes_itself_often);
    }
}

/// The thread has run another future before, whose waker was woken during the only poll, and once more
/// when `block_on` had returned. And somebody has unparked the thread. Now it runs a future that another
/// thread wakes twice, and the old waker as often. None of what the old waker is told is a wakeup: the
/// event loop must not poll again before the waker of this future has been woken.
///
/// Other waits may end for no reason, too, or because their time is up.
///
/// Each poll may go through a lot of work to find out that nothing has happened. A server that
/// polls for no reason wastes its time when it has the least of it.
#[test]
fn polls_only_when_woken() {
    let old_waker = block_on(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready(cx.waker().clone())
    }));
    old_waker.wake_by_ref();
    thread::current().unpark();
    let wakeups = Arc::new(AtomicU32::new(0));
    let mut polls = 0;
    let woken_twice = poll_fn(|cx| {
        polls += 1;
        let so_far = wakeups.load(SeqCst);
        assert!(polls <= so_far + 1, "the event loop has polled again, but nobody has woken it");
        if polls == 1 {
            let (wakeups, waker) = (Arc::clone(&wakeups), cx.waker().clone());
            let old_waker = old_waker.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    old_waker.wake_by_ref();
                    wakeups.fetch_add(1, SeqCst);
                    waker.wake_by_ref();
                }
            });
        }
        if so_far == 2 { Poll::Ready(()) } else { Poll::Pending }
    });
    block_on(woken_twice);
}

/// Five calls of 20.1 ms are awaited, one after another. Each of them must be noticed at the moment
/// when it ends, so together they must take 100.5 ms, and no more. Then comes a call of a hundred
/// days. Meanwhile the event loop's thread must sleep, and not look now and then whether something
/// has happened.
///
/// A loop that looks rarely is late, and one that looks often heats the machine; a server spends
/// most of its life waiting.
///
/// (At your desk, the last call takes a millisecond, and nothing is said of the others' time: a busy
/// machine takes as long as it likes.)
#[test]
fn the_loop_sleeps() {
    let pool = Pool::new(1);
    // How long so many calls took, and how often the event loop polled.
    let calls = |times: usize, length: Duration| {
        let start = Instant::now();
        let mut polls = 0;
        for _ in 0..times {
            let mut call = pin!(run_in_executor(&pool, move || thread::sleep(length)));
            let watched = poll_fn(|cx| {
                polls += 1;
                call.as_mut().poll(cx)
            });
            block_on(watched).expect("the function did not panic");
        }
        (start.elapsed(), polls)
    };
    let nap = Duration::from_millis(1);
    let slept_at = Instant::now();
    thread::sleep(nap);
    let exact = slept_at.elapsed() == nap;

    let short = Duration::from_micros(20_100);
    let (time, polls) = calls(5, short);
    assert!(
        !exact || time <= 5 * short,
        "five calls of 20.1 ms, one after another, took longer than 100.5 ms"
    );
    // Two for each would do.
    assert!(polls < 48, "the event loop polled {polls} times for five calls");

    let long = if exact { Duration::from_secs(100 * 24 * 60 * 60) } else { nap };
    let (time, polls) = calls(1, long);
    assert!(!exact || time == long, "a call of {long:?} took {time:?}");
    assert!(polls < 10, "the event loop polled {polls} times for one call");
}

/// A waker that counts how often it was woken.
#[derive(Default)]
struct Counter(AtomicU32);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A future that is ready after a given number of polls, and wants to be left in peace from then
/// on.
struct Patience {
    name: &'static str,
    polls_left: u32,
    output_given: bool,
    wakers: Rc<RefCell<Vec<Waker>>>,
}

impl Future for Patience {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.output_given, "a future was polled again after it was ready");
        self.polls_left -= 1;
        self.output_given = self.polls_left == 0;
        if self.output_given {
            return Poll::Ready(self.name);
        }
        self.wakers.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    }
}

/// Three futures, ready at their third, first and second poll, are joined, and the join is polled
/// by hand, each time with another waker. The first poll must poll all three, and none may be
/// polled after it was ready. Their wakeups must reach the join's latest waker, and the outputs
/// must be in the order of the futures, whichever ends first.
///
/// Then a join of no futures is polled; it must be ready at once.
#[test]
fn join_all_polls_each_to_its_end() {
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let patience = |name, polls_left| {
        let wakers = Rc::clone(&wakers);
        Patience { name, polls_left, output_given: false, wakers }
    };
    let mut joined = pin!(join_all(vec![patience("a", 3), patience("b", 1), patience("c", 2)]));
    for pending in [2, 1] {
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        let polled = joined.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "the join is ready, but not all three futures are");
        let wakers = wakers.take();
        assert_eq!(wakers.len(), pending, "futures that were polled and not ready");
        wakers.into_iter().for_each(Waker::wake);
        assert!(counter.0.load(SeqCst) > 0, "the futures' wakeups did not reach the latest waker");
    }
    match joined.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outputs) => assert_eq!(outputs, ["a", "b", "c"], "the outputs, in order"),
        Poll::Pending => panic!("all three are ready, but their join is not"),
    }

    let nothing = pin!(join_all(Vec::<Patience>::new()));
    match nothing.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outputs) => assert!(outputs.is_empty(), "no futures, but there are outputs"),
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}

/// Two futures are joined on the event loop. One wakes itself while it is polled; the other is
/// woken by another thread, perhaps while it is being polled. The join must come to its end: a
/// wakeup in the middle of a poll must not be lost.
///
/// Then a join of one future is polled by hand, twice, with two wakers, and nothing happens in
/// between. When the future wakes its waker after that, the second one must be woken, because it is
/// the latest.
#[test]
fn joined_futures_are_heard() {
    let other = async {
        woken_by_another().await;
    };
    let both: Vec<Pin<Box<dyn Future<Output = ()>>>> =
        vec![Box::pin(wakes_itself(1)), Box::pin(other)];
    assert_eq!(block_on(join_all(both)).len(), 2, "outputs of two futures");

    let told = Rc::new(RefCell::new(None));
    let keeps_its_waker = poll_fn(|cx| {
        *told.borrow_mut() = Some(cx.waker().clone());
        Poll::<()>::Pending
    });
    let mut joined = pin!(join_all(vec![keeps_its_waker]));
    let counters = [(); 2].map(|()| Arc::new(Counter::default()));
    for counter in &counters {
        let waker = Waker::from(Arc::clone(counter));
        let polled = joined.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "the joined future is not ready, but its join is");
    }
    let waker = told.take().expect("a join polls its future when it is polled for the first time");
    waker.wake();
    assert!(counters[1].0.load(SeqCst) > 0, "the future's wakeup did not reach the latest waker");
}

/// Joins 5,000 futures and polls the join by hand, once. Each of them must have been polled.
///
/// Whoever is not polled has not begun: a server that asks thousands of others should not wait for the
/// first few before it asks the rest.
#[test]
fn the_first_poll_begins_all() {
    let begun = Cell::new(0);
    let futures = (0..5_000).map(|_| {
        let mut polled_before = false;
        let begun = &begun;
        poll_fn(move |_| {
            if !mem::replace(&mut polled_before, true) {
                begun.set(begun.get() + 1);
            }
            Poll::<()>::Pending
        })
    });
    let joined = pin!(join_all(futures.collect()));
    let polled = joined.poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "no future is ready, but their join is");
    assert_eq!(begun.get(), 5_000, "futures that the first poll of the join has begun");
}

/// Two futures are joined on the event loop. The first is itself a join: of one future that wakes
/// itself in each poll, until the second one has been polled. Within a thousand polls, the second one
/// must have had its turn.
///
/// A future that wakes itself asks for another poll, and not to be the only one. A join that goes on
/// for as long as somebody is awake keeps everything else on its event loop from being polled.
#[test]
fn a_join_lets_others_run() {
    let others_turn = Cell::new(false);
    let mut polls = 0;
    let restless = poll_fn(|cx| {
        if others_turn.get() {
            return Poll::Ready(());
        }
        polls += 1;
        assert!(
            polls < 1000,
            "the first future was polled a thousand times, and the second one not once"
        );
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    let inner = async {
        join_all(vec![restless]).await;
    };
    let other = async { others_turn.set(true) };
    let both: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = vec![Box::pin(inner), Box::pin(other)];
    assert_eq!(block_on(join_all(both)).len(), 2, "outputs of two futures");
}

/// Joins 300 tasks on the event loop. Each of them wakes itself once, and then it is ready. The
/// join must come to an end, and the outputs must be in the order of the tasks.
///
/// What works with three futures should work with three hundred: each of them is woken for itself.
#[test]
fn a_join_of_hundreds_ends() {
    let tasks = (0..300).map(|number| async move {
        wakes_itself(1).await;
        number
    });
    let outputs = block_on(join_all(tasks.collect()));
    assert_eq!(outputs.len(), 300, "outputs of 300 tasks");
    let misplaced = outputs.into_iter().zip(0..).find(|(output, place)| output != place);
    assert_eq!(misplaced, None, "the first output in the wrong place, and that place");
}

/// A join of one future is polled by hand, with a waker that does nothing, and then handed to an
/// event loop, which has another one. Another thread wakes the future, perhaps just as the new
/// waker takes the place of the old one. At its second poll the future wakes itself, and at the
/// third it is ready. The event loop must come to an end.
///
/// A task that moves to another thread changes its waker, and the world does not stop for that.
#[test]
fn a_join_may_change_hands() {
    let told = RefCell::new(None);
    let mut polls = 0;
    let future = poll_fn(|cx| {
        polls += 1;
        match polls {
            1 => *told.borrow_mut() = Some(cx.waker().clone()),
            2 => cx.waker().wake_by_ref(),
            _ => return Poll::Ready(()),
        }
        Poll::Pending
    });
    let mut joined = pin!(join_all(vec![future]));
    let polled = joined.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "the joined future is not ready, but its join is");
    let waker = told.take().expect("a join polls its future when it is polled for the first time");
    thread::spawn(move || waker.wake());
    assert_eq!(block_on(joined).len(), 1, "outputs of one future");
}

thread_local! {
    static JOIN: RefCell<Option<Join>> = const { RefCell::new(None) };
    static FUTURES_WAKER: RefCell<Option<Waker>> = const { RefCell::new(None) };
    static MAY_END: Cell<bool> = const { Cell::new(false) };
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

type Join = Pin<Box<dyn Future<Output = Vec<()>>>>;

/// A join of one future that is ready as soon as it may end. Until then it keeps its waker.
fn new_join() -> Join {
    MAY_END.set(false);
    HAS_ENDED.set(false);
    let future = poll_fn(|cx| {
        if MAY_END.get() {
            return Poll::Ready(());
        }
        // The destructor of the earlier one may be foreign code.
        let earlier = FUTURES_WAKER.replace(Some(cx.waker().clone()));
        drop(earlier);
        Poll::Pending
    });
    Box::pin(join_all(vec![future]))
}

/// Lets the future end, and wakes it. Returns whether it had a waker.
fn wake_the_future() -> bool {
    MAY_END.set(true);
    let waker = FUTURES_WAKER.take();
    let has_waker = waker.is_some();
    waker.into_iter().for_each(Waker::wake);
    has_waker
}

/// What a waker of the join does.
enum JoinsWaker {
    Polls,
    DropsTheJoin,
    WakesTheFutureWhenDropped,
}

impl Wake for JoinsWaker {
    fn wake(self: Arc<Self>) {
        if let Self::WakesTheFutureWhenDropped = *self {
            return;
        }
        let Some(mut join) = JOIN.take() else { return };
        if let Self::Polls = *self {
            let waker = Waker::from(self);
            let polled = join.as_mut().poll(&mut Context::from_waker(&waker));
            HAS_ENDED.set(polled.is_ready());
        }
    }
}

impl Drop for JoinsWaker {
    fn drop(&mut self) {
        if let Self::WakesTheFutureWhenDropped = self {
            wake_the_future();
        }
    }
}

/// A join of one future is polled by hand. When the future is woken, the join's waker polls the join
/// on the spot, and must find it ready; a second such waker drops the join on the spot. A third one
/// is replaced by another, in one more poll, and its destructor wakes the future: that must not be
/// forgotten. And nothing may get stuck.
///
/// A join hands on what its futures' wakers are told. What is locked meanwhile may be what the next
/// poll needs.
#[test]
fn a_joins_waker_may_do_anything() {
    for what in [JoinsWaker::Polls, JoinsWaker::DropsTheJoin] {
        let polls = matches!(what, JoinsWaker::Polls);
        let waker = Waker::from(Arc::new(what));
        let mut join = new_join();
        let polled = join.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "the joined future is not ready, but its join is");
        JOIN.set(Some(join));
        assert!(wake_the_future(), "a join polls its future when it is polled for the first time");
        assert!(JOIN.take().is_none(), "the join's waker should have been woken");
        assert_eq!(HAS_ENDED.get(), polls, "whether the join's waker found it ready");
    }

    let mut join = new_join();
    let waker = Waker::from(Arc::new(JoinsWaker::WakesTheFutureWhenDropped));
    let polled = join.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending(), "the joined future is not ready, but its join is");
    drop(waker);
    let counter = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&counter));
    let polled = join.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(
        polled.is_ready() || counter.0.load(SeqCst) > 0,
        "the destructor has woken the future, but the join is neither ready nor woken"
    );
}

/// Three tasks are joined, and the check notes what happens in which second. One has a picture
/// scaled, which takes two seconds; one has a file read and then checked, a second each; and one
/// counts the seconds. Each has a thread for its blocking work, and all share one event loop, which
/// must not be late for any of them.
///
/// If the loop waits for one of them, the others are late. The diff shows your timeline and the one
/// that was expected.
#[test]
fn the_timeline() {
    let [pictures, files, seconds_hand] = [(); 3].map(|()| Pool::new(1));
    let clock = Instant::now();
    let events = Mutex::new(Vec::new());
    let note = |what: &str| {
        events.lock().unwrap().push(format!("second {}: {what}", clock.elapsed().as_secs()));
    };
    let seconds =
        |pool, seconds| run_in_executor(pool, move || thread::sleep(Duration::from_secs(seconds)));
    let picture = async {
        note("picture begins");
        seconds(&pictures, 2).await.unwrap();
        note("picture is scaled");
    };
    let file = async {
        note("file begins");
        seconds(&files, 1).await.unwrap();
        note("file is read");
        seconds(&files, 1).await.unwrap();
        note("file is checked");
    };
    let ticks = async {
        for _ in 0..3 {
            seconds(&seconds_hand, 1).await.unwrap();
            note("tick");
        }
    };
    let tasks: Vec<Pin<Box<dyn Future<Output = ()>>>> =
        vec![Box::pin(picture), Box::pin(file), Box::pin(ticks)];
    block_on(join_all(tasks));

    // Within one second, things may happen in any order.
    let mut events = events.into_inner().unwrap();
    events.sort();
    // One process may run this check many times, and insta must be told so.
    insta::allow_duplicates! {
        insta::assert_snapshot!(events.join("\n"), @r"
        second 0: file begins
        second 0: picture begins
        second 1: file is read
        second 1: tick
        second 2: file is checked
        second 2: picture is scaled
        second 2: tick
        second 3: tick
        ");
    }
}
