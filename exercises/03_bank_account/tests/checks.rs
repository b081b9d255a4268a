//! Checks for the `bank_account` exercise.

use bank_account::{Bank, Refused};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

/// What all accounts of the bank hold together.
fn sum(balances: &[i64]) -> i64 {
    balances.iter().sum()
}

/// The balance named in a refusal, if the bank refused because there was too little.
fn too_little(answer: Result<(), Refused>) -> Option<i64> {
    match answer {
        Err(Refused::TooLittle { available }) => Some(available),
        _ => None,
    }
}

/// A single customer deposits, withdraws and transfers, down to the last cent. Then a rich one
/// moves more cents at once than an `i32` can count, out of more than a `u32` can count; and the
/// richest, whose account holds as much as an `i64` can count, spends two cents. All of this must
/// be accepted, and balances and audits must show exactly this.
#[test]
fn serves_one_customer() {
    let bank = Bank::new(&[100, 0]);
    assert!(bank.deposit(0, 50).is_ok(), "a deposit was refused");
    assert!(bank.withdraw(0, 30).is_ok(), "a withdrawal of 30 from 150 was refused");
    assert!(bank.transfer(0, 1, 120).is_ok(), "a transfer of all that is there was refused");
    assert_eq!(bank.balance(0).ok(), Some(0), "balance of the account that paid");
    assert_eq!(bank.balance(1).ok(), Some(120), "balance of the account that was paid");
    assert_eq!(bank.audit(), [0, 120], "the audit");
    assert!(bank.withdraw(1, 120).is_ok(), "a withdrawal of all that is there was refused");
    assert!(bank.withdraw(1, 0).is_ok(), "a withdrawal of nothing from nothing was refused");
    assert_eq!(bank.audit(), [0, 0], "the audit when all is gone");

    let bank = Bank::new(&[5_000_000_000, 0]);
    let most = u32::MAX;
    assert!(bank.withdraw(0, most).is_ok(), "a withdrawal of {most} from 5,000,000,000: refused");
    assert!(bank.deposit(0, most).is_ok(), "a deposit of {most} was refused");
    assert!(bank.transfer(0, 1, most).is_ok(), "a transfer of {most} of 5,000,000,000: refused");
    assert_eq!(
        bank.audit(),
        [705_032_705, 4_294_967_295],
        "the audit when {most} was withdrawn, deposited and transferred"
    );

    let bank = Bank::new(&[i64::MAX, 0]);
    assert!(bank.withdraw(0, 1).is_ok(), "a withdrawal of one cent from {} was refused", i64::MAX);
    assert!(
        bank.transfer(0, 1, 1).is_ok(),
        "a transfer of one cent from {} was refused",
        i64::MAX - 1
    );
    assert_eq!(
        bank.audit(),
        [i64::MAX - 2, 1],
        "the audit after 2 cents have left an account with i64::MAX"
    );
}

/// One customer asks for what the bank must refuse: more money than is there, and accounts that do
/// not exist, even if the amount is 0, and even in a bank that has no accounts at all. Each answer
/// must say why it was refused, and no balance may change. Afterwards the bank must serve as
/// before.
///
/// Money sent to a mistyped account number must not be gone, and a mistyped number must not close
/// the bank.
#[test]
fn a_refusal_changes_nothing() {
    let bank = Bank::new(&[100, 7]);
    assert_eq!(
        too_little(bank.withdraw(0, 101)),
        Some(100),
        "the balance named when 101 of 100 was refused (None: it was not)"
    );
    assert_eq!(
        too_little(bank.transfer(1, 0, 8)),
        Some(7),
        "the balance named when 8 of 7 was refused (None: it was not)"
    );
    // Some of the numbers have a lower half, or a lower byte, that is the number of an account.
    for number in [2, 256, 65_537, usize::MAX / 0xFFFF_FFFF, usize::MAX / 2 + 1, usize::MAX] {
        for amount in [10, 0] {
            for answer in [
                bank.balance(number).map(|_| ()),
                bank.deposit(number, amount),
                bank.withdraw(number, amount),
                bank.transfer(0, number, amount),
                bank.transfer(number, 0, amount),
                bank.transfer(number, number, amount),
            ] {
                assert!(
                    matches!(answer, Err(Refused::NoSuchAccount(it)) if it == number),
                    "there is no account {number}, but a call with that number (amount: {amount}) \
                     returned {answer:?}"
                );
            }
        }
    }
    let none = Bank::new(&[]);
    for nobody in [
        none.balance(0).map(|_| ()),
        none.deposit(0, 10),
        none.withdraw(0, 10),
        none.transfer(0, 0, 10),
    ] {
        assert!(
            matches!(nobody, Err(Refused::NoSuchAccount(0))),
            "there is no account at all, but a call with account 0 returned {nobody:?}"
        );
    }
    assert!(none.audit().is_empty(), "the audit of a bank without accounts: {:?}", none.audit());
    assert_eq!(bank.audit(), [100, 7], "the balances after nothing but refusals");
    assert!(bank.deposit(1, 1).is_ok(), "after the refusals, a deposit was refused");
    assert!(bank.transfer(0, 1, 1).is_ok(), "after the refusals, a transfer was refused");
    assert!(bank.withdraw(1, 9).is_ok(), "after the refusals, a withdrawal was refused");
    assert_eq!(bank.audit(), [99, 0], "the balances after a deposit, a transfer and a withdrawal");
}

