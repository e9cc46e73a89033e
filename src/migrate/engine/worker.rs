//! A worker: takes ranges, and takes each chunk by chunk to its end.

use std::sync::Arc;

use futures_util::future::join;
use uuid::Uuid;

use super::claim::{Claim, Seen, claim};
use super::error::RunError;
use super::event::RunEvent;
use super::link::{Link, Tries};
use super::prepare::prepare;
use super::run::Run;
use super::write::{Range, write};

/// A worker with two connections: one reads ahead while the other writes.
pub(super) struct Worker {
    run: Arc<Run>,
    id: Uuid,
    reader: Link,
    writer: Link,
    seen: Seen,
}

impl Worker {
    pub(super) fn new(run: Arc<Run>, id: Uuid) -> Self {
        Self { run, id, reader: Link::default(), writer: Link::default(), seen: Seen::default() }
    }

    /// Works until no range is left.
    pub(super) async fn work(mut self) -> Result<(), RunError> {
        let run = self.run.clone();
        while !run.gate.is_stopped() {
            run.go_on()?;
            match self.claim().await? {
                Claim::Over => break,
                Claim::Wait => tokio::time::sleep(run.options.poll).await,
                Claim::Taken { range, taken_over } => {
                    run.tell(&RunEvent::Range { number: range.number, taken_over });
                    self.range(range).await?;
                }
            }
        }
        Ok(())
    }

    async fn claim(&mut self) -> Result<Claim, RunError> {
        let mut tries = Tries::new(&self.run, "claiming a range");
        loop {
            match claim(&self.run, &mut self.writer, &mut self.seen, self.id).await {
                Ok(claim) => return Ok(claim),
                Err(failure) => tries.again(&self.run, &mut self.writer, failure).await?,
            };
        }
    }

    async fn range(&mut self, mut range: Range) -> Result<(), RunError> {
        let Self { run, reader, writer, .. } = self;
        let rows = run.admitted().await?;
        let mut chunk = prepare(run, reader, range.behind(None), rows).await?;
        while !run.gate.is_stopped() {
            let rows = run.admitted().await?;
            let (done, last) = (chunk.done, chunk.last.clone());
            let mut written = range.clone();
            let ahead = async {
                if done {
                    return Ok(None);
                }
                prepare(run, reader, range.behind(last.as_deref()), rows).await.map(Some)
            };
            let (kept, ahead) = join(write(run, writer, &mut written, chunk), ahead).await;
            let (kept, ahead) = (kept?, ahead?);
            range = written;
            match ahead {
                Some(next) if kept => chunk = next,
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
