use {{name}}::answer;

/// WRITE: what the check does, what must hold, and what goes wrong in practice if it does not. Two
/// or three threads and about thirty operations are enough. Never give away the answer.
#[test]
fn it_works() {
    assert_eq!(answer(), 42, "what `answer` returns");
}
