//! Jobs go out, answers come back.

mod common;

use common::{
    Phone, Tap, check, memory, nobody_stirs, ok, pool, process_and_count, wait_until_still,
    waiting_for, worker,
};
use multiprocessing::{JobError, JobHandle, ProcessPool};
use probe as _; // Names the checks that hang at your desk.
use std::collections::BTreeSet;
use std::process::{self, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// A child is sent texts of all sorts, and sends them back: empty ones, some with line breaks and
/// spaces at either end, some with letters that take more than one byte, some that look like part
/// of a protocol. Each must come back unchanged.
///
/// A pipe carries bytes. It knows neither where a text ends nor what it means. One misreading, and
/// every answer from then on is the answer to something else.
#[test]
fn texts_come_back_unchanged() {
    check(|| {
        let pool = pool(1);
        let texts = [
            "plain",
            "",
            " ",
            " round about ",
            "two\nlines",
            "\n",
            "the end\r\n\r\n",
            "\r",
            "back to the start\r",
            "\\r \\t \\0 \\u{41} %0A &amp; \"",
            "\t",
            "\0",
            "\\n \\",
            "zwölf Äpfel",
            "日本語",
            "!no",
            "+1",
            "-",
            "ok",
            "ok fine",
            "err",
            "error: none",
            "0",
            "panic",
            "exit 1",
            "{\"a\": 1}",
            "\u{1}\u{2}\u{ff}",
        ];
        for text in texts {
            waiting_for("a short text to come back");
            let answer = pool.submit(format!("echo {text}")).join();
            assert_eq!(answer, ok(text), "the answer to a job that only sends its text back");
        }
        waiting_for("the answer to an empty job");
        assert_eq!(pool.submit("").join(), ok("no such job: \"\""), "a job may be empty, too");
        waiting_for("the end of the pool");
    });
}

/// A job panics, and the check copies whatever goes through the pipes, in either direction. Then it
/// sends pieces of that, of any length up to thirty bytes, through another pool, once as a job of
/// their own and once as a text that should come back. Each must be treated as a text like any
/// other.
///
/// An answer that happens to begin like the report of a panic is still an answer. Sooner or later
/// somebody sends a text that happens to look like one of your own signals; somebody else does it
/// on purpose.
#[test]
fn no_text_is_taken_for_a_signal() {
    check(|| {
        waiting_for("the answer of a child whose input and output are copied");
        let tap = Tap::new();
        let pool = ProcessPool::new(1, tap.worker()).expect("a shell can be started");
        let result = pool.submit("panic no").join();
        assert_eq!(result, Err(JobError::Panicked("no".into())), "a job that panicked");
        waiting_for("the end of the pool");
        drop(pool);
        let heard = tap.heard();
        let pieces: BTreeSet<&str> = (0..heard.len())
            .flat_map(|start| (start + 1..=heard.len().min(start + 30)).map(move |end| start..end))
            .filter_map(|part| str::from_utf8(&heard[part]).ok())
            .collect();

        let pool = self::pool(1);
        for piece in pieces {
            waiting_for("a text that is a piece of what was sent before");
            let answer = pool.submit(format!("echo {piece}")).join();
            assert_eq!(answer, ok(piece), "the answer to a job that only sends its text back");
            if piece.split(' ').next() != Some("panic") {
                let answer = pool.submit(piece).join();
                let wanted = ok(format!("no such job: {piece:?}"));
                assert_eq!(answer, wanted, "the answer to a job that the child does not know");
            }
        }
        waiting_for("the end of the pool");
    });
}

/// A pool's only child is busy when fifteen hundred more jobs are handed in; `submit` must not wait
/// for it. Each job asks which process does it, and how many jobs that process has done. It must be
/// the same process each time, started only once, and not the check's own, and it must do the jobs
/// in the order in which they were submitted.
///
/// Starting a process costs a thousand times as much as a small job. A pool is there to pay that
/// once.
#[test]
fn children_are_other_processes_and_stay() {
    check(|| {
        let started = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&started);
        let pool = ProcessPool::new(1, move || {
            count.fetch_add(1, SeqCst);
            worker()
        })
        .expect("the worker program can be started");
        let phone = Phone::new();
        waiting_for("the only child to begin its first job");
        let mut handles = vec![pool.submit(phone.meet())];
        let call = phone.call();
        let child = call.process;
        assert_ne!(
            child,
            process::id(),
            "the job was done in the check's own process, not in a child"
        );
        waiting_for("`submit`, while the only child is busy");
        handles.extend((0..1_500).map(|_| pool.submit("who")));
        drop(call);
        waiting_for("the only child to answer 1,501 times");
        for (handle, count) in handles.into_iter().zip(1..) {
            let answer = process_and_count(&handle.join().expect("an answer"));
            assert_eq!(answer, (child, count), "the process and its number of jobs, job {count}");
        }
        assert_eq!(started.load(SeqCst), 1, "how many children were started for a pool of one");
        waiting_for("the end of the pool");
    });
}

