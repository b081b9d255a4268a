//! The checks of the bank that must not stand still.
//!
//! Accounts that are used together are in one array, so that whatever
//! an answer does with their addresses is the same in every run.

use deadlock::{Account, Bank, Receipt, Refused};
use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::{Duration, Instant};
use std::{panic, thread};

/// How long to wait for something that should happen at once before concluding that it is
/// being held up. No machine is that slow, and if all is well, nothing waits this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What each account holds.
fn balances(accounts: &[Account]) -> Vec<u64> {
    accounts.iter().map(Account::balance).collect()
}

/// Uses one thread only. Transfers are made, refused for lack of money, and refused by `approve`,
/// which must be asked only if the money is there. The balances must fit each time. The listener
/// must hear of the transfers that were made and of nothing else, on this thread. (A transfer of 0
/// is a transfer, too.)
#[test]
fn moves_money() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 5)];
    let [ada, bob] = &accounts;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    bank.subscribe(move |_: &Bank, receipt: &Receipt| {
        let Receipt { from, to, amount } = receipt;
        ears.lock().unwrap().push((format!("{from} pays {to} {amount}"), thread::current().id()));
    });

    assert!(bank.transfer(ada, bob, 30).is_ok(), "30 of 100 was refused");
    assert_eq!(balances(&accounts), [70, 35], "balances after Ada paid Bob 30");
    let answer = bank.transfer_if(ada, bob, 71, |_, _| panic!("asked, although 71 is not there"));
    assert!(
        matches!(answer, Err(Refused::TooLittle)),
        "a transfer of 71 of 70 returned {answer:?}"
    );
    let answer = bank.transfer_if(bob, ada, 35, |bob, ada| (bob, ada) != (35, 70));
    assert!(
        matches!(answer, Err(Refused::NotApproved)),
        "`approve` said no, but the answer is {answer:?}"
    );
    assert_eq!(balances(&accounts), [70, 35], "balances after two refusals");
    assert!(
        bank.transfer_if(bob, ada, 35, |_, _| true).is_ok(),
        "refused, though `approve` said yes"
    );
    assert_eq!(balances(&accounts), [105, 0], "balances after Bob paid Ada 35");
    assert!(bank.transfer(bob, ada, 0).is_ok(), "0 of 0 was refused");
    assert_eq!(bank.total(&[bob, ada]), 105, "the total of both accounts");
    assert_eq!(bank.total(&[]), 0, "the total of no accounts");
    assert_eq!(ada.owner(), "Ada", "the owner of Ada's account");
    let (heard, threads): (Vec<_>, Vec<_>) = heard.lock().unwrap().drain(..).unzip();
    let made = ["Ada pays Bob 30", "Bob pays Ada 35", "Bob pays Ada 0"];
    assert_eq!(heard, made, "what the listener heard");
    let here = thread::current().id();
    assert!(
        threads.iter().all(|thread| *thread == here),
        "the listener was told on another thread"
    );

    let (rich, poor) = (Account::new("Croesus", u64::MAX), Account::new("Diogenes", 0));
    assert!(bank.transfer(&rich, &poor, 1).is_ok(), "1 of all the money there is was refused");
    assert!(bank.transfer(&rich, &poor, u64::MAX - 1).is_ok(), "all that is left was refused");
    assert_eq!(
        (rich.balance(), poor.balance()),
        (0, u64::MAX),
        "(payer's balance, payee's balance) after all the money moved"
    );
    assert_eq!(bank.total(&[&rich, &poor]), u64::MAX, "the total of all the money there is");
}

/// Seventy thousand accounts are opened. The first customer pays four others, and each amount must
/// reach the right account. Then the first customer pays the second, and while `approve` is
/// deciding on that, all others pay each other on the same thread. All these payments must be made, too.
/// Two million more accounts are opened, almost all of them are closed, and the first customer pays
/// those that are left.
///
/// No two accounts may share a lock, however many there are.
#[test]
fn seventy_thousand_accounts() {
    let bank = Bank::new();
    let accounts: Vec<Account> = (0..70_000).map(|_| Account::new("Smith", 10)).collect();
    for other in [69_999, 256, 65_536, 1_024] {
        let (one, other) = (&accounts[0], &accounts[other]);
        assert!(bank.transfer(one, other, 1).is_ok(), "there was enough");
        assert_eq!(other.balance(), 11, "the balance of the one who was paid");
    }
    assert_eq!(accounts[0].balance(), 6, "the balance of the one who paid four others");
    let total = bank.total(&[&accounts[65_536], &accounts[0], &accounts[256]]);
    assert_eq!(total, 28, "the total of the one who paid and of two who were paid");

    let mut payments = 0;
    let answer = bank.transfer_if(&accounts[0], &accounts[1], 1, |_, _| {
        let answers = accounts[2..].chunks(2).map(|two| bank.transfer(&two[0], &two[1], 1));
        payments = answers.filter(Result::is_ok).count();
        true
    });
    assert!(answer.is_ok(), "there was enough, but the answer is {answer:?}");
    assert_eq!(payments, 34_999, "payments between the others while `approve` was asked");

    // Among these, the numbers of some have the same last 20 or 21 bits as the first customer's.
    let opened = (70_000..(1 << 21) + 9).map(|number| (number, Account::new("Smith", 10)));
    let left = |number: u32| number.is_power_of_two();
    let others: Vec<_> = opened.filter(|(number, _)| left(*number)).collect();
    for (number, other) in others {
        assert!(bank.transfer(&accounts[0], &other, 1).is_ok(), "there was enough");
        assert_eq!(
            other.balance(),
            11,
            "the balance of account {number} after account 0 had paid it 1"
        );
    }
}

