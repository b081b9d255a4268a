//! The accept loop, and the interrupt that ends it.

use daemon::{Interrupt, Listener, Threads, serve};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use std::{iter, mem};

/// Somebody at the door.
struct Guest {
    name: &'static str,
    /// Goes up when the connection is closed.
    closed: Arc<AtomicU32>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.closed.fetch_add(1, SeqCst);
    }
}

/// The street in front of the door.
#[derive(Default)]
struct Street {
    queue: Mutex<Queue>,
    came: Condvar,
    /// How many guests' connections have been closed.
    closed: Arc<AtomicU32>,
    /// The waker has gone again before it can be let in.
    waker_is_shy: bool,
    /// How many wakers have been called.
    knocks: AtomicU32,
}

#[derive(Default)]
struct Queue {
    /// The guests waiting to be let in. A `None` has already left.
    waiting: VecDeque<Option<Guest>>,
    /// There is no door any more, so nobody can wait there.
    walled_up: bool,
}

impl Street {
    fn guest(&self, name: &'static str) -> Guest {
        Guest { name, closed: Arc::clone(&self.closed) }
    }

    /// Somebody comes to the door.
    fn comes(&self, guest: Option<Guest>) {
        let mut queue = self.queue.lock().unwrap();
        if !queue.walled_up {
            queue.waiting.push_back(guest);
            self.came.notify_one();
        }
    }

    fn is_walled_up(&self) -> bool {
        self.queue.lock().unwrap().walled_up
    }
}

/// The door, which is gone when it is dropped.
struct Door(Arc<Street>);

impl Listener for Door {
    type Connection = Guest;

    fn accept(&mut self) -> Option<Guest> {
        let queue = self.0.queue.lock().unwrap();
        let mut queue = self.0.came.wait_while(queue, |queue| queue.waiting.is_empty()).unwrap();
        queue.waiting.pop_front().flatten()
    }

    fn waker(&self) -> impl FnOnce() + Send + 'static {
        let street = Arc::clone(&self.0);
        let knock = || Guest { name: "the waker itself", closed: Arc::default() };
        move || {
            street.knocks.fetch_add(1, SeqCst);
            street.comes((!street.waker_is_shy).then(knock));
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock().unwrap();
        queue.walled_up = true;
        let turned_away = mem::take(&mut queue.waiting);
        drop(queue);
        drop(turned_away);
    }
}

/// A server, and what a check needs to deal with it.
#[derive(Clone, Default)]
struct House {
    street: Arc<Street>,
    interrupt: Interrupt,
    threads: Threads,
    /// The guests that have been handled.
    book: Arc<Mutex<Vec<&'static str>>>,
}

impl House {
    /// Serves until the interrupt. Each guest is handled by `handle`, then written into the book.
    fn serve(&self, handle: impl Fn(&Guest) + Send + Sync + 'static) {
        let book = Arc::clone(&self.book);
        let enter = move |guest: Guest| {
            handle(&guest);
            book.lock().unwrap().push(guest.name);
        };
        serve(Door(Arc::clone(&self.street)), &self.interrupt, &self.threads, enter);
    }

    fn comes(&self, name: &'static str) {
        self.street.comes(Some(self.street.guest(name)));
    }

    fn book(&self) -> Vec<&'static str> {
        let mut book = self.book.lock().unwrap().clone();
        book.sort();
        book
    }
}

/// Sleeps, and says whether that took exactly as long as it should. The grader's clock is exact. No real
/// one is, and there a late thread may only have waited for a processor.
fn sleeps_exactly(duration: Duration) -> bool {
    let start = Instant::now();
    thread::sleep(duration);
    start.elapsed() == duration
}

