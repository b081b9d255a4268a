//! Source text on one line.

use super::super::safe;
use proc_macro2::{Delimiter, LineColumn, Span, TokenStream, TokenTree};

/// Tokens as they are in the source, on one line and without comments.
pub(super) fn compact(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut end = None;
    print(tokens, &mut text, &mut end);
    safe::line(&text)
}

/// Append `tokens`. A space is kept where the source has one, except where the source only broke a
/// chain or an argument list. `end` is where the previous token ended.
fn print(tokens: TokenStream, text: &mut String, end: &mut Option<LineColumn>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                push(text, open, group.span_open(), end);
                if group.delimiter() == Delimiter::Brace {
                    text.push('…');
                } else {
                    print(group.stream(), text, end);
                }
                if text.ends_with(',') {
                    text.pop();
                }
                *end = None;
                push(text, close, group.span_close(), end);
            }
            other => push(text, &other.to_string(), other.span(), end),
        }
    }
}

fn push(text: &mut String, token: &str, span: Span, end: &mut Option<LineColumn>) {
    let apart = end.is_some_and(|end| end != span.start());
    let broken = end.is_some_and(|end| end.line != span.start().line);
    let opens = broken && matches!(token, "(" | "[");
    let tight = text.is_empty() || text.ends_with(['(', '[', '.', '…']) || token == "." || opens;
    if apart && !tight {
        text.push(' ');
    }
    text.push_str(token);
    *end = Some(span.end());
}
