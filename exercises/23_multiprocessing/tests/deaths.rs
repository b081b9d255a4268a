//! Children die, or cannot be started.

mod common;

use common::{
    Diary, Phone, check, is_gone, kill, ok, open_descriptors, pool, wait_for_death, waiting_for,
    worker,
};
use multiprocessing::{JobError, JobHandle, ProcessPool};
use probe as _; // Names the checks that hang at your desk.
use std::io::ErrorKind;
use std::panic;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Two children have a job each, and one of them is killed in the middle of it; two more jobs are
/// waiting. The lost job's handle must say which signal it was. The waiting jobs must be done, the
/// other child must be left alone, and in the end two children must be at work again.
///
/// When memory runs out, the kernel kills the largest process. It asks nobody, and tells nobody but
/// the parent. A pool that does not listen waits for ever for an answer.
#[test]
fn a_killed_child_is_noticed() {
    check(|| {
        for (name, number) in [("KILL", 9), ("TERM", 15)] {
            let (pool, phone) = (pool(2), Phone::new());
            waiting_for("two jobs to begin");
            let doomed = pool.submit(phone.meet());
            let victim = phone.call();
            let other = pool.submit(phone.meet());
            let survivor = phone.call();
            let later = ["echo a", "echo b"].map(|job| pool.submit(job));

            kill(name, victim.process);
            waiting_for("the result of a job whose child was killed");
            assert_eq!(
                doomed.join(),
                Err(JobError::Killed(number)),
                "the result of a job whose child was killed by SIG{name}"
            );
            let words = JobError::Killed(number).to_string();
            assert!(
                words.contains(&number.to_string()),
                "the error should name the signal: {words}"
            );
            assert!(is_gone(victim.process), "the child that was killed has not been reaped");
            waiting_for("jobs behind the one whose child was killed");
            let later = later.map(|handle| handle.join());
            assert_eq!(later, ["a", "b"].map(ok), "jobs that waited when a child was killed");
            let process = survivor.process;
            drop(survivor);
            waiting_for("the job of the child that nobody has killed");
            let other = other.join().map(|answer| answer == format!("{process} 1"));
            assert_eq!(other, Ok(true), "whether the child that nobody has killed did its job");

            waiting_for("two jobs at once, after one of two children was killed");
            let handles = [(); 2].map(|()| pool.submit(phone.meet()));
            let calls = [phone.call(), phone.call()];
            assert!(
                calls.iter().all(|call| call.process != victim.process),
                "a job was done by the process that had been killed"
            );
            drop(calls);
            assert!(
                handles.map(|handle| handle.join().is_ok()) == [true; 2],
                "one of two jobs failed, long after the kill"
            );
            waiting_for("the end of the pool");
        }
    });
}

/// Jobs end the process that does them, with several codes; the last one tells the check so first.
/// Each result must be an error with that code, even when the code means success, or when it is one
/// that a shell or Rust would use to report something else. The next job must find a child, and the
/// last job must not be tried again.
///
/// The job may have sent the money before its process ended. A pool that tries again sends it
/// twice.
#[test]
fn a_child_that_exits_takes_its_job_along() {
    check(|| {
        let (pool, phone) = (pool(1), Phone::new());
        waiting_for("the result of a job that ends its process");
        for code in [3, 0, 1, 101, 127, 128, 137, 143, 255] {
            let result = pool.submit(format!("exit {code}")).join();
            assert_eq!(result, Err(JobError::Exited(code)), "a child exited with code {code}");
            assert_eq!(pool.submit("echo next").join(), ok("next"), "the job after that");
        }
        let result = pool.submit(format!("leave {}", phone.number())).join();
        assert_eq!(result, Err(JobError::Exited(4)), "a child called, then exited with code 4");
        assert_eq!(pool.submit("echo next").join(), ok("next"), "the job after that");
        let child = phone.call().process;
        assert!(is_gone(child), "the child that exited has not been reaped");
        assert!(!phone.rings(), "a job that had ended its process was tried again");
        waiting_for("the end of the pool");
    });
}

/// A child answers with ten million letters, and exits while it answers, sometimes sooner,
/// sometimes later. The result must be either the whole answer or the error that says the child has
/// exited.
///
/// Half a file of figures is still a file of figures. It will be a while before anybody notices
/// that the year ends in June.
#[test]
fn half_an_answer_is_none() {
    check(|| {
        let pool = pool(1);
        waiting_for("the result of a job whose child exits while it answers");
        for time in [500, 1_000, 2_000, 4_000, 8_000, 16_000] {
            match pool.submit(format!("much {time}")).join() {
                Ok(answer) => assert_eq!(answer.len(), 10_000_000, "letters in the answer"),
                Err(error) => assert_eq!(error, JobError::Exited(5), "the child has exited"),
            }
            // If the whole answer came in time, its child exits during the next job, or before it.
            let _ = pool.submit(format!("much {time}")).join();
        }
        waiting_for("the end of the pool");
    });
}

