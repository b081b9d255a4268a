//! How much was tried. No more is claimed than that.

use super::super::evidence::Evidence;
use super::super::timeline::Timeline;
use super::{count, number};
use crate::graded::Facts;
use crate::world::World;
use record::Coverage;

/// What a pass is worth: `6,329 schedules (including all with at most 2 preemptions), 3,000 random
/// ones, and 50 runs on real threads`.
pub(crate) fn passed(tried: &[(World, Coverage)]) -> String {
    let parts: Vec<String> = tried.iter().flat_map(|(world, c)| parts(*world, c)).collect();
    super::list(&parts)
}

fn parts(world: World, coverage: &Coverage) -> Vec<String> {
    match world {
        World::Compile => Vec::new(),
        World::Native if coverage.systematic == 0 => Vec::new(),
        World::Native => vec![format!("{} on real threads", count(coverage.systematic, "run"))],
        World::Model => searched(coverage),
    }
}

fn searched(coverage: &Coverage) -> Vec<String> {
    let Coverage { systematic, random, bound, odd_events, exhausted } = *coverage;
    if exhausted {
        return vec![match coverage.schedules() {
            1 => "the only possible schedule".to_owned(),
            tried => format!("every interleaving ({} schedules)", number(tried)),
        }];
    }
    let mut covered = Vec::new();
    covered.extend(odd_events.map(interleavings));
    // Each spurious event counts against this bound, too, so more of them say more.
    covered
        .extend(bound.filter(|&bound| odd_events.is_none_or(|most| most < bound)).map(preemptions));
    let schedules = count(systematic, "schedule");
    let mut parts = vec![match covered.is_empty() {
        false => format!("{schedules} (including {})", covered.join(" and ")),
        true => schedules,
    }];
    if random > 0 {
        parts.push(format!("{} random ones", number(random)));
    }
    parts
}

/// All interleavings with at most so many spurious wakeups, deadlines that pass early and weak
/// exchanges that fail.
fn interleavings(spurious: u32) -> String {
    match spurious {
        0 => "every interleaving without spurious events".to_owned(),
        most => {
            format!("every interleaving with at most {}", count(most.into(), "spurious event"))
        }
    }
}

fn preemptions(bound: u32) -> String {
    match bound {
        0 => "all without preemption".to_owned(),
        bound => format!("all with at most {}", count(bound.into(), "preemption")),
    }
}

/// How many schedules or runs it took to find a failure, and how much of its schedule is shown.
pub(in super::super) fn failed(
    world: Option<World>,
    evidence: &Evidence<'_>,
    timeline: &Timeline,
) -> Option<String> {
    let Facts::Ended(outcome) = &evidence.check.facts else {
        return None;
    };
    let found = search(world?, &outcome.coverage, evidence.needs_no_luck())?;
    let shown = timeline
        .is_cut()
        .then(|| format!(" {} of {} shown.", timeline.rows.len(), count(timeline.steps, "step")));
    Some(format!("{found}{}", shown.unwrap_or_default()))
}

fn search(world: World, coverage: &Coverage, any_schedule: bool) -> Option<String> {
    let tried = coverage.schedules();
    match world {
        World::Compile => None,
        _ if tried == 0 => None,
        World::Native => Some(format!(
            "Seen on real threads, in run {}. The grader does not control the order in which they run, so \
             there is nothing to replay.",
            number(tried)
        )),
        World::Model if any_schedule => {
            Some("Every schedule that was tried fails: no bad luck is needed.".to_owned())
        }
        World::Model if tried == 1 => Some("The first schedule that was tried failed.".to_owned()),
        World::Model => Some(format!("Found after {}.", count(tried, "schedule"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(systematic: u64, random: u64, coverage: Coverage) -> String {
        passed(&[(World::Model, Coverage { systematic, random, ..coverage })])
    }

    #[test]
    fn no_more_is_claimed_than_was_tried() {
        let nothing = Coverage::default();
        let all = Coverage { exhausted: true, ..nothing };
        assert_eq!(model(1, 0, all), "the only possible schedule");
        assert_eq!(model(128, 60, all), "every interleaving (188 schedules)");
        let bound = |bound| Coverage { bound: Some(bound), ..nothing };
        assert_eq!(
            model(6_329, 3_000, bound(2)),
            "6,329 schedules (including all with at most 2 preemptions) and 3,000 random ones"
        );
        assert_eq!(
            model(10_000, 3_000, bound(0)),
            "10,000 schedules (including all without preemption) and 3,000 random ones"
        );
        assert_eq!(model(10_000, 3_000, nothing), "10,000 schedules and 3,000 random ones");
    }

    #[test]
    fn spurious_events_are_counted_apart() {
        let both = |odd, bound| Coverage {
            odd_events: Some(odd),
            bound: Some(bound),
            ..Coverage::default()
        };
        assert_eq!(
            model(900, 0, both(0, 2)),
            "900 schedules (including every interleaving without spurious events and all with at \
             most 2 preemptions)"
        );
        assert_eq!(
            model(900, 20, both(1, 1)),
            "900 schedules (including every interleaving with at most 1 spurious event) and 20 \
             random ones"
        );
    }

    #[test]
    fn real_threads_are_told_apart() {
        let native = (World::Native, Coverage { systematic: 50, ..Coverage::default() });
        assert_eq!(passed(&[native]), "50 runs on real threads");
        assert_eq!(passed(&[(World::Compile, Coverage::default())]), "");
        let found = Coverage { systematic: 31, ..Coverage::default() };
        let said = search(World::Native, &found, false).unwrap_or_default();
        assert!(said.starts_with("Seen on real threads, in run 31."));
    }

    #[test]
    fn luck_is_spoken_of_only_where_it_is_known_to_play_no_part() {
        let once = Coverage { systematic: 1, ..Coverage::default() };
        assert!(!search(World::Model, &once, false).unwrap_or_default().contains("luck"));
        assert!(search(World::Model, &once, true).unwrap_or_default().contains("luck"));
    }
}
