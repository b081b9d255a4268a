use super::lib::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use super::lib::thread;
use super::text;

pub(crate) fn payloads() -> String {
    let caught = [
        catch_unwind(|| panic!("text")).unwrap_err(),
        catch_unwind(|| panic!("{} {}", 1, 2)).unwrap_err(),
        catch_unwind(|| resume_unwind(Box::new("resumed"))).unwrap_err(),
        catch_unwind(|| panic_any(String::from("any"))).unwrap_err(),
        catch_unwind(|| unreachable!()).unwrap_err(),
        catch_unwind(|| String::from_utf8(vec![0xff]).expect("utf-8")).map(drop).unwrap_err(),
    ];
    let number = catch_unwind(|| panic_any(7_u8)).unwrap_err();
    let value = catch_unwind(|| 3).unwrap();
    format!("{:?} {:?} {value}", caught.each_ref().map(|p| text(&**p)), number.downcast::<u8>())
}

pub(crate) fn in_threads() -> String {
    let flags = thread::scope(|s| {
        let calm = s.spawn(|| {
            thread::yield_now();
            thread::panicking()
        });
        struct Look(bool);
        impl Drop for Look {
            fn drop(&mut self) {
                // Panics of other threads do not affect this one.
                assert!(self.0 == thread::panicking());
            }
        }
        let wild = s.spawn(|| {
            let _look = Look(true);
            thread::yield_now();
            panic!("wild")
        });
        let caught = s.spawn(|| {
            let _look = Look(false);
            let _ = catch_unwind(|| panic!("caught"));
            thread::yield_now();
            thread::panicking()
        });
        (calm.join().unwrap(), wild.join().unwrap_err(), caught.join().unwrap())
    });
    format!("{} {} {}", flags.0, text(&*flags.1), flags.2)
}

pub(crate) fn nested() -> String {
    struct CatchInDrop;
    impl Drop for CatchInDrop {
        fn drop(&mut self) {
            let caught = catch_unwind(|| panic!("inner"));
            assert!(caught.is_err() && thread::panicking());
        }
    }
    let mut log = Vec::new();
    let outer = catch_unwind(AssertUnwindSafe(|| {
        log.push(thread::panicking());
        let _in_drop = CatchInDrop;
        panic!("outer");
    }));
    log.push(thread::panicking());
    format!("{} {log:?}", text(&*outer.unwrap_err()))
}