/// The first of three hundred customers pays each of the others, and each pays back more than that.
/// Every transfer must come to an end and reach the right account, whichever two customers it is
/// between. Accounts that have nothing in common must not get in each other's way because their
/// numbers do.
#[test]
fn three_hundred_customers() {
    let bank = Bank::new(&[1_000; 300]);
    for other in 1..300 {
        assert!(bank.transfer(0, other, 2).is_ok(), "account 0 had enough to pay account {other}");
        assert!(bank.transfer(other, 0, 3).is_ok(), "account {other} had enough to pay account 0");
    }
    let audit = bank.audit();
    assert_eq!(audit[0], 1_299, "the balance of the customer who gained 1 from each of 299");
    assert!(audit[1..].iter().all(|balance| *balance == 999), "the others' balances: {audit:?}");
}

/// A married couple withdraws 70 at each of two cash machines in the same second. The account holds
/// 100, so exactly one of them must get the money, the other must be refused because only 30 is
/// left, and the balance must be 30. Banks have paid out twice in this way, and thieves know it.
#[test]
fn never_overdrawn() {
    let bank = Bank::new(&[100]);
    let answers = thread::scope(|threads| {
        let there = threads.spawn(|| bank.withdraw(0, 70));
        let here = bank.withdraw(0, 70);
        [here, there.join().unwrap()]
    });
    let paid = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers.into_iter().find_map(too_little);
    assert_eq!(paid, 1, "how many of two withdrawals of 70 from 100 were paid: {answers:?}");
    assert_eq!(refused, Some(30), "the balance named when the second withdrawal was refused");
    assert_eq!(bank.balance(0).ok(), Some(30), "balance after 70 of 100 was paid out");
}

/// In four threads, wages are paid in, more money comes from another account, and rent goes out
/// twice. At the end the balances must reflect all four. It is the lost update again, and this time
/// it is somebody's wages.
#[test]
fn no_deposit_is_lost() {
    let bank = Bank::new(&[100, 10]);
    let rent = thread::scope(|threads| {
        threads.spawn(|| bank.deposit(0, 1));
        threads.spawn(|| bank.transfer(1, 0, 10));
        let rent = threads.spawn(|| bank.withdraw(0, 40));
        [bank.withdraw(0, 5), rent.join().unwrap()]
    });
    assert!(rent.iter().all(Result::is_ok), "there was enough for the rent: {rent:?}");
    assert_eq!(bank.balance(0).ok(), Some(66), "the balance: 100, plus 1 and 10, less 40 and 5");
    assert_eq!(bank.balance(1).ok(), Some(0), "the balance: 10, less the 10 that were sent");
}

