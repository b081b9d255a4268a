//! Which way a call went through the functions of a file.

use super::Calls;
use std::collections::BTreeSet;

/// Which statements a call has run, and which of the functions it went through it has not. First and last
/// lines.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Way {
    pub(in super::super) ran: Vec<(u32, u32)>,
    pub(in super::super) skipped: Vec<(u32, u32)>,
}

impl Calls {
    /// The way of a call that has run the statements that begin at `lines`.
    pub(in super::super) fn way(&self, lines: &[u32]) -> Way {
        let begins: BTreeSet<u32> = self.statements.keys().map(|&(line, _)| line).collect();
        let ran: BTreeSet<u32> = lines.iter().copied().filter(|it| begins.contains(it)).collect();
        let of = |line: u32| self.around(line).map(|function| function.place);
        let functions: BTreeSet<_> = ran.iter().filter_map(|&line| of(line)).collect();
        let is_in_one = |line: &u32| of(*line).is_some_and(|it| functions.contains(&it));
        let all: Vec<u32> = begins.into_iter().filter(is_in_one).collect();
        let mut way = Way { ran: Vec::new(), skipped: Vec::new() };
        let same = |a: &u32, b: &u32| ran.contains(a) == ran.contains(b) && of(*a) == of(*b);
        for run in all.chunk_by(same) {
            let (first, last) = (run[0], run[run.len() - 1]);
            let list = if ran.contains(&first) { &mut way.ran } else { &mut way.skipped };
            list.push((first, last));
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_did_not_do_is_part_of_its_way() {
        let text = "fn f(n: u8) {\n    let a = n;\n    if a > 1 {\n        g();\n        return;\n    \
                    }\n    h();\n}\nfn g() {\n    i();\n}\nfn h() {}\n";
        let calls = Calls::of(text);
        let way = calls.way(&[2, 3, 6, 7]);
        assert_eq!(way, Way { ran: vec![(2, 3), (7, 7)], skipped: vec![(4, 5)] });
        let way = calls.way(&[2, 3, 4, 5, 10]);
        assert_eq!(way, Way { ran: vec![(2, 5), (10, 10)], skipped: vec![(7, 7)] });
    }
}