/// Ada pays Bob while Bob pays Ada. Whichever of them is ahead at any moment, both
/// transfers must come to an end, and all the money must still be there. Two such payments once
/// stopped a real system for hours: everything that touched the two accounts waited behind them.
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
    assert!(answers.iter().all(Result::is_ok), "both had enough, but the answers are {answers:?}");
    assert_eq!(balances(&accounts), [80, 120], "balances after 30 one way and 10 the other");
}

/// Two customers with the same name and the same balance, whose accounts were opened at the same
/// time by two threads, pay each other. Both transfers must come to an end, and both amounts must
/// arrive. Then the same with two whose names are empty. Sooner or later two like these meet: two
/// John Smiths, two accounts opened in the same second.
#[test]
fn namesakes_pay_each_other() {
    for name in ["John Smith", ""] {
        let bank = Bank::new();
        let accounts = thread::scope(|threads| {
            let counters = [0, 1].map(|_| threads.spawn(|| Account::new(name, 100)));
            counters.map(|counter| counter.join().unwrap())
        });
        let [one, other] = &accounts;
        let answers = thread::scope(|threads| {
            let there = threads.spawn(|| bank.transfer(one, other, 20));
            let back = threads.spawn(|| bank.transfer(other, one, 30));
            [there.join().unwrap(), back.join().unwrap()]
        });
        assert!(
            answers.iter().all(Result::is_ok),
            "both had enough, but the answers are {answers:?}"
        );
        assert_eq!(balances(&accounts), [110, 90], "balances after 20 one way and 30 the other");
    }
}

/// Ada pays Bob, Bob pays Cleo and Cleo pays Ada, all at the same time. No two of them pay each
/// other, and still each may wait for the next, round in a circle. All three transfers must come to
/// an end, and all amounts must arrive.
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

/// Ada pays herself, and no other thread is running. That must change no balance, and otherwise be
/// a transfer like any other: it must come to an end, `approve` must be asked, the listener must be
/// told, and it must be refused if the money is not there or `approve` says no.
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
    assert!(answer.is_ok(), "a transfer of 60 of 100 to oneself returned {answer:?}");
    assert_eq!(asked, Some((100, 100)), "the two balances that `approve` was told");
    assert_eq!(ada.balance(), 100, "balance after a transfer to oneself");
    let answer = bank.transfer(&ada, &ada, 100);
    assert!(answer.is_ok(), "a transfer of all 100 to oneself returned {answer:?}");
    let answer = bank.transfer(&ada, &ada, 101);
    assert!(
        matches!(answer, Err(Refused::TooLittle)),
        "a transfer of 101 of 100 returned {answer:?}"
    );
    let answer = bank.transfer_if(&ada, &ada, 1, |_, _| false);
    assert!(
        matches!(answer, Err(Refused::NotApproved)),
        "`approve` said no, but the answer is {answer:?}"
    );
    assert_eq!(ada.balance(), 100, "balance after two refusals");
    assert_eq!(heard.load(SeqCst), 2, "transfers that the listener heard of");

    let rich = Account::new("Croesus", u64::MAX);
    assert!(
        bank.transfer(&rich, &rich, u64::MAX).is_ok(),
        "a transfer of all the money to oneself was refused"
    );
    assert_eq!(rich.balance(), u64::MAX, "balance after a transfer of all the money to oneself");
}

/// Ada pays herself. Then she pays Bob, but `approve` says no. Meanwhile somebody looks at the
/// balances. He must always see what was there before: a transfer to oneself changes nothing, and
/// one that is refused has never been made. A balance that was wrong for only a moment may have
/// been printed by then.
#[test]
fn a_look_at_the_wrong_moment() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 10), Account::new("Bob", 10)];
    let [ada, bob] = &accounts;
    let seen = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, ada, 4).unwrap());
        ada.balance()
    });
    assert_eq!(seen, 10, "Ada's balance while she pays herself");
    let seen = thread::scope(|threads| {
        let refused = threads.spawn(|| bank.transfer_if(ada, bob, 4, |_, _| false));
        let seen = balances(&accounts);
        let answer = refused.join().unwrap();
        assert_eq!(answer, Err(Refused::NotApproved), "the answer when `approve` says no");
        seen
    });
    assert_eq!(seen, [10, 10], "the balances of Ada and Bob during a transfer that is refused");
}

/// While two threads move money round three accounts, an auditor asks for their total,
/// listing them in a different order each time. The total must always be the same, and no
/// thread may be stuck afterwards: an auditor holds more accounts at once than anybody else.
/// The accounts have been moved since they were opened; a bank may keep them wherever it likes.
#[test]
fn the_total_is_of_one_moment() {
    let bank = Bank::new();
    // The one opened first comes last, and the names are in neither of these two orders.
    let mut accounts = [Account::new("Bob", 40), Account::new("Ada", 50), Account::new("Cleo", 60)];
    accounts.reverse();
    let [cleo, ada, bob] = &accounts;
    let totals = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, bob, 20));
        threads.spawn(|| bank.transfer(bob, cleo, 10));
        [bank.total(&[cleo, bob, ada]), bank.total(&[bob, ada, cleo])]
    });
    assert_eq!(totals, [150, 150], "the total of three accounts that hold 150 together");
}

/// 20 go from Ada to Bob, back to Ada and to Bob again, while an auditor asks
/// for the total. It must be right, however often money moves while he counts.
/// An auditor who looks at one account after the other may be wrong, and wrong
/// by the same amount the next time, so two sums that agree prove nothing.
#[test]
fn the_total_is_no_guess() {
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 50), Account::new("Bob", 50)];
    let [ada, bob] = &accounts;
    let total = thread::scope(|threads| {
        threads.spawn(|| {
            for (from, to) in [(ada, bob), (bob, ada), (ada, bob)] {
                bank.transfer(from, to, 20).unwrap();
            }
        });
        bank.total(&[bob, ada])
    });
    assert_eq!(total, 100, "the total of two accounts that hold 100 together");
}