/// The account holds 40. One thread asks for 50 while another pays in 100. The 50 may be paid or
/// refused, but if the bank refuses, the balance it names must be the 40 that were too little. This
/// is done with a withdrawal, with a transfer to somebody else, and with a transfer to oneself.
/// "Refused: you want 50 and have only 140" is what customers post on the internet.
#[test]
fn a_refusal_tells_the_balance_it_saw() {
    type Ask = fn(&Bank) -> Result<(), Refused>;
    let all: [(Ask, i64); 3] = [
        (|bank| bank.withdraw(0, 50), 50),
        (|bank| bank.transfer(0, 1, 50), 50),
        (|bank| bank.transfer(0, 0, 50), 0),
    ];
    for (asks, gone) in all {
        let bank = Bank::new(&[40, 0]);
        let answer = thread::scope(|threads| {
            threads.spawn(|| bank.deposit(0, 100));
            asks(&bank)
        });
        match answer {
            Ok(()) => {
                let left = Some(140 - gone);
                assert_eq!(bank.balance(0).ok(), left, "the balance: 40 plus 100, less {gone}");
            }
            Err(_) => {
                assert_eq!(too_little(answer), Some(40), "the balance named when 50 was refused");
                assert_eq!(
                    bank.balance(0).ok(),
                    Some(140),
                    "the balance: 40 plus 100, nothing taken out"
                );
            }
        }
    }
}

/// Two threads move money from one account to another while an auditor looks twice. The accounts
/// must hold 200 together at every look. Money that is in neither account for a moment is missing
/// from the auditor's report, and money that is in both was made from nothing.
#[test]
fn the_auditor_misses_nothing() {
    let bank = Bank::new(&[100, 100]);
    let looks = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 1, 60));
        threads.spawn(|| bank.transfer(0, 1, 5));
        [bank.audit(), bank.audit()]
    });
    for look in &looks {
        assert_eq!(sum(look), 200, "the sum of what the auditor saw in the accounts: {look:?}");
    }
    assert_eq!(bank.audit(), [35, 165], "the accounts after both transfers");
}

/// Money is moved from one account to another. Meanwhile one thread asks for the payer's balance
/// and then for the payee's, and a second thread for the payee's and then for the payer's. A thread
/// that has first seen the balance after the transfer must not then see the one before it. A
/// single balance is a look at the bank, too, and two of them must find what an audit would.
#[test]
fn a_balance_shows_no_money_in_flight() {
    let bank = Bank::new(&[100, 100]);
    let look = |account| bank.balance(account).expect("there is such an account");
    let (payer, paid, paid_first, payer_second) = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 1, 60));
        let other = threads.spawn(|| (look(1), look(0)));
        let (payer, paid) = (look(0), look(1));
        let (paid_first, payer_second) = other.join().unwrap();
        (payer, paid, paid_first, payer_second)
    });
    assert!(
        [(100, 100), (100, 160), (40, 160)].contains(&(payer, paid)),
        "the payer's balance was {payer}, and after that the payee's was {paid}: \
         once the payer has only 40, the payee must have 160"
    );
    assert!(
        [(100, 100), (100, 40), (160, 40)].contains(&(paid_first, payer_second)),
        "the payee's balance was {paid_first}, and after that the payer's was {payer_second}: \
         once the payee has 160, the payer must have only 40"
    );
}

/// One thread pays into account 0, then into account 1, then into 0 again, and withdraws some of it
/// in the same order. An audit may come between any two of these steps, but it must never contain a
/// later step without an earlier one. A report whose lines are from different moments shows a state
/// that the bank was never in.
#[test]
fn an_audit_is_one_moment() {
    let bank = Bank::new(&[0, 0]);
    let look = thread::scope(|threads| {
        threads.spawn(|| {
            bank.deposit(0, 5).unwrap();
            bank.deposit(1, 7).unwrap();
            bank.deposit(0, 1).unwrap();
            bank.withdraw(0, 2).unwrap();
            bank.withdraw(1, 3).unwrap();
            bank.withdraw(0, 1).unwrap();
        });
        bank.audit()
    });
    let moments = [[0, 0], [5, 0], [5, 7], [6, 7], [4, 7], [4, 4], [3, 4]];
    assert!(
        moments.iter().any(|moment| look == moment),
        "the audit saw {look:?}, but the balances were, in turn, {moments:?}"
    );
    assert_eq!(bank.audit(), [3, 4], "the audit after all deposits and withdrawals");
}

