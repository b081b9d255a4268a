//! Blocking work beside an event loop, like `loop.run_in_executor` in Python's `asyncio`.

use std::future::poll_fn;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};

/// A piece of work for the pool.
type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that run jobs, in the order in which these were spawned.
///
/// This part is finished. Build on it.
///
/// Dropping the pool waits until every job that was spawned has been run.
#[derive(Debug)]
pub struct Pool {
    jobs: Option<mpsc::Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// A pool of that many threads, but of at least one.
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

    /// Hands over a job, and returns at once.
    ///
    /// The job must not panic. If it does, the thread that runs it ends, and the pool is one thread
    /// poorer from then on.
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

/// The call of a function on a thread of a pool, seen from the event loop: a future of what it
/// returns.
///
/// The output is `Ok` with what the function returned, or `Err` with what it panicked with, as
/// `JoinHandle::join` gives it.
///
/// Polling it never waits: neither for the function, nor for a lock that is held for longer than a
/// moment. When the function has ended, the waker of the latest poll is woken, and none of the
/// earlier ones. A waker is foreign code: it may poll, or drop, this very future on the spot. It may
/// also be all that keeps the future alive; whoever drops the waker then drops the future as well.
/// And its destructor may wait until the function has ended.
///
/// Dropping it gives its waker back at once and wakes nobody later. The function is not stopped by
/// that; its result is dropped when it comes.
///
/// May be sent to another thread and polled there. May panic if polled again after its output was
/// given out.
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

/// Calls `f` on a thread of `pool`, once, and returns a future of the result.
///
/// The call is handed to the pool at once, whether or not the future is ever polled. A panic in `f` ends the
/// call and not the pool's thread. Nor does a panic in a waker, or in a destructor: that of a waker, of a
/// result that nobody wants any more, or of what a panic carried. The result of the call arrives all the
/// same, even if a poll has panicked. Only a destructor that panics during another panic may end the program.
pub fn run_in_executor<T, F>(pool: &Pool, f: F) -> JobFuture<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let progress = Mutex::new(Progress { result: None, waker: None });
    let call = Arc::new(Call { progress });
    let future = JobFuture { call: Arc::clone(&call) };
    pool.spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        // Wakers are foreign code, and so is the destructor of a result that nobody wants any more.
        quietly(|| call.complete(result));
        quietly(|| drop(call));
    });
    future
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

impl<T> Drop for JobFuture<T> {
    /// Drops the waker at once. The pool's thread holds the other half of the call for as long as
    /// the function runs, and the waker must not have to wait for that.
    fn drop(&mut self) {
        let waker = self.call.progress().waker.take();
        drop(waker);
    }
}

/// Runs `future` on the calling thread until it is ready, and returns its output.
///
/// This is the whole event loop: it polls, sleeps until the future's waker has been woken, and
/// polls again. While nothing happens, it costs nothing. Every wakeup counts, whenever it comes:
/// before the thread sleeps, while `future` is being polled, from any thread, for no reason, or
/// twice. And `future` may do as it likes while it is polled; that includes parking the thread until
/// a condition of its own holds. (A token of `unpark` alone may be used up in between.)
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let alarm = Arc::new(Alarm::default());
    let waker = Waker::from(Arc::clone(&alarm));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => alarm.wait(),
        }
    }
}

/// The waker of [`block_on`]: it remembers a wakeup until somebody has waited for it.
#[derive(Debug, Default)]
struct Alarm {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Alarm {
    /// Sleeps until woken. Returns at once if it has been woken since the last call.
    fn wait(&self) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*woken {
            woken = self.changed.wait(woken).unwrap_or_else(PoisonError::into_inner);
        }
        // Reset before the next poll, not after it: a wakeup that comes during the poll must not be
        // lost.
        *woken = false;
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

/// Runs all of `futures` side by side, and returns their outputs in the order of `futures`.
///
/// The first poll begins all of them. None is polled again after it has been ready.
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
