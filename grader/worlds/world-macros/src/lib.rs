//! The worlds' `#[test]`.
//!
//! Each world's prelude exports this attribute under the name `test`, which shadows the built-in
//! one. A check that is an ordinary `#[test] fn name() { … }` thereby becomes one call of that
//! world's `check::run`: an exploration in the model, many runs in the native world. libtest still
//! finds it, so `--exact` and `--list` keep working.
//!
//! The function is taken apart token by token, without `syn`: every check of every answer passes
//! through here, and every learner waits for what this crate is built on.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Turns an ordinary test function into a check.
///
/// The function takes no arguments and returns nothing. `#[should_panic]` is rejected: a check
/// catches a panic that it expects, so that it can say what it expected.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match expand(arguments, item) {
        Ok(tokens) => tokens,
        Err(Misuse { at, message }) => compile_error(at, message),
    }
}

/// A function that cannot be a check.
struct Misuse {
    at: Span,
    message: &'static str,
}

fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream, Misuse> {
    if let Some(argument) = arguments.into_iter().next() {
        return Err(Misuse { at: argument.span(), message: "`#[test]` takes no arguments" });
    }
    let check = Check::of(item)?;
    let name = check.name.to_string();
    // The body keeps its braces, and with them the attributes that it may begin with. It is a
    // function of its own rather than a closure, because only a function can begin with `#![…]`.
    let mut inside: TokenStream = parsed("fn __the_check()");
    inside.extend([TokenTree::Group(check.body)]);
    inside.extend(parsed(&format!("::std::check::run({name:?}, __the_check)")));
    let mut tokens = check.attributes;
    tokens.extend(parsed("#[::core::prelude::v1::test]"));
    tokens.extend(check.visibility);
    tokens.extend([
        TokenTree::Ident(Ident::new("fn", Span::call_site())),
        TokenTree::Ident(check.name),
        TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new())),
        TokenTree::Group(Group::new(Delimiter::Brace, inside)),
    ]);
    Ok(tokens)
}

/// The parts of a check.
struct Check {
    /// Its attributes, doc comments included.
    attributes: TokenStream,
    visibility: TokenStream,
    name: Ident,
    /// With its braces.
    body: Group,
}

impl Check {
    fn of(item: TokenStream) -> Result<Self, Misuse> {
        let mut tokens = item.into_iter().peekable();
        let mut attributes = TokenStream::new();
        while let Some(sign) = tokens.next_if(|it| is_punct(it, '#')) {
            let Some(TokenTree::Group(attribute)) = tokens.next() else {
                return Err(not_a_function(sign.span()));
            };
            if is_ident(attribute.stream().into_iter().next().as_ref(), "should_panic") {
                let message = "no `#[should_panic]`: catch the panic with \
                               `std::panic::catch_unwind` or `join`";
                return Err(Misuse { at: attribute.span(), message });
            }
            attributes.extend([sign, TokenTree::Group(attribute)]);
        }
        let mut visibility = TokenStream::new();
        if let Some(public) = tokens.next_if(|it| is_ident(Some(it), "pub")) {
            visibility.extend([public]);
            visibility.extend(tokens.next_if(|it| is_group(it, Delimiter::Parenthesis)));
        }
        let Some(keyword) = tokens.next() else { return Err(not_a_function(Span::call_site())) };
        if !is_ident(Some(&keyword), "fn") {
            return Err(not_a_function(keyword.span()));
        }
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return Err(not_a_function(keyword.span()));
        };
        match tokens.next() {
            Some(TokenTree::Group(parameters)) if parameters.stream().is_empty() => {}
            _ => return Err(not_a_function(name.span())),
        }
        match tokens.next() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { attributes, visibility, name, body })
            }
            Some(arrow) if is_punct(&arrow, '-') => {
                let message =
                    "a check returns nothing; on failure it panics and says what was expected";
                Err(Misuse { at: arrow.span(), message })
            }
            _ => Err(not_a_function(name.span())),
        }
    }
}

fn not_a_function(at: Span) -> Misuse {
    let message = "a check is a plain function, not async or generic, and takes no arguments";
    Misuse { at, message }
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident.to_string() == name)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// The tokens of `text`, which this file has written.
fn parsed(text: &str) -> TokenStream {
    text.parse().expect("this file writes only Rust")
}

/// `compile_error!` with `message`, reported at `at`.
fn compile_error(at: Span, message: &str) -> TokenStream {
    let text = TokenTree::Literal(Literal::string(message));
    let mut bang = Punct::new('!', Spacing::Alone);
    bang.set_span(at);
    let mut tokens = parsed("::core::");
    tokens.extend([
        TokenTree::Ident(Ident::new("compile_error", at)),
        TokenTree::Punct(bang),
        TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::from(text))),
    ]);
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(at);
            token
        })
        .collect()
}
