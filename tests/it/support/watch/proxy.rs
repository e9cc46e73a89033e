//! A proxy before PostgreSQL that reads what clients say, and lets it pass or closes the connection.

use std::io::{self, Read as _, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::frontend::{Frontend, Refusal};
use super::inspect::Rules;
use super::upstream::{Stream, Upstream};
use super::{Finding, Findings, owner};

/// Requests in the place of a startup message.
const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSSAPI: u32 = 80_877_104;

/// Listens until the process ends.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
}

struct Settings {
    upstream: Upstream,
    rules: Rules,
    findings: Findings,
}

impl Proxy {
    pub(crate) fn start(upstream: Upstream, rules: Rules, findings: Findings) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let settings = Arc::new(Settings { upstream, rules, findings });
        let proxy = Self { address: listener.local_addr()? };
        thread::Builder::new().name("watch: listener".to_owned()).spawn(move || {
            for client in listener.incoming().flatten() {
                let settings = settings.clone();
                let serve = move || {
                    // A client that goes away is no matter of the watch.
                    let _ = settings.serve(client);
                };
                let _ = thread::Builder::new().name("watch: connection".to_owned()).spawn(serve);
            }
        })?;
        Ok(proxy)
    }
}

impl Settings {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let startup = startup(&mut client)?;
        let mut server = self.upstream.connect()?;
        server.write_all(&startup)?;
        let refused = Arc::new(AtomicBool::new(false));
        let answers = answer(server.try_clone()?, client.try_clone()?, refused.clone())?;
        let outcome = self.pass(&mut client, &mut server);
        if let Ok(Some(refusal)) = &outcome {
            refused.store(true, Ordering::SeqCst);
            self.report(refusal, &startup);
        }
        let ending = if refused.load(Ordering::SeqCst) { Shutdown::Both } else { Shutdown::Write };
        server.shutdown(ending);
        let _ = answers.join();
        if let Some(refusal) = outcome? {
            client.write_all(&fatal_error(&refusal))?;
        }
        client.shutdown(Shutdown::Both)
    }

    /// Lets messages pass until the client goes, or one may not.
    fn pass(&self, client: &mut TcpStream, server: &mut Stream) -> io::Result<Option<Refusal>> {
        let mut frontend = Frontend::new(self.rules);
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = client.read(&mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            match frontend.take(&buffer[..read]) {
                Ok(messages) => server.write_all(&messages)?,
                Err(refusal) => return Ok(Some(refusal)),
            }
        }
    }

    fn report(&self, refusal: &Refusal, startup: &[u8]) {
        let Refusal { statement, what } = refusal.clone();
        self.findings.report(Finding { test: owner(&database(startup)), statement, what });
    }
}

/// The startup message, or a request to cancel. TLS and GSSAPI are declined: nobody passes unread.
fn startup(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    loop {
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        let [length, code] =
            [&head[..4], &head[4..]].map(|four| u32::from_be_bytes(four.try_into().expect("four bytes")));
        if code == TLS || code == GSSAPI {
            client.write_all(b"N")?;
            continue;
        }
        let mut message = head.to_vec();
        message.resize((length as usize).clamp(8, 1 << 16), 0);
        client.read_exact(&mut message[8..])?;
        return Ok(message);
    }
}

/// The database that a startup message names; a cancel request names none.
fn database(startup: &[u8]) -> String {
    let is_cancel = startup.get(4..8) == Some(&CANCEL.to_be_bytes()[..]);
    let mut words = startup.get(8..).filter(|_| !is_cancel).unwrap_or_default().split(|byte| *byte == 0);
    let found = words.by_ref().any(|word| word == b"database");
    words.next().filter(|_| found).map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default()
}

/// Passes on what the server says, unread, until it goes.
fn answer(mut server: Stream, mut client: TcpStream, refused: Arc<AtomicBool>) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name("watch: answers".to_owned()).spawn(move || {
        let _ = io::copy(&mut server, &mut client);
        if !refused.load(Ordering::SeqCst) {
            let _ = client.shutdown(Shutdown::Both);
        }
    })
}

/// What PostgreSQL sends before it closes a connection.
fn fatal_error(refusal: &Refusal) -> Vec<u8> {
    let message = format!("refused by the tests' watch: {}; statement: {}", refusal.what, refusal.statement);
    let mut fields = Vec::new();
    for (field, text) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', "58000"), (b'M', message.as_str())] {
        fields.push(field);
        fields.extend(text.bytes().filter(|byte| *byte != 0));
        fields.push(0);
    }
    fields.push(0);
    let length = u32::try_from(fields.len() + 4).expect("a short message");
    // Without the answer to its Sync a client may say that the connection was lost, and nothing more.
    [&b"E"[..], &length.to_be_bytes(), &fields, b"Z\0\0\0\x05I"].concat()
}