/// Two guests come at the same time, and each takes two seconds to handle. Both must be done after
/// two seconds.
///
/// A server that handles its guests at the door leaves the others standing in the rain.
#[test]
fn guests_are_served_at_once() {
    let house = House::default();
    let start = Instant::now();
    house.comes("ann");
    house.comes("bob");
    let inside = house.clone();
    let server = thread::spawn(move || inside.serve(|_| thread::sleep(Duration::from_secs(2))));
    thread::sleep(Duration::from_millis(2_500));
    assert_eq!(house.book(), ["ann", "bob"], "who has been handled, after two and a half seconds");
    house.interrupt.raise();
    server.join().expect("`serve` should not panic");
    assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
    assert_eq!(start.elapsed().as_secs(), 2, "seconds until `exit`, called at 2.5 s, returned");
}

/// Ten guests come and have gone again before they can be let in. Then ann and bob come, for a
/// short visit each, then ten more who have gone again. Ann and bob must each be let in at once, in
/// a thread of its own. A microsecond later the server is interrupted, and must return at that
/// moment.
///
/// A thread that takes a second guest takes along what the first has left in it, in thread-locals
/// for instance. And a server that pauses after some bad luck neither lets anybody in meanwhile nor
/// finds out that it is time to end.
#[test]
fn each_guest_has_a_thread_at_once() {
    let house = House::default();
    let gone_again = || (0..10).for_each(|_| house.street.comes(None));
    gone_again();
    house.comes("ann");
    house.comes("bob");
    gone_again();
    let start = Instant::now();
    let (tell, told) = mpsc::channel();
    let inside = house.clone();
    let server = thread::spawn(move || {
        inside.serve(move |_| {
            let came_in = (start.elapsed(), thread::current().id());
            tell.send(came_in).expect("the main thread listens");
        });
        start.elapsed()
    });
    let moment = Duration::from_micros(1);
    let exact = sleeps_exactly(moment);
    house.interrupt.raise();
    let returned = server.join().expect("`serve` should not panic");
    assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
    let (times, mut threads): (Vec<_>, Vec<_>) = told.try_iter().unzip();
    threads.dedup();
    if exact {
        assert_eq!(times, [Duration::ZERO; 2], "time until each of the two guests was let in");
        assert_eq!(threads.len(), 2, "threads in which two guests were handled");
        assert_eq!(
            returned, moment,
            "time until `serve` returned, interrupted after a microsecond"
        );
    }
}

/// A server starts, and nobody comes. The interrupt may come at any moment: before the server has
/// begun, when it is about to wait, or while it waits. `serve` must return, and its listener must
/// have been dropped. If the interrupt is raised again, or a server is started after it, no thread
/// may get stuck.
///
/// An interrupt that falls between looking and going to sleep is lost, and the server sleeps on. At
/// night nobody comes to wake it.
#[test]
fn an_interrupt_ends_the_waiting() {
    let house = House::default();
    assert!(!house.interrupt.is_raised(), "a new interrupt has not been raised");
    let inside = house.clone();
    let server = thread::spawn(move || inside.serve(|_| ()));
    house.interrupt.raise();
    server.join().expect("`serve` should not panic");
    assert!(house.street.is_walled_up(), "`serve` has returned, but its listener is still there");
    assert!(house.interrupt.is_raised(), "the interrupt has been raised");
    house.interrupt.raise();
    let later = House { interrupt: house.interrupt.clone(), ..House::default() };
    later.comes("ann");
    later.serve(|_| ());
    assert_eq!((house.threads.exit(), later.threads.exit()), (0, 0), "handlers that have panicked");
    assert_eq!((house.book(), later.book()), (vec![], vec![]), "who has been handled");
}

/// A server starts, nobody comes, and the server is interrupted at any moment. The waker's connection
/// is gone at once, so `accept` returns `None`. `serve` must return then, and not call `accept` again,
/// even if a guest has come and gone just before.
///
/// The waker makes `accept` return once. What it returns then says nothing. A server that goes back
/// to the door without another look at the interrupt stays there until somebody comes.
#[test]
fn a_waker_need_not_look_like_a_guest() {
    for gone_again in [false, true] {
        let street = Arc::new(Street { waker_is_shy: true, ..Street::default() });
        let house = House { street, ..House::default() };
        if gone_again {
            house.street.comes(None);
        }
        let inside = house.clone();
        let server = thread::spawn(move || inside.serve(|_| ()));
        house.interrupt.raise();
        server.join().expect("`serve` should not panic");
        assert!(
            house.street.is_walled_up(),
            "`serve` has returned, but its listener is still there"
        );
        assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
        assert_eq!(house.book(), [""; 0], "who has been handled, when nobody had come");
    }
}

