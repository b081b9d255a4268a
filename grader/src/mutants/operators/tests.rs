use super::super::operator::Operator;
use super::list;

/// The line that each mutant of `body` changes into, with its operator.
fn changes(body: &str) -> Vec<(Operator, String)> {
    let text = format!("fn f(s: &S) {{\n{body}\n}}\n");
    let before: Vec<&str> = text.lines().collect();
    let changed = |mutant: super::Mutant| {
        let super::Origin::Concurrency(operator) = mutant.origin else { panic!("{mutant:?}") };
        let is_new = |line: &&str| !line.trim().is_empty() && !before.contains(line);
        let lines = mutant.text.lines().filter(is_new);
        (operator, lines.collect::<Vec<_>>().join(" / "))
    };
    list(&text).into_iter().map(changed).collect()
}

fn texts(body: &str, operator: Operator) -> Vec<String> {
    changes(body).into_iter().filter(|(it, _)| *it == operator).map(|(_, text)| text).collect()
}

#[test]
fn a_loop_around_a_wait() {
    let body = "let mut g = s.m.lock().unwrap();\nwhile g.empty() { g = s.cv.wait(g).unwrap(); }";
    assert_eq!(texts(body, Operator::IfForWhile), ["if g.empty() { g = s.cv.wait(g).unwrap(); }"]);
    assert_eq!(texts(body, Operator::WaitWithoutLoop), ["{ g = s.cv.wait(g).unwrap(); }"]);
    assert!(texts("while s.go() { s.step(); }", Operator::IfForWhile).is_empty());
    assert_eq!(
        texts("s.cv.wait_while(g, |g| g.empty());", Operator::WaitWithoutLoop),
        ["s.cv.wait(g);"]
    );
}

#[test]
fn notifications() {
    let body = "let mut g = s.m.lock().unwrap();\n*g += 1;\ns.cv.notify_all();";
    assert_eq!(texts(body, Operator::NotifyOne), ["s.cv.notify_one();"]);
    assert_eq!(texts(body, Operator::NotifyRemoved).len(), 1);
    let early = "s.cv.notify_all(); let mut g = s.m.lock().unwrap();";
    assert_eq!(texts(body, Operator::NotifyEarlier), [early]);
    assert_eq!(
        texts("s.wake = 1;\nt.unpark();", Operator::NotifyEarlier),
        ["t.unpark(); s.wake = 1;"]
    );
}

#[test]
fn guards() {
    let body =
        "let mut g = s.m.lock().unwrap();\nlet free = g.free;\nif free { g.take(); }\ns.go();";
    assert_eq!(texts(body, Operator::GuardEarlier), ["drop(g); s.go();"]);
    let harmless = "let g = s.m.lock().unwrap();\ng.go();\nOk(Some(1))";
    assert!(texts(harmless, Operator::GuardEarlier).is_empty());
    assert_eq!(
        texts(body, Operator::LockedTwice),
        ["drop(g); g = s.m.lock().unwrap(); if free { g.take(); }"]
    );
    let check_then_act = "let mut g = s.m.lock().unwrap();\nif g.free { g.take(); }";
    assert_eq!(
        texts(check_then_act, Operator::LockedTwice),
        ["if g.free { drop(g); g = s.m.lock().unwrap(); g.take(); }"]
    );
}

#[test]
fn a_function_that_returns_a_guard_acquires_its_lock() {
    let text = "fn state(s: &S) -> MutexGuard<'_, u8> { s.m.lock().unwrap() }\n\
                fn f(s: &S) { let g = s.state(); g.look(); s.go(); }\n";
    let earlier = list(text).into_iter().find(|it| it.change.starts_with("guard dropped"));
    assert!(earlier.unwrap().text.contains("g.look(); drop(g); s.go();"));
}

#[test]
fn atomics() {
    let exchange = "s.a.compare_exchange(1, 2, SeqCst, SeqCst).is_ok();";
    assert_eq!(changes(exchange).len(), 2);
    assert_eq!(texts(&format!("loop {{ {exchange} }}"), Operator::WeakExchange).len(), 0);
    let [added] = &texts("s.a.fetch_add(1, SeqCst);", Operator::LoadAndStore)[..] else { panic!() };
    assert!(added.contains("found + 1"), "{added}");
}

#[test]
fn what_ends() {
    let text = "impl Drop for Guard { fn drop(&mut self) { self.0.release(); } }\n";
    assert_eq!(list(text)[0].text, "impl Drop for Guard { fn drop(&mut self) {} }\n");
    assert_eq!(texts("let _ = t.join();", Operator::JoinForgotten).len(), 1);
    let [plain] = &texts("let r = catch_unwind(f);", Operator::PanicUncaught)[..] else { panic!() };
    assert!(plain.contains(">((f)());") || plain.contains("((f)())"), "{plain}");
}

#[test]
fn time() {
    let body = "let start = Instant::now();\nloop { s.wait(start); }";
    assert_eq!(
        texts(body, Operator::DeadlineAnew),
        ["loop { let start = Instant::now(); s.wait(start); }"]
    );
    assert_eq!(
        texts("let end = now.checked_add(limit);", Operator::Overflow),
        ["let end = Some(now + limit);"]
    );
    assert_eq!(texts("let late = now < end;", Operator::Bound), ["let late = now <= end;"]);
}

#[test]
fn what_cannot_be_parsed_has_no_mutants() {
    assert!(list("fn f( {").is_empty());
}
