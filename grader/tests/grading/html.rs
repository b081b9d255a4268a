//! The report as a page.

use crate::sandbox::Sandbox;
use std::collections::BTreeSet;

/// The values of all attributes called `name`.
fn attributes<'p>(page: &'p str, name: &str) -> BTreeSet<&'p str> {
    let start = format!(" {name}=\"");
    page.split(&*start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn a_page_needs_nothing_beside_it() {
    let sandbox = Sandbox::new("sound", "html_page");
    sandbox.edit("exercises/02_gate/src/lib.rs", "/// Open it", "/// <script>&\"</script> Open it");
    let ended = sandbox.grader(&["--format", "html", "-o", "page.html"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    let page = sandbox.read("page.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{page}");
    for reference in ["http", " src=", "<link", "url(", "@import"] {
        assert!(!page.contains(reference), "`{reference}` in the page");
    }
    // What the answer says is text, whatever it looks like.
    assert!(page.contains("&lt;script&gt;&amp;&quot;&lt;/script&gt; Open it"), "{page}");
    assert_eq!(page.matches("<script>").count(), 1);
}

#[test]
fn every_link_leads_to_a_line_or_a_section() {
    let sandbox = Sandbox::new("sound", "html_links");
    let page = sandbox.grader(&["--format", "html"]).stdout;
    let ids = attributes(&page, "id");
    let links = attributes(&page, "href");
    assert!(links.contains("#02_gate") && links.iter().any(|it| it.starts_with("#02_gate-line-")));
    for link in links {
        assert!(ids.contains(link.trim_start_matches('#')), "`{link}` leads nowhere");
    }
}

#[test]
fn a_failure_has_the_same_steps_as_in_the_terminal() {
    let sandbox = Sandbox::new("sound", "html_steps");
    let page = sandbox.grader(&["grade", "gate", "--format", "html"]).stdout;
    let (_, report) = sandbox.grade_as_json(&["gate"]);
    let rows = report["exercises"][0]["checks"][0]["explanation"]["timeline"]["rows"].clone();
    let rows = rows.as_array().unwrap();
    assert!(!rows.is_empty());
    assert_eq!(page.matches("<li class=\"step").count(), rows.len());
    for row in rows {
        let code = row["code"].as_str().unwrap().replace('&', "&amp;").replace('<', "&lt;");
        assert!(page.contains(&format!("<code>{}", code.replace('>', "&gt;"))), "{code}");
    }
    assert_eq!(page.matches("step decisive").count(), 1);
}
