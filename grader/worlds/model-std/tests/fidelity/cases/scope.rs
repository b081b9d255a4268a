use super::lib::sync::Mutex;
use super::lib::thread::{self, Builder, Scope};
use super::{panic_of, text};

pub(crate) fn results() -> String {
    let data = [1, 2, 3];
    let (sum, name) = thread::scope(|s| {
        let sum = s.spawn(|| data.iter().sum::<i32>());
        let builder = Builder::new().name("helper".to_owned());
        let named =
            builder.spawn_scoped(s, || thread::current().name().map(str::to_owned)).unwrap();
        let debug = format!("{sum:?}");
        let same = named.thread().name().map(str::to_owned);
        let while_running = named.thread().id() != sum.thread().id();
        let result = named.join().unwrap();
        assert_eq!(same, result);
        (sum.join().unwrap(), format!("{result:?} {debug} {while_running}"))
    });
    format!("{sum} {name}")
}

pub(crate) fn panics() -> String {
    let unjoined = panic_of(|| thread::scope(|s| drop(s.spawn(|| panic!("nobody looks")))));
    let joined = thread::scope(|s| {
        let error = s.spawn(|| panic!("seen")).join().unwrap_err();
        text(&*error)
    });
    let own = panic_of(|| {
        thread::scope(|s| {
            s.spawn(|| panic!("theirs"));
            panic!("own");
        })
    });
    format!("{unjoined}, {joined}, {own}")
}

/// The scope waits for its threads even if its closure panics.
pub(crate) fn borrowing() -> String {
    let mut log = Mutex::new(Vec::new());
    let message = panic_of(|| {
        thread::scope(|s| {
            s.spawn(|| {
                thread::yield_now();
                log.lock().unwrap().push("thread");
            });
            panic!("early");
        })
    });
    log.get_mut().unwrap().push("after");
    format!("{message} {log:?}")
}

pub(crate) fn nesting() -> String {
    fn twice<'scope>(s: &'scope Scope<'scope, '_>, count: &'scope Mutex<u8>) {
        s.spawn(move || {
            *count.lock().unwrap() += 1;
            s.spawn(move || *count.lock().unwrap() += 10);
        });
    }
    let count = Mutex::new(0);
    thread::scope(|s| twice(s, &count));
    let inner = thread::scope(|s| {
        s.spawn(|| thread::scope(|s| s.spawn(|| 5).join().unwrap())).join().unwrap()
    });
    format!("{count:?} {inner}")
}
