//! Who eats when: strangers together, nobody late, and nobody passed again and again.

use philosophers::Table;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a tick is.
const TICK: Duration = Duration::from_millis(100);

/// Somebody who comes to dine.
struct Guest {
    seat: usize,
    /// For how many ticks each of its meals lasts.
    lasts: u32,
    /// At which ticks it gets hungry; or later, when the meal before is over.
    hungry: Vec<u32>,
}

fn guest(seat: usize, lasts: u32, hungry: &[u32]) -> Guest {
    Guest { seat, lasts, hungry: hungry.to_vec() }
}

fn sleep_until(clock: Instant, tick: u32) {
    let left = (TICK * tick).saturating_sub(clock.elapsed());
    if !left.is_zero() {
        thread::sleep(left);
    }
}

/// A whole dinner. The guests are named in the order in which they come; each has a thread of its
/// own, which is started when it is hungry for the first time. Returns for each guest at which ticks
/// its meals began.
fn dinner<const N: usize>(seats: usize, guests: [Guest; N]) -> [Vec<u32>; N] {
    let table = Arc::new(Table::new(seats));
    let clock = Instant::now();
    let threads = guests.map(|Guest { seat, lasts, hungry }| {
        sleep_until(clock, hungry[0]);
        let table = Arc::clone(&table);
        let named = thread::Builder::new().name(format!("seat {seat}"));
        let meals = move || {
            let meal = |&tick: &u32| {
                sleep_until(clock, tick);
                table.dine(seat, || {
                    let began = (clock.elapsed().as_millis() / TICK.as_millis()) as u32;
                    sleep_until(clock, began + lasts);
                    began
                })
            };
            hungry.iter().map(meal).collect()
        };
        named.spawn(meals).expect("a thread can be started")
    });
    threads.map(|thread| thread.join().expect("a guest should not have panicked"))
}

/// How many meals a neighbour began, who began its meals at the ticks `neighbour`, while somebody
/// was waiting who got hungry at tick `hungry` and ate at tick `ate`.
fn overtakes(neighbour: &[u32], hungry: u32, ate: u32) -> usize {
    neighbour.iter().filter(|&&began| hungry < began && began < ate).count()
}

/// Three philosophers at a table for six get hungry, and no two of them are neighbours. There are
/// forks for all of them, so they must all eat at the same time. If they have to wait for each other,
/// somebody has put one lock round the whole table.
#[test]
fn strangers_eat_together() {
    let meals = dinner(6, [guest(0, 3, &[0]), guest(2, 3, &[1]), guest(4, 3, &[2])]);
    assert_eq!(
        meals,
        [[0], [1], [2]],
        "the ticks at which three ate who are no neighbours and got hungry at ticks 0, 1 and 2"
    );
}

/// At a table for six, seat 0 has a long meal, and both of its neighbours wait. Then seat 3 gets
/// hungry, who has nothing to do with any of them, and must eat at once. When seat 0 is done, its two
/// neighbours must eat at once as well, and together. Who waits for a fork that nobody needs might as
/// well wait in a queue round the block.
#[test]
fn only_neighbours_wait() {
    let [_, one, five, three] =
        dinner(6, [guest(0, 4, &[0]), guest(1, 2, &[1]), guest(5, 2, &[2]), guest(3, 2, &[3])]);
    assert!(
        three[0] <= 3,
        "seat 3 of six got hungry at tick 3, while nobody next to it was, and ate at tick {}",
        three[0]
    );
    assert!(
        one[0] <= 4 && five[0] <= 4,
        "seats 1 and 5 waited for seat 0 until tick 4; they ate at ticks {} and {}",
        one[0],
        five[0]
    );
}

/// A philosopher waits for its left neighbour to finish, then for its right one, and the clock is
/// watched. It must eat at the very moment when the fork is back, and use no processor until then:
/// neither by trying in a loop nor by looking again every now and then. Two who keep trying can step
/// aside for each other for ever.
#[test]
fn who_waits_sleeps() {
    // A little over 20 ms, so that nobody who looks every millisecond is in time by chance.
    let length = Duration::from_nanos(20_000_123);
    let table = Arc::new(Table::new(3));
    for (neighbour, side) in [(0, "left"), (2, "right")] {
        let shared = Arc::clone(&table);
        let (began, over, hungry) = table.dine(neighbour, || {
            let hungry = thread::spawn(move || shared.dine(1, Instant::now));
            let began = Instant::now();
            thread::sleep(length);
            (began, Instant::now(), hungry)
        });
        let ate = hungry.join().expect("a philosopher should not have panicked");
        assert!(ate >= over, "a philosopher ate while its {side} neighbour was eating");
        // No real clock is exact; the meal has shown how far out this one is. The grader's is exact.
        let tolerance = 100 * (over - began).saturating_sub(length);
        let late = ate - over;
        assert!(late <= tolerance, "ate {late:?} after the {side} neighbour had finished");
    }
}

/// A philosopher waits while its neighbour eats, and the neighbour is hungry again as soon as it has
/// finished; and again, and again. It may begin one more meal, not two. This is tried with the right
/// neighbour, then with the left one. The one who waits had three meals of its own, long ago: that does
/// not count.
///
/// Whoever has just put the forks down is awake and has them at hand. If that were an advantage, the
/// one who waits would wait for as long as its neighbour likes.
#[test]
fn a_greedy_neighbour() {
    for (greedy, side) in [(2, "right"), (0, "left")] {
        let [patient, greedy] =
            dinner(3, [guest(1, 0, &[0, 1, 2, 5]), guest(greedy, 2, &[4, 4, 4, 4])]);
        let ate = patient[3];
        let overtakes = overtakes(&greedy, 5, ate);
        assert!(
            overtakes <= 1,
            "hungry at tick 5, a philosopher ate at tick {ate}, after its {side} neighbour had begun \
             {overtakes} more meals"
        );
    }
}

/// At a table for four, the philosopher at seat 1 waits while its neighbours, seats 0 and 2, eat
/// several times. They are not each other's neighbours, and their meals overlap: whenever one of
/// them finishes, the other one is in the middle of a meal. Each may begin one more meal, not two.
///
/// Here there is never a moment when both forks lie on the table. The two need not even have agreed
/// on it.
#[test]
fn two_neighbours_in_turn() {
    let [left, right, waiting] =
        dinner(4, [guest(0, 4, &[0, 4, 8]), guest(2, 4, &[2, 6, 10]), guest(1, 1, &[3])]);
    let ate = waiting[0];
    let [by_left, by_right] = [left, right].map(|neighbour| overtakes(&neighbour, 3, ate));
    assert!(
        by_left <= 1 && by_right <= 1,
        "hungry at tick 3, a philosopher ate at tick {ate}, after its neighbours had begun {by_left} \
         and {by_right} more meals"
    );
}

/// At a table for four, the philosopher at seat 1 waits for seat 0, who has a very long meal.
/// Meanwhile its other neighbour, at seat 2, wants three meals in a row. It may begin one meal, not two,
/// although the one who waits could not eat yet: a right to go next that lapses while one is waiting
/// for something else is worth little.
#[test]
fn a_slow_neighbour() {
    let [_, waiting, quick] =
        dinner(4, [guest(0, 12, &[0]), guest(1, 1, &[1]), guest(2, 1, &[2, 2, 2])]);
    let ate = waiting[0];
    let overtakes = overtakes(&quick, 1, ate);
    assert!(
        overtakes <= 1,
        "hungry at tick 1, a philosopher ate at tick {ate}, after one neighbour had begun \
         {overtakes} meals while the other one was eating"
    );
}
