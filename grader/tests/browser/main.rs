//! What a browser makes of the pages: `cargo test -p grader --test browser`. It needs Chromium (Debian,
//! Ubuntu: `sudo apt-get install -y chromium`), so a newcomer's `cargo test` leaves it out.
//!
//! Each page is looked at in a frame of 390 and of 1280 pixels. `inspect.js` measures what was drawn
//! and complains in words.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Measures the page in the frame of the page that it is in.
const INSPECT: &str = include_str!("inspect.js");

/// Answers with many threads, with long lines, with a panic, with a hang, and one that is right.
const ANSWERS: [(&str, &str); 6] = [
    ("philosophers", "wrong/all_left_first"),
    ("queue", "wrong/joiners_wait_for_items"),
    ("bank_account", "starter"),
    ("deadlock", "starter"),
    ("gil", "wrong/hopes_for_the_scheduler"),
    ("shared_counter", "reference"),
];

const WIDTHS: [u32; 2] = [390, 1280];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The report on an answer as a page.
fn report(exercise: &str, answer: &str) -> String {
    let id = fs::read_dir(root().join("solutions")).unwrap().find_map(|folder| {
        let id = folder.unwrap().file_name().into_string().unwrap();
        id.ends_with(&format!("_{exercise}")).then_some(id)
    });
    let file = root().join("solutions").join(id.unwrap()).join(answer);
    let patch = file.with_extension("patch");
    let file = if patch.is_file() { patch } else { file.with_extension("rs") };
    let page = scratch("reports").join(format!("{exercise}.html"));
    let ended = Command::new(env!("CARGO_BIN_EXE_grader"))
        .args(["grade", exercise, "--format", "html", "-o"])
        .arg(&page)
        .arg("--submission")
        .arg(file)
        .current_dir(root())
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(ended.status.code() < Some(2), "{}", String::from_utf8_lossy(&ended.stderr));
    fs::read_to_string(page).unwrap()
}

/// What the browser says of `page` in a frame that is `width` pixels wide: complaints, one per line,
/// and a last line that tells that it came to the end.
fn inspect(name: &str, page: &str, width: u32, what: &str) -> String {
    let escaped = page.replace('&', "&amp;").replace('"', "&quot;");
    let around = format!(
        "<!DOCTYPE html><meta charset=utf-8><title>frame</title><body style=\"margin:0\">\
         <iframe id=page width={width} height=900 style=\"border:0\" srcdoc=\"{escaped}\"></iframe>\
         <pre id=said></pre><script>const WHAT = {what:?};\n{INSPECT}</script>"
    );
    let file = scratch("frames").join(format!("{name}-{width}-{what}.html"));
    fs::write(&file, around).unwrap();
    let profile = scratch("profiles").join(format!("{name}-{width}-{what}"));
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let ran = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"])
        // The page decides when it is done, by the browser's own clock.
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", file.display()))
        .output();
    let ran = ran.unwrap_or_else(|error| {
        panic!("cannot run `{browser}` ({error}): install Chromium, or name it in CHROMIUM")
    });
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    let said = text.rsplit("<pre id=\"said\">").next().unwrap_or_default();
    said.split("</pre>").next().unwrap_or_default().replace("&gt;", ">").replace("&lt;", "<")
}

/// Inspects a page at both widths and requires that there is nothing to complain of.
fn is_fine(name: &str, page: &str, what: &str) {
    for width in WIDTHS {
        let said = inspect(name, page, width, what);
        assert!(said.starts_with("seen: "), "{name} at {width} pixels:\n{said}");
    }
}

#[test]
fn reports_are_drawn_whole_and_their_links_hit() {
    for (exercise, answer) in ANSWERS {
        is_fine(exercise, &report(exercise, answer), "report");
    }
}

#[test]
fn reports_are_readable_without_script() {
    let page = report("deadlock", "starter");
    let (before, rest) = page.split_once("<script>").unwrap();
    let (_, after) = rest.split_once("</script>").unwrap();
    is_fine("without_script", &format!("{before}{after}"), "static");
}

/// The checks of this file can fail.
#[test]
fn what_is_wrong_with_a_page_is_noticed() {
    let page = report("deadlock", "starter");
    let fault = |old: &str, new: &str| {
        assert!(page.contains(old), "`{old}` is not in the page");
        inspect("spoilt", &page.replace(old, new), 390, "report")
    };
    for (old, new, complaint) in [
        ("<h1>", "<h1 style=\"width: 900px\">", "wider than the frame"),
        (" class=\"step\"", " class=\"step\" style=\"display:none\"", "is not visible"),
        ("-line-", "-lyne-", "leads nowhere"),
        ("<circle ", "<circle style=\"transform: translateX(300px)\" ", "outside its lanes"),
        ("event.preventDefault();", "return;", "the arrow key"),
    ] {
        // `-lyne-` in all places would be a page that is as good.
        let said = match old {
            "-line-" => inspect(
                "spoilt",
                &page.replacen("href=\"#04_deadlock-line-", "href=\"#04_deadlock-lyne-", 1),
                390,
                "report",
            ),
            _ => fault(old, new),
        };
        assert!(said.contains(complaint), "{old}: {said}");
    }
}
