//! Programs that use atomics wrongly.

macro_rules! lock_free {
    () => {
        /// All threads but one set two flags, one after the other. The last thread reads each of
        /// them once, and expects both or none to be set. From SCTBench (`reorder`), where the last
        /// thread reads each of them twice.
        fn reorder(threads: usize) {
            let flags = Arc::new([false, false].map(AtomicBool::new));
            let set = |_| {
                let flags = Arc::clone(&flags);
                thread::spawn(move || flags.iter().for_each(|flag| flag.store(true, SeqCst)))
            };
            let setters: Vec<_> = (1..threads).map(set).collect();
            let reader = thread::spawn(move || {
                let [first, second] = [0, 1].map(|which: usize| flags[which].load(SeqCst));
                assert_eq!(first, second, "one flag is set and the other is not");
            });
            join(setters.into_iter().chain([reader]));
        }

        /// Two threads set the flags.
        pub fn reorder_3() {
            reorder(3);
        }

        /// Four threads set the flags.
        pub fn reorder_5() {
            reorder(5);
        }

        /// Nine threads set the flags.
        pub fn reorder_10() {
            reorder(10);
        }

        /// Nineteen threads set the flags.
        pub fn reorder_20() {
            reorder(20);
        }

        /// A driver that can be stopped.
        struct Driver {
            /// Requests that are being served, and one for the driver itself.
            pending: Mutex<usize>,
            stopping: AtomicBool,
            idle: AtomicBool,
            stopped: AtomicBool,
        }

        impl Driver {
            /// Begins to serve a request, unless the driver is being stopped.
            fn begin(&self) -> bool {
                let may = !self.stopping.load(SeqCst);
                if may {
                    *self.pending.lock().unwrap() += 1;
                }
                may
            }

            fn end(&self) {
                let left = {
                    let mut pending = self.pending.lock().unwrap();
                    *pending -= 1;
                    *pending
                };
                if left == 0 {
                    self.idle.store(true, SeqCst);
                }
            }
        }

        /// A Bluetooth driver is stopped while it is asked to serve a request. If it stops after
        /// the request has seen that it may be served and before it is counted, a stopped driver
        /// serves it. From SCTBench (`bluetooth_driver`), after S. Qadeer and D. Wu, "KISS: Keep It
        /// Simple and Sequential", PLDI 2004.
        pub fn bluetooth() {
            let driver = Arc::new(Driver {
                pending: Mutex::new(1),
                stopping: AtomicBool::new(false),
                idle: AtomicBool::new(false),
                stopped: AtomicBool::new(false),
            });
            let theirs = Arc::clone(&driver);
            let stop = thread::spawn(move || {
                theirs.stopping.store(true, SeqCst);
                theirs.end();
                if theirs.idle.load(SeqCst) {
                    theirs.stopped.store(true, SeqCst);
                }
            });
            if driver.begin() {
                assert!(!driver.stopped.load(SeqCst), "a stopped driver serves a request");
                driver.end();
            }
            join([stop]);
        }

        /// A stack of the items 1 to 3, linked by their numbers. 0 is no item.
        struct Stack {
            head: AtomicUsize,
            next: [AtomicUsize; 4],
            owned: [AtomicBool; 4],
        }

        impl Stack {
            fn pop(&self) -> Option<usize> {
                loop {
                    let head = self.head.load(SeqCst);
                    if head == 0 {
                        return None;
                    }
                    let next = self.next[head].load(SeqCst);
                    if self.head.compare_exchange(head, next, SeqCst, SeqCst).is_ok() {
                        let owned = self.owned[head].swap(true, SeqCst);
                        assert!(!owned, "two threads own an item");
                        return Some(head);
                    }
                }
            }

            fn push(&self, item: usize) {
                self.owned[item].store(false, SeqCst);
                loop {
                    let head = self.head.load(SeqCst);
                    self.next[item].store(head, SeqCst);
                    if self.head.compare_exchange(head, item, SeqCst, SeqCst).is_ok() {
                        return;
                    }
                }
            }
        }

        /// Two threads pop two items each, and one of them pushes its first item again. If all of
        /// that happens while the other is about to replace the head, the head is the same item as
        /// before but its next item is not: the ABA problem. The stack is that of R. K. Treiber,
        /// "Systems Programming: Coping with Parallelism", IBM 1986, without its counter.
        pub fn aba_stack() {
            let stack = Arc::new(Stack {
                head: AtomicUsize::new(1),
                next: [0, 2, 3, 0].map(AtomicUsize::new),
                owned: [false; 4].map(AtomicBool::new),
            });
            let theirs = Arc::clone(&stack);
            let other = thread::spawn(move || {
                let first = theirs.pop();
                theirs.pop();
                if let Some(item) = first {
                    theirs.push(item);
                }
            });
            stack.pop();
            stack.pop();
            join([other]);
        }

        /// A stack of the items 0 to 2, linked by their numbers. The last item stays in it.
        struct SafeStack {
            head: AtomicUsize,
            count: AtomicUsize,
            next: [AtomicUsize; 3],
            owned: [AtomicBool; 3],
        }

        impl SafeStack {
            /// No next item, or one that another thread is about to take.
            const NONE: usize = 3;

            /// Tries a few times. The original tries until it succeeds, which need not end under a
            /// strategy that does not take turns.
            fn pop(&self) -> Option<usize> {
                for _ in 0..4 {
                    if self.count.load(SeqCst) <= 1 {
                        continue;
                    }
                    let head = self.head.load(SeqCst);
                    let next = self.next[head].swap(Self::NONE, SeqCst);
                    if next == Self::NONE {
                        continue;
                    }
                    if self.head.compare_exchange(head, next, SeqCst, SeqCst).is_ok() {
                        self.count.fetch_sub(1, SeqCst);
                        return Some(head);
                    }
                    self.next[head].swap(next, SeqCst);
                }
                None
            }

            fn push(&self, item: usize) {
                let mut head = self.head.load(SeqCst);
                loop {
                    self.next[item].store(head, SeqCst);
                    match self.head.compare_exchange(head, item, SeqCst, SeqCst) {
                        Ok(_) => break,
                        Err(now) => head = now,
                    }
                }
                self.count.fetch_add(1, SeqCst);
            }
        }

        /// Three threads pop an item and push it again, twice each. A thread reserves an item by
        /// clearing its link. If it then fails to replace the head, it restores a link that may be
        /// out of date, and two threads get the same item. From SCTBench (`safestack`); published
        /// by D. Vyukov as "Bug with a context switch bound 5", 2010.
        pub fn safestack() {
            let stack = Arc::new(SafeStack {
                head: AtomicUsize::new(0),
                count: AtomicUsize::new(3),
                next: [1, 2, SafeStack::NONE].map(AtomicUsize::new),
                owned: [false; 3].map(AtomicBool::new),
            });
            let work = |_| {
                let stack = Arc::clone(&stack);
                thread::spawn(move || {
                    for _ in 0..2 {
                        let Some(item) = stack.pop() else { continue };
                        let owned = stack.owned[item].swap(true, SeqCst);
                        assert!(!owned, "two threads own an item");
                        stack.owned[item].store(false, SeqCst);
                        stack.push(item);
                    }
                })
            };
            join([0, 1, 2].map(work));
        }
    };
}
