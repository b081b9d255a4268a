//! A real site: two hosts on this machine, each a small web server, with loops, slow pages, broken
//! links and a page that hangs up.

use crawler::{Config, FetchError, Outcome, Page, Stop, crawl, host};
use probe as _; // Names the checks that hang at your desk.
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// One of the two hosts.
struct Host {
    address: String,
    log: Arc<Log>,
    over: Arc<AtomicBool>,
    server: JoinHandle<()>,
}

/// What a host has seen.
#[derive(Default)]
struct Log {
    counts: Mutex<Counts>,
    arrived: Condvar,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<String, usize>,
    inside: usize,
    most_inside: usize,
}

impl Host {
    /// Serves `pages` on `listener`: paths, and what they link to.
    fn start(listener: TcpListener, pages: BTreeMap<&'static str, Vec<String>>) -> Self {
        let address = listener.local_addr().unwrap().to_string();
        let (log, over) = (Arc::new(Log::default()), Arc::new(AtomicBool::new(false)));
        let server = thread::spawn({
            let (log, over) = (Arc::clone(&log), Arc::clone(&over));
            move || {
                thread::scope(|threads| {
                    for visitor in listener.incoming() {
                        if over.load(SeqCst) {
                            return;
                        }
                        let (log, pages) = (&log, &pages);
                        // A visitor who hangs up is no reason to close the shop.
                        threads.spawn(move || {
                            drop(visitor.and_then(|stream| serve(stream, log, pages)))
                        });
                    }
                });
            }
        });
        Host { address, log, over, server }
    }

    /// Closes the host. Returns the number of requests for each path, and the most visitors at once.
    fn close(self) -> (BTreeMap<String, usize>, usize) {
        self.over.store(true, SeqCst);
        // Wakes the server, which is waiting for visitors.
        TcpStream::connect(&self.address).unwrap();
        self.server.join().unwrap();
        let counts = std::mem::take(&mut *self.log.counts.lock().unwrap());
        (counts.requests, counts.most_inside)
    }
}

/// Answers one request.
fn serve(mut stream: TcpStream, log: &Log, pages: &BTreeMap<&str, Vec<String>>) -> io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_string();
    let mut counts = log.counts.lock().unwrap();
    *counts.requests.entry(path.clone()).or_default() += 1;
    counts.inside += 1;
    counts.most_inside = counts.most_inside.max(counts.inside);
    log.arrived.notify_all();
    let status = if pages.contains_key(path.as_str()) { "200 OK" } else { "404 Not Found" };
    if path.starts_with("/pair/") {
        let alone = |counts: &mut Counts| {
            !["/pair/1", "/pair/2"].iter().all(|path| counts.requests.contains_key(*path))
        };
        counts = log.arrived.wait_while(counts, alone).unwrap();
    }
    drop(counts);
    if path == "/slow" {
        thread::sleep(Duration::from_millis(10));
    }
    // Counted out before the visitor can know that it has been served.
    log.counts.lock().unwrap().inside -= 1;
    if path == "/hangup" {
        return stream.shutdown(Shutdown::Both);
    }
    let links = pages.get(path.as_str()).into_iter().flatten();
    let body: String = links.map(|link| format!("<a href=\"{link}\">a link</a>\n")).collect();
    write!(stream, "HTTP/1.0 {status}\r\nContent-Type: text/html\r\n\r\n{body}")
}

/// Fetches a page over the network.
fn fetch(url: &str) -> Result<Page, FetchError> {
    let error = |error: io::Error| FetchError(error.to_string());
    let host = host(url);
    let path = &url["http://".len() + host.len()..];
    let mut stream = TcpStream::connect(host).map_err(error)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").map_err(error)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(error)?;
    let (head, body) =
        answer.split_once("\r\n\r\n").ok_or_else(|| FetchError("no answer".to_string()))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(FetchError(status.to_string()));
    }
    let links = body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    Ok(Page { links: links.map(String::from).collect() })
}

/// A site of two hosts and ten pages is crawled through real sockets. One page does not exist, one
/// hangs up, one is slow, and two are answered only when both have been requested: they must be
/// fetched at the same time. Each page must be requested only once, no host may see more than two
/// visitors at a time, and the report must say what became of each page.
///
/// If the two pages are not fetched at the same time, their host waits for ever, and the grader
/// ends the check as a `time-out`.
#[test]
fn a_real_site() {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [a, b] =
        listeners.each_ref().map(|listener| format!("http://{}", listener.local_addr().unwrap()));
    let [listener_a, listener_b] = listeners;
    let links =
        |links: &[(&str, &str)]| links.iter().map(|(host, path)| format!("{host}{path}")).collect();
    let (to_a, to_b) = (a.as_str(), b.as_str());
    let host_a = Host::start(
        listener_a,
        BTreeMap::from([
            (
                "/",
                links(&[
                    (to_a, "/loop"),
                    (to_b, "/"),
                    (to_a, "/gone"),
                    (to_a, "/pair/1"),
                    (to_a, "/pair/2"),
                ]),
            ),
            ("/loop", links(&[(to_a, "/"), (to_a, "/loop")])),
            ("/pair/1", links(&[(to_a, "/pair/2")])),
            ("/pair/2", links(&[(to_a, "/pair/1")])),
            ("/late", links(&[])),
        ]),
    );
    let host_b = Host::start(
        listener_b,
        BTreeMap::from([
            ("/", links(&[(to_b, "/slow"), (to_a, "/"), (to_b, "/hangup")])),
            ("/slow", links(&[(to_b, "/deep"), (to_a, "/gone")])),
            ("/deep", links(&[(to_a, "/late")])),
        ]),
    );

    let config = Config { workers: 4, per_host: 2, stop: Stop::new() };
    let report = crawl(&format!("{a}/"), &config, fetch);
    let (requests_a, most_a) = host_a.close();
    let (requests_b, most_b) = host_b.close();

    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Broken(error) if error.0.starts_with(['4', '5']) => error.to_string(),
        Outcome::Broken(_) => "broken".to_string(),
        other => format!("{other:?}"),
    };
    let visited: BTreeMap<String, String> = report
        .visited
        .iter()
        .map(|(url, became)| (url.replace(&a, "a").replace(&b, "b"), outcome(became)))
        .collect();
    let visited: Vec<_> = visited.iter().map(|(url, became)| format!("{url} {became}")).collect();
    let expected = [
        "a/ Fetched",
        "a/gone 404",
        "a/late Fetched",
        "a/loop Fetched",
        "a/pair/1 Fetched",
        "a/pair/2 Fetched",
        "b/ Fetched",
        "b/deep Fetched",
        "b/hangup broken",
        "b/slow Fetched",
    ];
    assert_eq!(visited, expected, "what became of the pages");
    let twice =
        |requests: BTreeMap<String, usize>| requests.into_iter().find(|(_, count)| *count != 1);
    assert_eq!(twice(requests_a), None, "a page of the first host that was requested again");
    assert_eq!(twice(requests_b), None, "a page of the second host that was requested again");
    assert!(
        most_a <= 2 && most_b <= 2,
        "connections at once: {most_a} to the first host and {most_b} to the second; 2 are allowed"
    );
}
