use anything::anything;

/// It comes back.
#[test]
fn in_the_model() {
    anything();
}

/// It comes back.
#[test]
fn on_threads() {
    anything();
}

/// Other checks are not affected.
#[test]
fn is_left_alone() {}