/// An auditor counts 302 accounts. One of them is held, because its owner is paying himself and
/// `approve` takes its time. While the auditor waits for it, the first customer pays the last one.
/// The total must be right: that payment may be made before the count or after it, but not in the
/// middle.
///
/// Otherwise the auditor counts the money twice or not at all. A big sum must be as true as a small
/// one.
#[test]
fn the_total_of_many_is_of_one_moment() {
    let moment = Duration::from_millis(20);
    for busy in [1, 300] {
        let bank = &Bank::new();
        let accounts: &Vec<Account> = &(0..302).map(|_| Account::new("Smith", 10)).collect();
        let total = thread::scope(|threads| {
            threads.spawn(move || {
                let slow_yes = |_, _| {
                    thread::sleep(3 * moment);
                    true
                };
                bank.transfer_if(&accounts[busy], &accounts[busy], 1, slow_yes).unwrap();
            });
            thread::sleep(moment);
            let all: Vec<&Account> = accounts.iter().collect();
            let auditor = threads.spawn(move || bank.total(&all));
            thread::sleep(moment);
            bank.transfer(&accounts[0], &accounts[301], 5).unwrap();
            auditor.join().unwrap()
        });
        assert_eq!(total, 3020, "the total of 302 accounts that hold 3020 together");
    }
}

/// Ada has 10 and wants to pay them to Bob with `transfer_if`. Somebody else pays them out of her
/// account at the same time. `approve` must be asked only if the 10 are still there; if they are
/// gone, she must be refused without a question. Then the same when she pays herself. Whoever
/// approves a payment believes that it can be made, and may already have acted on it.
#[test]
fn asks_only_if_the_money_is_there() {
    for payee in [1, 0] {
        let bank = Bank::new();
        let accounts = [Account::new("Ada", 10), Account::new("Bob", 0), Account::new("Cleo", 0)];
        let [ada, _, cleo] = &accounts;
        let mut told = None;
        let answer = thread::scope(|threads| {
            threads.spawn(|| bank.transfer(ada, cleo, 10));
            bank.transfer_if(ada, &accounts[payee], 10, |from, _| {
                told = Some(from);
                true
            })
        });
        assert_eq!(
            told.unwrap_or(10),
            10,
            "Ada's balance when `approve` was asked about a transfer of 10"
        );
        assert_eq!(
            answer.is_ok(),
            told.is_some(),
            "were the 10 paid? (they must be if and only if `approve` was asked)"
        );
    }
}

/// `approve` enforces a rule: at least 50 must stay in the account. Two threads transfer 30 each
/// from an account of 100. Exactly one of them must succeed, as the other would leave only 40. Then
/// Ada pays herself, and somebody pays 30 out of her account: that must not happen while `approve`
/// is being asked.
///
/// What `approve` was told must still be true when the money moves, or there is no point in asking.
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
        assert_eq!(from + to, 100, "the sum of the balances that `approve` was told: {from}, {to}");
    }
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(made, 1, "transfers made, of two; a second one would leave only 40: {answers:?}");
    assert_eq!(balances(&accounts), [70, 30], "balances after one transfer of 30");

    let paid = AtomicBool::new(false);
    let mut told = None;
    thread::scope(|threads| {
        threads.spawn(|| {
            bank.transfer(ada, bob, 30).unwrap();
            paid.store(true, SeqCst);
        });
        let answer = bank.transfer_if(ada, ada, 30, |from, to| {
            told = Some((from, to, paid.load(SeqCst)));
            true
        });
        assert!(answer.is_ok(), "Ada had enough, but the answer is {answer:?}");
    });
    let (from, to, paid) = told.expect("`approve` should have been asked");
    assert_eq!(from, to, "the two balances that `approve` was told, both of Ada's account");
    assert!(
        from == 40 || !paid,
        "`approve` was told that Ada has {from}, but 30 had already been paid out of that"
    );
}

/// While `approve` is being asked about a transfer from Ada to Bob, Cleo pays Bob. That payment
/// must wait until `approve` has answered: it was told Bob's balance as well, and that must stay
/// true, too. Then Bob pays Cleo instead, and must wait just the same.
#[test]
fn the_payee_is_held_as_well() {
    type Pay = fn(&Bank, [&Account; 2]) -> Result<(), Refused>;
    let pays: [Pay; 2] = [
        |bank, [bob, cleo]| bank.transfer(cleo, bob, 1),
        |bank, [bob, cleo]| bank.transfer(bob, cleo, 1),
    ];
    for pay in pays {
        let bank = Bank::new();
        let accounts = ["Ada", "Bob", "Cleo"].map(|owner| Account::new(owner, 10));
        let [ada, bob, cleo] = &accounts;
        let paid = AtomicBool::new(false);
        let mut told = None;
        thread::scope(|threads| {
            threads.spawn(|| {
                pay(&bank, [bob, cleo]).unwrap();
                paid.store(true, SeqCst);
            });
            let answer = bank.transfer_if(ada, bob, 1, |_, bob| {
                told = Some((bob, paid.load(SeqCst)));
                true
            });
            assert!(answer.is_ok(), "Ada had enough, but the answer is {answer:?}");
        });
        let (bob, paid) = told.expect("`approve` should have been asked");
        assert!(
            bob != 10 || !paid,
            "`approve` was told that Bob has 10, but his balance changed before the transfer was made"
        );
    }
}