/// A crowd of 260 guests is at the door when the server starts, and nobody leaves before all of
/// them are inside. Then the server is interrupted, and must return while they are still there.
/// Then they all leave, and each of them must have been handled when `exit` returns.
///
/// Some limit looks large enough when it is chosen. Then the day comes when one guest more arrives,
/// and whoever stays longest decides how long everybody else stands outside.
#[test]
fn a_crowd_is_served_at_once() {
    const CROWD: usize = 260;
    #[derive(Default)]
    struct Hall {
        /// How many are inside, and whether they may leave.
        inside: Mutex<(usize, bool)>,
        full: Condvar,
        over: Condvar,
    }
    let (house, hall) = (House::default(), Arc::new(Hall::default()));
    (0..CROWD).for_each(|_| house.comes("one of many"));
    let (server, entered) = (house.clone(), Arc::clone(&hall));
    let visit = move |_: &Guest| {
        let mut inside = entered.inside.lock().unwrap();
        inside.0 += 1;
        if inside.0 == CROWD {
            entered.full.notify_one();
        }
        drop(entered.over.wait_while(inside, |(_, over)| !*over).unwrap());
    };
    // The handlers begin when the server waits, so that this run is not too long for the grader.
    let server = thread::spawn(move || probe::uninterrupted(|| server.serve(visit)));
    let inside = hall.inside.lock().unwrap();
    drop(hall.full.wait_while(inside, |(inside, _)| *inside < CROWD).unwrap());
    house.interrupt.raise();
    server.join().expect("`serve` should not panic");
    hall.inside.lock().unwrap().1 = true;
    hall.over.notify_all();
    assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
    assert_eq!(house.book().len(), CROWD, "guests that have been handled to the end");
}

/// At 0 s ann comes, and her visit takes three seconds. At 1 s the server is interrupted: `serve`
/// must return then, without waiting for her. At 2 s bob comes, and must be turned away. At 3 s ann
/// is done, and `exit` must have waited for that.
///
/// That is how a service is replaced while it is in use: nobody new gets in, and nobody who is in
/// is thrown out.
#[test]
fn handlers_finish_after_the_interrupt() {
    let house = House::default();
    let start = Instant::now();
    let now = move || start.elapsed().as_secs();
    let inside = house.clone();
    let server = thread::spawn(move || {
        inside.serve(|_| thread::sleep(Duration::from_secs(3)));
        now()
    });
    house.comes("ann");
    thread::sleep(Duration::from_secs(1));
    house.interrupt.raise();
    let closed = server.join().expect("`serve` should not panic");
    assert_eq!(closed, 1, "seconds until `serve` returned, interrupted after 1");
    thread::sleep(Duration::from_secs(1));
    house.comes("bob");
    assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
    assert_eq!(now(), 3, "seconds until `exit` returned, for a visit of 3");
    assert_eq!(house.book(), ["ann"], "who has been handled to the end");
}

