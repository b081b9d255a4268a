//! Long text on a terminal, one screen at a time.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

/// Writes `text` to standard output: through the user's pager if that is a terminal, as git does, and
/// directly if not, or if there is no pager.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn show(text: &[u8]) -> std::io::Result<()> {
    if std::io::stdout().is_terminal() && through_pager(text).is_some() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush())
}

/// `None` if there is no pager.
fn through_pager(text: &[u8]) -> Option<()> {
    let wanted = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = wanted.unwrap_or_else(|| "less".to_owned());
    let mut words = pager.split_whitespace();
    let mut child = Command::new(words.next()?)
        .args(words)
        // Colours as they are; end at once if all fits on one screen.
        .env("LESS", std::env::var("LESS").unwrap_or_else(|_| "FRX".to_owned()))
        .stdin(Stdio::piped())
        .spawn()
        .ok()?;
    if let Some(mut pipe) = child.stdin.take() {
        // A pager that is closed before the end has shown what its user wanted.
        let _closed_early = pipe.write_all(text);
    }
    child.wait().ok().map(|_| ())
}