/// While `approve` is being asked about a transfer from Ada to Bob, it has Cleo pay Dan, subscribes
/// a listener, and counts what Cleo and Dan have. All of this must work, and the listener must be
/// told of Ada's transfer. Bob pays Ada at the same time, and must wait until `approve` has
/// answered.
///
/// A transfer that is made meanwhile, even by the same thread, must not give back what an earlier
/// one still needs.
#[test]
fn approve_may_deal_with_others() {
    let bank = &Bank::new();
    let accounts = &["Ada", "Bob", "Cleo", "Dan"].map(|owner| Account::new(owner, 10));
    let [ada, bob, cleo, dan] = accounts;
    let paid = &AtomicBool::new(false);
    let heard = Arc::new(AtomicU32::new(0));
    let mut told = None;
    thread::scope(|threads| {
        threads.spawn(move || {
            bank.transfer(bob, ada, 5).unwrap();
            paid.store(true, SeqCst);
        });
        let answer = bank.transfer_if(ada, bob, 1, |ada, bob| {
            bank.transfer(cleo, dan, 3).unwrap();
            let ears = Arc::clone(&heard);
            bank.subscribe(move |_: &Bank, receipt: &Receipt| {
                ears.fetch_add(u32::from(receipt.from == "Ada"), SeqCst);
            });
            told = Some((ada, bob, bank.total(&[dan, cleo]), paid.load(SeqCst)));
            true
        });
        assert!(answer.is_ok(), "Ada had enough, but the answer is {answer:?}");
    });
    let (ada, bob, total, paid) = told.expect("`approve` should have been asked");
    assert_eq!(ada + bob, 20, "the sum of the balances that `approve` was told: {ada}, {bob}");
    assert_eq!(total, 20, "the total of the accounts of Cleo and Dan");
    assert!(
        ada == 15 || !paid,
        "`approve` was told that Ada has {ada}, but her balance changed before the transfer was made"
    );
    assert_eq!(balances(accounts), [14, 6, 7, 13], "balances of Ada, Bob, Cleo and Dan");
    let heard = heard.load(SeqCst);
    assert_eq!(heard, 1, "how often a listener that `approve` subscribed was told of the transfer");
}

/// A listener looks at both accounts of each transfer, and subscribes another listener. One of the
/// transfers is to oneself. All on one thread: no transfer may stand still, the listener must see
/// the new balances, and the one that came later must be told of the next transfer.
///
/// If the thread stands still, it waits for something that it holds itself. Code that calls a
/// stranger's code cannot know what that code will ask for.
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
    bank.transfer(ada, ada, 10).unwrap();
    let now = [[70, 30], [50, 50], [50, 50]];
    assert_eq!(*seen.lock().unwrap(), now, "balances that the listener saw");
    assert_eq!(
        late.load(SeqCst),
        1,
        "how often the listener that was subscribed later was told of the second transfer"
    );
}

/// Two listeners are subscribed at the same time, from two threads. From then on both must be told
/// of each transfer, on the thread that made it. If one of them is lost, nothing reports it: it just
/// never hears anything. On another thread, it would not find what its own thread has noted for it.
#[test]
fn every_listener_is_told() {
    let bank = &Bank::new();
    let heard = [0, 1].map(|_| Arc::new(AtomicU32::new(0)));
    let elsewhere = Arc::new(AtomicU32::new(0));
    let here = thread::current().id();
    thread::scope(|threads| {
        for heard in &heard {
            let (ears, elsewhere) = (Arc::clone(heard), Arc::clone(&elsewhere));
            let listener = move |_: &Bank, receipt: &Receipt| {
                ears.fetch_add(receipt.amount as u32, SeqCst);
                if thread::current().id() != here {
                    elsewhere.fetch_add(1, SeqCst);
                }
            };
            threads.spawn(move || bank.subscribe(listener));
        }
    });
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 0)];
    bank.transfer(&accounts[0], &accounts[1], 30).unwrap();
    let heard = heard.map(|heard| heard.load(SeqCst));
    assert_eq!(heard, [30, 30], "the amounts that the two listeners were told");
    let elsewhere = elsewhere.load(SeqCst);
    assert_eq!(elsewhere, 0, "how many of them were told on another thread");
}

/// Two banks have a thousand listeners each, and the first bank makes a transfer. Each of its
/// listeners must be told exactly once, on this thread; the other bank's must not be told. When the
/// first bank is dropped, its listeners must be dropped with it. A listener that is kept for ever
/// also keeps whatever it needs: files, connections, memory.
#[test]
fn a_thousand_listeners() {
    let heard = Arc::new([const { AtomicU32::new(0) }; 2]);
    let elsewhere = Arc::new(AtomicU32::new(0));
    let caller = thread::current().id();
    let banks = [0, 1].map(|number| {
        let bank = Bank::new();
        for _ in 0..1000 {
            let (ears, elsewhere) = (Arc::clone(&heard), Arc::clone(&elsewhere));
            bank.subscribe(move |_: &Bank, _: &Receipt| {
                ears[number].fetch_add(1, SeqCst);
                elsewhere.fetch_add(u32::from(thread::current().id() != caller), SeqCst);
            });
        }
        bank
    });
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 0)];
    banks[0].transfer(&accounts[0], &accounts[1], 30).unwrap();
    let [here, there] = heard.each_ref().map(|heard| heard.load(SeqCst));
    assert_eq!(here, 1000, "calls for one transfer, with a thousand listeners");
    assert_eq!(there, 0, "calls of the listeners of another bank");
    assert_eq!(elsewhere.load(SeqCst), 0, "calls on another thread than the one that transferred");

    let [bank, _other] = banks;
    drop(bank);
    // One is the check's own.
    let left = Arc::strong_count(&heard) - 1;
    assert_eq!(left, 1000, "listeners left when one of the two banks is gone");
}

