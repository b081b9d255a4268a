//! The checks of the bank that must not stand still.
//!
//! Accounts that are used together are in one array: whatever an answer makes of their addresses
//! is then the same in every run.

use deadlock::{Account, Bank, Receipt, Refused};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What each account holds.
fn balances(accounts: &[Account]) -> Vec<u64> {
    accounts.iter().map(Account::balance).collect()
}

/// One thread, no others. Transfers are made, refused for want of money, and refused by `approve`,
/// which is asked only if the money is there. The listener hears of the transfers that were made
/// and of nothing else.
#[test]
fn moves_money() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 5)];
    let [ada, bob] = &accounts;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    bank.subscribe(move |_: &Bank, receipt: &Receipt| {
        ears.lock()
            .unwrap()
            .push(format!("{} pays {} {}", receipt.from, receipt.to, receipt.amount));
    });

    assert!(bank.transfer(ada, bob, 30).is_ok(), "30 of 100 were refused");
    assert_eq!(balances(&accounts), [70, 35], "balances after Ada paid Bob 30");
    let answer = bank.transfer_if(ada, bob, 71, |_, _| panic!("asked, although 71 are not there"));
    assert!(matches!(answer, Err(Refused::TooLittle)), "71 of 70: {answer:?}");
    let answer = bank.transfer_if(bob, ada, 35, |bob, ada| (bob, ada) != (35, 70));
    assert!(matches!(answer, Err(Refused::NotApproved)), "`approve` said no: {answer:?}");
    assert_eq!(balances(&accounts), [70, 35], "balances after two refusals");
    assert!(bank.transfer_if(bob, ada, 35, |_, _| true).is_ok(), "`approve` said yes");
    assert_eq!(balances(&accounts), [105, 0], "balances after Bob paid Ada 35");
    assert_eq!(bank.total(&[bob, ada]), 105, "the total of both accounts");
    assert_eq!(ada.owner(), "Ada", "the owner of Ada's account");
    assert_eq!(
        *heard.lock().unwrap(),
        ["Ada pays Bob 30", "Bob pays Ada 35"],
        "what the listener heard"
    );
}

/// Ada pays Bob while Bob pays Ada. Whoever of them is quicker at whatever moment, both transfers
/// must come to an end, and all money must be there. Two such payments have stopped a real system
/// for hours: everything that touched the two accounts waited behind them.
#[test]
fn two_pay_each_other() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 100)];
    let [ada, bob] = &accounts;
    let answers = thread::scope(|threads| {
        let there = threads.spawn(|| bank.transfer(ada, bob, 30));
        let back = threads.spawn(|| bank.transfer(bob, ada, 10));
        [there.join().unwrap(), back.join().unwrap()]
    });
    assert!(answers.iter().all(Result::is_ok), "both had enough: {answers:?}");
    assert_eq!(balances(&accounts), [80, 120], "balances after 30 one way and 10 the other");
}

/// Two customers of the same name, with the same balance, pay each other. Nothing about them differs
/// but that they are two. There is always a day on which two of them meet: two John Smiths, two
/// accounts opened in the same second.
#[test]
fn namesakes_pay_each_other() {
    let bank = Bank::new();
    let accounts = [Account::new("John Smith", 100), Account::new("John Smith", 100)];
    let [one, other] = &accounts;
    let answers = thread::scope(|threads| {
        let there = threads.spawn(|| bank.transfer(one, other, 20));
        let back = threads.spawn(|| bank.transfer(other, one, 20));
        [there.join().unwrap(), back.join().unwrap()]
    });
    assert!(answers.iter().all(Result::is_ok), "both had enough: {answers:?}");
    assert_eq!(balances(&accounts), [100, 100], "balances after 20 in both directions");
}

/// Ada pays Bob, Bob pays Cleo and Cleo pays Ada, all at the same time. No two of them pay each
/// other, and still each may wait for the next, round in a circle. All three must come to an end.
#[test]
fn three_pay_in_a_ring() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 50), Account::new("Bob", 50), Account::new("Cleo", 50)];
    let [ada, bob, cleo] = &accounts;
    thread::scope(|threads| {
        for (from, to, amount) in [(ada, bob, 1), (bob, cleo, 2), (cleo, ada, 4)] {
            let bank = &bank;
            threads.spawn(move || bank.transfer(from, to, amount).unwrap());
        }
    });
    assert_eq!(balances(&accounts), [53, 49, 48], "balances after 1, 2 and 4 went round");
}

