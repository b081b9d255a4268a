//! Runs programs on the real `std`.

use ::std as lib;

#[path = "world/run.rs"]
pub(crate) mod run;
