//! Spelling, checked with the dictionary of <https://github.com/crate-ci/typos>.

use std::borrow::Cow;
use typos::tokens::{Identifier, TokenizerBuilder, Word};
use typos::{Dictionary, Status};
use unicase::UniCase;

/// Names in code, misspellings that tests make on purpose, and the end of `2nd`.
const OURS: [&str; 9] =
    ["onces", "childs", "conter", "modell", "wakup", "lokc", "ratatui", "ba", "nd"];

struct Corrections;

impl Dictionary for Corrections {
    fn correct_ident<'s>(&'s self, _: Identifier<'_>) -> Option<Status<'s>> {
        None
    }

    fn correct_word<'s>(&'s self, word: Word<'_>) -> Option<Status<'s>> {
        if OURS.contains(&word.token().to_lowercase().as_str()) {
            return None;
        }
        let corrections = typos_dict::WORD.find(&UniCase::new(word.token()))?;
        Some(Status::Corrections(corrections.iter().map(|&it| Cow::Borrowed(it)).collect()))
    }
}

#[test]
fn no_word_is_misspelled() {
    let tokenizer = TokenizerBuilder::new().build();
    let mut found = Vec::new();
    for page in prose::pages() {
        for typo in typos::check_str(&page.text, &tokenizer, &Corrections) {
            let line = page.text[..typo.byte_offset].lines().count().max(1);
            found.push(format!("{}:{line}: {}", page.file.display(), typo.typo));
        }
    }
    assert!(found.is_empty(), "misspelled:\n{}", found.join("\n"));
}
