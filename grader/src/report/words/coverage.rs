//! How much was tried, said as it is.

use super::{count, number};
use crate::graded::World;
use record::{Budget, Coverage};

/// What a pass is worth: `all 6,329 schedules with at most 2 preemptions, and 3,000 random ones`.
pub(in super::super) fn passed(tried: &[(World, Coverage)]) -> String {
    let parts: Vec<String> = tried.iter().filter_map(|(world, c)| part(*world, c)).collect();
    super::list(&parts)
}

fn part(world: World, coverage: &Coverage) -> Option<String> {
    match world {
        World::Compile => None,
        World::Native if coverage.systematic == 0 => None,
        World::Native => Some(format!("{} on real threads", count(coverage.systematic, "round"))),
        World::Model => Some(searched(coverage)),
    }
}

fn searched(coverage: &Coverage) -> String {
    let Coverage { systematic, random, bound, exhausted } = *coverage;
    if exhausted && systematic == 1 {
        return "the only schedule there is".to_owned();
    }
    if exhausted {
        return format!("every schedule there is ({})", number(systematic));
    }
    let most = Budget::default().preemptions;
    let mut text = match bound {
        Some(bound) if bound >= most => {
            format!("all {} {}", count(systematic, "schedule"), preemptions(bound))
        }
        Some(bound) => {
            format!("{}, among them all {}", count(systematic, "schedule"), preemptions(bound))
        }
        None => count(systematic, "schedule"),
    };
    if random > 0 {
        text.push_str(&format!(", {} random ones", number(random)));
    }
    text
}

fn preemptions(bound: u32) -> String {
    match bound {
        0 => "without a preemption".to_owned(),
        bound => format!("with at most {}", count(bound.into(), "preemption")),
    }
}

/// How long a failure had to be looked for.
pub(in super::super) fn failed(world: Option<World>, coverage: &Coverage) -> Option<String> {
    let tried = coverage.schedules();
    match world? {
        World::Compile => None,
        _ if tried == 0 => None,
        World::Native => Some(format!(
            "Seen on real threads, in round {}. Real threads keep no schedule, so this cannot be \
             replayed step by step.",
            number(tried)
        )),
        World::Model if tried == 1 => {
            Some("Found with the first schedule: it needs no bad luck at all.".to_owned())
        }
        World::Model => Some(format!("Found after {}.", count(tried, "schedule"))),
    }
}
