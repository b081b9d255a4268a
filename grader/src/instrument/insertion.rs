//! Inserts pieces of code between the tokens of an answer without moving any of its lines.

use crate::syntax;

/// A place in a text, counted as in `proc-macro2`: the line from 1, the column in characters from
/// 0.
pub(crate) type Place = (usize, usize);

/// `text` with the pieces that `find` returns, each inserted before the character at its place.
/// Pieces for the same place keep their order. `None` if `text` cannot be parsed.
pub(crate) fn with(
    text: &str,
    find: impl FnOnce(&str, &syn::File) -> Vec<(Place, String)> + Send + 'static,
) -> Option<String> {
    let pieces = syntax::with_tree(text, find)?;
    Some(insert(text, pieces))
}

fn insert(text: &str, mut pieces: Vec<(Place, String)>) -> String {
    pieces.sort_by_key(|(place, _)| *place);
    let mut pieces = pieces.into_iter().peekable();
    let mut longer = String::with_capacity(text.len() * 2);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        for (column, c) in line.chars().enumerate() {
            while let Some((_, piece)) = pieces.next_if(|(at, _)| *at <= (index + 1, column)) {
                longer.push_str(&piece);
            }
            longer.push(c);
        }
    }
    pieces.for_each(|(_, piece)| longer.push_str(&piece));
    longer
}
