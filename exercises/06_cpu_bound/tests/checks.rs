//! The checks of the CPU-bound map and reduce.
//!
//! A page that takes long to read is played by `thread::sleep`, and on the grader's clock as many of
//! them can sleep at once as there are threads: it has processors enough.

use cpu_bound::parallel_map_reduce;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A page of a book. It cannot be cloned: it is far too large for that.
struct Page(&'static str);

/// Reads a page.
fn read(page: &Page) -> String {
    page.0.to_uppercase()
}

/// Puts two pieces of text together. In which order that is done matters, of course.
fn join(left: String, right: String) -> String {
    left + &right
}

/// Two threads read five pages. Whoever is done first: the text must have the pages in the order of
/// the book. Much that can be put together has an order, a text, a log, a sequence of steps, and
/// nobody would call the result nearly right if it were in another one.
#[test]
fn the_order_is_kept() {
    let book = ["a", "b", "c", "d", "e"].map(Page);
    let text = parallel_map_reduce(&book, 2, read, join);
    assert_eq!(text.as_deref(), Some("ABCDE"), "the text of the pages a, b, c, d and e");
}

/// Two threads work on five items, and each item counts how often it is mapped. That must be once,
/// and in the sum of all items each must be contained once. What is forgotten at the end of a share,
/// or done by two, is hard to see in a number as large as a sum.
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
    assert_eq!(sum, Some(11_111), "1 + 10 + 100 + 1000 + 10000");
}

/// Three threads read three pages, and each of them goes on only when all three are at it. If that
/// never ends, some thread was not there to begin with, or was kept waiting by another one that was
/// reading. Then there are three threads, and as much is done as by one.
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
/// only when all three have one. If that never ends, there was no page left for the last of them,
/// because others had taken too many. Nor may there be a fourth thread: who orders three threads may
/// have other work for the other processors.
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
            // Should there be more than three, we do not wait for the others.
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

/// Two threads read five pages, each of which counts itself in and out. There must never be three
/// inside. Each thread that is more than there are processors makes all others wait, and the memory
/// that a page needs while it is being read is there only as often as it was ordered.
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

/// Reads five pages that take a second each, with three threads. Two seconds are enough, for no thread
/// need read more than two pages. If it takes longer, one of them was given more than its share, and
/// the others stand by and watch it; if it takes less, there were more threads than ordered.
#[test]
fn the_shares_are_even() {
    let book = ["a", "b", "c", "d", "e"].map(Page);
    let start = Instant::now();
    let text = parallel_map_reduce(
        &book,
        3,
        |page| {
            thread::sleep(Duration::from_secs(1));
            read(page)
        },
        join,
    );
    assert_eq!(start.elapsed().as_secs(), 2, "seconds for five pages of 1 s, with three threads");
    assert_eq!(text.as_deref(), Some("ABCDE"), "the text of the pages a, b, c, d and e");
}

/// Reads two pages with five threads, one page with three, and three pages with as many threads as a
/// number can name. Who has more threads than pages does not need them all, and must not fall over
/// that.
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
    assert_eq!(text.as_deref(), Some("ABC"), "the text of three pages, with threads without end");
}

/// Reads a book without pages, then tries to read one without threads. The first has no text, and
/// that is no error; programs that count things meet the number 0 sooner or later. The second must
/// be refused by a panic before anything is read, for there is nobody to do it.
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
    let refused = panic::catch_unwind(AssertUnwindSafe(|| {
        parallel_map_reduce(&["a", "b"].map(Page), 0, count, join)
    }));
    assert!(refused.is_err(), "0 threads must be refused by a panic");
    assert_eq!(read_pages.into_inner(), 0, "pages that were read with 0 threads");
}

/// Runs something that should panic, and says what it panicked with.
fn panics_with<R>(f: impl FnOnce() -> R) -> Option<&'static str> {
    let payload = panic::catch_unwind(AssertUnwindSafe(f)).err()?;
    Some(payload.downcast_ref::<&str>().copied().unwrap_or("something else"))
}

/// Two threads read four pages, and the second page, or the last one, makes `map` panic; then all
/// pages can be read, but not put together. Each time the caller must get this very panic, and not
/// another one that says that there has been a panic. What a panic says is the beginning of every
/// repair.
#[test]
fn a_panic_comes_through() {
    let book = ["a", "b", "c", "d"].map(Page);
    for damaged in ["b", "d"] {
        let said = panics_with(|| {
            let try_to_read = |page: &Page| {
                assert!(page.0 != damaged, "this page is damaged");
                read(page)
            };
            parallel_map_reduce(&book, 2, try_to_read, join)
        });
        assert_eq!(
            said,
            Some("this page is damaged"),
            "what `map` panicked with at page {damaged}"
        );
    }

    let said = panics_with(|| {
        let no_glue = |_: String, _: String| panic!("out of glue");
        parallel_map_reduce(&book, 2, read, no_glue)
    });
    assert_eq!(said, Some("out of glue"), "what `reduce` panicked with");
}

/// Two threads work on two items for a while, and the clock is watched. The result must be there at
/// the very moment when the last item is done, and while they work, nobody may be busy who has
/// nothing to do: neither by asking in a loop, nor by looking again every now and then. Where all
/// processors are needed, one that only asks whether the others are done is missed.
#[test]
fn nobody_polls() {
    // A little over 20 ms, so that nobody who looks every millisecond is in time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(nap);
    // No real clock is exact; our own nap has shown how far out this one is. The grader's is exact.
    let tolerance = 100 * lay_down.elapsed().saturating_sub(nap);

    let work = |&nap: &Duration| {
        thread::sleep(nap);
        Instant::now()
    };
    let done = parallel_map_reduce(&[nap, nap / 2], 2, work, |left, right| left.max(right));
    let returned = Instant::now();
    let late = returned - done.expect("there are two items");
    assert!(late <= tolerance, "the result came {late:?} after the last item was done");
}
