//! What a learner asks for between two runs: where they stand, the next hint, a fresh start, the
//! solution.
//!
//! Nothing here grades. What is known of an answer comes from the results of earlier runs, so there
//! is nothing to keep in step with them. Only what no result can tell, such as the hints given so
//! far, is kept in a file of its own ([`Notebook`]).

mod hints;
mod notebook;
mod reset;
mod solution;
mod standing;

pub use hints::{Hint, hint};
pub use notebook::Notebook;
pub(crate) use reset::KEPT;
pub use reset::{Reset, ResetError, reset};
pub use solution::{Solution, SolutionError, solution};
pub use standing::{Standing, State, current, standings};
