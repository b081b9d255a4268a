use super::lib::collections::hash_map::{self, Entry};
use super::lib::collections::{BTreeMap, HashMap, HashSet, hash_set};
use super::lib::hash::{BuildHasher, RandomState};
use super::panic_of;

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}

pub(crate) fn maps() -> String {
    let mut map = HashMap::new();
    let mut seen = vec![format!("{:?} {:?} {map:?}", map.insert("a", 1), map.insert("a", 2))];
    map.extend([("b", 3), ("c", 4)]);
    map.extend(&HashMap::from([("d", 5)]));
    *map.entry("a").or_insert(0) += 10;
    if let Entry::Occupied(entry) = map.entry("b") {
        seen.push(format!("{:?}", entry.remove_entry()));
    }
    *map.get_mut("c").unwrap() *= 2;
    seen.push(format!("{} {:?} {} {}", map["a"], map.get("x"), map["c"], map.len()));
    seen.push(panic_of(|| map["x"]).split(':').next().unwrap_or_default().to_owned());
    let copy = map.clone();
    for (key, value) in &mut map {
        *value += key.len();
    }
    seen.push(format!("{} {:?}", copy == map, sorted(&map)));
    seen.push(format!("{:?} {:?}", sorted(copy.keys()), sorted(copy.values())));
    seen.push(format!("{:?} {:?}", sorted(copy.clone().into_keys()), sorted(copy.into_values())));
    map.retain(|key, _| *key != "d");
    let collected: HashMap<_, _> = map.iter().map(|(key, value)| (*value, *key)).collect();
    let back: BTreeMap<_, _> = collected.into_iter().collect();
    let drained: hash_map::Drain<'_, _, _> = map.drain();
    seen.push(format!("{back:?} {:?}", sorted(drained)));
    let sized: HashMap<u8, u8> = HashMap::with_capacity(8);
    let hashed: HashMap<u8, u8, RandomState> = HashMap::with_hasher(RandomState::new());
    seen.push(format!(
        "{} {} {:?}",
        sized.capacity() >= 8,
        hashed.is_empty(),
        HashMap::<u8, u8>::default()
    ));
    seen.join("\n")
}

pub(crate) fn sets() -> String {
    let a = HashSet::from([1, 2, 3]);
    let mut b: HashSet<_> = (2..5).collect();
    let mut seen = vec![format!("{} {} {}", a.contains(&1), a.is_subset(&b), a == b)];
    seen.push(format!("{:?} {:?}", sorted(a.intersection(&b)), sorted(a.difference(&b))));
    seen.push(format!("{:?} {:?}", sorted(a.union(&b)), sorted(a.symmetric_difference(&b))));
    seen.push(format!(
        "{:?} {:?} {:?} {:?}",
        sorted(&a & &b),
        sorted(&a | &b),
        sorted(&a ^ &b),
        sorted(&a - &b)
    ));
    b.extend([7]);
    b.extend(&a);
    seen.push(format!("{} {} {:?}", b.insert(7), b.remove(&7), sorted(&b)));
    let items: hash_set::IntoIter<i32> = b.clone().into_iter();
    seen.push(format!("{:?} {:?} {:?}", sorted(items), b.take(&1), HashSet::<u8>::default()));
    seen.join("\n")
}

/// A `RandomState` gives the same keys to every hasher it builds.
pub(crate) fn hashers() -> String {
    let state = RandomState::new();
    let hash = |value: &str| state.clone().hash_one(value);
    format!("{} {}", hash("a") == hash("a"), hash("a") == hash("b"))
}
