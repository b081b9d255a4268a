//! Everyone eats, neighbours never eat together, and a panic hurts nobody else.

use philosophers::Table;
use probe as _; // Names the checks that hang at your desk.
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Seats a philosopher at the table, on its own thread, and lets it dine once.
fn seat<R: Send + 'static>(
    table: &Arc<Table>,
    seat: usize,
    eat: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    let table = Arc::clone(table);
    let named = thread::Builder::new().name(format!("seat {seat}"));
    named.spawn(move || table.dine(seat, eat)).expect("a thread can be started")
}

/// Waits until the philosopher has eaten, and returns what its meal returned.
fn finish<R>(philosopher: JoinHandle<R>) -> R {
    philosopher.join().expect("a philosopher should not have panicked")
}

/// Whether `f` panics.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    panic::catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// One thread dines at every seat of a table for five, one after the other, twice round. Each meal
/// must be eaten once, without waiting, and `dine` must return what it returned. Then the thread
/// asks for a seat that does not exist, also while it is eating: that must panic at once, and afterwards
/// it must be able to dine at every seat. A table with fewer than two forks must panic, too.
#[test]
fn one_after_another() {
    let table = Table::new(5);
    assert_eq!(table.seats(), 5, "the seats of a table for five");
    let meals = AtomicUsize::new(0);
    for round in 0..2 {
        for seat in 0..5 {
            let returned = table.dine(seat, || meals.fetch_add(1, SeqCst));
            assert_eq!(
                returned,
                5 * round + seat,
                "what dine() returned: the number of meals that were eaten before this one"
            );
        }
    }
    for wrong in [5, 6] {
        let panicked = panics(|| table.dine(wrong, || meals.fetch_add(1, SeqCst)));
        assert!(panicked, "dine({wrong}) at a table for five did not panic");
        for seat in 0..5 {
            let panicked = table.dine(seat, || panics(|| table.dine(wrong, || ())));
            assert!(panicked, "dine({wrong}) did not panic during a meal at seat {seat}");
        }
        assert_eq!(
            meals.load(SeqCst),
            10,
            "meals that were eaten: two at each of five seats, and none at a wrong seat"
        );
        assert_eq!(table.seats(), 5, "the seats, after somebody asked for seat {wrong}");
        for seat in 0..5 {
            let fed = table.dine(seat, || "fed");
            assert_eq!(fed, "fed", "a meal at seat {seat}, after somebody asked for seat {wrong}");
        }
    }
    assert!(
        panics(|| Table::new(1)) && panics(|| Table::new(0)),
        "Table::new(1) and Table::new(0) should both panic"
    );
}

/// Three philosophers at a table for three, each on its own thread, get hungry at about the same
/// time. All of them must eat, no matter which of them is fast or slow, or when.
///
/// One unlucky moment is enough to stop all three for ever; and a table where they keep reaching
/// for forks and never eat is no better.
#[test]
fn everyone_eats() {
    let table = Arc::new(Table::new(3));
    let philosophers = [0, 1, 2].map(|n| seat(&table, n, move || n));
    assert_eq!(philosophers.map(finish), [0, 1, 2], "what the three meals returned");
}

/// Three philosophers at a table for three have two meals each: whoever has finished is hungry
/// again at once, while the others may be waiting, or on their way, or still asleep although they
/// may eat by now. All six meals must be eaten.
///
/// Whatever the table remembers about who goes first, it must never happen that each of the three
/// is to let its neighbour go first.
#[test]
fn everyone_eats_twice() {
    let table = Arc::new(Table::new(3));
    let philosophers = [0, 1, 2].map(|seat| {
        let table = Arc::clone(&table);
        let named = thread::Builder::new().name(format!("seat {seat}"));
        let meals = move || [1, 2].map(|meal| table.dine(seat, || meal));
        named.spawn(meals).expect("a thread can be started")
    });
    assert_eq!(philosophers.map(finish), [[1, 2]; 3], "what the six meals returned");
}

/// Two philosophers dine at a table for two, where each one's left fork is the other one's right
/// fork. One of them has two meals, the other has one. All three meals must be eaten, and the two
/// must never eat at the same time.
#[test]
fn two_share_both_forks() {
    let table = Arc::new(Table::new(2));
    let eaten = Arc::new(AtomicUsize::new(0));
    let is_eating = Arc::new(AtomicBool::new(false));
    // Returns whether the other philosopher is eating as well, and how many have eaten before.
    let eat = || {
        let (eaten, is_eating) = (Arc::clone(&eaten), Arc::clone(&is_eating));
        move || {
            let together = is_eating.swap(true, SeqCst);
            let before = eaten.fetch_add(1, SeqCst);
            is_eating.store(false, SeqCst);
            (together, before)
        }
    };
    let one = seat(&table, 1, eat());
    let meals = [table.dine(0, eat()), table.dine(0, eat()), finish(one)];
    assert!(!meals.iter().any(|(together, _)| *together), "both were eating at the same time");
    let mut order = meals.map(|(_, before)| before);
    assert!(order[0] < order[1], "the second meal began before the first one was over");
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2], "three meals, each counted once");
}

/// At a table for four, the philosophers at seats 3, 0 and 1 get hungry. Seat 0 is next to both of
/// the others. While a philosopher eats, its neighbours must not be eating.
///
/// Otherwise one fork is in two hands, and whatever it stands for (a file, a machine, a tape) is
/// used by two at once.
#[test]
fn neighbours_never_together() {
    let table = Arc::new(Table::new(4));
    let eating: Arc<[AtomicBool; 4]> = Arc::default();
    let philosophers = [3, 0, 1].map(|n| {
        let eating = Arc::clone(&eating);
        seat(&table, n, move || {
            eating[n].store(true, SeqCst);
            let left_eats = eating[(n + 3) % 4].load(SeqCst);
            let right_eats = eating[(n + 1) % 4].load(SeqCst);
            eating[n].store(false, SeqCst);
            (n, left_eats, right_eats)
        })
    });
    for (n, left_eats, right_eats) in philosophers.map(finish) {
        assert!(!left_eats, "seat {n} and its left neighbour were eating at the same time");
        assert!(!right_eats, "seat {n} and its right neighbour were eating at the same time");
    }
}