/// A customer pays in, withdraws and transfers, and after each of these asks for an audit and for
/// the balance. Nobody else changes anything, so each time both must show what he has just done.
/// Meanwhile an auditor asks for an audit, which must be of one moment, too. Whoever does not find
/// his money where he has put it goes to another bank.
#[test]
fn own_payments_are_seen() {
    let bank = Bank::new(&[0, 0]);
    let look = || (bank.audit(), bank.balance(0));
    let (seen, own) = thread::scope(|threads| {
        let customer = threads.spawn(|| {
            bank.deposit(0, 9).unwrap();
            let paid_in = look();
            bank.withdraw(0, 2).unwrap();
            let withdrawn = look();
            bank.transfer(0, 1, 3).unwrap();
            [paid_in, withdrawn, look()]
        });
        (bank.audit(), customer.join().unwrap())
    });
    let moments = [[0, 0], [9, 0], [7, 0], [4, 3]];
    assert!(
        moments.iter().any(|moment| seen == moment),
        "the auditor saw {seen:?}, but the balances were, in turn, {moments:?}"
    );
    let expected = [[9, 0], [7, 0], [4, 3]].map(|both| (Vec::from(both), Ok(both[0])));
    assert_eq!(
        own, expected,
        "(audit, balance) after a deposit, then a withdrawal, then a transfer"
    );
}

/// Money goes from the first of three accounts to the last, comes back, and goes once more, while
/// an auditor looks. The account between them has no part in this. The audit must show one of the
/// two states that the bank was in. An auditor who looks at one account after another can meet the
/// same money at both ends, and if he looks again, he may meet it there again.
#[test]
fn money_that_comes_and_goes() {
    let bank = Bank::new(&[100, 7, 100]);
    let look = thread::scope(|threads| {
        threads.spawn(|| {
            bank.transfer(0, 2, 60).unwrap();
            bank.transfer(2, 0, 60).unwrap();
            bank.transfer(0, 2, 60).unwrap();
        });
        bank.audit()
    });
    let moments = [[100, 7, 100], [40, 7, 160]];
    assert!(
        moments.iter().any(|moment| look == moment),
        "the audit saw {look:?}, but at every moment the balances were one of {moments:?}"
    );
    assert_eq!(bank.audit(), [40, 7, 160], "the accounts after 60 went there, back and there");
}

/// Money goes from the first of three hundred accounts to the last, while an auditor looks. The
/// audit must show all balances as they were before, or all as they were after. It is easy to hold
/// three accounts at once; an audit is one moment for the whole bank.
#[test]
fn an_audit_of_a_big_bank() {
    let bank = Bank::new(&[100; 300]);
    let look = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 299, 60));
        bank.audit()
    });
    let (first, last) = (look[0], look[299]);
    assert!(
        [(100, 100), (40, 160)].contains(&(first, last)),
        "the audit saw {first} in the first account and {last} in the last; together they have 200"
    );
    assert_eq!(sum(&look), 30_000, "what the auditor saw in all accounts together");
}

/// Money goes from the first of seventy thousand accounts to the last and back, again and again,
/// while an auditor looks thirty times. Each audit must find all the money, and must be finished
/// before the computer has run out of anything. A big bank must not be audited in parts.
#[test]
fn an_audit_of_a_huge_bank() {
    let bank = Bank::new(&vec![100; 70_000]);
    let (closed, refused) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|threads| {
        threads.spawn(|| {
            while !closed.load(SeqCst) {
                for answer in [bank.transfer(0, 69_999, 60), bank.transfer(69_999, 0, 60)] {
                    refused.fetch_add(u32::from(answer.is_err()), SeqCst);
                }
            }
        });
        let looks: Vec<_> = (0..30).map(|_| bank.audit()).collect();
        closed.store(true, SeqCst);
        for look in looks {
            let both = (look[0], look[69_999]);
            assert!(
                [(100, 100), (40, 160)].contains(&both),
                "the audit saw {} in the first account and {} in the last; together they have 200",
                both.0,
                both.1
            );
            assert_eq!(sum(&look), 7_000_000, "what the auditor saw in all accounts together");
        }
    });
    assert_eq!(refused.into_inner(), 0, "transfers that were refused, of 60 from at least 100");
}

/// An auditor looks at a hundred accounts. Meanwhile a customer moves money from the first to the
/// last and back until the audit is finished. Everybody gets a turn again and again, so the audit
/// must come to an end, and it must find all the money.
///
/// Nobody can ask the customers of a bank to stop for the auditor. One who begins again whenever
/// something has changed may never be done.
#[test]
fn the_auditor_is_served_too() {
    let bank = Bank::new(&[100; 100]);
    let closed = AtomicBool::new(false);
    let look = thread::scope(|threads| {
        threads.spawn(|| {
            while !closed.load(SeqCst) {
                bank.transfer(0, 99, 60).unwrap();
                bank.transfer(99, 0, 60).unwrap();
            }
        });
        let look = bank.audit();
        closed.store(true, SeqCst);
        look
    });
    assert_eq!(sum(&look), 10_000, "what the auditor saw in all accounts together: {look:?}");
    assert_eq!(bank.audit(), [100; 100], "the accounts after all the money has come back");
}

