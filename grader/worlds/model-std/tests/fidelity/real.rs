//! The cases against the real `std`.

use ::std as lib;

#[path = "cases/mod.rs"]
pub(crate) mod cases;
