//! What a shell can offer for an argument.

use crate::course;
use clap_complete::CompletionCandidate;
use std::env;

/// The names of the exercises of the course that the current folder belongs to.
pub(super) fn exercises() -> Vec<CompletionCandidate> {
    let root = env::current_dir().ok().and_then(|here| course::find_root(&here));
    let folders = root.and_then(|root| root.join("exercises").read_dir().ok());
    let mut ids: Vec<String> = folders
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|folder| folder.file_name().into_string().ok())
        .collect();
    ids.sort();
    // The course's order is not that of the alphabet.
    let named = ids.iter().filter_map(|id| id.split_once('_')).enumerate();
    named
        .map(|(place, (_, name))| CompletionCandidate::new(name).display_order(Some(place)))
        .collect()
}
