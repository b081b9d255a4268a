//! What is done, and what is left, when a pool ends.

mod common;

use common::{
    Diary, Phone, Tap, check, is_gone, kill, ok, open_descriptors, pool, process_and_count,
    wait_for_death, wait_until_still, waiting_for, worker,
};
use multiprocessing::{JobError, JobHandle, ProcessPool};
use probe as _; // Names the checks that hang at your desk.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// The worker program runs with nothing to read: its input ends at once. Then `serve` must return,
/// and the program goes on after it and exits with code 0.
///
/// When a parent dies, however that happens, its pipes are closed. A child that does not notice
/// lives on for nobody.
#[test]
fn a_child_ends_with_its_input() {
    check(|| {
        waiting_for("the worker program, whose input has ended");
        let mut diary = Diary::new();
        let output =
            diary.worker()().stdin(Stdio::null()).output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(0), "the worker program's exit code");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "answers to no jobs at all");
        let words: Vec<_> = diary.read().into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["begun", "ended"], "what the program notes before and after `serve`");
    });
}

/// A worker program gets the first half of a job of a thousand letters, copied from what a pool had
/// sent, and then the end of its input, as when the parent dies in the middle of a job. The program
/// must answer nothing, go on after `serve`, and exit with code 0.
///
/// Half a job is not the job that somebody wanted done. Half a number is another number.
#[test]
fn half_a_job_is_none() {
    check(|| {
        waiting_for("the answer of a child whose input is copied");
        let tap = Tap::new();
        let pool = ProcessPool::new(1, tap.worker_that_listens()).expect("a shell can be started");
        let text = "n".repeat(1_000);
        assert_eq!(pool.submit(format!("echo {text}")).join(), ok(text), "the answer to `echo`");
        waiting_for("the end of the pool");
        drop(pool);
        let sent = tap.heard();

        waiting_for("the worker program, whose input ends in the middle of a job");
        let mut program = worker();
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = program.spawn().expect("the program can be started");
        let mut input = program.stdin.take().expect("its input is a pipe");
        input.write_all(&sent[..sent.len() / 2]).expect("there is room for it in the pipe");
        drop(input);
        let output = program.wait_with_output().expect("a child of ours can be waited for");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "the answer to half a job");
        assert_eq!(output.status.code(), Some(0), "the worker program's exit code");
    });
}

/// A pool with one child is dropped while four jobs are under way or waiting. When `drop` returns,
/// all of them must be done, and their results available although the pool is gone. One of the jobs
/// ends its process; the job after it must get another child all the same. The children that remain
/// must end of their own accord: the last lines of the program must have run.
///
/// There may be a file to close after `serve`. A child that is killed never gets there.
#[test]
fn dropping_finishes_the_work() {
    check(|| {
        let (phone, mut diary) = (Phone::new(), Diary::new());
        let pool = ProcessPool::new(1, diary.worker()).expect("the worker program can be started");
        waiting_for("a job to begin");
        let jobs = [phone.meet(), "echo a".into(), "exit 3".into(), "who".into()];
        let handles = jobs.map(|job| pool.submit(job));
        let call = phone.call();
        let first = call.process;
        let hang_up = thread::spawn(move || {
            // Long enough for `drop` to have begun, nearly always at least: a pool that throws jobs away is
            // caught in one of many rounds.
            thread::sleep(Duration::from_millis(20));
            drop(call);
        });
        waiting_for("`drop`, with four jobs yet to do");
        drop(pool);
        waiting_for("results of jobs that should be done");
        let [meeting, echo, exit, who] = handles.map(|handle| handle.join());
        let meeting = meeting.map(|answer| answer.replace(&first.to_string(), "first"));
        assert_eq!(meeting, ok("first 1"), "the job that was under way");
        assert_eq!(echo, ok("a"), "a job that waited when the pool was dropped");
        assert_eq!(exit, Err(JobError::Exited(3)), "a job that ended its process");
        let (second, count) = process_and_count(&who.expect("the last job needs another child"));
        assert_eq!(count, 1, "the jobs of the child that came in the dead one's place");
        // A process has a different number each time.
        let who = |child: u32| match child {
            _ if child == first => "first",
            _ if child == second => "second",
            _ => "unknown",
        };
        let read = diary.read();
        let notes: Vec<_> = read.iter().map(|(word, child)| (word.as_str(), who(*child))).collect();
        assert_eq!(
            notes,
            [("begun", "first"), ("begun", "second"), ("ended", "second")],
            "which children have noted, on their standard error, their first and last lines"
        );
        hang_up.join().expect("the call has been ended");
    });
}