/// Ada pays herself, with nobody else about. That changes no balance, but it is a transfer like any
/// other: it comes to an end, the money must be there, `approve` is asked and the listener is told.
#[test]
fn to_oneself() {
    let bank = Bank::new();
    let ada = Account::new("Ada", 100);
    let heard = Arc::new(AtomicU32::new(0));
    let ears = Arc::clone(&heard);
    bank.subscribe(move |_: &Bank, _: &Receipt| {
        ears.fetch_add(1, SeqCst);
    });

    let mut asked = None;
    let answer = bank.transfer_if(&ada, &ada, 60, |from, to| {
        asked = Some((from, to));
        true
    });
    assert!(answer.is_ok(), "60 of 100 moved to where they were: {answer:?}");
    assert_eq!(asked, Some((100, 100)), "the balances that `approve` was asked about");
    assert_eq!(ada.balance(), 100, "balance after a transfer to oneself");
    let answer = bank.transfer(&ada, &ada, 100);
    assert!(answer.is_ok(), "all of 100 moved to where they were: {answer:?}");
    let answer = bank.transfer(&ada, &ada, 101);
    assert!(matches!(answer, Err(Refused::TooLittle)), "101 of 100: {answer:?}");
    let answer = bank.transfer_if(&ada, &ada, 1, |_, _| false);
    assert!(matches!(answer, Err(Refused::NotApproved)), "`approve` said no: {answer:?}");
    assert_eq!(ada.balance(), 100, "balance after two refusals");
    assert_eq!(heard.load(SeqCst), 2, "transfers that the listener heard of");
}

/// While two threads move money round three accounts, an auditor asks for their total, and lists
/// them in another order each time. The total must always be the same, and nobody may be stuck
/// afterwards: an auditor holds more accounts at once than anybody else.
#[test]
fn the_total_is_of_one_moment() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 50), Account::new("Bob", 50), Account::new("Cleo", 50)];
    let [ada, bob, cleo] = &accounts;
    let totals = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, bob, 20));
        threads.spawn(|| bank.transfer(bob, cleo, 10));
        [bank.total(&[cleo, bob, ada]), bank.total(&[bob, ada, cleo])]
    });
    assert_eq!(totals, [150, 150], "the total of three accounts that hold 150 together");
}

/// `approve` enforces a rule: at least 50 must stay in the account. Two threads transfer 30 each
/// from an account of 100. The first may, the second may not, for 40 would be left. What `approve`
/// has been told must still be true when the money moves, or there is no use in asking.
#[test]
fn what_was_approved_stays_true() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 0)];
    let [ada, bob] = &accounts;
    let pay = || {
        let mut told = None;
        let answer = bank.transfer_if(ada, bob, 30, |from, to| {
            told = Some((from, to));
            from >= 80
        });
        (answer, told)
    };
    let (answers, told): (Vec<_>, Vec<_>) = thread::scope(|threads| {
        let first = threads.spawn(pay);
        let second = threads.spawn(pay);
        [first.join().unwrap(), second.join().unwrap()].into_iter().unzip()
    });
    for (from, to) in told.into_iter().flatten() {
        assert_eq!(from + to, 100, "`approve` was told the balances {from} and {to}; together");
    }
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(made, 1, "transfers that kept 50 in the account: {answers:?}");
    assert_eq!(balances(&accounts), [70, 30], "balances after one transfer of 30");
}

/// A listener looks at both accounts of the transfer that it is told of, and subscribes another
/// listener. All on one thread: if this stands still, the thread waits for something that it holds
/// itself. Whoever calls a stranger's code cannot know what that code will ask for.
#[test]
fn a_listener_may_look_and_subscribe() {
    let bank = Bank::new();
    let accounts: Arc<[Account; 2]> = Arc::new([Account::new("Ada", 100), Account::new("Bob", 0)]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let late = Arc::new(AtomicU32::new(0));
    bank.subscribe({
        let (accounts, seen, late) = (Arc::clone(&accounts), Arc::clone(&seen), Arc::clone(&late));
        move |bank: &Bank, receipt: &Receipt| {
            let now = balances(&accounts[..]);
            seen.lock().unwrap().push(now);
            if receipt.amount == 30 {
                let late = Arc::clone(&late);
                bank.subscribe(move |_: &Bank, receipt: &Receipt| {
                    if receipt.amount == 20 {
                        late.fetch_add(1, SeqCst);
                    }
                });
            }
        }
    });

    let [ada, bob] = &*accounts;
    bank.transfer(ada, bob, 30).unwrap();
    bank.transfer(ada, bob, 20).unwrap();
    assert_eq!(*seen.lock().unwrap(), [[70, 30], [50, 50]], "balances that the listener saw");
    assert_eq!(
        late.load(SeqCst),
        1,
        "what the listener that came later heard of the last transfer"
    );
}

/// A listener collects a tax: whenever the shop is paid, it transfers 10 from the shop to the
/// treasury. One thread pays the shop while another is paid by the treasury. All four transfers
/// must be made, and nobody may be stuck: through the listener, a transfer needs more locks than
/// its own code shows.
#[test]
fn a_listener_may_transfer() {
    let bank = Bank::new();
    let accounts: Arc<[Account; 3]> =
        Arc::new([Account::new("Ada", 100), Account::new("shop", 0), Account::new("treasury", 50)]);
    bank.subscribe({
        let accounts = Arc::clone(&accounts);
        move |bank: &Bank, receipt: &Receipt| {
            if receipt.to == "shop" {
                bank.transfer(&accounts[1], &accounts[2], 10).unwrap();
            }
        }
    });

    let [ada, shop, treasury] = &*accounts;
    thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, shop, 40).unwrap());
        threads.spawn(|| bank.transfer(treasury, shop, 20).unwrap());
    });
    assert_eq!(balances(&accounts[..]), [60, 40, 50], "Ada, the shop and the treasury");
}

