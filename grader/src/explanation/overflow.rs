//! Numbers that do not fit into their types.

use record::{Operation, Step, Value};

/// Whether a number did not fit: a cast has changed it, or a counter got too large for its type or fell
/// below zero. If a check fails in a schedule with
/// such a step, that is most often why.
pub(super) fn overflows(step: &Step) -> bool {
    if step.operation == Operation::Overflow {
        return true;
    }
    let Some(Value::Changed { from, to }) = step.value else { return false };
    let wraps = |largest: i128, smallest: i128| {
        (from, to) == (largest, smallest) || (from, to) == (smallest, largest)
    };
    let unsigned = [u8::MAX.into(), u16::MAX.into(), u32::MAX.into(), u64::MAX.into()];
    let signed = [
        (i8::MAX.into(), i8::MIN.into()),
        (i16::MAX.into(), i16::MIN.into()),
        (i32::MAX.into(), i32::MIN.into()),
        (i64::MAX.into(), i64::MIN.into()),
    ];
    unsigned.into_iter().any(|largest| wraps(largest, 0))
        || signed.into_iter().any(|(largest, smallest)| wraps(largest, smallest))
}
