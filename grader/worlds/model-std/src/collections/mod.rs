//! [`std::collections`], with hash maps that iterate in the same order every time.
//!
//! The real `RandomState` gets its keys from the system. A program that iterates over such a map
//! would behave differently in each execution, and a failing schedule would not fail again.

pub mod hash_map;
pub mod hash_set;

pub use ::std::collections::{
    BTreeMap, BTreeSet, BinaryHeap, Bound, LinkedList, TryReserveError, VecDeque, binary_heap,
    btree_map, btree_set, linked_list, vec_deque,
};
pub use hash_map::HashMap;
pub use hash_set::HashSet;
