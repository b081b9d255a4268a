//! Programs without a fault, to see how many schedules it takes to be sure of that.

macro_rules! correct {
    () => {
        /// Each thread takes the same lock a few times.
        fn locks(threads: usize, times: usize) {
            let total = Arc::new(Mutex::new(0));
            let add = |_| {
                let total = Arc::clone(&total);
                thread::spawn(move || (0..times).for_each(|_| *total.lock().unwrap() += 1))
            };
            join((0..threads).map(add).collect::<Vec<_>>());
            assert_eq!(*total.lock().unwrap(), threads * times);
        }

        /// Two threads take a lock three times each.
        pub fn locks_2x3() {
            locks(2, 3);
        }

        /// Three threads take a lock once each.
        pub fn locks_3x1() {
            locks(3, 1);
        }

        /// Three threads take a lock twice each.
        pub fn locks_3x2() {
            locks(3, 2);
        }

        /// Two threads take one lock twice each, and a third thread takes another lock twice. How
        /// the third interleaves with the other two makes no difference.
        pub fn two_locks_apart() {
            let totals = [0, 0].map(|zero| Arc::new(Mutex::new(zero)));
            let add = |which: usize| {
                let total = Arc::clone(&totals[which]);
                thread::spawn(move || (0..2).for_each(|_| *total.lock().unwrap() += 1))
            };
            join([0, 0, 1].map(add));
            assert_eq!(totals.map(|total| *total.lock().unwrap()), [4, 2]);
        }

        /// Three readers and a writer share a lock. The order of the readers makes no difference.
        pub fn readers_and_writer() {
            let pair = Arc::new(RwLock::new((0, 0)));
            let read = |_| {
                let pair = Arc::clone(&pair);
                thread::spawn(move || {
                    let (a, b) = *pair.read().unwrap();
                    assert_eq!(a, b, "half of a write was read");
                })
            };
            let readers = [0, 1, 2].map(read);
            let writer = thread::spawn(move || *pair.write().unwrap() = (1, 1));
            join(readers.into_iter().chain([writer]));
        }

        /// A queue that holds at most one item.
        #[derive(Default)]
        struct Queue {
            item: Mutex<Option<usize>>,
            emptied: Condvar,
            filled: Condvar,
        }

        impl Queue {
            fn put(&self, item: usize) {
                let mut place = self.item.lock().unwrap();
                while place.is_some() {
                    place = self.emptied.wait(place).unwrap();
                }
                *place = Some(item);
                self.filled.notify_one();
            }

            fn take(&self) -> usize {
                let mut place = self.item.lock().unwrap();
                loop {
                    if let Some(item) = place.take() {
                        self.emptied.notify_one();
                        return item;
                    }
                    place = self.filled.wait(place).unwrap();
                }
            }
        }

        /// Two producers put a few items each into a queue, from which the main thread takes them.
        fn queue(items: usize) {
            let queue = Arc::new(Queue::default());
            let produce = |_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || (0..items).for_each(|item| queue.put(item)))
            };
            let producers = [0, 1].map(produce);
            let taken: usize = (0..2 * items).map(|_| queue.take()).sum();
            join(producers);
            assert_eq!(taken, items * (items - 1));
        }

        /// Two producers put one item each.
        pub fn queue_2x1() {
            queue(1);
        }

        /// Two producers put two items each.
        pub fn queue_2x2() {
            queue(2);
        }
    };
}