/// Jobs are handed in whose text is the answer to another job: that one is handed in, and waited
/// for, when `submit` or `map` asks for the text. Later the only child has died, and the next one
/// is being started, which takes a while; meanwhile another job is handed in. None of this may get
/// stuck, and all jobs must be done.
///
/// Whatever comes from outside may take its time, or need the pool itself: the function that makes
/// a command, an iterator over jobs, the conversion into a `String`.
#[test]
fn submit_waits_for_nobody() {
    check(|| {
        let (tell, starting) = mpsc::channel();
        let (go, may_start) = mpsc::channel::<()>();
        let (first, may_start) = (AtomicBool::new(true), Mutex::new(may_start));
        let pool = ProcessPool::new(1, move || {
            if !first.swap(false, SeqCst) {
                let _ = tell.send(());
                let _ = may_start.lock().expect("nobody has panicked here").recv();
            }
            worker()
        })
        .expect("the worker program can be started");
        waiting_for("a job whose text is the answer to another job");
        let answer = pool.submit(Later(&pool, "echo echo a")).join();
        assert_eq!(answer, ok("a"), "the answer to a job that is the answer to a job");
        waiting_for("`map` with jobs that are answers to other jobs");
        let texts = ["echo echo b", "echo echo c"];
        let answers = pool.map(texts.iter().map(|text| Later(&pool, text)));
        assert_eq!(answers, ["b", "c"].map(ok), "the answers to jobs that are answers to jobs");
        let answers = pool.map(texts.iter().map(|text| String::from(Later(&pool, text))));
        assert_eq!(answers, ["b", "c"].map(ok), "the answers to jobs that are answers to jobs");

        waiting_for("a job for which another child must be started");
        assert_eq!(pool.submit("exit 1").join(), Err(JobError::Exited(1)), "the child exited");
        let before = pool.submit("echo d");
        starting.recv().expect("a child is started for the job");
        waiting_for("`submit`, while a child is being started");
        let after = pool.submit("echo e");
        go.send(()).expect("`command` waits for this");
        waiting_for("two jobs that were handed in before there was a child");
        assert_eq!([before, after].map(JobHandle::join), ["d", "e"].map(ok), "their answers");
        waiting_for("the end of the pool");
    });
}

/// A text that comes from the pool itself, as the answer to this job.
struct Later<'a>(&'a ProcessPool, &'a str);

impl From<Later<'_>> for String {
    fn from(later: Later<'_>) -> Self {
        later.0.submit(later.1).join().expect("an answer")
    }
}

/// The first job takes longest, and others overtake it on the other child. Each handle must give
/// the result of its own job, and `map` must return all results in the order of the jobs, no matter
/// which was done first. A handle that is dropped while its job goes on must do no harm, and two
/// threads may hand in jobs at the same time.
///
/// Results that have changed places are worse than none: nobody notices.
#[test]
fn each_gets_its_own_result() {
    check(|| {
        let (pool, phone) = (pool(2), Phone::new());
        waiting_for("the short jobs, while the other child has a long one");
        let first = pool.submit(phone.meet());
        let call = phone.call();
        // Nobody wants this one's result: its handle is gone before it is done.
        let _ = pool.submit(phone.meet());
        drop(phone.call());
        let (second, third) = (pool.submit("echo second"), pool.submit("echo third"));
        assert_eq!(third.join(), ok("third"), "the third job's result");
        let child = call.process;
        drop(call);
        waiting_for("the results of jobs that are done");
        assert_eq!(first.join(), ok(format!("{child} 1")), "the first job's result");
        assert_eq!(second.join(), ok("second"), "the second job's result, asked for last");

        waiting_for("`map` with a long job in front");
        let jobs = [phone.meet(), "echo a".into(), "echo b".into(), phone.meet(), "echo c".into()];
        let (long, results) = thread::scope(|scope| {
            let results = scope.spawn(|| pool.map(jobs));
            // When the second of the long jobs has begun, a and b are done.
            let calls = [phone.call(), phone.call()];
            let long = calls.map(|call| call.process);
            (long, results.join().expect("`map` should not panic"))
        });
        let results: Vec<_> = results.into_iter().map(|result| result.expect("a result")).collect();
        let texts = [&results[1], &results[2], &results[4]];
        assert_eq!(texts, ["a", "b", "c"], "three results of `map`, between and behind long ones");
        let by = [&results[0], &results[3]].map(|result| process_and_count(result).0);
        assert_eq!(BTreeSet::from(by), BTreeSet::from(long), "the children that did the long jobs");

        waiting_for("two threads that both hand in jobs");
        let alternate = |name: &str| {
            let texts: Vec<_> = (0..10).map(|n| format!("{name} {n}")).collect();
            let handles: Vec<JobHandle> =
                texts.iter().map(|text| pool.submit(format!("echo {text}"))).collect();
            let results: Vec<_> = handles.into_iter().map(JobHandle::join).collect();
            assert_eq!(results, texts.into_iter().map(ok).collect::<Vec<_>>(), "jobs of {name}");
        };
        thread::scope(|scope| {
            scope.spawn(|| alternate("ann"));
            scope.spawn(|| alternate("bob"));
        });
        waiting_for("the end of the pool");
    });
}

