//! A mistake that is easily made in an exercise: the first fault that its explanation shows as a diff.

use super::patch::{EXTENSION, Patch};
use super::solutions::EXPLAINED;
use std::fs;
use std::path::{Path, PathBuf};

/// What a learner who has solved an exercise is shown of a wrong answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in a sentence.
    pub fault: String,
    /// The hunks of the diff that puts the fault into a right answer.
    pub diff: String,
    /// The page that tells more, relative to the course.
    pub page: PathBuf,
}

impl Mistake {
    /// The one of the exercise in folder `id`. `None` where the explanation shows none, or the course was
    /// handed out without `solutions/`.
    pub(super) fn of(root: &Path, id: &str) -> Option<Self> {
        let folder = Path::new("solutions").join(id);
        let page = folder.join(EXPLAINED);
        let text = fs::read_to_string(root.join(&page)).ok()?;
        let mark = text.lines().find_map(|line| line.trim().strip_prefix("<!-- fault:"))?;
        let label = mark.trim_end_matches("-->").trim();
        let file = root.join(folder).join(format!("{label}.{EXTENSION}"));
        let text = fs::read_to_string(file).ok()?;
        let patch = Patch::parse(&text).ok()?;
        let fault = fault(patch.head)?;
        let hunks = patch.diff_text.lines().skip_while(|line| !line.starts_with("@@"));
        let diff = hunks.map(|line| format!("{line}\n")).collect();
        Some(Self { fault, diff, page })
    }
}

/// The sentence behind `Fault:` in a patch's head, which may go on in further lines.
fn fault(head: &str) -> Option<String> {
    let (_, sentence) = head.split_once("Fault:")?;
    let lines = sentence.lines().enumerate();
    let is_part = |&(index, line): &(usize, &str)| index == 0 || !line.contains(':');
    let lines = lines.take_while(is_part).map(|(_, line)| line.trim());
    Some(lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_may_take_several_lines() {
        let head = "Fault: the guard is\ndropped too early.\nExpect: a = wrong\n\n";
        assert_eq!(fault(head).as_deref(), Some("the guard is dropped too early."));
        assert_eq!(fault("Expect: a = wrong\n"), None);
    }
}
