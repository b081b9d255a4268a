//! Phrases that used to recur in the texts and that no native speaker would use.

/// A phrase, and what to write instead.
const PHRASES: [(&str, &str); 14] = [
    ("such that make", "ones that make"),
    ("such that have", "ones that have"),
    ("for so long in all", "that long in total"),
    ("belongs into", "belongs in"),
    ("belong into", "belong in"),
    ("how does it come that", "why"),
    ("How does it come that", "why"),
    ("are the least", "at least … are needed"),
    ("can ever go on", "can ever continue"),
    ("arrive at a `todo!()`", "stop at a `todo!()`"),
    ("what is not due", "what is not owed"),
    ("lies down again", "goes back to sleep"),
    ("lays down to sleep", "goes to sleep"),
    ("for whoever depends on it", "and still reacts late"),
];

/// A free relative at the start of a sentence: "Who waits, sleeps."
const FREE_RELATIVES: [&str; 11] = [
    "Who waits",
    "Who comes",
    "Who gives",
    "Who asks",
    "Who has",
    "Who must",
    "Who takes",
    "Who wants",
    "Who holds",
    "Who goes",
    "Who leaves",
];

/// The numbers in the folders' names give the order of the exercises, and change with it. Commands
/// and links may name the folders: commands are code, and other tests check the links.
#[test]
fn no_exercise_is_named_by_its_number() {
    let mut found = Vec::new();
    for page in prose::pages() {
        let is_prose = page.file.extension().is_some_and(|e| e == "md" || e == "yaml");
        let is_text = page.file.starts_with("exercises") || page.file.starts_with("solutions");
        for (number, line) in page.prose().into_iter().filter(|_| is_prose && is_text) {
            let lower = line.to_lowercase();
            let named = lower.match_indices("exercise").any(|(at, word)| {
                let rest = lower[at + word.len()..].trim_start_matches(['s', ' ']);
                rest.starts_with(|c: char| c.is_ascii_digit())
            });
            if named {
                found.push(format!("{}:{number}: {line}", page.file.display()));
            }
        }
    }
    assert!(found.is_empty(), "name the exercise in backticks:\n{}", found.join("\n"));
}

#[test]
fn no_phrase_that_a_native_speaker_stumbles_over() {
    let mut found = Vec::new();
    for page in prose::pages() {
        for (number, line) in page.prose() {
            let place = format!("{}:{number}", page.file.display());
            for (phrase, better) in PHRASES {
                if line.contains(phrase) {
                    found.push(format!("{place}: `{phrase}`; say: {better}"));
                }
            }
            // In the sources, "Who holds a lock." is a heading.
            let is_prose = page.file.extension().is_some_and(|e| e == "md" || e == "yaml");
            for start in FREE_RELATIVES.iter().filter(|_| is_prose) {
                let asks = line.contains('?');
                if line.contains(*start) && !asks {
                    found.push(format!("{place}: `{start} …`; name the subject: a thread that …"));
                }
            }
        }
    }
    assert!(found.is_empty(), "foreign phrases:\n{}", found.join("\n"));
}

#[test]
fn a_readme_is_short_and_comes_to_the_task() {
    const LINES: usize = 90;
    const TASK_BY: usize = 45;
    const TASK: [&str; 3] = ["## What to build", "## What to do", "## Your task"];
    let mut found = Vec::new();
    for page in prose::pages() {
        let is_readme = page.file.starts_with("exercises") && page.file.ends_with("README.md");
        if !is_readme {
            continue;
        }
        let file = page.file.display();
        let python = python_lines(&page.text);
        let lines = page.text.lines().count() - python;
        if lines > LINES {
            found.push(format!("{file}: {lines} lines without the Python block; at most {LINES}"));
        }
        let is_task = |line: &str| TASK.iter().any(|heading| line.starts_with(heading));
        match page.text.lines().position(is_task) {
            Some(at) if at.saturating_sub(python) < TASK_BY => {}
            Some(at) => found.push(format!("{file}:{}: the task starts too late", at + 1)),
            None => found.push(format!("{file}: the task needs a heading: {}", TASK.join(", "))),
        }
        if !page.text.contains("-- hint ") {
            found.push(format!("{file}: does not say how to get a hint"));
        }
    }
    assert!(found.is_empty(), "READMEs:\n{}", found.join("\n"));
}

/// Number of lines in the Python block, including its fences.
fn python_lines(text: &str) -> usize {
    let from = text.lines().skip_while(|line| !line.starts_with("```python"));
    let inside = from.clone().skip(1).take_while(|line| !line.starts_with("```")).count();
    if from.count() == 0 { 0 } else { inside + 2 }
}
