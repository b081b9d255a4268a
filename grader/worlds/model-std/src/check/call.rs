//! Calls of the answer's public functions.
//!
//! The grader begins each of these functions with [`call`], so that a report can say which call a
//! step belongs to: `withdraw(70)`. Where a check calls one, the grader has the value passed by
//! [`returned`], so that the report can say what came of it.

use explorer::scheduler;
use std::any::type_name;
use std::fmt::Debug;
use std::panic::Location;
use std::task::Poll;
use std::time::Duration;

/// A call that has begun. It ends when this is dropped.
#[must_use]
pub struct Call(Option<usize>);

/// Notes that the current thread has called the function `name`, which is at `line` and `column` of
/// the caller's file. `arguments` is asked for only if a trace is being kept.
#[track_caller]
pub fn call<const N: usize>(
    name: &'static str,
    line: u32,
    column: u32,
    arguments: impl FnOnce() -> [Option<String>; N],
) -> Call {
    if !scheduler::is_traced() {
        return Call(None);
    }
    let file = Location::caller().file().to_owned();
    let function = record::Location { file, line, column };
    Call(scheduler::note_call(name, function, arguments().to_vec()))
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(call) = self.0 {
            scheduler::note_return(call);
        }
    }
}

/// What was known before a call: how many calls had begun.
pub struct Before(usize);

/// A check is about to call one of the answer's functions.
pub fn before() -> Before {
    Before(scheduler::calls())
}

/// The function `name`, which a check called, has returned a value. `text` is asked for only if a trace is being kept.
pub fn returned(before: Before, name: &str, text: &dyn Fn() -> Option<String>) {
    if scheduler::is_traced()
        && let Some(text) = text()
    {
        scheduler::note_result(before.0, name, text);
    }
}

/// A value of unknown type. Of `&&&&&Argument(&value)`, method resolution finds the `text` of the
/// first of these traits that applies to the type: [`Readable`], [`Plain`], [`Partly`], [`Barely`],
/// [`Unreadable`].
pub struct Argument<'a, T: ?Sized>(pub &'a T);

/// A value that can be written in a few characters.
pub trait Readable {
    /// What a person would write.
    fn text(&self) -> Option<String>;
}

/// A value that is only data, so that writing it down reaches no scheduling point.
pub trait Plain {
    /// What `{:?}` writes.
    fn text(&self) -> Option<String>;
}

/// A value of which only the kind can be told: `Ok(…)`.
pub trait Partly {
    /// What a person would write.
    fn text(&self) -> Option<String>;
}

/// A value of which not even the error can be told: `Err(…)`.
pub trait Barely {
    /// What a person would write.
    fn text(&self) -> Option<String>;
}

/// Any other value.
pub trait Unreadable {
    /// What a person would write, if the type is generic and turns out to be a simple one.
    fn text(&self) -> Option<String>;
}

impl<T: Value + ?Sized> Readable for &&&&Argument<'_, T> {
    fn text(&self) -> Option<String> {
        short(self.0.text())
    }
}

impl<T: Copy + Debug> Plain for &&&Argument<'_, T> {
    fn text(&self) -> Option<String> {
        // What a reference leads to may be a lock, and looking into that is a step of the program.
        (!type_name::<T>().contains('&')).then(|| short(format!("{:?}", self.0))).flatten()
    }
}

impl<T> Partly for &&Argument<'_, Option<T>> {
    fn text(&self) -> Option<String> {
        Some(if self.0.is_some() { "Some(…)" } else { "None" }.to_owned())
    }
}

impl<T, E: Debug> Partly for &&Argument<'_, Result<T, E>> {
    fn text(&self) -> Option<String> {
        match self.0 {
            Ok(_) => Some("Ok(…)".to_owned()),
            Err(error) => short(format!("Err({error:?})")),
        }
    }
}

impl<T> Partly for &&Argument<'_, Poll<T>> {
    fn text(&self) -> Option<String> {
        Some(if self.0.is_ready() { "Ready(…)" } else { "Pending" }.to_owned())
    }
}

impl<T, E> Barely for &Argument<'_, Result<T, E>> {
    fn text(&self) -> Option<String> {
        Some(if self.0.is_ok() { "Ok(…)" } else { "Err(…)" }.to_owned())
    }
}

