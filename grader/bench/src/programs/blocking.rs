//! Programs that use locks and condition variables wrongly.

macro_rules! blocking {
    () => {
        /// All threads but one set a first value and then a second one that depends on it, under locks of
        /// their own. The last thread expects to find the second value set whenever the first one
        /// is, but between the two locks it is not. From SCTBench (`twostage`).
        fn twostage(threads: usize) {
            let values = Arc::new([0, 0].map(Mutex::new));
            let set = |_| {
                let values = Arc::clone(&values);
                thread::spawn(move || {
                    *values[0].lock().unwrap() = 1;
                    let first = *values[0].lock().unwrap();
                    *values[1].lock().unwrap() = first + 1;
                })
            };
            let setters: Vec<_> = (1..threads).map(set).collect();
            let reader = thread::spawn(move || {
                let first = *values[0].lock().unwrap();
                if first > 0 {
                    let second = *values[1].lock().unwrap();
                    assert_eq!(second, first + 1, "only the first value is set");
                }
            });
            join(setters.into_iter().chain([reader]));
        }

        /// Nine threads set the values.
        pub fn twostage_10() {
            twostage(10);
        }

        /// Nineteen threads set the values.
        pub fn twostage_20() {
            twostage(20);
        }

        /// Philosophers take the fork on the left, then the one on the right. If all of them get
        /// the first before one gets the second, none can continue: a deadlock. From SCTBench
        /// (`din_phil`), after E. W. Dijkstra, "Hierarchical Ordering of Sequential Processes",
        /// 1971.
        fn philosophers(number: usize) {
            let forks: Vec<_> = (0..number).map(|_| Mutex::new(())).collect();
            let forks = Arc::new(forks);
            let dine = |place: usize| {
                let forks = Arc::clone(&forks);
                thread::spawn(move || {
                    let _left = forks[place].lock().unwrap();
                    let _right = forks[(place + 1) % number].lock().unwrap();
                })
            };
            join((0..number).map(dine).collect::<Vec<_>>());
        }

        pub fn philosophers_3() {
            philosophers(3);
        }

        pub fn philosophers_5() {
            philosophers(5);
        }

        pub fn philosophers_7() {
            philosophers(7);
        }

        /// Two threads fill a place that holds one item, and two empty it. All of them wait on the
        /// same condition variable, and each wakes only one other: if one that has filled the place
        /// wakes another that wants to fill it, those that could empty it sleep on.
        pub fn shared_condvar() {
            let place = Arc::new((Mutex::new(false), Condvar::new()));
            let change = |fills| {
                let place = Arc::clone(&place);
                thread::spawn(move || {
                    let (full, changed) = &*place;
                    let mut full = full.lock().unwrap();
                    while *full == fills {
                        full = changed.wait(full).unwrap();
                    }
                    *full = fills;
                    changed.notify_one();
                })
            };
            join([false, false, true, true].map(change));
        }

        /// A flag is set without the lock under which it is looked at. If that happens after the
        /// look and before the wait, the notification comes too early and nobody is woken.
        pub fn lost_wakeup() {
            let shared = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
            let theirs = Arc::clone(&shared);
            let waiter = thread::spawn(move || {
                let (is_set, lock, changed) = &*theirs;
                let mut guard = lock.lock().unwrap();
                while !is_set.load(SeqCst) {
                    guard = changed.wait(guard).unwrap();
                }
            });
            let (is_set, _, changed) = &*shared;
            is_set.store(true, SeqCst);
            changed.notify_one();
            join([waiter]);
        }

        /// Who is using a lock for readers and writers.
        #[derive(Default)]
        struct Access {
            readers: usize,
            writer_waits: bool,
            /// How many readers have been let in since the writer began to wait.
            overtakers: usize,
        }

        /// A lock lets readers in while a writer waits. If they keep coming, the writer's turn
        /// never comes; no more than three of them should overtake it.
        pub fn writer_starves() {
            let lock = Arc::new((Mutex::new(Access::default()), Condvar::new()));
            let read = |_| {
                let lock = Arc::clone(&lock);
                thread::spawn(move || {
                    let (access, left) = &*lock;
                    for _ in 0..3 {
                        let mut entering = access.lock().unwrap();
                        entering.readers += 1;
                        entering.overtakers += usize::from(entering.writer_waits);
                        assert!(entering.overtakers <= 3, "the writer starves");
                        drop(entering);
                        let mut leaving = access.lock().unwrap();
                        leaving.readers -= 1;
                        left.notify_one();
                    }
                })
            };
            let readers = [0, 1].map(read);
            let writer = thread::spawn(move || {
                let (access, left) = &*lock;
                let mut access = access.lock().unwrap();
                access.writer_waits = true;
                while access.readers > 0 {
                    access = left.wait(access).unwrap();
                }
                // It writes without giving the lock of `access` back, so it keeps readers out.
                access.writer_waits = false;
            });
            join(readers.into_iter().chain([writer]));
        }

        /// Two threads take an item each, and wait if there is none. Each new item wakes both, and
        /// because of an `if` where a `while` belongs, the slower one finds nothing to take.
        pub fn if_for_while() {
            let shared = Arc::new((Mutex::new(0), Condvar::new()));
            let take = |_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (items, added) = &*shared;
                    let mut items = items.lock().unwrap();
                    if *items == 0 {
                        items = added.wait(items).unwrap();
                    }
                    assert!(*items > 0, "woken, but there is no item");
                    *items -= 1;
                })
            };
            let takers = [0, 1].map(take);
            for _ in 0..2 {
                *shared.0.lock().unwrap() += 1;
                shared.1.notify_all();
            }
            join(takers);
        }

        /// Three threads take a permit of a semaphore each. Its release notifies only if there was
        /// no permit before: when a second one comes before a thread that was woken has taken the
        /// first, another thread that waits is not woken.
        pub fn semaphore_edge() {
            let semaphore = Arc::new((Mutex::new(0), Condvar::new()));
            let acquire = |_| {
                let semaphore = Arc::clone(&semaphore);
                thread::spawn(move || {
                    let (permits, released) = &*semaphore;
                    let mut permits = permits.lock().unwrap();
                    while *permits == 0 {
                        permits = released.wait(permits).unwrap();
                    }
                    *permits -= 1;
                })
            };
            let threads = [0, 1, 2].map(acquire);
            let (permits, released) = &*semaphore;
            for _ in 0..3 {
                let mut permits = permits.lock().unwrap();
                *permits += 1;
                if *permits == 1 {
                    released.notify_one();
                }
            }
            join(threads);
        }
    };
}