/// One guest is at the door when the server starts. Another thread raises the interrupt, and only
/// then does a second guest come, as soon as a function of `on_raise` says so, and a third after
/// `raise` has returned. The first may get in or not; the others must not. The connection that only
/// wakes the server must not be taken for a guest. At the end all connections must be closed.
///
/// A client that is let in after the end waits until its patience runs out, and so does one whose
/// connection is kept and never answered. One that is turned away goes to another server at once.
#[test]
fn nobody_gets_in_after_the_interrupt() {
    let house = House::default();
    house.comes("early");
    let (street, told) = (Arc::clone(&house.street), house.street.guest("told"));
    house.interrupt.on_raise(move || street.comes(Some(told)));
    let inside = house.clone();
    let server = thread::spawn(move || inside.serve(|_| ()));
    house.interrupt.raise();
    house.comes("late");
    server.join().expect("`serve` should not panic");
    assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
    let book = house.book();
    assert!(
        !book.contains(&"told"),
        "a guest was let in who came when the interrupt had been raised"
    );
    assert!(!book.contains(&"late"), "a guest was let in who came after the interrupt");
    assert!(
        !book.contains(&"the waker itself"),
        "a handler was started for the waker's connection"
    );
    let closed = house.street.closed.load(SeqCst);
    assert_eq!(closed, 3, "connections that have been closed, of three guests");
}

/// A server is interrupted when nobody has come, and another one when ten guests have been handled,
/// and ten others have left before they were let in. The second interrupt must call as many wakers
/// as the first one.
///
/// A server runs for months. What each guest leaves behind, even if it is only a function that
/// waits for the interrupt, fills the memory in the end.
#[test]
fn guests_leave_nothing_behind() {
    let knocks_after = |guests: usize| {
        let house = House::default();
        for _ in 0..guests {
            house.street.comes(None);
            house.comes("one of many");
        }
        let inside = house.clone();
        let (leave, left) = mpsc::channel();
        let server = thread::spawn(move || {
            inside.serve(move |_| leave.send(()).expect("the main thread listens"));
        });
        for _ in 0..guests {
            left.recv().expect("a guest came before the interrupt, but was not handled");
        }
        house.interrupt.raise();
        server.join().expect("`serve` should not panic");
        assert_eq!(house.threads.exit(), 0, "handlers that have panicked");
        house.street.knocks.load(SeqCst)
    };
    let without = knocks_after(0);
    assert_eq!(
        knocks_after(10),
        without,
        "wakers called after ten guests (with no guests it was {without})"
    );
}

/// Three functions want to be called when the interrupt is raised. One was handed in long before;
/// one uses the interrupt itself, and even raises it again; one is handed in at that very moment.
/// Two threads raise it at the same time. Each function must be called once, and must find the
/// interrupt raised.
///
/// A function that is called twice stops a second listener that had nothing to do with it. One that
/// is not called leaves its own listener asleep for ever.
#[test]
fn each_waker_is_called_once() {
    let interrupt = Interrupt::new();
    // Hundreds for the first, tens for the second, ones for the third.
    let calls = Arc::new(AtomicU32::new(0));
    let call = |value: u32| {
        let (calls, interrupt) = (Arc::clone(&calls), interrupt.clone());
        move || {
            let early = if interrupt.is_raised() { 0 } else { 1_000 };
            calls.fetch_add(value + early, SeqCst);
        }
    };
    interrupt.on_raise(call(100));
    let (again, nested) = (interrupt.clone(), call(10));
    interrupt.on_raise(move || {
        again.raise();
        again.on_raise(nested);
    });
    let (third, newcomer) = (call(1), interrupt.clone());
    let newcomer = thread::spawn(move || newcomer.on_raise(third));
    let other = interrupt.clone();
    let other = thread::spawn(move || other.raise());
    interrupt.raise();
    newcomer.join().expect("`on_raise` should not panic");
    other.join().expect("`raise` should not panic");
    let calls = calls.load(SeqCst);
    assert!(calls < 1_000, "a function was called before the interrupt was raised");
    assert_eq!(
        calls, 111,
        "calls: hundreds, tens and ones for the first, second and third function"
    );
}

