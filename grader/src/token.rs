//! The replay token: names one schedule of one check.

use anyhow::Context;
use std::fmt;
use std::str::FromStr;

/// Names one schedule of one check of an exercise: `3-7f2k9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The number of the check, from 1.
    pub check: usize,
    /// The schedule.
    pub schedule: String,
}

impl FromStr for Token {
    type Err = anyhow::Error;

    fn from_str(token: &str) -> anyhow::Result<Self> {
        let parts = token.split_once('-').and_then(|(check, schedule)| {
            let check = check.parse().ok().filter(|check| *check > 0)?;
            (!schedule.is_empty()).then(|| Self { check, schedule: schedule.to_owned() })
        });
        parts.with_context(|| {
            format!(
                "`{token}` is not a replay token; copy one from a report, where it looks like \
                 3-7f2k9"
            )
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.check, self.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_the_check_and_the_schedule() {
        let token = Token { check: 3, schedule: "7f2k9".to_owned() };
        assert_eq!("3-7f2k9".parse::<Token>().unwrap(), token);
        for nonsense in ["", "3", "7f2k9", "0-7f2k9", "-7f2k9", "3-"] {
            assert!(nonsense.parse::<Token>().is_err(), "{nonsense}");
        }
    }
}
