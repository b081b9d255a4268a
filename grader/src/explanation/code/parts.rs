//! The parts of a call as they are shown: what it is called on, and its arguments.

use super::super::safe;
use super::compact::compact;
use quote::ToTokens;
use syn::Expr;

/// A longer receiver loses its front; longer arguments become `…`.
const MAX_RECEIVER: usize = 32;
const MAX_ARGUMENTS: usize = 24;
/// A receiver with more parts becomes `…`.
const MAX_LINKS: usize = 40;

/// What a method is called on, as short as clarity allows.
pub(super) fn receiver(expression: &Expr) -> String {
    if links(expression) > MAX_LINKS {
        return "…".to_owned();
    }
    let text = compact(expression.to_token_stream()).replace(".unwrap()", "");
    let short = text.strip_prefix(OWN).filter(|field| is_named(field));
    safe::cut_front(short.unwrap_or(&text), MAX_RECEIVER)
}

/// What is left out before the name of a field.
const OWN: &str = "self.";

/// Whether `field` has a name of its own, as that of a tuple has not (`self.0`).
fn is_named(field: &str) -> bool {
    !field.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The argument that is a reference, if there is only one.
pub(super) fn reference<'a>(all: impl Iterator<Item = &'a Expr>) -> Option<String> {
    let mut references = all.filter_map(|argument| match argument {
        Expr::Reference(reference) => Some(receiver(&reference.expr)),
        _ => None,
    });
    references.next().filter(|_| references.next().is_none())
}

/// How many expressions are chained together, each the front of the next: `a`, `a.b`, `a.b()`.
/// Stops counting just above [`MAX_LINKS`]: it is called for every link, which would be slow in a
/// long chain.
fn links(mut expression: &Expr) -> usize {
    let mut links = 1;
    loop {
        expression = match expression {
            Expr::MethodCall(node) => &node.receiver,
            Expr::Field(node) => &node.base,
            Expr::Index(node) => &node.expr,
            Expr::Call(node) => &node.func,
            Expr::Try(node) => &node.expr,
            Expr::Await(node) => &node.base,
            Expr::Cast(node) => &node.expr,
            Expr::Binary(node) => &node.left,
            Expr::Unary(node) => &node.expr,
            Expr::Reference(node) => &node.expr,
            Expr::Paren(node) => &node.expr,
            _ => return links,
        };
        links += 1;
        if links > MAX_LINKS {
            return links;
        }
    }
}

/// Arguments, without memory orderings, closures or anything too long to be helpful.
pub(super) fn arguments<'a>(all: impl Iterator<Item = &'a Expr>) -> String {
    let shown: Vec<String> = all.filter_map(argument).collect();
    let text = shown.join(", ");
    if safe::width(&text) > MAX_ARGUMENTS { "…".to_owned() } else { text }
}

fn argument(expression: &Expr) -> Option<String> {
    const ORDERINGS: [&str; 5] = ["SeqCst", "AcqRel", "Acquire", "Release", "Relaxed"];
    match expression {
        Expr::Path(path) => {
            let last = path.path.segments.last()?.ident.to_string();
            (!ORDERINGS.contains(&last.as_str())).then(|| compact(expression.to_token_stream()))
        }
        Expr::Closure(_) | Expr::Block(_) | Expr::Match(_) | Expr::If(_) => Some("…".to_owned()),
        other => {
            let text = compact(other.to_token_stream());
            let mut parts = text.split(OWN);
            let first = parts.next().unwrap_or_default().to_owned();
            Some(
                parts.fold(first, |text, field| {
                    text + if is_named(field) { "" } else { OWN } + field
                }),
            )
        }
    }
}