/// Ada pays Bob and Cleo pays Dan at the same time, and each time `approve` takes a second. The two
/// transfers have no account in common, so neither waits for the other, and both are done after
/// one second. One lock round the whole bank would avoid every deadlock, and also close all
/// counters but one.
#[test]
fn strangers_do_not_wait() {
    let bank = Bank::new();
    let accounts = ["Ada", "Bob", "Cleo", "Dan"].map(|owner| Account::new(owner, 10));
    let [ada, bob, cleo, dan] = &accounts;
    let slow_yes = |_, _| {
        thread::sleep(Duration::from_secs(1));
        true
    };
    let start = Instant::now();
    thread::scope(|threads| {
        threads.spawn(|| bank.transfer_if(ada, bob, 1, slow_yes));
        threads.spawn(|| bank.transfer_if(cleo, dan, 1, slow_yes));
    });
    assert_eq!(
        start.elapsed().as_secs(),
        1,
        "seconds for two transfers that have nothing in common and wait 1 s each"
    );
}

/// A listener sends a message, which takes a second. Two threads transfer money between the same two
/// accounts. The money itself moves at once, and the two messages are sent at the same time: one
/// second in all. Who only tells others what has been done must not keep the accounts, nor the
/// list of listeners, from anybody.
#[test]
fn nobody_waits_for_a_listener() {
    let bank = Bank::new();
    bank.subscribe(|_: &Bank, _: &Receipt| thread::sleep(Duration::from_secs(1)));
    let accounts = [Account::new("Ada", 10), Account::new("Bob", 10)];
    let [ada, bob] = &accounts;
    let start = Instant::now();
    thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, bob, 1));
        threads.spawn(|| bank.transfer(bob, ada, 1));
    });
    assert_eq!(start.elapsed().as_secs(), 1, "seconds for two listeners' calls of 1 s each");
}

/// `approve` keeps Ada's and Bob's accounts for a while, another thread wants them too, and the clock
/// is watched. The other one must wait, use no processor meanwhile, and go on at the very moment at
/// which the accounts are free. Whoever tries again and again comes late or burns a processor, and
/// with bad luck two of them go on stepping aside for each other.
#[test]
fn waits_without_trying_again() {
    // A little over 20 ms, so that nobody who looks every millisecond is in time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let lay_down = Instant::now();
    thread::sleep(nap);
    // No real clock is exact; our own nap has shown how far out this one is. The grader's is exact.
    let tolerance = 100 * lay_down.elapsed().saturating_sub(nap);

    let bank = &Bank::new();
    let accounts = [Account::new("Ada", 10), Account::new("Bob", 10)];
    let [ada, bob] = &accounts;
    let (accounts_are_held, go) = mpsc::channel();
    let mut approved = None;
    let (answers, paid) = thread::scope(|threads| {
        let other = threads.spawn(move || {
            // An error means that `approve` was never asked. That is for the end of this check.
            let _ = go.recv();
            (bank.transfer(bob, ada, 1), Instant::now())
        });
        let approved = &mut approved;
        let slow_yes = move |_, _| {
            accounts_are_held.send(()).unwrap();
            thread::sleep(nap);
            *approved = Some(Instant::now());
            true
        };
        let answer = bank.transfer_if(ada, bob, 1, slow_yes);
        let (other_answer, paid) = other.join().unwrap();
        ([answer, other_answer], paid)
    });
    assert!(answers.iter().all(Result::is_ok), "both had enough: {answers:?}");
    let late = paid - approved.expect("`approve` should have been asked");
    assert!(late <= tolerance, "the accounts were free for {late:?} before the other one paid");
}