/// The only child is killed while it is idle. The pool may learn of that from the next job, and
/// lose it. The job after that one must be done, by a new child. When a job's error reports the
/// death, both pipes of the dead child must have been closed, and no other child started yet: two
/// fewer descriptors are open than with a child at work.
///
/// Nobody is told when an idle process dies. One job may have to find out; no more than one.
#[test]
fn a_child_killed_while_idle_costs_one_job_at_most() {
    check(|| {
        let pool = pool(1);
        waiting_for("the result of a job whose child may have been killed before");
        let first = pool.submit("who").join().expect("an answer");
        let child = first.split(' ').next().and_then(|process| process.parse().ok());
        let child = child.expect("the number of a process");
        let before = open_descriptors();
        kill("KILL", child);
        // Then nobody can be left who would read a job.
        wait_for_death(child);
        match pool.submit("echo next").join() {
            Ok(answer) => assert_eq!(answer, "next", "the job after the kill"),
            Err(error) => {
                assert_eq!(error, JobError::Killed(9), "the job after the kill");
                let now = open_descriptors();
                assert_eq!(
                    now,
                    before - 2,
                    "descriptors open after a death: the dead child's two pipes must be closed, and no other \
                     child started before a job comes for it"
                );
            }
        }
        let second = pool.submit("who").join().expect("the second job after the kill is safe");
        assert!(
            second.ends_with(" 1") || second.ends_with(" 2"),
            "a new child, at its first or second job, answered {second:?}"
        );
        assert!(
            !second.starts_with(&format!("{child} ")),
            "a job was done by the process that had been killed"
        );
        assert!(is_gone(child), "the child that was killed has not been reaped");
        waiting_for("the end of the pool");
    });
}

/// A pool of no children is a programming error: `new` must panic. A program that does not exist
/// cannot be started: `new` must return the error, even if it is the second child that could not be
/// started. By then the first child must be gone, and reaped.
///
/// Whatever was begun must be cleaned up at the point where it turns out that it cannot be
/// finished. Later, nobody has a handle to it.
#[test]
fn a_pool_that_cannot_start_leaves_nothing() {
    check(|| {
        waiting_for("`new`, which has nothing to wait for");
        let nobody = panic::catch_unwind(|| ProcessPool::new(0, worker));
        assert!(nobody.is_err(), "a pool of no children should be refused with a panic");

        let missing = || Command::new("/no/such/program");
        for workers in [1, usize::MAX] {
            let refused =
                ProcessPool::new(workers, missing).map(drop).map_err(|error| error.kind());
            assert_eq!(refused, Err(ErrorKind::NotFound), "a program that does not exist");
        }

        waiting_for("`new`, which has to end the first child when the second cannot be started");
        let before = open_descriptors();
        let diary = Arc::new(Mutex::new((Diary::new(), Vec::new())));
        let (notes, first) = (Arc::clone(&diary), AtomicBool::new(true));
        let refused = ProcessPool::new(2, move || {
            let (diary, begun) = &mut *notes.lock().expect("nobody has panicked here");
            if first.swap(false, SeqCst) {
                return diary.worker()();
            }
            // Gives the first child time to report its number. If it has not been started yet, or takes too
            // long, this check sees less than it might.
            for _ in 0..500 {
                begun.extend(diary.read().into_iter().map(|(_, child)| child));
                if !begun.is_empty() {
                    break;
                }
                thread::sleep(Duration::from_millis(1));
            }
            missing()
        });
        let refused = refused.map(drop).map_err(|error| error.kind());
        assert_eq!(refused, Err(ErrorKind::NotFound), "a second child that cannot be started");
        let begun = diary.lock().expect("nobody has panicked here").1.clone();
        let left = begun.into_iter().filter(|child| !is_gone(*child)).count();
        assert_eq!(left, 0, "children that are still there, alive or dead");
        drop(diary);
        assert_eq!(open_descriptors(), before, "descriptors open, before and after a failed start");
    });
}