/// 300 functions are handed to one interrupt, and one to another. The first interrupt is raised.
/// Then all 300 must have been called, once each, and the other one must not: nobody has raised its
/// interrupt.
///
/// A program may have two servers, one of which is to stay. And nobody can say how many it will
/// have in ten years.
#[test]
fn one_of_two_interrupts_is_raised() {
    const WAKERS: usize = 300;
    let (raised, other) = (Interrupt::new(), Interrupt::new());
    let (call, called) = mpsc::channel();
    for number in 0..WAKERS {
        let call = call.clone();
        raised.on_raise(move || call.send(number).expect("the main thread listens"));
    }
    other.on_raise(move || call.send(WAKERS).expect("the main thread listens"));
    raised.raise();
    let mut numbers: Vec<_> = called.try_iter().collect();
    numbers.sort();
    assert!(!numbers.contains(&WAKERS), "a function of the other interrupt has been called");
    assert_eq!(
        numbers.len(),
        WAKERS,
        "calls of the 300 functions, when the interrupt had been raised"
    );
    numbers.dedup();
    assert_eq!(numbers.len(), WAKERS, "functions (of 300) that have been called");
    let looks = (raised.is_raised(), other.is_raised());
    assert_eq!(
        looks,
        (true, false),
        "is_raised() of the interrupt that was raised, and of the other one"
    );
}

/// Another thread raises the interrupt. Once `is_raised` says so, a function is handed in, perhaps
/// even before `raise` has returned. The function raises the interrupt again and hands in a second
/// one. When `on_raise` returns, both must have been called.
///
/// A function that comes too late has nothing to wait for. If it is left to the thread that raises
/// the interrupt, it is called only after all the others, one of which may take long.
#[test]
fn too_late_to_wait_is_at_once() {
    let interrupt = Interrupt::new();
    let other = interrupt.clone();
    let other = thread::spawn(move || other.raise());
    let hand_in = || {
        let calls = Arc::new(AtomicU32::new(0));
        let (first, second) = (Arc::clone(&calls), Arc::clone(&calls));
        let again = interrupt.clone();
        interrupt.on_raise(move || {
            again.raise();
            again.on_raise(move || {
                second.fetch_add(1, SeqCst);
            });
            first.fetch_add(10, SeqCst);
        });
        assert_eq!(
            calls.load(SeqCst),
            11,
            "calls: tens and ones for the first and second function"
        );
    };
    // This may happen while `raise` is still calling others.
    if interrupt.is_raised() {
        hand_in();
    }
    other.join().expect("`raise` should not panic");
    hand_in();
}

/// Another thread raises the interrupt, which calls a function that does not return before the
/// check is over. Meanwhile a second function is handed in. When `on_raise` returns, it must have
/// been called.
///
/// Nobody knows how long a function takes that somebody else has handed in.
#[test]
fn too_late_to_wait_for_the_others() {
    let interrupt = Interrupt::new();
    let (tell, told) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    interrupt.on_raise(move || {
        tell.send(()).expect("the main thread listens");
        // Nothing is ever sent: this ends when the other side is dropped.
        let _ = may_go_on.recv();
    });
    let other = interrupt.clone();
    let other = thread::spawn(move || other.raise());
    told.recv().expect("the first function should be called");
    let calls = Arc::new(AtomicU32::new(0));
    let call = Arc::clone(&calls);
    interrupt.on_raise(move || {
        call.fetch_add(1, SeqCst);
    });
    assert_eq!(calls.load(SeqCst), 1, "calls of the second function");
    drop(go_on);
    other.join().expect("`raise` should not panic");
}

/// The interrupt has been raised. A function is handed in that hands in another one, which hands in
/// another one, and so on, a hundred deep. Each of them must have been called when `on_raise` returns.
///
/// There is no depth at which "at once" becomes "later".
#[test]
fn at_once_is_at_once_at_any_depth() {
    fn dig(interrupt: &Interrupt, depth: u32) {
        let (same, called) = (interrupt.clone(), Arc::new(AtomicU32::new(0)));
        let call = Arc::clone(&called);
        interrupt.on_raise(move || {
            if depth > 1 {
                dig(&same, depth - 1);
            }
            call.fetch_add(1, SeqCst);
        });
        let calls = called.load(SeqCst);
        assert_eq!(calls, 1, "calls of a function that has {depth} more inside, after `on_raise`");
    }
    let interrupt = Interrupt::new();
    interrupt.raise();
    dig(&interrupt, 100);
}

