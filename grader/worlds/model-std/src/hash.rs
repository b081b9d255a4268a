//! [`std::hash`], with a `RandomState` that is the same every time.

pub use crate::collections::hash_map::RandomState;
pub use ::std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
