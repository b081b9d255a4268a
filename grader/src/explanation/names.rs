//! The names of threads and objects. A record knows them by index; a learner knows them by what the
//! source calls them.

use super::code::Call;
use super::safe;
use super::sources::Sources;
use record::{ObjectKind, Operation, Step, Trace};
use std::collections::{BTreeSet, HashMap};

/// A name longer than this loses its front: names of many threads differ at the end.
const MAX_THREAD: usize = 20;

/// What an object is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ObjectName {
    /// What the source calls it, if that is unambiguous: `accounts[1]`.
    Code(String),
    /// The only one of its kind, or the only one that a reader meets: `the Mutex`.
    Only(ObjectKind),
    /// One of several without an unambiguous name in the source: `state (B)`, `Mutex (B)`.
    Lettered(Lettered),
}

/// An object whose name alone does not tell which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lettered {
    pub(super) kind: ObjectKind,
    /// What the source calls it and others of its kind, if it has only one name there.
    pub(super) code: Option<String>,
    /// No two objects of a trace have the same letter, whatever their kinds.
    pub(super) letter: String,
}

/// The names of one trace.
#[derive(Debug)]
pub(super) struct Names {
    threads: Vec<String>,
    objects: Vec<ObjectName>,
}

impl Names {
    pub(super) fn of(trace: &Trace, sources: &Sources) -> Self {
        Self { threads: threads(trace), objects: objects(trace, sources) }
    }

    /// Gives out the letters again, in the order in which a reader meets the objects: those of
    /// `shown` first, and then all others. An object needs no letter if no other one with its name
    /// is shown.
    pub(super) fn letter_in_order(&mut self, shown: &[usize]) {
        let lettered = |object: usize| match self.objects.get(object) {
            Some(ObjectName::Lettered(it)) => Some((object, it.kind, it.code.clone())),
            _ => None,
        };
        let met: BTreeSet<usize> = shown.iter().copied().collect();
        let met: Vec<_> = met.into_iter().filter_map(lettered).collect();
        for (object, kind, code) in &met {
            if met.iter().filter(|(_, of, name)| (of, name) == (kind, code)).count() == 1 {
                self.objects[*object] = match code {
                    Some(code) => ObjectName::Code(code.clone()),
                    None => ObjectName::Only(*kind),
                };
            }
        }
        let mut next = 0;
        let mut done = vec![false; self.objects.len()];
        for object in shown.iter().copied().chain(0..self.objects.len()) {
            if let Some(ObjectName::Lettered(name)) = self.objects.get_mut(object)
                && !std::mem::replace(&mut done[object], true)
            {
                name.letter = letter(next);
                next += 1;
            }
        }
    }

    /// A thread's name without decoration: `check`, its own name, or `thread 2`.
    pub(super) fn thread(&self, thread: usize) -> String {
        self.threads.get(thread).cloned().unwrap_or_else(|| unnamed(thread))
    }

    /// Whether a thread's name has a number, because others have the same one.
    pub(super) fn is_numbered(name: &str) -> bool {
        ["nd)", "rd)", "th)"].iter().any(|ending| name.ends_with(ending))
    }

    /// An object's name.
    pub(super) fn object(&self, object: usize) -> Option<&ObjectName> {
        self.objects.get(object)
    }
}

fn unnamed(thread: usize) -> String {
    if thread == 0 { "check".to_owned() } else { format!("thread {thread}") }
}

fn threads(trace: &Trace) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    // The same without the numbers that tell threads of one name apart.
    let mut plain: Vec<String> = Vec::new();
    for (index, thread) in trace.threads.iter().enumerate() {
        let own = thread.name.as_deref().map(|name| safe::cut_front(&safe::line(name), MAX_THREAD));
        let mut name = match own {
            Some(own) if index > 0 && !own.trim().is_empty() => own,
            _ => unnamed(index),
        };
        let alike = plain.iter().filter(|other| **other == name).count();
        plain.push(name.clone());
        if alike > 0 {
            name = format!("{name} ({})", ordinal(alike + 1));
        }
        names.push(name);
    }
    names
}

