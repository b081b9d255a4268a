//! Make: an enum holds the state of the call; `join_all` gives each future a waker of its own and polls only those that have been woken.

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
    call: Arc<Mutex<Call<T>>>,
}

/// How far a call has got. Every step from one state to the next is taken under the lock.
#[derive(Debug)]
enum Call<T> {
    Unwatched,
    Watched(Waker),
    Ended(thread::Result<T>),
    Forgotten,
}

impl<T> Call<T> {
    /// Sets the new state and returns the old one, with the lock released.
    fn replace(call: &Mutex<Self>, new: Self) -> Self {
        mem::replace(&mut *lock(call), new)
    }
}

pub fn run_in_executor<T, F>(pool: &Pool, f: F) -> JobFuture<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let call = Arc::new(Mutex::new(Call::Unwatched));
    let future = JobFuture { call: Arc::clone(&call) };
    pool.spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        quietly(move || {
            if let Call::Watched(waker) = Call::replace(&call, Call::Ended(result)) {
                waker.wake();
            }
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
        let mut call = lock(&self.call);
        match mem::replace(&mut *call, Call::Forgotten) {
            Call::Ended(result) => Poll::Ready(result),
            Call::Forgotten => panic!("polled again after it was ready"),
            Call::Unwatched | Call::Watched(_) => {
                *call = Call::Watched(cx.waker().clone());
                // Before the earlier waker is dropped, whose destructor may wait for the call's end.
                drop(call);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for JobFuture<T> {
    fn drop(&mut self) {
        drop(Call::replace(&self.call, Call::Forgotten));
    }
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

pub fn join_all<F: Future>(futures: Vec<F>) -> JoinAll<F> {
    let ready = Arc::new(Ready { queue: Mutex::new(Vec::new()), parent: Mutex::new(None) });
    let children: Vec<_> =
        futures.into_iter().map(|future| Child::Running(Box::pin(future))).collect();
    lock(&ready.queue).extend(0..children.len());
    JoinAll { children, ready }
}

/// The future of [`join_all`]. Each child has a waker of its own, and only the children that were
/// woken are polled.
pub struct JoinAll<F: Future> {
    children: Vec<Child<F>>,
    ready: Arc<Ready>,
}

enum Child<F: Future> {
    Running(Pin<Box<F>>),
    Ready(F::Output),
    Taken,
}

// The children are pinned in boxes of their own.
impl<F: Future> Unpin for JoinAll<F> {}

/// Which children want to be polled, and whom to tell about it.
struct Ready {
    queue: Mutex<Vec<usize>>,
    parent: Mutex<Option<Waker>>,
}

struct ChildWaker {
    index: usize,
    ready: Arc<Ready>,
}

impl Wake for ChildWaker {
    fn wake(self: Arc<Self>) {
        lock(&self.ready.queue).push(self.index);
        let parent = lock(&self.ready.parent).take();
        parent.into_iter().for_each(Waker::wake);
    }
}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let earlier = lock(&self.ready.parent).replace(cx.waker().clone());
        drop(earlier);
        let woken = std::mem::take(&mut *lock(&self.ready.queue));
        for index in woken {
            let ready = Arc::clone(&self.ready);
            if let Child::Running(future) = &mut self.children[index] {
                let waker = Waker::from(Arc::new(ChildWaker { index, ready }));
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    self.children[index] = Child::Ready(output);
                }
            }
        }
        if self.children.iter().any(|child| matches!(child, Child::Running(_))) {
            return Poll::Pending;
        }
        let output = |child: &mut Child<F>| match mem::replace(child, Child::Taken) {
            Child::Ready(output) => output,
            _ => panic!("polled again after it was ready"),
        };
        Poll::Ready(self.children.iter_mut().map(output).collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
