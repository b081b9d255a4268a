use super::check::{CONTRACTS, Check};
use super::check_file::TestFn;
use super::problem::{Inspector, nearest};
use super::yaml::{self, CheckYaml, ExerciseYaml};
use crate::ability::Ability;
use crate::verdict::Verdict;
use crate::world::World;
use record::Budget;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Maximum points for one check. With more, a few checks would decide the score.
const MOST_POINTS: u64 = 100;
/// Maximum number of schedules of the systematic search. More would take minutes.
const MOST_SCHEDULES: u64 = 1_000_000;
/// Maximum number of rounds on real threads, for the same reason.
const MOST_ROUNDS: u64 = 10_000;

/// `exercise.yaml` while it is being inspected.
pub(super) struct Page<'a, 'i> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
    pub(super) inspector: &'a mut Inspector<'i>,
}

impl Page<'_, '_> {
    /// The line that contains `key`, whatever its value.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        let start = format!("{key}:");
        self.text.lines().position(|line| line.trim_start().starts_with(&start)).map(|i| i + 1)
    }

    fn note(&mut self, line: Option<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.inspector.note(self.file, line, what, remedy);
    }

    pub(super) fn inspect(&mut self, yaml: &ExerciseYaml) {
        if yaml.checks.is_empty() {
            self.note(self.line("checks"), "the exercise has no checks", "list at least one");
        }
    }

    /// What its checks and answers may use besides threads.
    pub(super) fn abilities(&mut self, yaml: &ExerciseYaml) -> BTreeSet<Ability> {
        let mut abilities = BTreeSet::new();
        for word in &yaml.abilities {
            if let Some(ability) = Ability::from_name(word) {
                abilities.insert(ability);
            } else {
                let known = Ability::ALL.map(Ability::name);
                let list = format!("the abilities are {}", known.join(", "));
                let remedy = did_you_mean(word, known, &list);
                let what = format!("there is no ability `{word}`");
                self.note(self.line("abilities"), what, remedy);
            }
        }
        abilities
    }

    /// The verdicts that the starter must get.
    pub(super) fn starter(&mut self, yaml: &ExerciseYaml) -> BTreeMap<String, Verdict> {
        let line = self.line("starter");
        if yaml.starter.is_empty() {
            let remedy = "name at least one check that the unsolved starter fails, and its verdict";
            self.note(line, "`starter` is missing", remedy);
        }
        let mut expected = BTreeMap::new();
        for (check, word) in &yaml.starter {
            if !yaml.checks.iter().any(|c| c.name == *check) {
                let names = yaml.checks.iter().map(|c| c.name.as_str());
                let remedy = did_you_mean(check, names, "name a check listed under `checks`");
                let what = format!("`starter` names `{check}`, which is not a check");
                self.note(line, what, remedy);
            }
            if let Some(verdict) = self.verdict(word, line) {
                expected.insert(check.clone(), verdict);
            }
        }
        expected
    }

    /// The checks, each entry joined with its function.
    pub(super) fn checks(
        &mut self,
        listed: Vec<CheckYaml>,
        mut functions: BTreeMap<String, TestFn>,
        folder: &Path,
    ) -> Vec<Check> {
        let mut names = BTreeSet::new();
        let mut checks = Vec::new();
        for entry in listed {
            let lines = yaml::lines_of(self.text, "name", &entry.name);
            let line = lines.first().copied();
            if !names.insert(entry.name.clone()) {
                let what = format!("check `{}` is listed twice", entry.name);
                self.note(lines.last().copied(), what, "remove one of the two");
                continue;
            }
            let Some(function) = functions.remove(&entry.name) else {
                let left = functions.keys().map(String::as_str);
                let remedy = did_you_mean(&entry.name, left, "write it, or remove this entry");
                let what = format!("there is no `#[test] fn {}()` in tests/", entry.name);
                self.note(line, what, remedy);
                continue;
            };
            let number = checks.len() + 1;
            checks.push(self.check(number, entry, function, line));
        }
        for function in functions.into_values() {
            let what = format!("check `{}` is not listed in exercise.yaml", function.name);
            let remedy = "list it under `checks` with its points, or remove `#[test]`";
            self.inspector.note(&folder.join(&function.file), function.line, what, remedy);
        }
        checks
    }

    fn check(
        &mut self,
        number: usize,
        entry: CheckYaml,
        function: TestFn,
        line: Option<usize>,
    ) -> Check {
        let name = &entry.name;
        if entry.points == 0 {
            let remedy = "give it at least one point";
            self.note(line, format!("check `{name}` has no points"), remedy);
        }
        let bounded = [
            ("points", u64::from(entry.points), MOST_POINTS),
            ("schedules", entry.schedules.unwrap_or(0), MOST_SCHEDULES),
            ("rounds", entry.rounds.unwrap_or(0), MOST_ROUNDS),
        ];
        for (field, number, most) in bounded {
            if number > most {
                let what = format!("check `{name}` has {number} {field}");
                self.note(line, what, format!("write at most {most}"));
            }
        }
        let worlds = self.worlds(&entry, line);
        let in_contracts = function.file == Path::new(CONTRACTS);
        if in_contracts != worlds.contains(&World::Compile) {
            let what = format!("check `{name}` in {} has wrong `worlds`", function.file.display());
            let remedy = format!("give `worlds: [compile]` to checks in {CONTRACTS} and no others");
            self.note(line, what, remedy);
        }
        let mut means = BTreeMap::new();
        for (from, to) in &entry.means {
            let verdicts = [from, to].map(|word| self.verdict(word, line));
            if let [Some(from), Some(to)] = verdicts {
                if from.is_pass() || to.is_pass() {
                    let what = format!("check `{name}` renames a verdict from or to `pass`");
                    self.note(line, what, "name only failures under `means`");
                }
                means.insert(from, to);
            }
        }
        let mut budget = Budget::default();
        if let Some(schedules) = entry.schedules {
            budget.systematic = schedules;
            budget.random = budget.random.min(schedules);
        }
        if let Some(rounds) = entry.rounds {
            budget.rounds = rounds;
        }
        if budget.rounds == 0 || budget.systematic == 0 {
            let what = format!("check `{name}` is never run");
            self.note(line, what, "give it at least one round and one schedule");
        }
        Check {
            number,
            doc: function.doc,
            file: function.file,
            points: entry.points,
            worlds,
            time: entry.time,
            budget,
            means,
            name: entry.name,
        }
    }

    fn worlds(&mut self, entry: &CheckYaml, line: Option<usize>) -> Vec<World> {
        let mut worlds = BTreeSet::new();
        for word in &entry.worlds {
            match World::from_name(word) {
                Some(world) if worlds.insert(world) => {}
                Some(_) => {
                    let what = format!("check `{}` names the world `{word}` twice", entry.name);
                    self.note(line, what, "remove one of the two");
                }
                None => {
                    let what = format!("there is no world `{word}`");
                    let known = World::ALL.map(World::name);
                    let remedy = did_you_mean(word, known, "the worlds are model, native, compile");
                    self.note(line, what, remedy);
                }
            }
        }
        if worlds.is_empty() {
            let what = format!("check `{}` runs in no world", entry.name);
            self.note(line, what, "omit `worlds` to run it in both `model` and `native`");
        }
        if worlds.len() > 1 && worlds.contains(&World::Compile) {
            let what = format!("check `{}` combines `compile` with other worlds", entry.name);
            self.note(line, what, "write `worlds: [compile]`, or remove `compile`");
        }
        // The enum lists the worlds in the order in which they decide.
        worlds.into_iter().collect()
    }

    fn verdict(&mut self, word: &str, line: Option<usize>) -> Option<Verdict> {
        let verdict = Verdict::from_name(word);
        if verdict.is_none() {
            let (what, remedy) = unknown_verdict(word);
            self.note(line, what, remedy);
        }
        verdict
    }
}

/// Problem and remedy for a word that names no verdict.
pub(super) fn unknown_verdict(word: &str) -> (String, String) {
    let known = Verdict::NAMED.map(Verdict::name);
    let list = format!("the verdicts are {}", known.join(", "));
    (format!("there is no verdict `{word}`"), did_you_mean(word, known, &list))
}

/// "did you mean …?", or `otherwise` if no known word is close.
fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_owned(),
    }
}