impl<T> Unreadable for Argument<'_, T> {
    fn text(&self) -> Option<String> {
        generic(self.0).and_then(short)
    }
}

/// The text if it is short enough for a row, or at least which variant it is.
fn short(text: String) -> Option<String> {
    if text.chars().count() <= LONGEST {
        return Some(text);
    }
    let variant = ["Ok(", "Err(", "Some("].into_iter().find(|variant| text.starts_with(variant))?;
    Some(format!("{variant}…)"))
}

macro_rules! generic {
    ($($name:literal: $type:ty),* $(,)?) => {
        /// The text of a value whose type only its caller knows.
        fn generic<T>(value: &T) -> Option<String> {
            match type_name::<T>() {
                $(
                    $name if size_of::<T>() == size_of::<$type>() => {
                        // SAFETY: `T` is `$type`. rustc gives names without a path to built-in
                        // types only, and names that begin with `alloc::` to the types of that
                        // crate. The value is only read, and not for longer than it is borrowed
                        // here.
                        let value = unsafe { &*std::ptr::from_ref(value).cast::<$type>() };
                        Some(value.text())
                    }
                )*
                _ => None,
            }
        }
    };
}

generic! {
    "bool": bool, "char": char, "&str": &str, "alloc::string::String": String,
    "u8": u8, "u16": u16, "u32": u32, "u64": u64, "usize": usize,
    "i8": i8, "i16": i16, "i32": i32, "i64": i64, "isize": isize,
}

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// A longer text would not fit into a row of a picture.
const LONGEST: usize = 32;

/// A value whose text runs none of the answer's code and reaches no scheduling point.
pub trait Value {
    /// What a person would write.
    fn text(&self) -> String;
}

macro_rules! values {
    ($($type:ty)*) => { $(
        impl Value for $type {
            fn text(&self) -> String {
                format!("{self:?}")
            }
        }
    )* };
}

values!(bool char str String f32 f64);

