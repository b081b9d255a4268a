use deadlock::Bank;
use std::sync::Arc;
use std::thread;

/// Two tellers move money between the same two accounts, in opposite directions. Both transfers
/// must come to an end, whoever is faster. A bank that stands still once a month is a bank that
/// somebody has to restart once a month.
#[test]
fn opposite_transfers_end() {
    let bank = Arc::new(Bank::new(&[100, 100]));
    let tellers = [("anna", 0, 1), ("ben", 1, 0)].map(|(name, from, to)| {
        let bank = Arc::clone(&bank);
        let work = move || bank.transfer(from, to, 10);
        thread::Builder::new().name(name.into()).spawn(work).unwrap()
    });
    for teller in tellers {
        assert!(teller.join().unwrap(), "there was money enough");
    }
    assert_eq!(bank.total(), 200, "money was made or lost");
}
