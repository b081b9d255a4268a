//! An answer as a syntax tree, where that is safe: an answer may be anything that fits into a file.

use std::thread;

/// Larger files are not looked into.
const MAX_BYTES: usize = 64 * 1024;

/// Nor are those whose brackets nest deeper.
const MAX_DEPTH: usize = 128;

/// Enough for the longest chain of operators that [`MAX_BYTES`] can hold. Only what is used of it is ever
/// taken from the machine.
const STACK: usize = 512 << 20;

/// What `work` makes of the tree of `text`. `None` where it cannot be parsed, or is too large for that.
pub(crate) fn with_tree<T: Send + 'static>(
    text: &str,
    work: fn(&str, &syn::File) -> T,
) -> Option<T> {
    if text.len() > MAX_BYTES || depth(text) > MAX_DEPTH {
        return None;
    }
    let text = text.to_owned();
    // The parser and its visitors recurse as deep as the learner's expressions do.
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        let file = syn::parse_file(&text).ok()?;
        Some(work(&text, &file))
    });
    worker.ok()?.join().ok()?
}

/// How deep brackets nest, at most. Those in strings and comments count too: this is only a guard.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => now += 1,
            b')' | b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}
