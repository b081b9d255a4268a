//! The worlds' `#[test]`.
//!
//! Each world's prelude exports this attribute under the name `test`, which shadows the built-in
//! one. A check that is an ordinary `#[test] fn name() { … }` thereby becomes one call of that
//! world's `check::run`: an exploration in the model, many runs in the native world. libtest still
//! finds it, so `--exact` and `--list` keep working.

use proc_macro::TokenStream;
use quote::quote;
use syn::{AttrStyle, ItemFn, ReturnType, parse_macro_input, spanned::Spanned};

/// Turns an ordinary test function into a check.
///
/// The function takes no arguments and returns nothing. `#[should_panic]` is rejected: a check
/// catches a panic that it expects, so that it can say what it expected.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let check = parse_macro_input!(item as ItemFn);
    match expand(arguments.is_empty(), &check) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn expand(bare: bool, check: &ItemFn) -> syn::Result<proc_macro2::TokenStream> {
    let signature = &check.sig;
    if !bare {
        return Err(syn::Error::new(signature.span(), "`#[test]` takes no arguments"));
    }
    if !signature.inputs.is_empty() || signature.asyncness.is_some() {
        return Err(syn::Error::new(
            signature.span(),
            "a check is a plain function, not async, and takes no arguments",
        ));
    }
    if let ReturnType::Type(_, returned) = &signature.output {
        return Err(syn::Error::new(
            returned.span(),
            "a check returns nothing; on failure it panics and says what was expected",
        ));
    }
    if let Some(attribute) = check.attrs.iter().find(|a| a.path().is_ident("should_panic")) {
        return Err(syn::Error::new(
            attribute.span(),
            "no `#[should_panic]`: catch the panic with `std::panic::catch_unwind` or `join`",
        ));
    }
    let ItemFn { attrs, vis, sig, block } = check;
    let (inner, outer): (Vec<_>, Vec<_>) =
        attrs.iter().partition(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let (name, statements) = (&sig.ident, &block.stmts);
    // A function of its own rather than a closure, because only a function can begin with `#![…]`.
    Ok(quote! {
        #(#outer)*
        #[::core::prelude::v1::test]
        #vis fn #name() {
            fn __the_check() {
                #(#inner)*
                #(#statements)*
            }
            ::std::check::run(::core::stringify!(#name), __the_check)
        }
    })
}
