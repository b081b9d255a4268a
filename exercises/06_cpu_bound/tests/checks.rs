//! The checks of the CPU-bound map and reduce.
//!
//! `thread::sleep` plays a page that takes a long time to read. On the grader's clock, as
//! many pages can sleep at once as there are threads: it has enough processors.

use cpu_bound::parallel_map_reduce;
use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// A page of a book. It cannot be cloned: it is far too large for that.
struct Page(&'static str);

/// Reads a page.
fn read(page: &Page) -> String {
    page.0.to_uppercase()
}

/// Joins two pieces of text. Of course it matters which one comes first.
fn join(left: String, right: String) -> String {
    left + &right
}

/// Two threads read five pages. Whichever is done first, the text must have the pages in the order
/// of the book. Many things that can be joined have an order, such as a text, a log or a sequence
/// of steps, and if their parts come in a different one, nobody calls the result nearly right.
#[test]
fn the_order_is_kept() {
    let book = ["a", "b", "c", "d", "e"].map(Page);
    let text = parallel_map_reduce(&book, 2, read, join);
    assert_eq!(text.as_deref(), Some("ABCDE"), "the text of the pages a, b, c, d and e");
}

/// Two threads work on five items, and each item counts how often it is mapped. That must
/// be once, and the sum must contain each item once. An item that is forgotten at the end
/// of a share, or done by two threads, is hard to spot in a number as large as a sum.
#[test]
fn each_item_once() {
    let calls: [AtomicU32; 5] = Default::default();
    let sum = parallel_map_reduce(
        &[0, 1, 2, 3, 4],
        2,
        |&item: &usize| {
            calls[item].fetch_add(1, SeqCst);
            10_u32.pow(item as u32)
        },
        |left, right| left + right,
    );
    let calls = calls.map(AtomicU32::into_inner);
    assert_eq!(calls, [1, 1, 1, 1, 1], "calls of `map` for each of five items");
    assert_eq!(sum, Some(11_111), "the sum of 1, 10, 100, 1000 and 10000");
}

/// Three threads read three pages, and each goes on only when all three are reading. So all three
/// must read at the same time, and the text must be in the order of the book.
///
/// If this never ends, some thread was not there to begin with, or was kept waiting by another one
/// that was reading. Then there are three threads, but they get no more done than one.
#[test]
fn all_threads_take_part() {
    let book = ["a", "b", "c"].map(Page);
    let everybody = Barrier::new(3);
    let text = parallel_map_reduce(
        &book,
        3,
        |page| {
            everybody.wait();
            read(page)
        },
        join,
    );
    assert_eq!(text.as_deref(), Some("ABC"), "the text of the pages a, b and c");
}

/// Three threads share four pages, which does not come out even. Each goes on with its first page
/// only when all three have one. So each must get a page, and there must not be a fourth thread.
///
/// If this never ends, there was no page left for the last thread, because others had taken too
/// many. And a caller that orders three threads may have other work for the other processors.
#[test]
fn nobody_is_left_out() {
    let book = ["a", "b", "c", "d"].map(Page);
    let readers = Mutex::new(Vec::new());
    let everybody = Barrier::new(3);
    let text = parallel_map_reduce(
        &book,
        3,
        |page| {
            let me = thread::current().id();
            let mut seen = readers.lock().unwrap();
            let first_page = !seen.contains(&me);
            if first_page {
                seen.push(me);
            }
            // If there are more than three, do not wait for the others.
            let wait = first_page && seen.len() <= 3;
            drop(seen);
            if wait {
                everybody.wait();
            }
            read(page)
        },
        join,
    );
    let readers = readers.into_inner().unwrap().len();
    assert_eq!(readers, 3, "threads that took part");
    assert_eq!(text.as_deref(), Some("ABCD"), "the text of the pages a, b, c and d");
}

/// Three threads read three pages, and note who reads. Nobody waits for anybody, so a thread may be
/// done before another has begun. All the same, each of the three must read one page.
///
/// A thread that comes late finds its share where it was put for it. A thread that gets no page was
/// started for nothing.
#[test]
fn the_slow_one_gets_its_page() {
    let book = ["a", "b", "c"].map(Page);
    let readers = Mutex::new(Vec::new());
    let text = parallel_map_reduce(
        &book,
        3,
        |page| {
            readers.lock().unwrap().push(thread::current().id());
            read(page)
        },
        join,
    );
    let readers = readers.into_inner().unwrap();
    let all_differ =
        readers[0] != readers[1] && readers[1] != readers[2] && readers[2] != readers[0];
    assert!(
        all_differ,
        "each of three pages should be read by a different thread, but they were read by {readers:?}"
    );
    assert_eq!(text.as_deref(), Some("ABC"), "the text of the pages a, b and c");
}

/// Reads 1 to 64 pages, with 2, 3, 5, 7, 11 and 13 threads; then a million pages with three
/// threads, 600 pages with 600 threads that all read at once, and 600 blank pages (items of type
/// `()`) with three. Each page must be read once, and the text must be in the order of the book.
/// Whoever joins pieces must have read a page, or be the caller.
///
/// What is right for five pages and two threads may forget the last page of sixty-one. The text of
/// a million pages is too long to be compared; but wherever two pieces are joined, the right one
/// must begin after the last page of the left. A blank page is a `()`, which takes up no memory, so
/// that they are all in the same place.
#[test]
fn any_number_of_pages() {
    let book: Vec<char> = ('0'..).take(64).collect();
    for pages in 1..=book.len() {
        let expected: String = book[..pages].iter().collect();
        for threads in [2, 3, 5, 7, 11, 13] {
            let calls = AtomicUsize::new(0);
            let read = |page: &char| {
                calls.fetch_add(1, SeqCst);
                page.to_string()
            };
            let text = parallel_map_reduce(&book[..pages], threads, read, join);
            let text = text.unwrap_or_default();
            assert_eq!(text, expected, "the text of {pages} pages, with {threads} threads");
            let calls = calls.into_inner();
            assert_eq!(calls, pages, "calls of `map` for {pages} pages, with {threads} threads");
        }
    }

    let numbers: Vec<u32> = (1..=1_000_000).collect();
    let misplaced = AtomicUsize::new(0);
    // A piece is known by its first page and its last one.
    let join_pieces = |left: (u32, u32), right: (u32, u32)| {
        misplaced.fetch_add(usize::from(left.1 + 1 != right.0), SeqCst);
        (left.0, right.1)
    };
    let text = parallel_map_reduce(&numbers, 3, |page| (*page, *page), join_pieces);
    assert_eq!(
        text,
        Some((1, 1_000_000)),
        "first and last page number in the text of 1,000,000 pages read by 3 threads"
    );
    assert_eq!(
        misplaced.load(SeqCst),
        0,
        "times that two pieces were joined that are not neighbours, of 1,000,000 pages"
    );

    let everybody = Barrier::new(600);
    let readers = Mutex::new(HashSet::from([thread::current().id()]));
    let joiners = Mutex::new(HashSet::new());
    let meet = |page: &u32| {
        readers.lock().unwrap().insert(thread::current().id());
        everybody.wait();
        (*page, *page)
    };
    let note_and_join = |left, right| {
        joiners.lock().unwrap().insert(thread::current().id());
        join_pieces(left, right)
    };
    let text = parallel_map_reduce(&numbers[..600], 600, meet, note_and_join);
    assert_eq!(
        text,
        Some((1, 600)),
        "first and last page number in the text of 600 pages read by 600 threads"
    );
    assert_eq!(
        misplaced.load(SeqCst),
        0,
        "times that two pieces were joined that are not neighbours, of 600 pages"
    );
    let strangers =
        joiners.into_inner().unwrap().difference(&readers.into_inner().unwrap()).count();
    assert_eq!(
        strangers, 0,
        "threads that joined pieces of 600 pages, but neither read one nor called \
         `parallel_map_reduce`"
    );

    let pages = parallel_map_reduce(&[(); 600], 3, |()| 1, |left, right| left + right);
    assert_eq!(
        pages,
        Some(600),
        "600 blank pages (items of type `()`, which take up no memory), counted by `map` and `reduce`"
    );
}

/// Two threads read 6166 pages. Whoever begins a page waits until the other thread begins one, too,
/// so neither can be quicker, and each must read 3,083. A thread with a page left when the other has
/// none waits for ever.
///
/// If this never ends, one thread has run out of pages while the other still had some. Whoever takes
/// several pages at a time, because there are so many, may get the last ones all by itself.
#[test]
fn thousands_of_pages_in_step() {
    let book = [const { Page("a") }; 6166];
    let both = Barrier::new(2);
    let in_step = |_: &Page| {
        both.wait();
        1
    };
    let pages = parallel_map_reduce(&book, 2, in_step, |left, right| left + right);
    assert_eq!(pages, Some(6166), "number of pages, counted with `map` and `reduce`");
}

/// Three threads read three pages, and the check notes who joins the pieces. That must be a thread
/// that reads, or the one that called `parallel_map_reduce`, and nobody else.
///
/// Three threads were ordered, and a fourth takes a processor from somebody else, even if it has
/// less to do than the others.
#[test]
fn nobody_else_joins_the_pieces() {
    let book = ["a", "b", "c"].map(Page);
    let (readers, joiners) = (Mutex::new(vec![thread::current().id()]), Mutex::new(Vec::new()));
    let text = parallel_map_reduce(
        &book,
        3,
        |page| {
            readers.lock().unwrap().push(thread::current().id());
            read(page)
        },
        |left, right| {
            joiners.lock().unwrap().push(thread::current().id());
            join(left, right)
        },
    );
    let (readers, joiners) = (readers.into_inner().unwrap(), joiners.into_inner().unwrap());
    let others = joiners.iter().filter(|joiner| !readers.contains(joiner)).count();
    assert_eq!(
        others, 0,
        "pieces joined by a thread that neither read a page nor called `parallel_map_reduce`"
    );
    assert_eq!(text.as_deref(), Some("ABC"), "the text of the pages a, b and c");
}

/// Two threads read a library of two books, and for each book two threads read its three pages, so
/// two calls run within a third one. All six pages must be in the text, in order: each call must
/// have its own threads and its own pages.
///
/// Whatever calls share without being told to, they find changed when they come back to it.
#[test]
fn calls_do_not_meet() {
    let library = [["a", "b", "c"].map(Page), ["d", "e", "f"].map(Page)];
    let read_book =
        |book: &[Page; 3]| parallel_map_reduce(book, 2, read, join).expect("there are three pages");
    let text = parallel_map_reduce(&library, 2, read_book, join);
    assert_eq!(text.as_deref(), Some("ABCDEF"), "the text of two books with three pages each");
}

/// Two threads read five pages, and each page counts itself in and out. Three must never be inside
/// at the same time.
///
/// Each thread beyond the number of processors makes all the others wait, and there is memory for
/// only as many pages at once as threads were ordered.
#[test]
fn never_more_than_ordered() {
    let book = ["a", "b", "c", "d", "e"].map(Page);
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let text = parallel_map_reduce(
        &book,
        2,
        |page| {
            most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
            thread::sleep(Duration::from_millis(1));
            inside.fetch_sub(1, SeqCst);
            read(page)
        },
        join,
    );
    let most = most.into_inner();
    assert!(most <= 2, "{most} pages were being read at once, and 2 threads were ordered");
    assert_eq!(text.as_deref(), Some("ABCDE"), "the text of the pages a, b, c, d and e");
}

/// Reads books in which each page takes a second: five pages with three threads, six with four, ten
/// with three, and three with one. That must take two, two, four and three seconds. Each thread
/// must read a page, and none may read two pages more than another.
///
/// If it takes longer, one thread was given more than its share, and the others had nothing to do;
/// if it takes less, there were more threads than ordered.
#[test]
fn the_shares_are_even() {
    for (pages, threads, seconds) in [(5, 3, 2), (6, 4, 2), (10, 3, 4), (3, 1, 3)] {
        let book = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(Page)[..pages];
        let shares: Mutex<Vec<(ThreadId, usize)>> = Mutex::default();
        let start = Instant::now();
        let text = parallel_map_reduce(
            book,
            threads,
            |page| {
                let me = thread::current().id();
                let mut known = shares.lock().unwrap();
                match known.iter_mut().find(|(reader, _)| *reader == me) {
                    Some((_, pages)) => *pages += 1,
                    None => known.push((me, 1)),
                }
                drop(known);
                thread::sleep(Duration::from_secs(1));
                read(page)
            },
            join,
        );
        let seconds_taken = start.elapsed().as_secs();
        let shares: Vec<usize> =
            shares.into_inner().unwrap().into_iter().map(|(_, pages)| pages).collect();
        let what = format!(
            "{pages} pages of 1 s with `threads` = {threads} (pages per thread: {shares:?})"
        );
        assert_eq!(seconds_taken, seconds, "seconds for {what}");
        assert_eq!(shares.len(), threads, "threads that took part in {what}");
        let (least, most) = (shares.iter().min(), shares.iter().max());
        assert!(
            most.zip(least).is_some_and(|(most, least)| most - least <= 1),
            "uneven shares: {what}"
        );
        assert_eq!(text.as_deref(), Some(&"ABCDEFGHIJ"[..pages]), "the text of {what}");
    }
}

/// A second, and whether the clock is exact. A real clock is not, and says nothing about a thread that is
/// late by a little; there a millisecond will do, so that nobody has to wait for minutes.
fn a_second() -> (Duration, bool) {
    let short = Duration::from_millis(1);
    let slept_at = Instant::now();
    thread::sleep(short);
    if slept_at.elapsed() == short { (Duration::from_secs(1), true) } else { (short, false) }
}

/// Reads 403 pages that take a second each, with three threads. One of them must read 135 pages
/// and two 134, and all must be read after 135 seconds. Then reads smaller books with four to seven
/// threads, whose shares must be just as even.
///
/// It is tempting to let the threads take many pages at a time when there are many. But then the
/// last ones go to one thread, and the others have nothing to do. And whoever divides again what has
/// been divided before must see to it that not all remainders end up in the same place.
#[test]
fn the_shares_of_many_are_even() {
    let (second, exact) = a_second();
    let book = [const { Page("a") }; 403];
    for (pages, threads) in [(403, 3), (7, 4), (11, 4), (9, 5), (16, 6), (20, 7)] {
        let shares: Mutex<Vec<(ThreadId, usize)>> = Mutex::default();
        let start = Instant::now();
        let counted = parallel_map_reduce(
            &book[..pages],
            threads,
            |_| {
                let me = thread::current().id();
                let mut known = shares.lock().unwrap();
                match known.iter_mut().find(|(reader, _)| *reader == me) {
                    Some((_, pages)) => *pages += 1,
                    None => known.push((me, 1)),
                }
                drop(known);
                thread::sleep(second);
                1
            },
            |left, right| left + right,
        );
        let seconds = start.elapsed().as_secs();
        let shares = shares.into_inner().unwrap().into_iter().map(|(_, pages)| pages);
        let mut shares: Vec<usize> = shares.collect();
        shares.sort_unstable();
        // On a real clock, one thread may be quicker than another.
        if exact {
            let what = format!("{pages} pages of 1 s with {threads} threads");
            let larger = pages % threads;
            let even: Vec<usize> = (0..threads)
                .map(|place| pages / threads + usize::from(place >= threads - larger))
                .collect();
            assert_eq!(shares, even, "pages that each thread has read, of {what}");
            assert_eq!(seconds, pages.div_ceil(threads) as u64, "seconds for {what}");
        }
        assert_eq!(counted, Some(pages), "number of pages, counted with `map` and `reduce`");
    }
}

/// Reads two pages that take a second each. The numbers of threads are the powers of two from 2 to
/// the largest that a `usize` can hold, and each of these plus one. Each time both pages must be
/// read in one second. The calling thread is named after the number: `2 threads`.
///
/// A number that is kept in fewer bits than the caller's becomes a different one.
#[test]
fn threads_of_every_number() {
    let (second, exact) = a_second();
    let book = ["a", "b"].map(Page);
    let read_slowly = |page: &Page| {
        thread::sleep(second);
        read(page)
    };
    let read_both = |threads: usize| {
        let start = Instant::now();
        let text = parallel_map_reduce(&book, threads, read_slowly, join);
        let seconds = if exact { start.elapsed().as_secs() } else { 1 };
        assert_eq!(
            seconds, 1,
            "seconds for two pages of 1 s, with {threads} threads; the text was {text:?}"
        );
        assert_eq!(text.as_deref(), Some("AB"), "the text of two pages, with {threads} threads");
    };
    let powers = (1..usize::BITS).map(|bits| 1_usize << bits);
    for threads in powers.flat_map(|power| [power, power + 1]) {
        thread::scope(|scope| {
            let caller = thread::Builder::new().name(format!("{threads} threads"));
            caller.spawn_scoped(scope, || read_both(threads)).expect("a thread can be started");
        });
    }
}

/// Reads 33 pages that take a second each, with 33 threads. That must take one second.
///
/// The number of threads is up to the caller, who knows the machine and what else it has to do. An
/// answer that stops at the number of processors, or at some round number, makes that decision for
/// others.
#[test]
fn as_many_as_ordered() {
    let book = [const { Page("a") }; 33];
    let start = Instant::now();
    let text = parallel_map_reduce(
        &book,
        33,
        |page| {
            thread::sleep(Duration::from_secs(1));
            read(page)
        },
        join,
    );
    assert_eq!(start.elapsed().as_secs(), 1, "seconds for 33 pages of 1 s, with 33 threads");
    assert_eq!(text, Some("A".repeat(33)), "the text of 33 pages");
}

/// Reads two pages with five threads, one page with three, and three pages with `usize::MAX`
/// threads. Each time the whole text must be there, and the two pages must be read at the same
/// time.
///
/// A caller with more threads than pages does not need them all, and that must not make anything
/// fail.
#[test]
fn more_threads_than_items() {
    let (a, b) = (Page("a"), Page("b"));
    let both = Barrier::new(2);
    let together = |page: &Page| {
        both.wait();
        read(page)
    };
    let text = parallel_map_reduce(&[a, b], 5, together, join);
    assert_eq!(text.as_deref(), Some("AB"), "the text of two pages, with five threads");

    let text = parallel_map_reduce(&[Page("a")], 3, read, |_, _| panic!("there are no two pieces"));
    assert_eq!(text.as_deref(), Some("A"), "the text of one page, with three threads");

    let text = parallel_map_reduce(&["a", "b", "c"].map(Page), usize::MAX, read, join);
    assert_eq!(text.as_deref(), Some("ABC"), "the text of three pages, with `usize::MAX` threads");
}

/// Reads a book without pages: the result must be `None`, and that is no error. Then tries to read
/// with 0 threads: two pages, one, and none. Each time this must be refused by a panic, before
/// anything is read.
///
/// Programs that count things meet the number 0 sooner or later. Without threads there is nobody to
/// read. That holds for the thinnest book, too: a mistake that shows only on some days is found
/// late.
#[test]
fn nothing_to_do() {
    let book: [Page; 0] = [];
    let text = parallel_map_reduce(&book, 2, |_| panic!("there is no page"), join);
    assert_eq!(text, None, "the text of a book without pages");

    let read_pages = AtomicU32::new(0);
    let count = |page: &Page| {
        read_pages.fetch_add(1, SeqCst);
        read(page)
    };
    let book = ["a", "b"].map(Page);
    for pages in [2, 1, 0] {
        let refused = panic::catch_unwind(AssertUnwindSafe(|| {
            parallel_map_reduce(&book[..pages], 0, count, join)
        }));
        assert!(
            refused.is_err(),
            "0 threads must be refused by a panic, whatever the number of pages, here {pages}"
        );
    }
    assert_eq!(read_pages.into_inner(), 0, "pages that were read with 0 threads");
}

/// What a thread panics with when it has run out of something.
struct OutOf(&'static str);

/// Runs something that should panic, and returns what it panicked with.
fn panics_with<R>(f: impl FnOnce() -> R) -> Option<&'static str> {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).err()?;
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<OutOf>()) {
        (Some(words), _) => Some(words),
        (_, Some(OutOf(what))) => Some(what),
        _ => Some("(a value that neither `map` nor `reduce` panicked with)"),
    }
}

