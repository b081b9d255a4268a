//! Replay tokens: a schedule in about a dozen characters.
//!
//! A token lists where a schedule departs from the default, so it stands for the same schedule for
//! as long as the sources do not change. First comes the base: 0, or the number of a lockstep
//! schedule. Each deviation is three numbers: the thread that ran; how many operations it had
//! announced; and, combined in one number, the thread that ran next and the way it was let through.
//! The numbers are written as bytes of seven bits each, and the bytes in Crockford's base 32, which
//! has no letters that look alike.

use crate::choice::ChoiceKind;
use crate::schedule::{Base, Deviation, Schedule};
use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;

/// In the order of their numbers.
const KINDS: [ChoiceKind; 4] =
    [ChoiceKind::Run, ChoiceKind::TimeOut, ChoiceKind::Spurious, ChoiceKind::Queue];

/// The token does not stand for a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAToken;

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut base32 = Specification::new();
    base32.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    base32.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    base32.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    base32.encoding().expect("the alphabet has 32 different symbols")
});

pub(crate) fn encode(schedule: &Schedule) -> String {
    let mut bytes = Vec::new();
    let turn = match schedule.base {
        Base::RunOn => 0,
        Base::Lockstep(turn) => turn,
    };
    push(&mut bytes, turn);
    for deviation in &schedule.deviations {
        push(&mut bytes, deviation.after as u32);
        push(&mut bytes, deviation.announced);
        push(&mut bytes, deviation.thread as u32 * KINDS.len() as u32 + deviation.kind as u32);
    }
    bytes.push(checksum(&bytes));
    BASE32.encode(&bytes)
}

pub(crate) fn decode(token: &str) -> Result<Schedule, NotAToken> {
    let mut bytes = BASE32.decode(token.as_bytes()).map_err(|_| NotAToken)?;
    if bytes.pop() != Some(checksum(&bytes)) {
        return Err(NotAToken);
    }
    let mut numbers = bytes.into_iter();
    let base = match pull(&mut numbers)? {
        0 => Base::RunOn,
        turn => Base::Lockstep(turn),
    };
    let mut deviations = Vec::new();
    while numbers.len() > 0 {
        let after = pull(&mut numbers)? as usize;
        let announced = pull(&mut numbers)?;
        let choice = pull(&mut numbers)?;
        let kind = KINDS[choice as usize % KINDS.len()];
        let thread = choice as usize / KINDS.len();
        deviations.push(Deviation { after, announced, thread, kind, cost: 0, odd: false });
    }
    Ok(Schedule { base, deviations })
}

/// Whether `token` is one that the explorer could have made.
pub fn is_token(token: &str) -> bool {
    decode(token).is_ok()
}

fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull(bytes: &mut impl Iterator<Item = u8>) -> Result<u32, NotAToken> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let byte = bytes.next().ok_or(NotAToken)?;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(NotAToken)
}

/// Enough to catch a mistyped character.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0x5b, |sum: u8, &byte| sum.rotate_left(3) ^ byte.wrapping_mul(0x1d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Schedule {
        let deviation = |after, announced, thread, kind| Deviation {
            after,
            announced,
            thread,
            kind,
            cost: 0,
            odd: false,
        };
        let deviations = vec![
            deviation(0, 3, 1, ChoiceKind::Run),
            deviation(63, 70_000, 2, ChoiceKind::Spurious),
        ];
        Schedule { base: Base::RunOn, deviations }
    }

    #[test]
    fn a_token_stands_for_its_schedule() {
        let token = encode(&example());
        assert_eq!(decode(&token).unwrap(), example());
        assert_eq!(decode(&token.to_uppercase()).unwrap(), example());
        let lockstep = Schedule { base: Base::Lockstep(3), deviations: Vec::new() };
        assert_eq!(decode(&encode(&lockstep)).unwrap(), lockstep);
    }

    #[test]
    fn a_mistyped_token_is_none() {
        let token = encode(&example());
        for at in 0..token.len() {
            let mut wrong = token.clone().into_bytes();
            wrong[at] = if wrong[at] == b'7' { b'8' } else { b'7' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(decode(&wrong), Err(NotAToken), "{wrong}");
        }
        assert_eq!(decode("no token"), Err(NotAToken));
    }
}