/// A philosopher's meal panics while both of its neighbours are getting hungry. This panic, and no
/// other, must come out of `dine`, and both forks must be back on the table: both neighbours must
/// eat, and later the philosopher at the first seat, too. Another meal panics with a number.
///
/// One request that fails must not starve the others.
#[test]
fn a_panic_puts_the_forks_back() {
    let table = Arc::new(Table::new(3));
    let unlucky = seat(&table, 0, || panic!("choked, on purpose"));
    let neighbour = seat(&table, 2, || "fed");
    assert_eq!(table.dine(1, || "fed"), "fed", "the right neighbour's meal");
    assert_eq!(finish(neighbour), "fed", "the left neighbour's meal");
    let ended: thread::Result<()> = unlucky.join();
    let panic = ended.expect_err("the panic should have come out of dine()");
    assert_eq!(
        panic.downcast_ref(),
        Some(&"choked, on purpose"),
        "the panic that came out of dine()"
    );
    assert_eq!(table.dine(0, || "fed"), "fed", "a meal at the unlucky philosopher's seat");
    let meal = AssertUnwindSafe(|| table.dine(0, || -> () { panic::panic_any(404) }));
    let panic = panic::catch_unwind(meal).expect_err("the panic should have come out of dine()");
    assert_eq!(panic.downcast_ref(), Some(&404), "the number that came out of dine()");
}

/// A meal ends in a panic that was begun quietly, with `resume_unwind`, and carries a message; then
/// another one with another kind of message. What comes out of `dine` must be this very panic, with the
/// message in the box in which it was sent. It must not be a new panic that says the same.
///
/// A new panic is reported a second time, and from a place where nothing went wrong.
#[test]
fn the_same_panic_goes_on() {
    type Payload = Box<dyn Any + Send>;
    let table = Table::new(3);
    let messages: [Payload; 2] =
        [Box::new("choked, on purpose"), Box::new("choked again".to_string())];
    for message in messages {
        let sent = (&raw const *message).addr();
        let meal = AssertUnwindSafe(|| table.dine(0, || -> () { panic::resume_unwind(message) }));
        let came = panic::catch_unwind(meal).expect_err("the panic should have come out of dine()");
        let words: Option<&str> =
            came.downcast_ref().copied().or(came.downcast_ref().map(String::as_str));
        let same = (&raw const *came).addr() == sent;
        assert!(
            same,
            "the panic that came out of dine() was a new one; its message was {:?}",
            words.unwrap_or_default()
        );
        assert_eq!(table.dine(0, || "fed"), "fed", "a meal after a panic");
    }
}

/// At a table for six, seat 0 has a long meal, and seat 1 waits for it. Meanwhile seat 3 eats 300,000
/// times. None of the others is its neighbour, so all of these meals must end while seat 0 is still
/// eating. (Seat 0 is only told to end its meal after that.)
///
/// What is given out with each meal, and put in order when nobody waits, may run out before that.
#[test]
fn a_long_evening_elsewhere() {
    let table = Arc::new(Table::new(6));
    let (sit, sits) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let eats = seat(&table, 0, move || {
        sit.send(()).expect("the main thread waits for this");
        ends.recv()
    });
    sits.recv().expect("seat 0 eats");
    let waits = seat(&table, 1, || "fed");
    thread::sleep(Duration::from_millis(100));
    for _ in 0..300_000 {
        table.dine(3, || ());
    }
    end.send(()).expect("seat 0 still eats");
    assert_eq!(finish(eats), Ok(()), "what ended the meal at seat 0");
    assert_eq!(finish(waits), "fed", "the meal at seat 1, after seat 0 was done");
}

/// Does something when it is dropped.
struct AtLast<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtLast<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// At a table for three, seat 0 has three meals in a row. The first one ends in a panic, and the
/// second one is eaten by a destructor while that panic goes on. Meanwhile a neighbour has one
/// meal: seat 1 in the first round, seat 2 in the second. The two must never eat at the same time.
///
/// As soon as the forks are back, a neighbour may take one. Whoever puts it back a second time,
/// just to be sure, says that it is free while somebody eats with it.
#[test]
fn forks_are_put_back_once() {
    for neighbour in [1, 2] {
        let table = Arc::new(Table::new(3));
        let eating: Arc<[AtomicBool; 3]> = Arc::default();
        // Returns whether the philosopher at seat `other` is eating as well.
        let meal = |seat: usize, other: usize| {
            let eating = Arc::clone(&eating);
            move || {
                eating[seat].store(true, SeqCst);
                let together = eating[other].load(SeqCst);
                eating[seat].store(false, SeqCst);
                together
            }
        };
        let once = seat(&table, neighbour, meal(neighbour, 0));
        let mut together = false;
        let panicked = panics(|| {
            let _at_last = AtLast(|| together |= table.dine(0, meal(0, neighbour)));
            table.dine(0, || panic!("choked, on purpose"));
        });
        assert!(panicked, "the panic should have come out of dine()");
        together |= table.dine(0, meal(0, neighbour));
        together |= finish(once);
        assert!(!together, "seats 0 and {neighbour} were eating at the same time");
    }
}
