//! What is done, and what is left, when a pool ends.

mod common;

use common::{Phone, check, is_gone, ok, pool, process_and_count, waiting_for, worker};
use multiprocessing::{JobError, ProcessPool};
use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsRawFd;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// How many descriptors this process has open. New ones get the lowest numbers that are free: after a
/// hundred of them there is no gap left, and the highest number tells.
fn open_descriptors() -> i32 {
    let pipes = [(); 50].map(|()| io::pipe().expect("a new pipe"));
    let highest = pipes.iter().map(|(read, write)| read.as_raw_fd().max(write.as_raw_fd())).max();
    highest.expect("fifty pipes") + 1 - 100
}

/// The worker program with nothing to read: its input ends at once. So must `serve`, and the program
/// goes on behind it and exits with code 0.
///
/// When a parent dies, however that comes, its pipes are closed. A child that does not see that lives
/// on for nobody.
#[test]
fn a_child_ends_with_its_input() {
    check(|| {
        waiting_for("the worker program, whose input has ended");
        let phone = Phone::new();
        let mut command = worker();
        command.env("FAREWELL", phone.number().to_string());
        let output = command.stdin(Stdio::null()).output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(0), "the worker program's exit code");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "answers to no jobs at all");
        assert!(phone.earlier_call().is_some(), "`serve` should have returned to its caller");
    });
}

/// A pool with one child is dropped while three jobs are under way or waiting. All of them must be
/// done when `drop` returns, and their results are there, although the pool is not. The children end
/// of their own accord: the program's last lines must have been run.
///
/// Behind `serve` there may be a file to close. A child that is killed does not come to that.
#[test]
fn dropping_finishes_the_work() {
    check(|| {
        let (phone, farewell) = (Phone::new(), Phone::new());
        let number = farewell.number();
        let pool = ProcessPool::new(1, move || {
            let mut command = worker();
            command.env("FAREWELL", number.to_string());
            command
        });
        let pool = pool.expect("the worker program can be started");
        waiting_for("a job to begin");
        let handles = [phone.meet(), "echo a".into(), "echo b".into()].map(|job| pool.submit(job));
        let call = phone.call();
        let child = call.process;
        let hang_up = thread::spawn(move || {
            // Long enough for `drop` to have begun, if only nearly always: a pool that throws jobs
            // away is caught in one of many rounds.
            thread::sleep(Duration::from_millis(20));
            drop(call);
        });
        waiting_for("`drop`, with three jobs yet to do");
        drop(pool);
        waiting_for("results of jobs that should be done");
        let results = handles.map(|handle| handle.join());
        let expected = [ok(format!("{child} 1")), ok("a"), ok("b")];
        assert_eq!(results, expected, "jobs that were submitted before the pool was dropped");
        let last = farewell.earlier_call().map(|call| call.process);
        assert_eq!(last, Some(child), "the child should have come to the program's last line");
        hang_up.join().expect("the call has been ended");
    });
}

/// A pool has worked, and is dropped: once without having had a job, once after jobs that went well,
/// panicked and exited. When `drop` returns, none of the children may be there any more, neither
/// alive nor dead, and as many descriptors must be open as before the pool.
///
/// A dead child is kept by the kernel until its parent has asked how it ended. A server that never
/// asks has ten thousand of them in a month; and then no process can be started on that machine.
#[test]
fn nothing_is_left_behind() {
    check(|| {
        // What a process opens once and for all is opened by now.
        drop(pool(1));
        waiting_for("`drop` of a pool whose children are idle");
        let before = open_descriptors();
        drop(pool(3));
        assert_eq!(open_descriptors(), before, "descriptors open, before and after an unused pool");

        let (pool, phone) = (pool(2), Phone::new());
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        drop([phone.call(), phone.call()]);
        let child = |answer: Result<String, _>| process_and_count(&answer.expect("an answer")).0;
        let mut children = BTreeSet::from(handles.map(|handle| child(handle.join())));
        assert!(pool.submit("panic").join().is_err(), "the job has panicked");
        assert!(pool.submit("exit 1").join().is_err(), "the job has ended its process");
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        drop([phone.call(), phone.call()]);
        children.extend(handles.map(|handle| child(handle.join())));
        drop((pool, phone));
        assert_eq!(
            children.len(),
            3,
            "children that have worked: two, and one in a dead one's place"
        );
        let left: Vec<_> = children.into_iter().filter(|child| !is_gone(*child)).collect();
        assert_eq!(
            left, [0; 0],
            "children that are still there, alive or dead, without their pool"
        );
        assert_eq!(open_descriptors(), before, "descriptors open, before and after a pool");
    });
}

/// A pool lives long, and its only child dies again and again. After each death the dead one must be
/// gone, and with the new one at work the number of open descriptors must be what it was.
///
/// What is left behind each time seems little. A process may have some thousand descriptors, and a
/// server dies of it in the night to the first of the month.
#[test]
fn a_death_leaves_nothing_behind() {
    check(|| {
        let pool = pool(1);
        waiting_for("the answer of a child");
        let child = || {
            let answer = pool.submit("who").join().expect("an answer");
            process_and_count(&answer).0
        };
        let mut last = child();
        let before = open_descriptors();
        for deaths in 1..=3 {
            assert_eq!(pool.submit("exit 2").join(), Err(JobError::Exited(2)), "a child exited");
            assert!(is_gone(last), "the child that exited has not been reaped");
            last = child();
            assert_eq!(open_descriptors(), before, "descriptors open after {deaths} deaths");
        }
    });
}