/// Two jobs are handed in, and each answers only when the check has heard from both. So both must
/// be under way at the same time, each in a process of its own. Then a pool of twenty is made. All
/// twenty children must have been started when `new` returns, and twenty jobs must be under way at
/// the same time.
///
/// That is what processes are for: two of them use two processors. And whoever asks for twenty has
/// reasons for it: a process that waits for a disk needs no processor.
#[test]
fn children_work_at_once() {
    check(|| {
        let (pool, phone) = (pool(2), Phone::new());
        waiting_for("the second job to begin while the first is under way");
        let handles = [(); 2].map(|()| pool.submit(phone.meet()));
        let calls = [phone.call(), phone.call()];
        let children = calls.each_ref().map(|call| call.process);
        assert_ne!(children[0], children[1], "one process was given two jobs at once");
        drop(calls);
        waiting_for("both jobs, which nothing holds up any more");
        let done = handles.map(|handle| process_and_count(&handle.join().expect("an answer")).0);
        assert_eq!(BTreeSet::from(done), BTreeSet::from(children), "who answered, and who called");
        drop(pool);

        let started = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&started);
        let pool = ProcessPool::new(20, move || {
            count.fetch_add(1, SeqCst);
            worker()
        })
        .expect("the worker program can be started");
        assert_eq!(started.load(SeqCst), 20, "how many children were started for a pool of twenty");
        waiting_for("twenty jobs to be under way at the same time");
        let handles = [(); 20].map(|()| pool.submit(phone.meet()));
        drop([(); 20].map(|()| phone.call()));
        let failed = handles.into_iter().filter_map(|handle| handle.join().err()).next();
        assert_eq!(failed, None, "the first error of twenty jobs");
        waiting_for("the end of the pool");
    });
}

/// A pool has nothing to do; then a job is under way, and another thread waits for its result; then
/// the pool is dropped, and has to wait for the job. Each time, all threads and both children must
/// be asleep, and none of them may wake up for a quarter of a second.
///
/// A thread that looks a hundred times a second whether something has happened is late
/// nevertheless, and with a few of them, the machine never rests. (On macOS nobody can tell, and
/// the check passes.)
#[test]
fn nobody_looks_now_and_then() {
    check(|| {
        // If nobody can tell, this check sees nothing.
        let visible = nobody_stirs();
        let all_sleep = || !visible || nobody_stirs();
        let (pool, phone) = (pool(2), Phone::new());
        assert!(
            all_sleep(),
            "a thread or a child wakes up now and then, although the pool has nothing to do"
        );
        waiting_for("a job to begin");
        let handle = pool.submit(phone.meet());
        let call = phone.call();
        thread::scope(|scope| {
            let result = scope.spawn(|| handle.join());
            let asleep = all_sleep();
            let dropped = scope.spawn(|| drop(pool));
            let asleep_at_the_end = all_sleep();
            drop(call);
            waiting_for("the end of the pool, and of its only job");
            assert!(result.join().is_ok_and(|result| result.is_ok()), "the job should be done");
            assert!(dropped.join().is_ok(), "`drop` should not panic");
            assert!(asleep, "a thread or a child wakes up now and then while a job is under way");
            assert!(
                asleep_at_the_end,
                "a thread or a child wakes up now and then while `drop` waits"
            );
        });
    });
}

