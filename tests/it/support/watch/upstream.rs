//! The server behind a proxy, and the URL that leads to the proxy instead.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Tcp(String, u16),
    Unix(PathBuf),
}

/// A connection to it.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Upstream {
    /// The server of a URL, which must name it: libpq's own environment is not looked at.
    pub(crate) fn of(url: &str) -> Result<Self, String> {
        let config: Config = url.parse().map_err(|error| format!("the server's URL can't be read: {error}"))?;
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts() {
            [Host::Tcp(host)] => Ok(Self::Tcp(host.clone(), port)),
            [Host::Unix(directory)] => Ok(Self::Unix(directory.join(format!(".s.PGSQL.{port}")))),
            _ => Err("the server's URL must name one host, or one directory with a socket".to_owned()),
        }
    }

    pub(crate) fn connect(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port))?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
        }
    }
}

impl Stream {
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
        }
    }

    pub(crate) fn shutdown(&self, how: Shutdown) {
        // It may be closed already.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        };
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `url` with another address in it: user, password, database and the other parameters stay. TLS goes: the proxy reads.
pub(crate) fn through(url: &str, address: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let user = authority.rsplit_once('@').map(|(user, _)| format!("{user}@")).unwrap_or_default();
    let moved = ["host=", "hostaddr=", "port=", "sslmode=", "channel_binding="];
    let kept: Vec<&str> = parameters
        .split('&')
        .filter(|one| !one.is_empty() && !moved.iter().any(|name| one.starts_with(name)))
        .collect();
    let parameters = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{user}{address}/{path}{parameters}")
}

#[test]
fn urls_lead_to_the_proxy() {
    let proxy = SocketAddr::from(([127, 0, 0, 1], 9));
    let cases = [
        ("postgres://u:p%40@host:5433/d", "postgres://u:p%40@127.0.0.1:9/d", Upstream::Tcp("host".into(), 5433)),
        ("postgresql://host", "postgresql://127.0.0.1:9/", Upstream::Tcp("host".into(), 5432)),
        (
            "postgres:///d?host=/run/pg&a=b",
            "postgres://127.0.0.1:9/d?a=b",
            Upstream::Unix("/run/pg/.s.PGSQL.5432".into()),
        ),
        (
            "postgres://u@%2Frun%2Fpg/d?sslmode=disable",
            "postgres://u@127.0.0.1:9/d",
            Upstream::Unix("/run/pg/.s.PGSQL.5432".into()),
        ),
    ];
    for (url, expected, upstream) in cases {
        let readable = url.replace("&a=b", "");
        assert_eq!((through(url, proxy).as_str(), Upstream::of(&readable).unwrap()), (expected, upstream), "{url}");
    }
    assert!(Upstream::of("postgres:///d").is_err());
}
