//! What a program in `tests/contracts/` says at its head: what it stands for, in words for the learner,
//! because how it makes rustc show it is a trick more often than not.
//!
//! ```text
//! //! Contract: a guard stays on the thread that took it.
//! //! Type: RLockGuard
//! //! Broken: `RLockGuard` can be moved to another thread. Dropped there, …
//! ```

/// What a program says at its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractHead {
    /// What holds where the contract is kept.
    pub contract: String,
    /// The type that it is about.
    pub about: Option<String>,
    /// What is told where it is broken.
    pub broken: String,
}

impl ContractHead {
    /// The head of a program. `None` where `Contract:` or `Broken:` is missing.
    pub fn of(text: &str) -> Option<Self> {
        let doc = text.lines().take_while(|line| line.starts_with("//!"));
        let doc: Vec<&str> = doc.map(|line| line.trim_start_matches("//!").trim()).collect();
        let field = |name: &str| {
            let begin = doc.iter().position(|line| line.starts_with(name))?;
            let is_other = |line: &&&str| {
                line.is_empty()
                    || FIELDS.iter().any(|field| line.starts_with(field) && *field != name)
            };
            let first = doc[begin][name.len()..].trim();
            let rest = doc[begin + 1..].iter().take_while(|line| !is_other(line)).copied();
            let words: Vec<&str> = std::iter::once(first).chain(rest).collect();
            Some(words.join(" ").trim().to_owned()).filter(|text| !text.is_empty())
        };
        let (contract, broken) = (field(FIELDS[0])?, field(FIELDS[2])?);
        Some(Self { contract, about: field(FIELDS[1]), broken })
    }
}

const FIELDS: [&str; 3] = ["Contract:", "Type:", "Broken:"];
