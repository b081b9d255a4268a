//! Parses an answer into a syntax tree, if that is safe: an answer may contain anything.

use std::thread;

/// Larger files are not parsed.
const MAX_BYTES: usize = 64 * 1024;

/// Files with more deeply nested brackets are not parsed.
const MAX_DEPTH: usize = 128;

/// Enough for the longest chain of operators that fits into [`MAX_BYTES`]. Only the part that is
/// used takes up memory.
const STACK: usize = 512 << 20;

/// The result of `work` on the syntax tree of `text`. `None` if `text` is too large, nested too
/// deeply, or cannot be parsed.
pub(crate) fn with_tree<T: Send + 'static>(
    text: &str,
    work: impl FnOnce(&str, &syn::File) -> T + Send + 'static,
) -> Option<T> {
    if text.len() > MAX_BYTES || depth(text) > MAX_DEPTH {
        return None;
    }
    let text = text.to_owned();
    // The parser and its visitors recurse as deeply as the learner's expressions are nested.
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        let file = syn::parse_file(&text).ok()?;
        Some(work(&text, &file))
    });
    worker.ok()?.join().ok()?
}

/// The greatest nesting depth of brackets. Those in strings and comments count too: this is only a
/// safeguard.
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