/// Each listener, when it is told of a transfer, subscribes another one just like itself. The
/// transfer must still come to an end: those that are subscribed while it is being told need not
/// hear of it. (After thirty calls the listeners stop.) Otherwise the bank goes on telling
/// newcomers until its memory is full.
#[test]
fn newcomers_do_not_keep_it_telling() {
    fn recruit(bank: &Bank, calls: &Arc<AtomicU32>) {
        let calls = Arc::clone(calls);
        bank.subscribe(move |bank: &Bank, _: &Receipt| {
            if calls.fetch_add(1, SeqCst) < 30 {
                recruit(bank, &calls);
            }
        });
    }

    let bank = Bank::new();
    let calls = Arc::new(AtomicU32::new(0));
    recruit(&bank, &calls);
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 0)];
    bank.transfer(&accounts[0], &accounts[1], 30).unwrap();
    let calls = calls.load(SeqCst);
    assert!(
        calls < 30,
        "{calls} calls of listeners for one transfer: newcomers were told of it, too"
    );
}

/// A listener collects a tax: whenever the shop is paid, it transfers 10 from the shop to the
/// treasury. That transfer must tell the listeners before it returns. One thread pays the shop
/// while another pays it out of the treasury. All four transfers must be made, and no thread may be
/// stuck. Because of the listener, a transfer needs more locks than its own code shows.
#[test]
fn a_listener_may_transfer() {
    let bank = Bank::new();
    let accounts: Arc<[Account; 3]> =
        Arc::new([Account::new("Ada", 100), Account::new("shop", 0), Account::new("treasury", 50)]);
    let taxes = Arc::new(AtomicU32::new(0));
    bank.subscribe({
        let (accounts, taxes) = (Arc::clone(&accounts), Arc::clone(&taxes));
        move |bank: &Bank, receipt: &Receipt| {
            if receipt.to == "shop" {
                let before = taxes.load(SeqCst);
                bank.transfer(&accounts[1], &accounts[2], 10).unwrap();
                let told = taxes.load(SeqCst) > before;
                assert!(told, "a listener's `transfer` returned before the listeners were told");
            }
        }
    });
    bank.subscribe({
        let taxes = Arc::clone(&taxes);
        move |_: &Bank, receipt: &Receipt| {
            taxes.fetch_add(u32::from(receipt.to == "treasury"), SeqCst);
        }
    });

    let [ada, shop, treasury] = &*accounts;
    thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, shop, 40).unwrap());
        threads.spawn(|| bank.transfer(treasury, shop, 20).unwrap());
    });
    assert_eq!(balances(&accounts[..]), [60, 40, 50], "Ada, the shop and the treasury");
}

/// `approve` panics while somebody else pays from one of the same two accounts. The same panic must
/// come out of `transfer_if`, no money may have moved, no listener may have been told, and the
/// other payment must be made. Then Ada pays herself and `approve` panics; her next try must
/// succeed. A fault in one transfer must not close two accounts for ever.
#[test]
fn a_panic_keeps_nothing() {
    const NO_LINE: &str = "no line to the other company, on purpose";
    let bank = Bank::new();
    let accounts = [Account::new("Ada", 100), Account::new("Bob", 100)];
    let [ada, bob] = &accounts;
    let heard = Arc::new(AtomicU32::new(0));
    let ears = Arc::clone(&heard);
    bank.subscribe(move |_: &Bank, _: &Receipt| {
        ears.fetch_add(1, SeqCst);
    });
    let (unlucky, other) = thread::scope(|threads| {
        let unlucky =
            threads.spawn(|| bank.transfer_if(ada, bob, 30, |_, _| panic::panic_any(NO_LINE)));
        let other = bank.transfer(bob, ada, 10);
        (unlucky.join(), other)
    });
    let panic = unlucky.expect_err("the panic should have come out of transfer_if()");
    assert_eq!(panic.downcast_ref(), Some(&NO_LINE), "the panic message out of `transfer_if`");
    assert!(other.is_ok(), "Bob had enough, but the answer is {other:?}");
    assert_eq!(bank.total(&[bob, ada]), 200, "the total after a panic and a transfer");
    assert_eq!(balances(&accounts), [110, 90], "balances after a panic and a transfer of 10");
    assert_eq!(heard.load(SeqCst), 1, "transfers that the listener heard of");

    let unlucky = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        bank.transfer_if(ada, ada, 30, |_, _| panic::panic_any(NO_LINE))
    }));
    let panic = unlucky.expect_err("the panic should have come out of a transfer to oneself");
    assert_eq!(
        panic.downcast_ref(),
        Some(&NO_LINE),
        "the panic message from a transfer to oneself"
    );
    let answer = bank.transfer(ada, ada, 30);
    assert!(
        answer.is_ok(),
        "a transfer of 30 of 110 to oneself, after two panics, returned {answer:?}"
    );
    assert_eq!(balances(&accounts), [110, 90], "balances after a panic in a transfer to oneself");
    assert_eq!(heard.load(SeqCst), 2, "transfers that the listener heard of, in the end");
}

thread_local! {
    static DEPOSIT: RefCell<Option<Deposit>> = const { RefCell::new(None) };
}

/// A shop, a customer, and what the customer has left at the shop. It is paid back when this is dropped.
struct Deposit {
    bank: Arc<Bank>,
    accounts: Arc<[Account; 2]>,
    answer: mpsc::Sender<Result<(), Refused>>,
}

impl Drop for Deposit {
    fn drop(&mut self) {
        let [shop, customer] = &*self.accounts;
        let _ = self.answer.send(self.bank.transfer(shop, customer, 30));
    }
}

