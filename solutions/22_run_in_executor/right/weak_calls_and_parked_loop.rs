//! Make: the job has only a weak reference to its future, so a dropped future is gone at once; the event loop parks, and a flag records wakeups.

use std::future::poll_fn;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

/// A piece of work for the pool.
type Job = Box<dyn FnOnce() + Send>;

#[derive(Debug)]
pub struct Pool {
    jobs: Option<mpsc::Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    pub fn new(threads: usize) -> Self {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let work = move || {
            // The lock is given back before the job runs, or there would be one job at a time.
            let next = || {
                let jobs = receiver.lock().unwrap_or_else(PoisonError::into_inner);
                jobs.recv()
            };
            while let Ok(job) = next() {
                job();
            }
        };
        let workers = (0..threads.max(1)).map(|_| thread::spawn(work.clone())).collect();
        Pool { jobs: Some(sender), workers }
    }

    pub fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        let jobs = self.jobs.as_ref().expect("the sender is there until the pool is dropped");
        // Refused only if all threads have ended in a panic. Nobody is left to run it then.
        let _ = jobs.send(Box::new(job));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for worker in self.workers.drain(..) {
            // The panic of a job has been printed already.
            let _ = worker.join();
        }
    }
}

#[derive(Debug)]
#[must_use = "a future that nobody awaits tells nobody how the call ended"]
pub struct JobFuture<T> {
    call: Arc<Call<T>>,
}

/// What the event loop and the pool's thread have to tell each other.
#[derive(Debug)]
struct Call<T> {
    progress: Mutex<Progress<T>>,
}

/// The result and the waker are under one mutex. A thread that stores a waker sees, at the same
/// moment, that there is no result yet; and the thread that brings the result sees every waker
/// stored before.
#[derive(Debug)]
struct Progress<T> {
    result: Option<thread::Result<T>>,
    waker: Option<Waker>,
}

impl<T> Call<T> {
    #[track_caller]
    fn progress(&self) -> MutexGuard<'_, Progress<T>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn complete(&self, result: thread::Result<T>) {
        let mut progress = self.progress();
        progress.result = Some(result);
        let waker = progress.waker.take();
        // The waker may poll at once, and polling locks the mutex.
        drop(progress);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub fn run_in_executor<T, F>(pool: &Pool, f: F) -> JobFuture<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let progress = Mutex::new(Progress { result: None, waker: None });
    let call = Arc::new(Call { progress });
    let caller = Arc::downgrade(&call);
    pool.spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        if let Some(call) = caller.upgrade() {
            quietly(|| call.complete(result));
            quietly(|| drop(call));
        } else {
            // Nobody is waiting for it any more.
            quietly(|| drop(result));
        }
    });
    JobFuture { call }
}

/// Calls foreign code whose panic is nobody's business. What a panic carries is foreign, too: its destructor
/// may panic in turn, and so may that of what this panic carries.
fn quietly(call: impl FnOnce()) {
    let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) else { return };
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}

impl<T> Future for JobFuture<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut progress = self.call.progress();
        match progress.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                let earlier = progress.waker.replace(cx.waker().clone());
                // Its destructor may wait for the pool's thread, which may need the mutex.
                drop(progress);
                drop(earlier);
                Poll::Pending
            }
        }
    }
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let alarm = Arc::new(Alarm { woken: AtomicBool::new(false), sleeper: thread::current() });
    let waker = Waker::from(Arc::clone(&alarm));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        // The flag records that somebody has called `wake`. The token of `park` only ends the
        // sleep, and it does not matter who consumes it.
        while !alarm.woken.swap(false, SeqCst) {
            thread::park();
        }
    }
}

/// The waker of [`block_on`].
struct Alarm {
    woken: AtomicBool,
    sleeper: Thread,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.sleeper.unpark();
    }
}

pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let mut outputs: Vec<_> = running.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (future, output) in running.iter_mut().zip(&mut outputs) {
            let Some(polled) = future else { continue };
            if let Poll::Ready(ready) = polled.as_mut().poll(cx) {
                *output = Some(ready);
                *future = None;
            }
        }
        if running.iter().any(Option::is_some) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outputs.into_iter().map(|output| output.expect("every future is ready")).collect()
}