/// One child has a long job. Three short jobs are handed in behind it. The other child must do all
/// three while the long one goes on.
///
/// If jobs are dealt out like cards, some end up behind the long one while a child has nothing to
/// do.
#[test]
fn an_idle_child_takes_the_next_job() {
    check(|| {
        let (pool, phone) = (pool(2), Phone::new());
        waiting_for("a long job to begin");
        let long = pool.submit(phone.meet());
        let call = phone.call();
        waiting_for("three short jobs, for which one of two children is idle");
        assert_eq!(pool.map(["echo a", "echo b", "echo c"]), ["a", "b", "c"].map(ok), "short jobs");
        drop(call);
        waiting_for("the long job, which nothing holds up any more");
        assert!(long.join().is_ok(), "the long job should have been done as well");
        waiting_for("the end of the pool");
    });
}

/// `map` is called with two long jobs and fifty short ones between them, for two children. The
/// first job answers only when the last has begun, so `map` must hand in all of them before it
/// waits for the first. Then the only child of another pool is busy while `map` hands in two jobs,
/// and after these `submit` hands in one. The jobs must be done in this order.
///
/// A `map` that waits too early leaves children idle. And if single jobs went first, a steady
/// stream of them would keep the jobs of `map` waiting for ever.
#[test]
fn map_hands_in_all_before_it_waits() {
    check(|| {
        let (pool, phone) = (self::pool(2), Phone::new());
        waiting_for("the last of `map`'s jobs to begin while the first is under way");
        let short = (0..50).map(|n| format!("echo {n}"));
        let jobs: Vec<_> = [phone.meet()].into_iter().chain(short).chain([phone.meet()]).collect();
        let results = thread::scope(|scope| {
            let results = scope.spawn(|| pool.map(jobs));
            drop([phone.call(), phone.call()]);
            results.join().expect("`map` should not panic")
        });
        assert!(results.iter().all(Result::is_ok), "all jobs should have been done: {results:?}");
        drop(pool);

        let pool = self::pool(1);
        waiting_for("the only child to begin a job");
        let first = pool.submit(phone.meet());
        let call = phone.call();
        let (results, in_order) = thread::scope(|scope| {
            let results = scope.spawn(|| pool.map(["who", "who"]));
            // By then `map` waits for its results. If nobody can tell, this check sees less than it might.
            let in_order = wait_until_still();
            let last = pool.submit("who");
            drop(call);
            waiting_for("four jobs, which nothing holds up any more");
            let mut results = results.join().expect("`map` should not panic");
            results.insert(0, first.join());
            results.push(last.join());
            (results, in_order)
        });
        let count = |result: Result<String, _>| process_and_count(&result.expect("an answer")).1;
        let counts: Vec<_> = results.into_iter().map(count).collect();
        if in_order {
            assert_eq!(counts, [1, 2, 3, 4], "places of a job, two jobs of `map`, and a later one");
        }
        waiting_for("the end of the pool");
    });
}

/// Two children count their jobs, each in a variable of the program. Twice, both get a job at the
/// same time. Afterwards each must have counted two jobs, and neither four: it is the same program
/// and the same variable, but not the same memory.
///
/// What one process changes, no other process sees. That is why everything must go through the
/// pipe, and why a process that goes astray spoils nothing but its own memory.
#[test]
fn memory_is_not_shared() {
    check(|| {
        let (pool, phone) = (pool(2), Phone::new());
        waiting_for("two jobs that are under way at the same time");
        let rounds = [(); 2].map(|()| {
            let handles = [(); 2].map(|()| pool.submit(phone.meet()));
            drop([phone.call(), phone.call()]);
            handles.map(|handle| process_and_count(&handle.join().expect("an answer")))
        });
        let counts = rounds.map(|round| round.map(|(_, count)| count));
        assert_eq!(counts, [[1, 1], [2, 2]], "how many jobs each child had counted, in two rounds");
        let children = rounds.map(|round| BTreeSet::from(round.map(|(child, _)| child)));
        assert_eq!(children[0], children[1], "the two children should have stayed the same");
        waiting_for("the end of the pool");
    });
}