/// One thread makes 65,536 deposits without a pause, into two accounts in turn. Meanwhile another
/// one makes one deposit into a third account, and asks for an audit. The audit must be of one
/// moment, and no deposit may be lost. A version number of 8 or 16 bits is then back at its old
/// value.
#[test]
fn many_payments_at_one_look() {
    let bank = Bank::new(&[0, 0, 0]);
    let pays_both = || {
        for account in [0, 1] {
            bank.deposit(account, 1).expect("there is such an account");
        }
    };
    let (look, paid) = thread::scope(|threads| {
        let payer = threads.spawn(|| {
            probe::uninterrupted(|| {
                // A bank that has a thread of its own for the deposits leaves a pause, and is slow.
                let waits = probe::sleeps(pays_both) || probe::other_threads(1) > 1;
                let rounds = if waits { 128 } else { 32_768 };
                (1..rounds).for_each(|_| pays_both());
                rounds
            })
        });
        bank.deposit(2, 5).expect("there is such an account");
        (bank.audit(), payer.join().unwrap())
    });
    let ahead = look[0] - look[1];
    assert!(
        [0, 1].contains(&ahead),
        "the audit saw {look:?}, but the first account can be ahead of the second by 1 at most"
    );
    assert_eq!(bank.audit(), [paid, paid, 5], "the accounts after all deposits");
}

/// While an auditor looks, 30 threads move one cent each from one account to another. The audit
/// must find every cent, and in the end all 30 must have arrived. What goes well with two or three
/// customers may go wrong when the bank is full.
#[test]
fn a_crowd_of_customers() {
    let bank = Bank::new(&[0, 30]);
    let (look, answers) = thread::scope(|threads| {
        let customers: Vec<_> = (0..30).map(|_| threads.spawn(|| bank.transfer(1, 0, 1))).collect();
        let look = bank.audit();
        let answers: Vec<_> =
            customers.into_iter().map(|customer| customer.join().unwrap()).collect();
        (look, answers)
    });
    assert!(answers.iter().all(Result::is_ok), "there was a cent for everybody: {answers:?}");
    assert_eq!(sum(&look), 30, "the sum of what the auditor saw in the accounts: {look:?}");
    assert_eq!(bank.audit(), [30, 0], "the accounts after 30 transfers of one cent");
}

/// A transfer goes to an account that does not exist. It must be refused, and nobody may ever see
/// any trace of it: an auditor who looks meanwhile must find every cent where it was. Then somebody
/// withdraws more than there is: a balance, and another refusal, must still name all that is there.
#[test]
fn a_refused_transfer_is_never_seen() {
    let bank = Bank::new(&[100, 100]);
    let (looks, answer) = thread::scope(|threads| {
        let mistyped = threads.spawn(|| bank.transfer(0, 7, 60));
        let looks = [bank.audit(), bank.audit()];
        (looks, mistyped.join().unwrap())
    });
    assert!(
        matches!(answer, Err(Refused::NoSuchAccount(7))),
        "there is no account 7, but `transfer` returned {answer:?}"
    );
    for look in looks {
        assert_eq!(look, [100, 100], "what an auditor saw during a transfer that was refused");
    }

    let bank = Bank::new(&[100]);
    let (balance, refused) = thread::scope(|threads| {
        threads.spawn(|| bank.withdraw(0, 150));
        (bank.balance(0), bank.withdraw(0, 101))
    });
    assert_eq!(balance.ok(), Some(100), "the balance during a withdrawal that is refused");
    assert_eq!(
        too_little(refused),
        Some(100),
        "the balance named when another 101 of 100 was refused"
    );
}

/// A transfer of more than there is must be refused, and an auditor who looks meanwhile must find
/// every cent where it was. Somebody else tries to withdraw more than the payee has, and the
/// refusal must name his unchanged balance. Money that was never moved must not be seen on its way
/// back.
#[test]
fn too_much_is_never_moved() {
    let bank = Bank::new(&[100, 100]);
    let (look, refused, answer) = thread::scope(|threads| {
        let too_much = threads.spawn(|| bank.transfer(0, 1, 150));
        (bank.audit(), bank.withdraw(1, 120), too_much.join().unwrap())
    });
    assert_eq!(too_little(answer), Some(100), "the balance named when 150 of 100 was refused");
    assert_eq!(look, [100, 100], "what an auditor saw during a transfer that was refused");
    assert_eq!(
        too_little(refused),
        Some(100),
        "the balance named when 120 of the payee's 100 was refused"
    );
}