/// A pool of two children is dropped. Each child, when its input has ended, calls the check, and ends
/// only when both have called. So both must be told that they may end before either is waited for.
///
/// Children may have something to settle with each other. If one is waited for before the other knows
/// of the end, nobody ends.
#[test]
fn all_children_are_told_of_the_end() {
    check(|| {
        let phone = Phone::new();
        let port = phone.number();
        let pool = ProcessPool::new(2, move || {
            let mut command = worker();
            command.env("FAREWELL", port.to_string());
            command
        });
        let pool = pool.expect("the worker program can be started");
        waiting_for("`drop`: one child ends only when the other one has been told, too");
        let hang_up = thread::spawn(move || drop([phone.call(), phone.call()]));
        drop(pool);
        hang_up.join().expect("both children call");
    });
}

/// Each child is a shell that runs the worker program and cleans up after it: when the program has
/// ended, the shell closes its output, takes a moment, notes that it has ended, and exits with code
/// 7. A job ends the program, and its result must be that code. Then another job is done, and the
/// pool is dropped. Both times, the shell must have come to its end undisturbed.
///
/// A child that is killed because it seems slow leaves its work half done. And the error then
/// reports a signal that nobody but the pool has sent.
#[test]
fn a_child_may_take_its_time_to_end() {
    check(|| {
        let mut diary = Diary::new();
        let pool = ProcessPool::new(1, diary.slow_worker()).expect("a shell can be started");
        let mut ended = || diary.read().iter().filter(|(word, _)| word == "ended").count();
        waiting_for("the result of a job whose child takes its time to end");
        let result = pool.submit("exit 3").join();
        assert_eq!(result, Err(JobError::Exited(7)), "the shell's exit code, as the job's error");
        assert_eq!(ended(), 1, "shells that have come to their end, after a death");
        assert_eq!(pool.submit("echo a").join(), ok("a"), "the job after that");
        waiting_for("`drop`, whose child takes its time to end");
        drop(pool);
        assert_eq!(ended(), 1, "shells that have come to their end, when the pool was dropped");
    });
}

/// A thread panics while its pool has a job under way and another one waiting, and the panic drops
/// the pool. When `catch_unwind` returns, both jobs must be done and the child must be gone, after
/// its last lines.
///
/// A server catches the panic of a request and goes on. What the request has left running, nobody
/// will ever end.
#[test]
fn a_panic_does_not_hurry_the_pool() {
    check(|| {
        let (phone, mut diary) = (Phone::new(), Diary::new());
        let over = Arc::new(AtomicBool::new(false));
        let (mut begun, hung_up) = (None, Arc::clone(&over));
        waiting_for("a job to begin");
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
            let pool = ProcessPool::new(1, diary.worker()).expect("the program can be started");
            let handles = [phone.meet(), "echo a".into()].map(|job| pool.submit(job));
            let call = phone.call();
            let child = call.process;
            let hang_up = thread::spawn(move || {
                // By then the pool waits for the job, if it does.
                wait_until_still();
                hung_up.store(true, SeqCst);
                drop(call);
            });
            begun = Some((handles, child, hang_up));
            waiting_for("the end of the pool, which a panic drops");
            // A panic that prints nothing.
            panic::resume_unwind(Box::new("a request has failed"));
        }));
        let waited = over.load(SeqCst);
        assert!(panicked.is_err(), "the panic should have come through");
        let (handles, child, hang_up) = begun.expect("the pool has been given two jobs");
        let (notes, gone) = (diary.read(), is_gone(child));
        hang_up.join().expect("the call has been ended");
        assert!(waited, "`drop` returned while a job was still under way");
        waiting_for("results of jobs that should be done");
        let results = handles.map(JobHandle::join);
        assert_eq!(results, [ok(format!("{child} 1")), ok("a")], "the jobs of the pool");
        let wanted = ["begun", "ended"].map(|word| (word.to_owned(), child));
        assert_eq!(notes, wanted, "the child's first and last lines");
        assert!(gone, "the child is still there, alive or dead, without its pool");
    });
}

thread_local! {
    static LAST_JOB: RefCell<Option<LastJob>> = const { RefCell::new(None) };
}

/// Its destructor hands in one more job, waits for the answer, and drops the pool.
struct LastJob(ProcessPool);

impl Drop for LastJob {
    fn drop(&mut self) {
        assert_eq!(self.0.submit("echo a").join(), ok("a"), "a job at the end of a thread");
    }
}

