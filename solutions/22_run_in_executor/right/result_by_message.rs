//! Make: the result travels through a channel; the waker is stored before the channel is checked, not after.

use std::future::poll_fn;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};

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
    result: mpsc::Receiver<thread::Result<T>>,
    waker: Arc<Mutex<Option<Waker>>>,
}

pub fn run_in_executor<T, F>(pool: &Pool, f: F) -> JobFuture<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, result) = mpsc::channel();
    let waker = Arc::new(Mutex::new(None));
    let future = JobFuture { result, waker: Arc::clone(&waker) };
    pool.spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        quietly(move || {
            // If the future has been dropped, the result is refused, and is dropped, too.
            let _ = sender.send(result);
            // This is a separate statement; otherwise the lock would be held while the waker is
            // called.
            let waker: Option<Waker> = lock(&waker).take();
            waker.into_iter().for_each(Waker::wake);
        });
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
        // The pool's thread looks for a waker after it has sent the result. So if the result is not
        // there yet, this waker will be found.
        let earlier = lock(&self.waker).replace(cx.waker().clone());
        drop(earlier);
        match self.result.try_recv() {
            Ok(result) => Poll::Ready(result),
            Err(_) => Poll::Pending,
        }
    }
}

impl<T> Drop for JobFuture<T> {
    fn drop(&mut self) {
        let waker = lock(&self.waker).take();
        drop(waker);
    }
}

/// Locks a mutex, poisoned or not: a waker that panics while it is cloned or dropped leaves nothing
/// half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

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