/// First a child dies, and for a while no other can be started in its place. A job that needs one
/// must get an error, and once the program is there again, jobs must be done again. Then comes a
/// pool whose program exits at once, whatever it is sent. The result of each job must be the exit
/// code, even if the job is too large for the pipe, or the 260th. Another program ends its output at
/// once, but not itself as long as its input is open. Its job must get the exit code, too.
///
/// Writing to a pipe that nobody reads is an error. It must become the job's error, and must not
/// end the pool.
#[test]
fn a_job_without_a_child_is_an_error() {
    check(|| {
        let there = Arc::new(AtomicBool::new(true));
        let look = Arc::clone(&there);
        let pool = ProcessPool::new(1, move || match look.load(SeqCst) {
            true => worker(),
            false => Command::new("/no/such/program"),
        })
        .expect("the worker program can be started");
        there.store(false, SeqCst);
        waiting_for("the result of a job that ends its process");
        assert_eq!(pool.submit("exit 1").join(), Err(JobError::Exited(1)), "the child exited");
        waiting_for("the result of a job for which no child can be started");
        let missing = Err(JobError::NotStarted(ErrorKind::NotFound));
        assert_eq!(pool.submit("echo a").join(), missing, "no child can be started");
        there.store(true, SeqCst);
        assert_eq!(pool.submit("echo b").join(), ok("b"), "a child can be started again");
        drop(pool);

        let exits = || {
            let mut command = Command::new("sh");
            command.args(["-c", "exit 3"]);
            command
        };
        let pool = ProcessPool::new(1, exits).expect("sh can be started");
        waiting_for("the results of jobs whose child exits at once");
        for size in [10, 300_000, 10] {
            let result = pool.submit("x".repeat(size)).join();
            assert_eq!(result, Err(JobError::Exited(3)), "a job of {size} bytes for no reader");
        }
        let exited = |handle: JobHandle| handle.join() == Err(JobError::Exited(3));
        let handles: Vec<_> = (4..=260).map(|_| pool.submit("x")).collect();
        let other = (4..=260).zip(handles).find_map(|(n, handle)| (!exited(handle)).then_some(n));
        assert_eq!(other, None, "the first of 260 jobs whose result is not the exit code");
        waiting_for("the end of the pool");
        drop(pool);

        let says_nothing = || {
            let mut command = Command::new("sh");
            command.args(["-c", "exec >&-; cat >&2; exit 3"]).stderr(Stdio::null());
            command
        };
        let pool = ProcessPool::new(1, says_nothing).expect("sh can be started");
        waiting_for("the result of a job whose child ends its output, but not itself");
        assert!(exited(pool.submit("x")), "the result of a job for a child without an output");
        waiting_for("the end of the pool");
    });
}

/// Both children of a pool are killed, and for a while no other can be started: four jobs must get
/// an error. Once the program is there again, two jobs must be under way at the same time. Then
/// twenty-four jobs end their process, one after the other, and again two jobs must be under way at
/// the same time.
///
/// What goes wrong for an hour must not cost a pool a part of its strength for the rest of its
/// life. Nobody would notice, except that everything takes longer.
#[test]
fn the_pool_regains_its_full_strength() {
    check(|| {
        let there = Arc::new(AtomicBool::new(true));
        let (look, phone) = (Arc::clone(&there), Phone::new());
        let pool = ProcessPool::new(2, move || match look.load(SeqCst) {
            true => worker(),
            false => Command::new("/no/such/program"),
        })
        .expect("the worker program can be started");
        let two_at_once = || {
            let handles = [(); 2].map(|()| pool.submit(phone.meet()));
            drop([phone.call(), phone.call()]);
            assert!(
                handles.map(|handle| handle.join().is_ok()) == [true; 2],
                "one of two jobs failed"
            );
        };
        waiting_for("two jobs to begin");
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        let calls = [phone.call(), phone.call()];
        there.store(false, SeqCst);
        for call in &calls {
            kill("KILL", call.process);
        }
        waiting_for("the results of two jobs whose children were killed");
        let killed = Err(JobError::Killed(9));
        assert_eq!(handles.map(JobHandle::join), [(); 2].map(|()| killed.clone()), "two lost jobs");
        waiting_for("the results of jobs for which no child can be started");
        let missing = Err(JobError::NotStarted(ErrorKind::NotFound));
        assert_eq!(
            pool.map(["who"; 4]),
            [(); 4].map(|()| missing.clone()),
            "no child can be started"
        );
        there.store(true, SeqCst);
        waiting_for("two jobs at once, after a time in which no child could be started");
        two_at_once();

        waiting_for("the result of a job that ends its process, like several before it");
        for death in 1..=24 {
            let result = pool.submit("exit 2").join();
            assert_eq!(result, Err(JobError::Exited(2)), "a child exited, death {death} in a row");
        }
        waiting_for("two jobs at once, after twenty-four deaths in a row");
        two_at_once();
        waiting_for("the end of the pool");
    });
}
