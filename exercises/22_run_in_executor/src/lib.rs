//! Blocking work beside an event loop, like `loop.run_in_executor` in Python's `asyncio`.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll};
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
    // What do the event loop and the pool's thread have to tell each other?
    shared: PhantomData<T>,
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
    let _ = (pool, f);
    todo!("hand the call to the pool, and keep what is needed to hear of its end")
}

impl<T> Future for JobFuture<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _ = (&self.shared, cx);
        todo!("ready if the call has ended; if not, see that the caller is woken when it does")
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
    drop(future);
    todo!("poll, sleep until woken, and poll again")
}

/// Runs all of `futures` side by side, and returns their outputs in the order of `futures`.
///
/// The first poll begins all of them. None is polled again after it has been ready.
pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let _ = futures;
    todo!("poll those that are not ready yet, until all of them are")
}
