//! Sentences in HTML.

use maud::{Markup, html};

/// `text` with what stands between backticks as code.
pub(in crate::report) fn prose(text: &str) -> Markup {
    // Without its partner, a backtick is one.
    let pairs = text.matches('`').count() / 2;
    let mut parts = text.splitn(2 * pairs + 1, '`');
    html! {
        @for index in 0..=2 * pairs {
            @if let Some(part) = parts.next() {
                @if index % 2 == 1 { code { (part) } } @else { (part) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        for (text, html) in [
            ("plain <b>", "plain &lt;b&gt;"),
            ("`a < b` and `c`", "<code>a &lt; b</code> and <code>c</code>"),
            ("`a` costs 5` more", "<code>a</code> costs 5` more"),
        ] {
            assert_eq!(prose(text).into_string(), html);
        }
    }
}