/// A customer has left a deposit at the shop. His thread panics, and on the way out a destructor
/// has the deposit paid back. It must be a transfer like any other: the money must move and the
/// listener must be told. Cleaning up after a fault is just what destructors are for, and this
/// panic has nothing to do with the bank.
///
/// Then a thread that ends has it paid back in the destructor of a thread-local variable.
#[test]
fn a_thread_on_the_way_out_may_transfer() {
    for panics in [true, false] {
        let bank = Arc::new(Bank::new());
        let accounts = Arc::new([Account::new("shop", 100), Account::new("customer", 0)]);
        let heard = Arc::new(AtomicU32::new(0));
        let ears = Arc::clone(&heard);
        bank.subscribe(move |_: &Bank, _: &Receipt| {
            ears.fetch_add(1, SeqCst);
        });
        let (answer, answered) = mpsc::channel();
        let deposit = Deposit { bank: Arc::clone(&bank), accounts: Arc::clone(&accounts), answer };
        let customer = thread::spawn(move || {
            if panics {
                let _deposit = deposit;
                panic!("the customer has to go, on purpose");
            }
            let (bank, accounts) = (Arc::clone(&deposit.bank), Arc::clone(&deposit.accounts));
            DEPOSIT.set(Some(deposit));
            bank.transfer(&accounts[0], &accounts[1], 5).expect("the shop has enough");
        });
        let [shop, other] = &*accounts;
        // The customer has to wait if he comes at this moment, at his end or before it.
        bank.transfer(shop, other, 1).expect("the shop has enough");
        let left = customer.join();
        assert_eq!(left.is_err(), panics, "whether a panic has come out of the customer's thread");
        assert_eq!(answered.try_recv(), Ok(Ok(())), "the answer to the destructor's transfer");
        let (paid, transfers) = if panics { (31, 2) } else { (36, 3) };
        assert_eq!(
            balances(&*accounts),
            [100 - paid, paid],
            "balances after the shop paid 30 back (its customer panicked: {panics})"
        );
        assert_eq!(heard.load(SeqCst), transfers, "transfers that the listener heard of");
        assert!(bank.transfer(other, shop, paid).is_ok(), "{paid} of {paid} was refused");
    }
}

/// Ada pays Bob, and `approve` does not answer until Cleo has paid Dan, an auditor has counted what
/// these two have, and a listener has been subscribed. None of this may wait, not even while Bob
/// waits to pay Ada. (After ten seconds `approve` gives up.) The new listener must be told of Ada's
/// transfer.
///
/// One lock round the whole bank would prevent every deadlock, and also close all counters but one.
#[test]
fn strangers_do_not_wait() {
    let bank = &Bank::new();
    let accounts = ["Ada", "Bob", "Cleo", "Dan"].map(|owner| Account::new(owner, 10));
    let [ada, bob, cleo, dan] = &accounts;
    let heard = Arc::new(AtomicU32::new(0));
    let (approving, asked) = mpsc::channel();
    let (served, strangers) = mpsc::channel();
    let (total, were_served) = thread::scope(|threads| {
        let slow = threads.spawn(move || {
            let mut were_served = false;
            let slow_yes = |_, _| {
                approving.send(()).unwrap();
                were_served = strangers.recv_timeout(PATIENCE).is_ok();
                true
            };
            bank.transfer_if(ada, bob, 1, slow_yes).map(|()| were_served)
        });
        let _ = asked.recv();
        threads.spawn(|| bank.transfer(bob, ada, 1).unwrap());
        bank.transfer_if(cleo, dan, 1, |_, _| true).unwrap();
        let total = bank.total(&[dan, cleo]);
        let ears = Arc::clone(&heard);
        bank.subscribe(move |_: &Bank, receipt: &Receipt| {
            ears.fetch_add(u32::from(receipt.from == "Ada"), SeqCst);
        });
        // An error means that `approve` has given up. The end of this check deals with that.
        let _ = served.send(());
        (total, slow.join().unwrap())
    });
    assert_eq!(total, 20, "the total of the accounts of Cleo and Dan");
    assert_eq!(
        were_served,
        Ok(true),
        "whether people who have nothing to do with Ada and Bob were served meanwhile"
    );
    let heard = heard.load(SeqCst);
    assert_eq!(heard, 1, "how often a listener that came before Ada's transfer was told of it");
}

/// Ada pays Bob, and `approve` does not answer until three hundred others have looked at their
/// balances and paid each other. None of them may have to wait, whichever accounts were opened
/// when. (After ten seconds `approve` gives up.) If all accounts share a few locks, strangers wait
/// for each other.
#[test]
fn no_stranger_waits() {
    let bank = &Bank::new();
    let accounts: &Vec<Account> = &(0..302).map(|_| Account::new("Smith", 10)).collect();
    let (approving, asked) = mpsc::channel();
    let (served, strangers) = mpsc::channel();
    let were_served = thread::scope(|threads| {
        let slow = threads.spawn(move || {
            let mut were_served = false;
            let slow_yes = |_, _| {
                approving.send(()).unwrap();
                were_served = strangers.recv_timeout(PATIENCE).is_ok();
                true
            };
            bank.transfer_if(&accounts[0], &accounts[1], 1, slow_yes).map(|()| were_served)
        });
        let _ = asked.recv();
        for stranger in &accounts[2..] {
            assert_eq!(stranger.balance(), 10, "a stranger's balance");
        }
        for two in accounts[2..].chunks(2) {
            bank.transfer(&two[0], &two[1], 1).unwrap();
        }
        // An error means that `approve` has given up. The end of this check deals with that.
        let _ = served.send(());
        slow.join().unwrap()
    });
    assert_eq!(were_served, Ok(true), "whether three hundred strangers were served meanwhile");
}

