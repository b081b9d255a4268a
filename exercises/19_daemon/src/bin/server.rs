//! A server that greets: whoever connects is told `ready`, says a name, and is greeted by it.
//!
//! On its standard output it writes the port on which it listens, and `closed` when nobody is let in
//! any more. An interrupt from the keyboard, or from the system, ends it. So does the end of its
//! standard input, at once and with exit code 99: whoever has started it is gone.

use daemon::{Interrupt, Listener, Threads, serve};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

fn main() -> ExitCode {
    // A server that cannot end by itself must not stay behind when nobody is left who could end it.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(99);
    });

    let (threads, interrupt) = (Threads::new(), Interrupt::new());
    let mut signals = Signals::new([SIGINT, SIGTERM]).expect("signals can be received");
    let interrupted = interrupt.clone();
    let watch_signals = move || signals.forever().for_each(|_| interrupted.raise());
    threads.spawn_daemon(watch_signals).expect("it is too early for an end");
    // As a cleaner of caches would, it has something to do every now and then, for ever.
    let tidy_up = || {
        loop {
            thread::sleep(Duration::from_millis(100));
        }
    };
    threads.spawn_daemon(tidy_up).expect("it is too early for an end");

    let door = Door(TcpListener::bind("127.0.0.1:0").expect("there is a free port"));
    say(&door.address().port().to_string());
    serve(door, &interrupt, &threads, greet);
    say("closed");
    match threads.exit() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Greets one client.
fn greet(client: TcpStream) {
    let mut name = String::new();
    writeln!(&client, "ready").expect("the client listens");
    BufReader::new(&client).read_line(&mut name).expect("the client says a name");
    assert!(!name.is_empty(), "a client has left without a word");
    writeln!(&client, "hello {}", name.trim()).expect("the client listens");
}

fn say(line: &str) {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("somebody reads it");
}

struct Door(TcpListener);

impl Door {
    fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("a listener has an address")
    }
}

impl Listener for Door {
    type Connection = TcpStream;

    fn accept(&mut self) -> Option<TcpStream> {
        self.0.accept().ok().map(|(client, _)| client)
    }

    /// Nothing ends a blocking `accept` but a client. So the waker is one: it comes, and is gone.
    fn waker(&self) -> impl FnOnce() + Send + 'static {
        let address = self.address();
        move || drop(TcpStream::connect(address))
    }
}
