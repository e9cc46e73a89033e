//! Processor time of this process, and of the server's process that works for it.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A clock that runs while work is done.
pub(crate) struct Cpu {
    /// The server's process, if its time can be read.
    server: Option<i32>,
}

impl Cpu {
    pub(crate) fn of_this_process() -> Self {
        Self { server: None }
    }

    /// `work` keeps the server busy: a process of that number that does not grow is none of this machine's, or of another
    /// container.
    pub(crate) fn with_server(pid: i32, work: impl FnOnce()) -> Self {
        let before = server_nanoseconds(pid);
        work();
        let grown = before.zip(server_nanoseconds(pid)).is_some_and(|(before, after)| after - before > 5_000_000);
        Self { server: grown.then_some(pid) }
    }

    pub(crate) fn nanoseconds(&self) -> u64 {
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let own = Duration::new(own.tv_sec as u64, own.tv_nsec as u32).as_nanos() as u64;
        own + self.server.and_then(server_nanoseconds).unwrap_or_default()
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.server {
            Some(_) => "this process and the server's process for its connection",
            None => "this process alone",
        })
    }
}

/// From whichever of two files the kernel was built to fill; the clock ticks of `/proc/PID/stat` are too coarse.
fn server_nanoseconds(pid: i32) -> Option<u64> {
    let read = |file| std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
    let from_schedstat = |text: String| text.split_whitespace().next()?.parse().ok().filter(|&time: &u64| time > 0);
    let from_sched = |text: String| {
        let line = text.lines().find(|line| line.starts_with("se.sum_exec_runtime"))?;
        let milliseconds: f64 = line.split_once(':')?.1.trim().parse().ok()?;
        Some((milliseconds * 1e6) as u64)
    };
    read("schedstat").and_then(from_schedstat).or_else(|| read("sched").and_then(from_sched))
}
