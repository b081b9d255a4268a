//! Whether an answer keeps state outside its values: in a `static` or in a thread-local.
//!
//! In the model such state starts afresh in each schedule. On real threads it lasts as long as the
//! process, so each run of such an answer gets a process of its own. The other answers share one,
//! which is quicker.

use crate::syntax;
use proc_macro2::{TokenStream, TokenTree};

/// Whether `text` contains the keyword `static`, also within a macro such as `thread_local!`. A text
/// that cannot be read counts as one that does.
pub(crate) fn are_in(text: &str) -> bool {
    syntax::with_tree(text, |text, _| text.parse().map_or(true, any)).unwrap_or(true)
}

fn any(stream: TokenStream) -> bool {
    let mut is_lifetime = false;
    stream.into_iter().any(|token| {
        let follows_quote = std::mem::replace(
            &mut is_lifetime,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
        );
        match token {
            TokenTree::Group(group) => any(group.stream()),
            TokenTree::Ident(ident) => ident == "static" && !follows_quote,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statics_and_thread_locals_are_found() {
        assert!(are_in("static NEXT: AtomicU64 = AtomicU64::new(0);"));
        assert!(are_in("fn f() { static mut N: u8 = 0; }"));
        assert!(are_in("thread_local! { static ME: u8 = 1; }"));
    }

    #[test]
    fn lifetimes_and_names_are_not() {
        assert!(!are_in("fn f<T: 'static>(name: &'static str) { let is_static = r#\"static\"#; }"));
        assert!(!are_in("// static\nconst N: u8 = 0;"));
    }
}
