/// Relays what goes in, and watches what comes out.
#[test]
fn relays() {
    let mut output = Vec::new();
    relay::relay("a\n".as_bytes(), &mut output);
    assert_eq!(output, b"a\n");
}