/// Money is moved from one account to another. Meanwhile one thread asks for too much, first from
/// the payer's account and then from the payee's, and a second thread first from the payee's and
/// then from the payer's. A thread that was first told the balance after the transfer must not
/// then be told the one before it.
///
/// A refusal is a look at the bank, too. It must not show the same money in both accounts, or in
/// neither.
#[test]
fn a_refusal_shows_no_money_in_flight() {
    let bank = Bank::new(&[100, 100, 0]);
    let ((payer, payee), (payee_first, payer_second)) = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 1, 60));
        let other = threads.spawn(|| (bank.transfer(1, 2, 1_000), bank.transfer(0, 2, 1_000)));
        ((bank.withdraw(0, 1_000), bank.transfer(1, 2, 1_000)), other.join().unwrap())
    });
    let named = (too_little(payer), too_little(payee));
    let moments = [(100, 100), (100, 160), (40, 160)].map(|(a, b)| (Some(a), Some(b)));
    assert!(
        moments.contains(&named),
        "the refusals named {:?} for the payer and, after that, {:?} for the payee: \
         once the payer has only 40, the payee must have 160",
        named.0,
        named.1
    );
    let named = (too_little(payee_first), too_little(payer_second));
    let moments = [(100, 100), (100, 40), (160, 40)].map(|(a, b)| (Some(a), Some(b)));
    assert!(
        moments.contains(&named),
        "the refusals named {:?} for the payee and, after that, {:?} for the payer: \
         once the payee has 160, the payer must have only 40",
        named.0,
        named.1
    );
}

/// Moves 60 of 100 to another account. Meanwhile one thread asks for too much by `ask`, first from the
/// payer's account and then from the payee's, and a second thread first from the payee's and then from
/// the payer's.
fn ask_for_too_much(ask: fn(&Bank, usize) -> Result<(), Refused>) {
    let bank = Bank::new(&[100, 100]);
    let ask = |account| too_little(ask(&bank, account)).expect("nobody has 1,000");
    let ((payer, payee), (payee_first, payer_second)) = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 1, 60));
        let other = threads.spawn(|| (ask(1), ask(0)));
        ((ask(0), ask(1)), other.join().unwrap())
    });
    assert!(
        [(100, 100), (100, 160), (40, 160)].contains(&(payer, payee)),
        "the refusals named {payer} for the payer and, after that, {payee} for the payee: \
         once the payer has only 40, the payee must have 160"
    );
    assert!(
        [(100, 100), (100, 40), (160, 40)].contains(&(payee_first, payer_second)),
        "the refusals named {payee_first} for the payee and, after that, {payer_second} for the \
         payer: once the payee has 160, the payer must have only 40"
    );
}

/// Money is moved from one account to another. Meanwhile one thread tries to withdraw too much,
/// first from the payer's account and then from the payee's, and a second thread first from the
/// payee's and then from the payer's. All must be refused, and a thread that was first told
/// the balance after the transfer must not then be told the one before it.
#[test]
fn refused_withdrawals_show_none_either() {
    ask_for_too_much(|bank, account| bank.withdraw(account, 1_000));
}

/// Money is moved from one account to another. Meanwhile two threads try to transfer too much from
/// an account to itself: one tries the payer's account first and then the payee's, the other in
/// reverse. All must be refused, and a thread that was first told the balance after the transfer
/// must not then be told the one before it.
///
/// A payment to oneself moves nothing, but whether there is enough for it must be looked up.
#[test]
fn nor_do_payments_to_oneself() {
    ask_for_too_much(|bank, account| bank.transfer(account, account, 1_000));
}

