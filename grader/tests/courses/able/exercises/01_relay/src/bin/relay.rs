//! Relays its standard input, or a connection to the port that it is given, to its standard output.

use std::io::{BufReader, stdin, stdout};
use std::net::TcpStream;
use std::{env, process, thread};

fn main() {
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT]).unwrap();
    thread::spawn(move || {
        for _ in signals.forever() {
            process::exit(7);
        }
    });
    match env::args().nth(1) {
        Some(port) => {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            relay::relay(BufReader::new(stream), stdout());
        }
        None => relay::relay(stdin().lock(), stdout()),
    }
}
