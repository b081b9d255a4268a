//! Builds a check whose schedule somebody will choose.

use super::steerable::{Prepared, Steerable};
use super::{Item, Pipeline, interleavings};
use crate::course::Check;
use crate::extent::Extent;
use crate::job::{Job, Program};
use crate::statics;
use crate::submission::Answer;
use crate::world::World;
use record::{Budget, Task};

impl Pipeline<'_> {
    /// Builds `check` in the model, to be run as often as somebody likes.
    ///
    /// # Errors
    /// The grader or the machine fails.
    pub fn prepare<'c>(
        &self,
        answer: &Answer<'c>,
        check: &'c Check,
    ) -> anyhow::Result<Prepared<'c>> {
        let mut item = Item::new(answer, Extent::Full);
        item.only = Some(check);
        let mut items = [item];
        let mut programs = Vec::new();
        if !items[0].open_checks().is_empty() {
            let _lock = self.lock()?;
            let ready = self.ready(&mut items)?;
            for (index, built) in ready.built.iter().enumerate() {
                let package = ready.stage.package(index);
                let exercise = answer.exercise;
                programs.push(Program::of(exercise, check, World::Model, built, package));
            }
        }
        let [item] = items;
        let is_built = !item.open_checks().is_empty();
        let separate_runs = item.text.is_some_and(statics::are_in);
        let interleavings = interleavings(&item);
        let exercise = item.grade(self.course).exercise;
        if !is_built {
            return Ok(Prepared::Unbuilt(Box::new(exercise)));
        }
        let job = Job {
            exercise: answer.exercise,
            check,
            budget: Budget { interleavings, ..check.budget },
            programs,
            task: Task::Search,
            answer: 0,
            separate_runs,
        };
        let limits = self.limits;
        Ok(Prepared::Steerable(Box::new(Steerable { job, limits, exercise })))
    }
}