/// Forty jobs are handed in, each with an answer of two million letters, and nobody asks for these
/// answers. Half of the handles are dropped before the job is done, the others after that. When all
/// have been done, the check's process must not need much more memory than before.
///
/// A server hands in jobs for years, and drops the handles of those who have hung up. If each of
/// their results stays somewhere, the memory fills up. (On macOS nobody can tell, and the check
/// passes.)
#[test]
fn an_unwanted_result_is_forgotten() {
    check(|| {
        let pool = pool(1);
        let job = format!("echo {}", "m".repeat(2_000_000));
        let mut before = None;
        waiting_for("a job whose result nobody wants");
        for number in 0..44 {
            let handle = pool.submit(job.as_str());
            if number % 2 == 0 {
                let _ = Some(handle);
                // The only child does this one after the other.
                assert_eq!(pool.submit("echo next").join(), ok("next"), "the next job");
            } else {
                assert_eq!(pool.submit("echo next").join(), ok("next"), "the next job");
                let _ = Some(handle);
            }
            // Whatever is needed once and for all has been allocated by then.
            if number == 3 {
                before = memory();
            }
        }
        let grown = memory().zip(before).map(|(now, before)| now.saturating_sub(before) / 1_000);
        if let Some(grown) = grown {
            assert!(grown < 40, "forty results that nobody wants still take {grown} megabytes");
        }
        waiting_for("the end of the pool");
    });
}

/// Jobs and answers of 300,000 letters each, all handed in together. All must come back whole. So must
/// one of twenty million letters.
///
/// A pipe holds some 60,000 bytes. A process that writes more blocks until the other side reads.
/// When both sides write and neither reads, they deadlock.
#[test]
fn large_texts_pass_the_pipe() {
    check(|| {
        let pool = pool(2);
        let texts: Vec<String> =
            ('a'..='h').map(|letter| letter.to_string().repeat(300_000)).collect();
        waiting_for("eight texts that are larger than a pipe");
        let answers = pool.map(texts.iter().map(|text| format!("echo {text}")));
        assert_eq!(answers.len(), texts.len(), "answers to eight jobs");
        for (answer, text) in answers.iter().zip(&texts) {
            // Not with `assert_eq`, which would print the text.
            assert!(answer.as_ref() == Ok(text), "a large text did not come back as it was");
        }
        waiting_for("a text of twenty million letters");
        let text = "i".repeat(20_000_000);
        let answer = pool.submit(format!("echo {text}")).join();
        assert!(answer == Ok(text), "a text of twenty million letters did not come back as it was");
        waiting_for("the end of the pool");
    });
}

/// A job panics with a text, with two lines, with no message of its own, with 300,000 letters, and
/// with a value that panics again when it is dropped. The result must say so, with the panic's own
/// message, all of it; for the last one, any message will do. After each, the same child must be given the next job: same process, same memory.
///
/// A panic is the job's fault. The process around it is sound, and was expensive to start.
#[test]
fn a_panic_is_the_jobs_own() {
    check(|| {
        // What a child prints about a panic is as long as the message.
        let pool = ProcessPool::new(1, || {
            let mut command = worker();
            command.stderr(Stdio::null());
            command
        })
        .expect("the worker program can be started");
        let panicked = |words: &str| Err(JobError::Panicked(words.to_owned()));
        waiting_for("the answer of a child whose job panics");
        let before = process_and_count(&pool.submit("who").join().expect("a job that succeeds"));
        let mut jobs = before.1;
        let mut goes_on = |with: &str| {
            jobs += 2;
            let after = match pool.submit("who").join() {
                Ok(answer) => {
                    let (process, jobs) = process_and_count(&answer);
                    Ok((process == before.0, jobs))
                }
                Err(error) => Err(error),
            };
            assert_eq!(
                after,
                Ok((true, jobs)),
                "the job after one that panicked with {with}: (whether the same process did it, jobs \
                 that this process has done)"
            );
        };
        let job = "panic no such account";
        assert_eq!(pool.submit(job).join(), panicked("no such account"), "a job that panicked");
        goes_on("a text");
        let job = "panic two\nlines";
        assert_eq!(pool.submit(job).join(), panicked("two\nlines"), "a job that panicked");
        goes_on("two lines");
        assert_eq!(pool.submit("panic").join(), panicked("just so"), "a job that panicked");
        goes_on("no message of its own");
        let words = "z".repeat(300_000);
        let result = pool.submit(format!("panic {words}")).join();
        // Not with `assert_eq`, which would print the text.
        assert!(result == panicked(&words), "a panic's long message did not come back as it was");
        goes_on("300,000 letters");
        let result = pool.submit("explode").join();
        let panicked = matches!(result, Err(JobError::Panicked(_)));
        assert!(
            panicked,
            "a job panicked with a value whose destructor panics; its result should be \
             `Err(Panicked(…))`, but it is {result:?}"
        );
        goes_on("a value whose destructor panics");
        waiting_for("the end of the pool");
    });
}
