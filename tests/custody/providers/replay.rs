//! A server of the test's own that answers as real ones do in trouble.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    /// Headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(has, _)| has == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status and a body.
    Json(u16, Value),
    /// The same, a byte at a time.
    Slowly(u16, Value),
    /// A status, a header and no body.
    Header(u16, &'static str, String),
    /// A status and a body of another's making.
    Text(u16, &'static str),
    /// Half of the body, then the connection is closed.
    Cut(Value),
    /// The connection is closed without a word.
    Closed,
    /// Nothing, for as long as the client waits.
    Hang,
}

/// A server that answers each request as `script` says.
pub(crate) struct Replay {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Replay {
    pub(crate) fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let replay = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let (asked, script) = (replay.asked.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, script) = (asked.clone(), script.clone());
                // The client may close at any point; what it then makes of it is the test's matter.
                thread::spawn(move || serve(&stream, &asked, &*script));
            }
        });
        replay
    }

    /// Always the same.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone())
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, all: &Mutex<Vec<Asked>>, script: &dyn Fn(&Asked) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read(&mut reader)?;
        all.lock().unwrap().push(asked.clone());
        answer(stream, script(&asked))?;
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let split =
        |line: &String| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let mut asked =
        Asked { line: lines[0].clone(), headers: lines[1..].iter().filter_map(split).collect(), body: Value::Null };
    let mut body = vec![0; asked.header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    asked.body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(asked)
}

/// `None` when the connection is over.
fn answer(mut stream: &TcpStream, reply: Reply) -> Option<()> {
    let head = |status: u16, length: usize, header: &str| {
        format!(
            "HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.1\r\n{header}Content-Length: {length}\r\n\r\n"
        )
    };
    let whole = |status, body: &str| head(status, body.len(), "") + body;
    match reply {
        Reply::Json(status, body) => stream.write_all(whole(status, &body.to_string()).as_bytes()).ok(),
        Reply::Slowly(status, body) => {
            stream.set_nodelay(true).ok()?;
            whole(status, &body.to_string()).bytes().try_for_each(|byte| stream.write_all(&[byte])).ok()
        }
        Reply::Header(status, name, value) => {
            stream.write_all(head(status, 0, &format!("{name}: {value}\r\n")).as_bytes()).ok()
        }
        Reply::Text(status, body) => stream.write_all(whole(status, body).as_bytes()).ok(),
        Reply::Cut(body) => {
            let body = body.to_string();
            let cut = head(200, body.len(), "") + &body[..body.len() / 2];
            stream.write_all(cut.as_bytes()).ok()?;
            stream.shutdown(std::net::Shutdown::Both).ok()?;
            None
        }
        Reply::Closed => {
            stream.shutdown(std::net::Shutdown::Both).ok()?;
            None
        }
        Reply::Hang => {
            let _ = stream.read(&mut [0]);
            None
        }
    }
}