/// A pool has worked, and is dropped: ten times without having had a job, once after jobs that
/// succeeded, panicked and exited, once at the end of a thread, in the destructor of a thread-local
/// variable, and once after one of its idle children was killed. When `drop`
/// returns, none of the children may still exist, alive or dead, and as many descriptors must be
/// open as before the pool.
///
/// The kernel keeps a dead child until its parent has asked how it ended. A server that never asks
/// has ten thousand of them after a month; from then on, no process can be started on the machine.
#[test]
fn nothing_is_left_behind() {
    check(|| {
        // Whatever a process opens once and for all has been opened by now.
        drop(pool(1));
        waiting_for("`drop` of a pool whose children are idle");
        let before = open_descriptors();
        // If something ends a moment too late, that shows in some rounds only.
        for _ in 0..10 {
            drop(pool(3));
            let now = open_descriptors();
            assert_eq!(now, before, "descriptors open, before and after an unused pool");
        }

        let (pool, phone) = (pool(2), Phone::new());
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        drop([phone.call(), phone.call()]);
        let child = |answer: Result<String, _>| process_and_count(&answer.expect("an answer")).0;
        let mut children = BTreeSet::from(handles.map(|handle| child(handle.join())));
        assert!(
            pool.submit("panic").join().is_err(),
            "a job that panicked had no error as its result"
        );
        assert!(
            pool.submit("exit 1").join().is_err(),
            "a job that exited had no error as its result"
        );
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        drop([phone.call(), phone.call()]);
        children.extend(handles.map(|handle| child(handle.join())));
        drop((pool, phone));
        assert_eq!(
            children.len(),
            3,
            "children that have worked: two, and one in a dead one's place"
        );
        let left = children.into_iter().filter(|child| !is_gone(*child)).count();
        assert_eq!(left, 0, "children that are still there, alive or dead, without their pool");
        assert_eq!(open_descriptors(), before, "descriptors open, before and after a pool");

        let ends = thread::spawn(|| LAST_JOB.set(Some(LastJob(self::pool(1)))));
        ends.join().expect("a pool may be used and dropped at the end of a thread");
        let now = open_descriptors();
        assert_eq!(now, before, "descriptors open, before and after a pool of a thread that ended");

        let pool = self::pool(1);
        let child = child(pool.submit("who").join());
        kill("KILL", child);
        wait_for_death(child);
        drop(pool);
        assert!(
            is_gone(child),
            "the pool has been dropped, but the child that was killed while it was idle is still a zombie: \
             nobody has waited for it"
        );
        let now = open_descriptors();
        assert_eq!(now, before, "descriptors open, before and after a pool whose child was killed");
    });
}

/// A pool lives long, and its only child dies again and again. By the time the job's error arrives,
/// the dead child must be gone and both of its pipes closed, and no other child started yet: two
/// fewer descriptors are open than with a child at work. With the next child at work, there must be as many as before.
///
/// At the end the pool is dropped without another job. No child must have been started to replace
/// the last one that died: a program that cannot run would be started again and again, without any
/// job to do.
///
/// Each time, what is left behind seems little. A process may have some thousand descriptors, and a
/// server runs out of them on the last night of the month.
#[test]
fn a_death_leaves_nothing_behind() {
    check(|| {
        let started = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&started);
        let pool = ProcessPool::new(1, move || {
            count.fetch_add(1, SeqCst);
            worker()
        });
        let pool = pool.expect("the worker program can be started");
        waiting_for("the answer of a child");
        let child = || {
            let answer = pool.submit("who").join().expect("an answer");
            process_and_count(&answer).0
        };
        let dies = |child| {
            assert_eq!(pool.submit("exit 2").join(), Err(JobError::Exited(2)), "a child exited");
            assert!(is_gone(child), "the child that exited has not been reaped");
        };
        let mut last = child();
        let before = open_descriptors();
        for deaths in 1..=3 {
            dies(last);
            let now = open_descriptors();
            assert_eq!(
                now,
                before - 2,
                "descriptors open after a death: the dead child's two pipes must be closed, and no other \
                 child started before a job comes for it"
            );
            last = child();
            assert_eq!(open_descriptors(), before, "descriptors open after {deaths} deaths");
        }
        dies(last);
        waiting_for("`drop` of a pool without a child");
        drop(pool);
        assert_eq!(started.load(SeqCst), 4, "children started: the first, and three for a job");
    });
}
