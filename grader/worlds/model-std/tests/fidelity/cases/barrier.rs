use super::lib::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use super::lib::sync::{Barrier, Mutex};
use super::lib::thread;

pub(crate) fn leaders() -> String {
    let barrier = Barrier::new(3);
    let leaders = AtomicUsize::new(0);
    let pass = || {
        let passed = barrier.wait();
        leaders.fetch_add(usize::from(passed.is_leader()), SeqCst);
    };
    thread::scope(|s| {
        s.spawn(pass);
        s.spawn(pass);
        pass();
    });
    format!("{leaders:?} {barrier:?}")
}

pub(crate) fn generations() -> String {
    let barrier = Barrier::new(2);
    let rounds = Mutex::new([0; 3]);
    let run = || {
        for round in 0..3 {
            rounds.lock().unwrap()[round] += 1;
            barrier.wait();
            // No thread is ahead or behind.
            assert_eq!(rounds.lock().unwrap()[round], 2);
            barrier.wait();
        }
    };
    thread::scope(|s| {
        s.spawn(run);
        run();
    });
    format!("{rounds:?}")
}

pub(crate) fn too_few_parties() -> String {
    format!("{:?} {:?} {:?}", Barrier::new(0).wait(), Barrier::new(1).wait(), Barrier::new(0))
}