/// `2nd`, `3rd`, `11th`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn objects(trace: &Trace, sources: &Sources) -> Vec<ObjectName> {
    let kinds: Vec<ObjectKind> = trace.objects.iter().map(|object| object.kind).collect();
    // There may be tens of thousands of objects and thousands of steps.
    let mut steps: Vec<Vec<&Step>> = vec![Vec::new(); kinds.len()];
    for step in &trace.steps {
        if let Some(of_object) = step.object.and_then(|object| steps.get_mut(object)) {
            of_object.push(step);
        }
    }
    let mut alike: HashMap<ObjectKind, usize> = HashMap::new();
    kinds.iter().for_each(|kind| *alike.entry(*kind).or_default() += 1);
    let called = kinds.iter().zip(&steps);
    let called: Vec<BTreeSet<String>> =
        called.map(|(kind, steps)| shortened(receivers(sources, *kind, steps))).collect();
    // For how many objects of a kind each name is used.
    let mut uses: HashMap<(ObjectKind, &str), usize> = HashMap::new();
    for (kind, names) in kinds.iter().zip(&called) {
        for name in names {
            *uses.entry((*kind, name.as_str())).or_default() += 1;
        }
    }
    let mut lettered = 0;
    let mut name = |(kind, names): (&ObjectKind, &BTreeSet<String>)| {
        let own = names.first().filter(|_| names.len() == 1);
        if let Some(own) = own.filter(|own| uses.get(&(*kind, own.as_str())) == Some(&1)) {
            return ObjectName::Code(own.clone());
        }
        if alike[kind] == 1 {
            return ObjectName::Only(*kind);
        }
        lettered += 1;
        let code = own.cloned();
        ObjectName::Lettered(Lettered { kind: *kind, code, letter: letter(lettered - 1) })
    };
    kinds.iter().zip(&called).map(&mut name).collect()
}

/// `A`, `B`, …, `Z`, then `#27` and so on.
fn letter(number: usize) -> String {
    match u8::try_from(number) {
        Ok(number) if number < 26 => char::from(b'A' + number).to_string(),
        _ => format!("#{}", number + 1),
    }
}

/// The expressions on which the operations of an object are called, given its steps: those in the learner's
/// file, or else those in the checks.
fn receivers(sources: &Sources, kind: ObjectKind, steps: &[&Step]) -> BTreeSet<String> {
    let calls = |answer: bool| {
        let steps = steps.iter().filter(move |step| {
            // These are located where the lock was acquired or the wait began, and the expression
            // there names another object.
            !matches!(step.operation, Operation::Unlock | Operation::Relock | Operation::Disconnect)
                && sources.is_answer(&step.at) == answer
        });
        // A helper that waits gets the condition variable as an argument.
        let waits = kind == ObjectKind::Condvar;
        let is_lock = is_lock(kind);
        let named = |call: &Call| {
            let argument = if waits { call.reference.as_ref() } else { call.subject.as_ref() };
            let helper = || sources.acquired_by(call).filter(|_| is_lock);
            argument.cloned().or_else(helper).unwrap_or_else(|| call.receiver.clone())
        };
        steps
            .filter_map(|step| sources.call(&step.at))
            .map(named)
            .filter(|receiver| !receiver.is_empty() && receiver != "self")
            // A call with arguments is no name of what it returns.
            .filter(|receiver| !receiver.replace("()", "").contains('('))
            .collect::<BTreeSet<_>>()
    };
    let own = calls(true);
    if !own.is_empty() {
        return own;
    }
    let helpers = helpers(sources, kind, steps);
    if helpers.is_empty() { calls(false) } else { helpers }
}

/// If `changed` and `cache.changed` are the same object, the field's name is enough.
fn shortened(names: BTreeSet<String>) -> BTreeSet<String> {
    let fields: BTreeSet<&str> =
        names.iter().map(|name| name.rsplit('.').next().unwrap_or(name)).collect();
    match fields.first() {
        Some(&field) if names.len() > 1 && fields.len() == 1 && !field.contains('(') => {
            BTreeSet::from([field.to_owned()])
        }
        _ => names,
    }
}

/// The learner's own functions through which a lock is always acquired: `state` for `self.state()`,
/// if nothing tells what it acquires. Such a function usually has the name of the lock.
fn helpers(sources: &Sources, kind: ObjectKind, steps: &[&Step]) -> BTreeSet<String> {
    let is_lock = is_lock(kind);
    let acquires = |step: &&&Step| {
        let operations = [Operation::Lock, Operation::Read, Operation::Write];
        is_lock && operations.contains(&step.operation)
    };
    let steps = steps.iter().filter(acquires).filter(|step| sources.is_answer(&step.at));
    let calls = steps.filter_map(|step| sources.call(&step.at));
    let of_self = calls.filter(|call| call.receiver == "self" || call.receiver.is_empty());
    let named = of_self.filter_map(|call| call.call.trim_start_matches('.').strip_suffix("()"));
    named.map(str::to_owned).collect()
}

fn is_lock(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Mutex | ObjectKind::RwLock)
}
