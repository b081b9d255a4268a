//! A real process, real clients, a real interrupt. No clock decides anything here: a check waits for
//! the server for as long as it takes, and the grader ends a check that waits for ever.

use probe as _; // Names the checks that hang at your desk.
use std::env;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The server program.
struct Server {
    process: Child,
    /// When this pipe closes, the server ends.
    _input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let program = env::var_os("CARGO_BIN_EXE_server").expect("cargo names the program");
        let mut command = Command::new(program);
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the server program can be started");
        let _input = process.stdin.take().expect("its input is a pipe");
        let output = process.stdout.take().expect("its output is a pipe");
        let output = BufReader::new(output).lines();
        let mut server = Self { process, _input, output, port: 0 };
        let port = server.says().expect("the server should have opened its door, but it ended");
        server.port = port.parse().expect("a port number");
        server
    }

    /// The next line that it says, or `None` if it has ended first.
    fn says(&mut self) -> Option<String> {
        self.output.next().map(|line| line.expect("a line"))
    }

    /// Sends it a signal, as Ctrl-C or the system does.
    fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &script]).status().expect("sh can be started");
        assert!(sent.success(), "the server, which should be running, cannot be sent SIG{name}");
    }

    /// Waits for it to end, and says how it ended.
    fn exit_code(mut self) -> Option<i32> {
        self.process.wait().expect("the server's exit status").code()
    }

    /// A client that has been let in.
    fn client(&self) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", self.port));
        let mut client = Client(BufReader::new(stream.expect("the server's door is open")));
        assert_eq!(client.hears(), "ready\n", "what a client hears first");
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    /// The next line, or what there is of it when the connection ends.
    fn hears(&mut self) -> String {
        let mut line = String::new();
        // A connection that is reset has ended, too.
        let _ = self.0.read_line(&mut line);
        line
    }

    /// Says a name, and hears the answer.
    fn greets(&mut self, name: &str) -> String {
        // If the server is gone, there will be no answer.
        let _ = writeln!(self.0.get_mut(), "{name}");
        self.hears()
    }
}

/// A server on a real port, with two daemons in it that never end and no client, gets SIGINT, as
/// from Ctrl-C; another one gets SIGTERM, as from the system. Each must close its door and end,
/// with code 0.
#[test]
fn an_idle_server_ends() {
    for signal in ["INT", "TERM"] {
        let mut server = Server::start();
        server.signal(signal);
        assert_eq!(server.says().as_deref(), Some("closed"), "what the server says on SIG{signal}");
        assert_eq!(server.exit_code(), Some(0), "the server's exit code after SIG{signal}");
    }
}

/// Two clients are connected when SIGINT comes, and neither has said a name yet. The server must
/// close its door, so that the system itself refuses a third client. Then the first two say their
/// names, in their own time. Both must be greeted, and only then may the server end, with code 0.
#[test]
fn open_connections_are_answered() {
    let mut server = Server::start();
    let (mut ann, mut bob) = (server.client(), server.client());
    server.signal("INT");
    assert_eq!(server.says().as_deref(), Some("closed"), "what the server says when interrupted");
    let third = TcpStream::connect(("127.0.0.1", server.port));
    assert!(third.is_err(), "a client could connect after the server had closed its door");
    assert_eq!(bob.greets("bob"), "hello bob\n", "the answer to a client let in before SIGINT");
    assert_eq!(ann.greets("ann"), "hello ann\n", "the answer to a client let in before SIGINT");
    assert_eq!(server.exit_code(), Some(0), "the server's exit code");
}

/// A client is connected. SIGINT comes, and then SIGINT again: somebody is impatient. The client
/// must be greeted all the same, and the server must end with code 0.
#[test]
fn an_impatient_user_changes_nothing() {
    let mut server = Server::start();
    let mut ann = server.client();
    server.signal("INT");
    server.signal("INT");
    assert_eq!(server.says().as_deref(), Some("closed"), "what the server says when interrupted");
    server.signal("INT");
    assert_eq!(ann.greets("ann"), "hello ann\n", "the answer to a client let in before SIGINT");
    assert_eq!(server.exit_code(), Some(0), "the server's exit code");
}

/// A client connects and leaves without a word, which makes its handler panic. The server must go
/// on and greet the next one. When it is interrupted it must end, with code 1, because a handler
/// panicked.
#[test]
fn a_rude_client_hurts_nobody_else() {
    let mut server = Server::start();
    drop(server.client());
    let mut ann = server.client();
    assert_eq!(ann.greets("ann"), "hello ann\n", "the answer to the one after the rude client");
    server.signal("INT");
    assert_eq!(server.says().as_deref(), Some("closed"), "what the server says when interrupted");
    assert_eq!(server.exit_code(), Some(1), "the server's exit code");
}
