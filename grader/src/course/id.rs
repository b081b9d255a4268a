//! The name of an exercise's folder.

use std::path::Path;

/// The name of an exercise's folder, split into its parts.
pub(super) struct Id<'a> {
    pub(super) folder: &'a Path,
    pub(super) text: &'a str,
    pub(super) number: u32,
    pub(super) name: &'a str,
}

impl<'a> Id<'a> {
    /// Splits the name of `folder`. `None` if it is not of the form `NN_name`.
    pub(super) fn of(folder: &'a Path) -> Option<Self> {
        let text = folder.file_name()?.to_str()?;
        let (number, name) = text.split_once('_')?;
        let well_named = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let number = number.parse().ok().filter(|_| number.len() == 2 && well_named)?;
        Some(Self { folder, text, number, name })
    }
}
