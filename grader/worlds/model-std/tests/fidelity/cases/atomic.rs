use super::lib::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
    AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, Ordering::*, compiler_fence, fence,
};
use super::lib::thread;
use super::panic_of;

macro_rules! integer {
    ($seen:ident: $($atomic:ident)+) => {$({
        let a = $atomic::new(5);
        $seen.push(format!("{} {}", stringify!($atomic), a.load(SeqCst)));
        a.store(6, Release);
        $seen.push(format!("{:?}", [
            a.swap(7, AcqRel),
            a.fetch_add(120, Relaxed),
            a.fetch_add(127, Relaxed),
            a.fetch_sub(3, Relaxed),
            a.fetch_and(0b111, Relaxed),
            a.fetch_nand(0b101, Relaxed),
            a.fetch_or(0b1010, Relaxed),
            a.fetch_xor(0b1100, Relaxed),
            a.fetch_max(100, Relaxed),
            a.fetch_min(9, Relaxed),
            a.load(Acquire),
        ]));
        $seen.push(format!("{:?}", a.compare_exchange(9, 1, SeqCst, Relaxed)));
        $seen.push(format!("{:?} {a:?}", a.compare_exchange(9, 2, SeqCst, Relaxed)));
        let mut a = $atomic::from(3);
        *a.get_mut() += 1;
        $seen.push(format!("{:?} {}", $atomic::default(), a.into_inner()));
    })+};
}

pub(crate) fn integers() -> String {
    let mut seen = Vec::new();
    integer!(seen: AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize);
    integer!(seen: AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicUsize);
    seen.join("\n")
}

pub(crate) fn bools() -> String {
    let mut a = AtomicBool::new(true);
    let seen = [
        a.load(SeqCst),
        a.swap(false, SeqCst),
        a.fetch_or(true, SeqCst),
        a.fetch_and(false, SeqCst),
        a.fetch_nand(true, SeqCst),
        a.fetch_xor(true, SeqCst),
        a.fetch_not(SeqCst),
        a.load(SeqCst),
    ];
    a.store(false, SeqCst);
    let exchanged = a.compare_exchange(false, true, SeqCst, SeqCst);
    let updated = a.fetch_update(SeqCst, SeqCst, |flag| Some(!flag));
    *a.get_mut() |= true;
    let (fresh, from) = (AtomicBool::default(), AtomicBool::from(true));
    format!("{seen:?} {exchanged:?} {updated:?} {a:?} {fresh:?} {}", from.into_inner())
}

pub(crate) fn pointers() -> String {
    let mut numbers = [1_u16, 2, 3, 4];
    let start = numbers.as_mut_ptr();
    let offset = |pointer: *mut u16| pointer.addr() - start.addr();
    let a = AtomicPtr::new(start);
    let seen = [
        a.load(SeqCst),
        a.fetch_ptr_add(3, SeqCst),
        a.fetch_ptr_sub(1, SeqCst),
        a.fetch_byte_add(2, SeqCst),
        a.fetch_byte_sub(4, SeqCst),
        a.fetch_or(0, SeqCst),
        a.fetch_and(usize::MAX, SeqCst),
        a.fetch_xor(0, SeqCst),
        a.swap(start, SeqCst),
        a.load(SeqCst),
    ];
    let failed = a.compare_exchange(std::ptr::null_mut(), start, SeqCst, SeqCst);
    let updated = a.fetch_update(SeqCst, SeqCst, |pointer| Some(pointer.wrapping_add(1)));
    let same_text = format!("{a:p}") == format!("{:p}", a.load(SeqCst));
    let null = AtomicPtr::<u16>::default().into_inner().is_null();
    a.store(std::ptr::null_mut(), SeqCst);
    let debug = format!("{a:?} {:?}", AtomicPtr::from(std::ptr::null_mut::<u8>()));
    let all = seen.map(offset);
    format!(
        "{all:?} {:?} {:?} {same_text} {null} {debug}",
        failed.map_err(offset),
        updated.map(offset)
    )
}

pub(crate) fn updates() -> String {
    let a = AtomicU32::new(1);
    let seen = [
        a.fetch_update(SeqCst, SeqCst, |n| Some(n + 1)),
        a.fetch_update(SeqCst, SeqCst, |n| (n > 2).then_some(0)),
        a.try_update(SeqCst, SeqCst, |n| n.checked_mul(5)),
        a.try_update(SeqCst, SeqCst, |n| n.checked_sub(50)),
        Ok(a.update(SeqCst, SeqCst, |n| n * 3)),
    ];
    format!("{seen:?} {a:?}")
}

/// Orderings that an operation cannot take. They come from a variable, or rustc would reject them.
pub(crate) fn unusual_orderings() -> String {
    let a = AtomicU8::new(0);
    let orders = [Relaxed, Acquire, Release, AcqRel, SeqCst];
    let each = |order: Ordering| {
        [
            panic_of(|| a.load(order)),
            panic_of(|| a.store(1, order)),
            panic_of(|| a.compare_exchange(0, 1, SeqCst, order)),
            panic_of(|| fence(order)),
            panic_of(|| compiler_fence(order)),
        ]
    };
    format!("{:#?}", orders.map(each))
}

pub(crate) fn formatting() -> String {
    format!(
        "{:?} {:#?} {:04?} {:x?} {:?}",
        AtomicU8::new(7),
        AtomicI8::new(-1),
        AtomicU8::new(3),
        AtomicU8::new(255),
        Ordering::AcqRel
    )
}

/// A `static` has the value that the source gives it, whatever ran before.
pub(crate) fn statics() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(40);
    // The real static keeps its value, so this case runs against it only once.
    thread::scope(|s| {
        s.spawn(|| COUNT.fetch_add(1, SeqCst));
        s.spawn(|| COUNT.fetch_add(1, SeqCst));
    });
    format!("{COUNT:?} {}", COUNT.load(SeqCst))
}

pub(crate) fn weak_exchange() -> String {
    format!("{:?}", AtomicU8::new(0).compare_exchange_weak(0, 1, SeqCst, SeqCst))
}

pub(crate) fn racing_exchange() -> String {
    let a = AtomicU8::new(0);
    thread::scope(|s| {
        s.spawn(|| a.compare_exchange(0, 1, SeqCst, SeqCst));
        s.spawn(|| a.compare_exchange(0, 2, SeqCst, SeqCst));
    });
    ["nobody", "first", "second"][usize::from(a.load(SeqCst))].to_owned()
}

#[expect(deprecated, reason = "old programs use them")]
pub(crate) fn old_names() -> String {
    use super::lib::sync::atomic::{
        ATOMIC_BOOL_INIT, ATOMIC_ISIZE_INIT, ATOMIC_USIZE_INIT, spin_loop_hint,
    };
    static FLAG: AtomicBool = ATOMIC_BOOL_INIT;
    static SIGNED: AtomicIsize = ATOMIC_ISIZE_INIT;
    static UNSIGNED: AtomicUsize = ATOMIC_USIZE_INIT;
    spin_loop_hint();
    let swaps = [
        UNSIGNED.compare_and_swap(0, 1, SeqCst),
        UNSIGNED.compare_and_swap(0, 2, SeqCst),
        UNSIGNED.swap(0, SeqCst),
    ];
    format!("{FLAG:?} {SIGNED:?} {swaps:?}")
}