macro_rules! integers {
    ($($type:ty)*) => { $(
        impl Value for $type {
            fn text(&self) -> String {
                match *self {
                    Self::MAX if Self::BITS > 8 => concat!(stringify!($type), "::MAX").to_owned(),
                    number => number.to_string(),
                }
            }
        }
    )* };
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// Names the type `!`, which has no stable name outside a signature.
pub trait Returning {
    /// What the function returns.
    type Type;
}

impl<T> Returning for fn() -> T {
    type Type = T;
}

// The type of a call whose result is not used and whose closure always panics.
impl Value for <fn() -> ! as Returning>::Type {
    fn text(&self) -> String {
        match *self {}
    }
}

/// Nanoseconds by which a time may differ from a round one only because the clock was read.
const MOST_NOISE: u128 = 10_000;

impl Value for Duration {
    fn text(&self) -> String {
        match *self {
            Self::MAX => "Duration::MAX".to_owned(),
            Self::ZERO => "0 s".to_owned(),
            _ => {
                // The model's clock advances by a nanosecond whenever it is read, which is noise. A
                // nanosecond more than a round time is meant. `1.5s` is written `1.5 s`.
                let unit = [NANOS_PER_SEC, 1_000_000, 1_000, 1];
                let unit = unit.into_iter().find(|unit| self.as_nanos() >= *unit).unwrap_or(1);
                let precision = (unit / 1_000).max(1);
                let rounded = (self.as_nanos() + precision / 2) / precision * precision;
                let is_noise = self.as_nanos().abs_diff(rounded) < MOST_NOISE
                    && self.as_nanos() != rounded + 1;
                let whole = u64::try_from(rounded)
                    .ok()
                    .filter(|_| is_noise)
                    .map_or(*self, Self::from_nanos);
                let text = format!("{whole:?}");
                let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.');
                let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
                format!("{number} {unit}")
            }
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn text(&self) -> String {
        match self {
            Some(value) => format!("Some({})", value.text()),
            None => "None".to_owned(),
        }
    }
}

impl<T: Value, E: Debug> Value for Result<T, E> {
    fn text(&self) -> String {
        match self {
            Ok(value) => format!("Ok({})", value.text()),
            Err(error) => format!("Err({error:?})"),
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => { $(
        impl<$($name: Value),*> Value for ($($name,)*) {
            fn text(&self) -> String {
                #[allow(non_snake_case)]
                let ($($name,)*) = self;
                let texts: &[String] = &[$($name.text()),*];
                format!("({})", texts.join(", "))
            }
        }
    )* };
}

tuples!(() (A B) (A B C));

impl<T: Value> Value for [T] {
    fn text(&self) -> String {
        let texts: Vec<String> = self.iter().map(Value::text).collect();
        format!("[{}]", texts.join(", "))
    }
}

impl<T: Value> Value for Vec<T> {
    fn text(&self) -> String {
        self.as_slice().text()
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    fn text(&self) -> String {
        self.as_slice().text()
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn text(&self) -> String {
        (**self).text()
    }
}

#[cfg(test)]
#[expect(clippy::needless_borrow, reason = "without the borrow, `Unreadable` is not found")]
mod tests {
    use super::*;

    fn known<T>(value: T) -> Option<String> {
        (&&&&&Argument(&value)).text()
    }

    #[test]
    fn a_generic_argument_is_written_if_its_type_is_a_simple_one() {
        assert_eq!(known(7_u16).as_deref(), Some("7"));
        assert_eq!(known("ham").as_deref(), Some("\"ham\""));
        assert_eq!(known(String::from("ham")).as_deref(), Some("\"ham\""));
        assert_eq!(known(u64::MAX).as_deref(), Some("u64::MAX"));
        assert_eq!(known("a text that is too long to be shown"), None);
    }

    #[test]
    fn data_is_written_as_it_is_debugged() {
        #[derive(Clone, Copy, Debug)]
        enum Outcome {
            Served,
        }
        assert_eq!((&&&&&Argument(&Outcome::Served)).text().as_deref(), Some("Served"));
        let some = Some(Outcome::Served);
        assert_eq!((&&&&&Argument(&some)).text().as_deref(), Some("Some(Served)"));
    }

    #[test]
    fn a_type_that_only_looks_like_one_is_not_read() {
        #[allow(non_camel_case_types, dead_code)]
        struct u32(f32);
        assert_eq!(known(u32(1.0)), None);
        assert_eq!(known((1, 2)), None);
        assert_eq!(known(|| ()), None);
    }

    #[test]
    fn durations_are_rounded() {
        let written = |nanos| (&&&&&Argument(&Duration::from_nanos(nanos))).text();
        assert_eq!(written(300_000_369).as_deref(), Some("300 ms"));
        assert_eq!(written(1).as_deref(), Some("1 ns"));
        assert_eq!(written(1_999_999_999).as_deref(), Some("2 s"));
        assert_eq!(written(1_000_000_001).as_deref(), Some("1.000000001 s"));
        assert_eq!(written(1_234_567_890).as_deref(), Some("1.23456789 s"));
        let century = Duration::from_secs(u64::MAX / 2);
        assert_eq!((&&&&&Argument(&century)).text().as_deref(), Some("9223372036854775807 s"));
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        assert_eq!((&&&&&Argument(&Duration::from_millis(1500))).text().as_deref(), Some("1.5 s"));
        assert_eq!(
            (&&&&&Argument(&Some(Duration::MAX))).text().as_deref(),
            Some("Some(Duration::MAX)")
        );
        assert_eq!((&&&&&Argument(&[1, 2][..])).text().as_deref(), Some("[1, 2]"));
        assert_eq!((&&&&&Argument(&Ok::<u32, ()>(1))).text().as_deref(), Some("Ok(1)"));
        assert_eq!((&&&&&Argument(&((), true))).text().as_deref(), Some("((), true)"));
        assert_eq!(
            (&&&&&Argument(&Some(std::cell::Cell::new(1)))).text().as_deref(),
            Some("Some(…)")
        );
        struct Job;
        let refused: Result<(), Job> = Err(Job);
        assert_eq!((&&&&&Argument(&refused)).text().as_deref(), Some("Err(…)"));
        let long = Some("a text that is too long to be shown");
        assert_eq!((&&&&&Argument(&long)).text().as_deref(), Some("Some(…)"));
        let pending: Poll<Job> = Poll::Pending;
        assert_eq!((&&&&&Argument(&pending)).text().as_deref(), Some("Pending"));
        let failed: Result<std::cell::Cell<u8>, &str> = Err("none");
        assert_eq!((&&&&&Argument(&failed)).text().as_deref(), Some("Err(\"none\")"));
        assert_eq!((&&&&&Argument(&std::cell::Cell::new(1))).text(), None);
    }
}
