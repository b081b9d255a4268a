use {{name}}::answer;

/// WRITE: what the check does, what must hold, and what goes wrong in the world where it does not. Two or
/// three threads and some thirty operations are enough. Never say the answer.
#[test]
fn it_works() {
    assert_eq!(answer(), 42, "what `answer` returns");
}