/// One of the pages makes `map` panic, or `reduce` panics when their texts are combined. The
/// caller must get exactly this panic, not another one that only says that there was one, or that
/// follows from it on another thread. The damaged page must be tried only once.
///
/// Two threads read the pages, and then three that have a page each. What a panic says, or carries,
/// is where every repair begins.
#[test]
fn a_panic_comes_through() {
    let book = ["a", "b", "c", "d"].map(Page);
    for damaged in ["b", "d"] {
        let tries = AtomicU32::new(0);
        let said = panics_with(|| {
            let try_to_read = |page: &Page| {
                tries.fetch_add(u32::from(page.0 == damaged), SeqCst);
                assert!(page.0 != damaged, "this page is damaged");
                read(page)
            };
            parallel_map_reduce(&book, 2, try_to_read, join)
        });
        assert_eq!(
            said,
            Some("this page is damaged"),
            "the panic that the caller got when `map` panicked at page {damaged}"
        );
        assert_eq!(tries.into_inner(), 1, "attempts to read the damaged page {damaged}");
    }

    for (pages, threads) in [(4, 2), (3, 3)] {
        let said = panics_with(|| {
            let no_glue = |_: String, _: String| panic::panic_any(OutOf("glue"));
            parallel_map_reduce(&book[..pages], threads, read, no_glue)
        });
        assert_eq!(
            said,
            Some("glue"),
            "the panic that the caller got when `reduce` panicked with `OutOf(\"glue\")`: \
             {pages} pages, {threads} threads"
        );
    }
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// When it is dropped, it has two threads read two pages, which wait for each other, and sends the
/// text. Then it has them read a damaged page, and sends the panic that it gets.
struct LastWill(mpsc::Sender<(Option<String>, Option<&'static str>)>);

impl Drop for LastWill {
    fn drop(&mut self) {
        let book = ["a", "b"].map(Page);
        let both = Barrier::new(2);
        let together = |page: &Page| {
            both.wait();
            read(page)
        };
        let text = parallel_map_reduce(&book, 2, together, join);
        let damaged = |page: &Page| {
            assert!(page.0 != "b", "this page is damaged");
            read(page)
        };
        let said = panics_with(|| parallel_map_reduce(&book, 2, damaged, join));
        let _ = self.0.send((text, said));
    }
}

/// A thread that unwinds after a panic has two pages read in a destructor, and another thread does
/// so in the destructor of a thread-local variable, when it has all but ended. The pages must be
/// read at the same time and give the whole text. Then one of them is damaged, and the destructor
/// must get that panic.
///
/// The panic of whoever calls is not that of `map` or `reduce`.
#[test]
fn reads_in_destructors() {
    let (done, results) = mpsc::channel();
    let (panics, ends) = (LastWill(done.clone()), LastWill(done));
    let panics = thread::spawn(move || {
        let _will = panics;
        panic!("the archivist has to go");
    });
    assert!(panics.join().is_err(), "the thread's own panic should end it");
    let ends = thread::spawn(move || LAST_WILL.set(Some(ends)));
    assert!(ends.join().is_ok(), "the other thread should not panic");
    for what in ["while its thread unwound", "at the end of its thread"] {
        let (text, said) = results.try_recv().expect("both should have read their pages");
        assert_eq!(text.as_deref(), Some("AB"), "the text read in a destructor {what}");
        assert_eq!(said, Some("this page is damaged"), "the panic that it got {what}");
    }
}

/// Two threads work on two items, and the check watches the clock. Both must begin at once, and the
/// result must be there at the very moment when the last item is done, whichever takes longer. So
/// must the panic, if `map` panics at one of them straight away. A thread without work must sleep:
/// neither ask in a loop nor look again every now and then.
///
/// The work takes months, because that costs nothing on the grader's clock. When every processor is
/// needed, one that does nothing but ask whether the others are done is sorely missed.
#[test]
fn nobody_polls() {
    let short = Duration::from_millis(20);
    let slept_at = Instant::now();
    thread::sleep(short);
    // A real clock is never exact; then a late thread looks like one that others kept waiting.
    let exact = slept_at.elapsed() == short;
    // A prime number of nanoseconds, so that a thread that polls is never in time by chance.
    let nap = if exact { Duration::from_nanos(1_000_000_000_000_000_003) } else { short };
    let is_late = |late: Duration| exact && !late.is_zero();

    let work = |&nap: &Duration| {
        let start = Instant::now();
        thread::sleep(nap);
        (start, Instant::now())
    };
    // When the last item was begun, and when the last one was done.
    let latest = |left: (Instant, Instant), right: (Instant, Instant)| {
        (left.0.max(right.0), left.1.max(right.1))
    };
    for items in [[nap, nap / 2], [nap / 2, nap]] {
        let begin = Instant::now();
        let times = parallel_map_reduce(&items, 2, work, latest);
        let returned = Instant::now();
        let (began, done) = times.expect("there are two items");
        let late = began - begin;
        assert!(!is_late(late), "one of the threads began {late:?} after the call");
        let late = returned - done;
        assert!(!is_late(late), "the result came {late:?} after the last item was done");
    }

    let damaged = |&nap: &Duration| {
        assert!(!nap.is_zero(), "this page is damaged");
        thread::sleep(nap);
        Instant::now()
    };
    for items in [[Duration::ZERO, nap], [nap, Duration::ZERO]] {
        let begin = Instant::now();
        let said = panics_with(|| parallel_map_reduce(&items, 2, damaged, Instant::max));
        let late = begin.elapsed().saturating_sub(nap);
        assert_eq!(
            said,
            Some("this page is damaged"),
            "the panic that the caller got when `map` panicked at one of two items"
        );
        assert!(!is_late(late), "the panic came {late:?} after the other item was done");
    }
}

/// Forty callers at the same time have two threads work on two items, which take two and three
/// centuries. Threads without work must sleep, and not wake up to check something. Each caller must
/// get the right sum. (For half of the callers the longer item comes first.)
///
/// A thread that is woken in time, but also checks once a month whether it has missed something,
/// wakes up thousands of times for nothing.
#[test]
fn nobody_polls_for_centuries() {
    let (second, exact) = a_second();
    // The model takes a sleep of a hundred years or more for one that never ends.
    let century = if exact { second * 3_150_000_000 } else { second };
    let work = |centuries: &u32| {
        (0..*centuries).for_each(|_| thread::sleep(century));
        *centuries
    };
    thread::scope(|threads| {
        for items in [[3, 2], [2, 3]].repeat(20) {
            threads.spawn(move || {
                let sum = parallel_map_reduce(&items, 2, work, |left, right| left + right);
                assert_eq!(sum, Some(5), "the sum of the centuries");
            });
        }
    });
}