/// An account holds 100. One thread transfers 70 of it while another withdraws 70. Exactly one of
/// them must get the money, and the other must be refused. Afterwards the balances must add up. The
/// money is moved from account 0 to account 1, and in a second bank from account 1 to account 0.
#[test]
fn nothing_is_spent_twice() {
    for (from, to) in [(0, 1), (1, 0)] {
        let mut before = [0, 0];
        before[from] = 100;
        let bank = Bank::new(&before);
        let (moved, paid) = thread::scope(|threads| {
            let moved = threads.spawn(|| bank.transfer(from, to, 70));
            let paid = bank.withdraw(from, 70);
            (moved.join().unwrap(), paid)
        });
        let balances = bank.audit();
        let balances = (balances[from], balances[to]);
        match (moved, paid) {
            (Ok(()), Err(_)) => {
                assert_eq!(
                    balances,
                    (30, 70),
                    "(payer's, payee's) balance: 70 moved, none paid out"
                );
            }
            (Err(_), Ok(())) => {
                assert_eq!(
                    balances,
                    (30, 0),
                    "(payer's, payee's) balance: 70 paid out, none moved"
                );
            }
            answers => panic!("of 100, 70 was asked for twice; the answers were {answers:?}"),
        }
    }
}

/// A customer transfers money to the same account that it comes from. That must be allowed, leave
/// the balance as it is, and come to an end; only if the amount is more than the account holds, the
/// transfer must be refused. The same must hold for an account so full that it can hold no more: it
/// has as much as an `i64` can count.
#[test]
fn to_oneself() {
    let bank = Bank::new(&[100, 7]);
    assert!(bank.transfer(0, 0, 60).is_ok(), "a transfer of 60 of 100 to oneself was refused");
    assert!(bank.transfer(0, 0, 100).is_ok(), "a transfer of all 100 to oneself was refused");
    assert_eq!(bank.audit(), [100, 7], "balances after two transfers from account 0 to account 0");
    assert_eq!(
        too_little(bank.transfer(0, 0, 101)),
        Some(100),
        "the balance named when a transfer of 101 to oneself was refused"
    );
    assert_eq!(bank.audit(), [100, 7], "balances after a refused transfer to oneself");

    let bank = Bank::new(&[i64::MAX]);
    assert!(
        bank.transfer(0, 0, 60).is_ok(),
        "a transfer of 60 of {} to oneself was refused",
        i64::MAX
    );
    assert_eq!(
        bank.audit(),
        [i64::MAX],
        "the balance of a full account after a transfer to itself"
    );
}

/// A customer transfers 60 of 100 to the same account that it comes from, while an auditor and
/// another customer look. There must be nothing to see: the account holds 100 at every look, and a
/// withdrawal of 50 must be paid. If the money leaves the account and comes back, somebody is told
/// in between that it is not there.
#[test]
fn nothing_is_seen_of_paying_oneself() {
    let bank = Bank::new(&[100]);
    let (before, paid, after) = thread::scope(|threads| {
        threads.spawn(|| bank.transfer(0, 0, 60));
        let before = (bank.audit(), bank.balance(0));
        let paid = bank.withdraw(0, 50);
        (before, paid, bank.balance(0))
    });
    assert_eq!(
        before,
        (vec![100], Ok(100)),
        "(audit, balance) while 60 of 100 was transferred to oneself"
    );
    assert!(paid.is_ok(), "50 of 100 was not paid: {paid:?}");
    assert_eq!(after, Ok(50), "what is left after 50 was withdrawn");
}

/// Two of three customers pay each other at the same time. Both transfers must come to an end,
/// whichever thread is ahead at any moment, and both amounts must arrive.
#[test]
fn two_customers_pay_each_other() {
    let bank = Bank::new(&[100, 7, 100]);
    let answers = thread::scope(|threads| {
        let there = threads.spawn(|| bank.transfer(0, 2, 30));
        let back = threads.spawn(|| bank.transfer(2, 0, 10));
        [there.join().unwrap(), back.join().unwrap()]
    });
    assert!(
        answers.iter().all(Result::is_ok),
        "both had enough, but the transfers returned {answers:?}"
    );
    assert_eq!(bank.audit(), [80, 7, 120], "balances after 30 went one way and 10 the other");
}

/// Two of 3,841 customers pay each other at the same time, the first and the last. Both transfers
/// must come to an end, and both amounts must arrive. Their numbers have the same last byte and the
/// same last digit, but they are two accounts.
#[test]
fn two_customers_far_apart() {
    let bank = Bank::new(&[100; 3_841]);
    let answers = thread::scope(|threads| {
        let there = threads.spawn(|| bank.transfer(0, 3_840, 30));
        let back = threads.spawn(|| bank.transfer(3_840, 0, 10));
        [there.join().unwrap(), back.join().unwrap()]
    });
    assert!(
        answers.iter().all(Result::is_ok),
        "both had enough, but the transfers returned {answers:?}"
    );
    let balances = [bank.balance(0).ok(), bank.balance(3_840).ok()];
    assert_eq!(balances, [Some(80), Some(120)], "balances after 30 went one way and 10 the other");
}

