//! Runs programs on the model.

use ::model_std as lib;

#[path = "world/run.rs"]
pub(crate) mod run;