/// Seventy customers pay seventy others, and `approve` answers none of them until it has been asked
/// about all. No two of these transfers share an account, so none may wait for another. If this
/// never ends, the bank asks about only so many transfers at a time, and the next customer waits
/// for strangers.
#[test]
fn all_are_asked_about_at_once() {
    let bank = &Bank::new();
    let accounts: Vec<Account> = (0..140).map(|_| Account::new("Smith", 10)).collect();
    let everybody = &Barrier::new(70);
    let made = thread::scope(|threads| {
        let transfers: Vec<_> = accounts
            .chunks(2)
            .map(|two| {
                let slow_yes = move |_, _| {
                    everybody.wait();
                    true
                };
                threads.spawn(move || bank.transfer_if(&two[0], &two[1], 1, slow_yes))
            })
            .collect();
        let answers = transfers.into_iter().map(|transfer| transfer.join().unwrap());
        answers.filter(Result::is_ok).count()
    });
    assert_eq!(made, 70, "transfers that were made, of seventy");
}

/// Two transfers are being approved, between Ada and Bob and between Cleo and Dan. Two more wait,
/// one between Ada and Bob and one between Cleo and Dan. Cleo's first one is approved: her second
/// one must be made now, because Ada's first one is approved only after that. (After ten seconds it
/// is approved anyway.) A wakeup that goes to a thread waiting for another account is lost.
#[test]
fn the_right_one_is_woken() {
    let bank = &Bank::new();
    let accounts = &["Ada", "Bob", "Cleo", "Dan"].map(|owner| Account::new(owner, 10));
    let [ada, bob, cleo, dan] = accounts;
    let moment = Duration::from_millis(100);
    let (served, news) = mpsc::channel();
    let was_served = thread::scope(|threads| {
        let slow = threads.spawn(move || {
            let mut was_served = false;
            let slow_yes = |_, _| {
                was_served = news.recv_timeout(PATIENCE).is_ok();
                true
            };
            bank.transfer_if(ada, bob, 1, slow_yes).map(|()| was_served)
        });
        threads.spawn(|| {
            let slow_yes = |_, _| {
                thread::sleep(4 * moment);
                true
            };
            bank.transfer_if(cleo, dan, 1, slow_yes).unwrap();
        });
        thread::sleep(moment);
        threads.spawn(|| bank.transfer(ada, bob, 1));
        thread::sleep(moment);
        threads.spawn(move || {
            bank.transfer(cleo, dan, 1).unwrap();
            // An error means that Ada's `approve` has given up. The end of this check deals with that.
            let _ = served.send(());
        });
        slow.join().unwrap()
    });
    assert_eq!(was_served, Ok(true), "whether Cleo's second transfer was made in time");
}

/// Ada's account is held while `approve` is asked, and two others wait for it. The first leaves it
/// as it was: in separate runs he looks, counts, wants too much, is refused by his own `approve`,
/// panics in it, or has Ada pay herself. The second is Cleo, who pays Ada. When the account is
/// free, both must go on.
///
/// Whoever has waited must let in the next one, even if he came for nothing: a wakeup that he keeps
/// for himself is lost.
#[test]
fn all_who_wait_go_on() {
    type Errand = fn(&Bank, &[Account; 4]) -> bool;
    let errands: [Errand; 6] = [
        |_, [ada, ..]| ada.balance() < 20,
        |bank, [ada, .., dan]| bank.total(&[dan, ada]) < 30,
        |bank, [ada, .., dan]| bank.transfer(ada, dan, 50) == Err(Refused::TooLittle),
        |bank, [ada, .., dan]| {
            bank.transfer_if(ada, dan, 1, |_, _| false) == Err(Refused::NotApproved)
        },
        |bank, [ada, .., dan]| bank.transfer_if(ada, dan, 1, |_, _| panic!("on purpose")).is_ok(),
        |bank, [ada, ..]| bank.transfer(ada, ada, 1).is_ok(),
    ];
    let moment = Duration::from_millis(20);
    for errand in errands {
        let bank = &Bank::new();
        let accounts = &["Ada", "Bob", "Cleo", "Dan"].map(|owner| Account::new(owner, 10));
        let [ada, bob, cleo, _] = accounts;
        let went_well = thread::scope(|threads| {
            threads.spawn(move || {
                let slow_yes = |_, _| {
                    thread::sleep(3 * moment);
                    true
                };
                bank.transfer_if(ada, bob, 1, slow_yes).unwrap();
            });
            thread::sleep(moment);
            let first = threads.spawn(move || errand(bank, accounts));
            thread::sleep(moment);
            bank.transfer(cleo, ada, 1).unwrap();
            // The one that panics on purpose has no answer.
            first.join().unwrap_or(true)
        });
        assert!(went_well, "the first one who waited got a wrong answer");
        assert_eq!(balances(accounts), [10, 11, 9, 10], "balances of Ada, Bob, Cleo and Dan");
    }
}