/// One customer pays a second one, who meanwhile pays 300 others, one after another. All transfers
/// must come to an end, and all amounts must arrive.
///
/// If several accounts share a lock, the order of the accounts is not that of the locks.
#[test]
fn one_pays_three_hundred_others() {
    let bank = Bank::new(&[1_000; 302]);
    let (paid, refused) = thread::scope(|threads| {
        let pays_all = || (2..302).map(|other| bank.transfer(1, other, 1));
        let others = threads.spawn(move || pays_all().filter(Result::is_err).count());
        (bank.transfer(0, 1, 7), others.join().unwrap())
    });
    assert!(
        paid.is_ok(),
        "account 0 had enough to pay account 1, but `transfer` returned {paid:?}"
    );
    assert_eq!(refused, 0, "transfers that were refused, of 300 from an account with 1,000");
    let audit = bank.audit();
    assert_eq!(audit[..2], [993, 707], "the balances of accounts 0 and 1");
    assert!(audit[2..].iter().all(|balance| *balance == 1_001), "the others' balances: {audit:?}");
}

thread_local! {
    static LAST_WILL: RefCell<Option<LastWill>> = const { RefCell::new(None) };
}

/// When it is dropped, it pays in, transfers, withdraws and looks, and sends what the bank answered.
struct LastWill {
    when: &'static str,
    bank: Arc<Bank>,
    answers: mpsc::Sender<(&'static str, Answers)>,
}

/// To a deposit, a transfer, a withdrawal and another transfer, and then to a look at a balance.
type Answers = ([Result<(), Refused>; 4], Result<i64, Refused>);

impl Drop for LastWill {
    fn drop(&mut self) {
        let orders = [
            self.bank.deposit(0, 5),
            self.bank.transfer(0, 1, 20),
            self.bank.withdraw(1, 10),
            self.bank.transfer(1, 7, 1),
        ];
        let _ = self.answers.send((self.when, (orders, self.bank.balance(2))));
    }
}

/// One customer pays while its thread unwinds after a panic, and another one pays in the destructor
/// of a thread-local variable, as its thread ends. The bank must do what each of them asks for, and
/// an auditor must see balances that follow from it.
///
/// What must be put right when something goes wrong is often done in a destructor.
#[test]
fn customers_pay_to_the_end() {
    let bank = Arc::new(Bank::new(&[100, 0, 3]));
    let (answers, answered) = mpsc::channel();
    let [panics, ends] = ["while its thread unwound", "when its thread had all but ended"]
        .map(|when| LastWill { when, bank: Arc::clone(&bank), answers: answers.clone() });
    let panics = thread::spawn(move || {
        let _will = panics;
        panic!("on the way to the bank");
    });
    let ends = thread::spawn(move || {
        let bank = Arc::clone(&ends.bank);
        LAST_WILL.set(Some(ends));
        bank.balance(0)
    });
    let look = bank.audit();
    assert!(panics.join().is_err(), "the first customer's panic should end its thread");
    assert_eq!(
        ends.join().unwrap().map(|_| ()),
        Ok(()),
        "the balance that the other one asked for"
    );
    for _ in 0..2 {
        let (when, (orders, balance)) = answered.try_recv().expect("both have been to the bank");
        assert_eq!(
            orders,
            [Ok(()), Ok(()), Ok(()), Err(Refused::NoSuchAccount(7))],
            "results of a deposit, a transfer, a withdrawal and a transfer to an account that does not \
             exist, for the customer who paid {when}"
        );
        assert_eq!(balance, Ok(3), "a third account's balance, for the one who paid {when}");
    }
    let (payer, payee) = (look[0], look[1]);
    assert!(
        (70..=110).contains(&payer) && (90..=110).contains(&(payer + payee)),
        "the auditor saw {look:?} while each of two customers paid in 5, moved 20 and withdrew 10"
    );
    assert_eq!(bank.audit(), [70, 20, 3], "the accounts after 5 came, 20 moved and 10 left, twice");
}
