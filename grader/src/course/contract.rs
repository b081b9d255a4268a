//! The head of a program in `tests/contracts/`: it states the contract in words for the learner,
//! because the code that makes rustc check it is usually a trick.
//!
//! ```text
//! //! Contract: a guard stays on the thread that took it.
//! //! About: RLockGuard
//! //! Broken: `RLockGuard` can be moved to another thread. Dropped there, …
//! ```

/// The comment at the top of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractHead {
    /// What holds if the contract is kept.
    pub contract: String,
    /// The type, function or method (`Type::method`) that it is about.
    pub about: Option<String>,
    /// What a learner is told if it is broken.
    pub broken: String,
}

impl ContractHead {
    /// Reads the head of a program. `None` if `Contract:` or `Broken:` is missing.
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

const FIELDS: [&str; 3] = ["Contract:", "About:", "Broken:"];