/// A listener is told that Ada has paid Bob, and does not return until others are done: somebody
/// subscribes, Bob pays Ada back, Ada pays Bob once more, and an auditor counts. None of them may
/// wait for the listener, and the newcomer must be told of Bob's payment. (After ten seconds it
/// gives up.)
///
/// Telling others about a finished transfer must not keep anybody from the accounts or from the
/// list of listeners.
#[test]
fn nobody_waits_for_a_listener() {
    let bank = &Bank::new();
    let accounts = [Account::new("Ada", 10), Account::new("Bob", 10)];
    let [ada, bob] = &accounts;
    let (telling, told) = mpsc::channel();
    let (served, others) = mpsc::channel();
    let others = Mutex::new(others);
    let were_served = Arc::new(AtomicBool::new(false));
    let heard = Arc::new(AtomicU32::new(0));
    bank.subscribe({
        let were_served = Arc::clone(&were_served);
        move |_: &Bank, receipt: &Receipt| {
            if receipt.amount == 3 {
                telling.send(()).unwrap();
                let news = others.lock().unwrap().recv_timeout(PATIENCE);
                were_served.store(news.is_ok(), SeqCst);
            }
        }
    });
    let total = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(ada, bob, 3).unwrap());
        told.recv_timeout(PATIENCE).expect("the listener should have been told of Ada's transfer");
        let ears = Arc::clone(&heard);
        bank.subscribe(move |_: &Bank, receipt: &Receipt| {
            ears.fetch_add(u32::from(receipt.from == "Bob"), SeqCst);
        });
        bank.transfer(bob, ada, 1).unwrap();
        assert_eq!(heard.load(SeqCst), 1, "how often a newcomer was told of Bob's transfer");
        bank.transfer(ada, bob, 1).unwrap();
        let total = bank.total(&[bob, ada]);
        let _ = served.send(());
        total
    });
    assert_eq!(total, 20, "the total of the accounts of Ada and Bob");
    assert!(were_served.load(SeqCst), "others were served only after the listener had returned");
}

/// `approve` holds Ada's and Bob's accounts for a while, and somebody else wants one of them: in
/// separate runs, Cleo pays Ada, Bob pays Dan, Dan pays Bob, Ada pays herself, an auditor counts,
/// or somebody just looks. Each must wait asleep, and go on at the very moment the accounts become
/// free.
///
/// A thread that keeps trying comes late or burns a processor, and with bad luck two of them keep
/// stepping aside for each other.
#[test]
fn waits_without_trying_again() {
    type Business = fn(&Bank, &[Account; 4]) -> bool;
    let businesses: [(&str, Business); 6] = [
        ("Cleo paid Ada", |bank, [cleo, ada, ..]| bank.transfer(cleo, ada, 1).is_ok()),
        ("Bob paid Dan", |bank, [.., bob, dan]| bank.transfer(bob, dan, 1).is_ok()),
        ("Dan paid Bob", |bank, [.., bob, dan]| bank.transfer(dan, bob, 1).is_ok()),
        ("Ada paid herself", |bank, [_, ada, ..]| bank.transfer(ada, ada, 1).is_ok()),
        ("the auditor was done", |bank, all| bank.total(&all.each_ref()) == 40),
        ("somebody saw Ada's balance", |_, [_, ada, ..]| ada.balance() < 20),
    ];
    // A little over 20 ms, so that a thread that polls every millisecond is never in time by chance.
    let nap = Duration::from_nanos(20_000_123);
    let slept_at = Instant::now();
    thread::sleep(nap);
    // The grader's clock is exact, and has months to spare for `approve`. No real clock
    // is exact, and there a late thread may just have been waiting for a processor.
    let exact = slept_at.elapsed() == nap;
    let nap = if exact { nap + Duration::from_secs(100 * 24 * 60 * 60) } else { nap };

    for (done, business) in businesses {
        let bank = &Bank::new();
        let accounts = &["Cleo", "Ada", "Bob", "Dan"].map(|owner| Account::new(owner, 10));
        let [_, ada, bob, _] = accounts;
        let (accounts_are_held, go) = mpsc::channel();
        let mut approved = None;
        let (answer, (succeeded, went_on)) = thread::scope(|threads| {
            let other = threads.spawn(move || {
                // An error means that `approve` was never asked. The end of this check deals with that.
                let _ = go.recv();
                (business(bank, accounts), Instant::now())
            });
            let approved = &mut approved;
            let slow_yes = move |_, _| {
                accounts_are_held.send(()).unwrap();
                thread::sleep(nap);
                *approved = Some(Instant::now());
                true
            };
            (bank.transfer_if(ada, bob, 1, slow_yes), other.join().unwrap())
        });
        assert!(
            answer.is_ok() && succeeded,
            "Ada's payment to Bob returned {answer:?}; whether {done}: {succeeded}"
        );
        let approved = approved.expect("`approve` should have been asked");
        let late = went_on.saturating_duration_since(approved);
        assert!(late.is_zero() || !exact, "the accounts were free for {late:?} before {done}");
    }
}

/// Ada pays Bob, and `approve` takes three centuries. Twenty others who want to pay Ada must sleep
/// all that time: none may wake up, not even once a month. After that all their payments must be
/// made.
///
/// A thread that is woken in time, but also looks once a month whether it has missed something,
/// wakes up thousands of times for nothing: it does use the processor, and as long as each wait is
/// short nobody notices.
#[test]
fn nobody_looks_once_a_month() {
    let second = Duration::from_secs(1);
    let slept_at = Instant::now();
    thread::sleep(second / 1000);
    let exact = slept_at.elapsed() == second / 1000;
    // The model takes a sleep of a hundred years or more for one that never ends.
    let century = if exact { second * 3_150_000_000 } else { second / 1000 };

    let bank = &Bank::new();
    let accounts = &["Ada", "Bob", "Cleo"].map(|owner| Account::new(owner, 20));
    let [ada, bob, cleo] = accounts;
    let (accounts_are_held, go) = mpsc::channel();
    thread::scope(|threads| {
        threads.spawn(move || {
            let slow_yes = |_, _| {
                accounts_are_held.send(()).unwrap();
                (0..3).for_each(|_| thread::sleep(century));
                true
            };
            bank.transfer_if(ada, bob, 1, slow_yes).unwrap();
        });
        go.recv().expect("`approve` should have been asked");
        for _ in 0..20 {
            threads.spawn(move || bank.transfer(cleo, ada, 1).unwrap());
        }
    });
    assert_eq!(balances(accounts), [39, 21, 0], "balances of Ada, Bob and Cleo");
}
