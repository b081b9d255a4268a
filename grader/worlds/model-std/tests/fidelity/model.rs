//! The cases against the model.

use ::model_std as lib;

#[path = "cases/mod.rs"]
pub(crate) mod cases;