/// A million functions wait for an interrupt that is never raised. Then the interrupt is dropped, and
/// they with it.
///
/// Most interrupts are never raised. What waits for them must be able to go without a stack that is as
/// deep as the list is long.
#[test]
fn a_million_may_wait_in_vain() {
    const FUNCTIONS: usize = 1_000_000;
    let shared = Arc::new(());
    {
        let interrupt = Interrupt::new();
        for shared in iter::repeat_n(&shared, FUNCTIONS).cloned() {
            interrupt.on_raise(move || drop(shared));
        }
    }
    assert_eq!(Arc::strong_count(&shared), 1, "handles, once all functions have been dropped");
}

/// A million functions wait for the interrupt. When it is raised, each of them must be called.
///
/// A list that is made of one function inside another needs a stack as deep as the list is long.
#[test]
fn a_million_may_wait() {
    const FUNCTIONS: u32 = 1_000_000;
    let interrupt = Interrupt::new();
    let calls = Arc::new(AtomicU32::new(0));
    for _ in 0..FUNCTIONS {
        let calls = Arc::clone(&calls);
        interrupt.on_raise(move || _ = calls.fetch_add(1, SeqCst));
    }
    interrupt.raise();
    assert_eq!(calls.load(SeqCst), FUNCTIONS, "calls of the functions that have waited");
}

/// The first guest has left before it can be let in, and the handler panics with the second. The
/// third must be served. `exit` must then count one panic.
///
/// There is no day without a client that hangs up too early, or one that asks for something nobody
/// thought of. Neither is a reason to close.
#[test]
fn bad_luck_with_one_is_not_the_end() {
    let house = House::default();
    house.street.comes(None);
    house.comes("mallory");
    house.comes("ann");
    let inside = house.clone();
    let (served, ann_is_served) = mpsc::channel();
    let server = thread::spawn(move || {
        inside.serve(move |guest| match guest.name {
            "ann" => served.send(()).expect("the main thread listens"),
            other => panic!("no manners: {other}, on purpose"),
        });
    });
    ann_is_served.recv().expect("the third guest should be served");
    house.interrupt.raise();
    server.join().expect("`serve` should not panic");
    assert_eq!(house.threads.exit(), 1, "handlers that have panicked");
    assert_eq!(house.book(), ["ann"], "who has been handled to the end");
}

/// `exit` has been called before the server starts, so no thread can be started any more. Two
/// guests come, the second a millisecond after the first. Neither may be handled, and both
/// connections must be closed, the first one before the second guest comes. `serve` must go on
/// until the interrupt.
///
/// At the end of a program, work is refused quietly. A server that keeps the connection keeps a
/// client who waits for an answer. And one that trips over a refusal, in the last second of its
/// life, ends with an error that somebody will spend all night looking for.
#[test]
fn a_guest_without_a_thread_is_turned_away() {
    let house = House::default();
    assert_eq!(house.threads.exit(), 0, "threads that have panicked (there were none)");
    let inside = house.clone();
    let server = thread::spawn(move || inside.serve(|_| ()));
    house.comes("ann");
    if sleeps_exactly(Duration::from_millis(1)) {
        let closed = house.street.closed.load(SeqCst);
        assert_eq!(closed, 1, "connections that have been closed, a millisecond after ann came");
    }
    house.comes("bob");
    assert!(!house.street.is_walled_up(), "`serve` has returned, but nobody has interrupted it");
    house.interrupt.raise();
    server.join().expect("`serve` should not panic when no thread can be started");
    assert_eq!(house.book(), [""; 0], "who has been handled, when no thread could be started");
    let closed = house.street.closed.load(SeqCst);
    assert_eq!(closed, 2, "connections that have been closed, of two guests");
}
