//! Threads that make the module's calls: PKCS#11 blocks, and a session serves one thread at a time.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;

use super::error::Pkcs11Error;
use super::session::Worker;
use super::token::Token;
use crate::keys::provider::{ProviderError, ProviderErrorKind};

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// The way to the threads, which end with it.
pub(super) struct Pool {
    /// Until the pool is dropped.
    jobs: Option<Sender<Job>>,
    /// Ends when the last thread has.
    threads: Mutex<Receiver<()>>,
}

impl Pool {
    pub(super) fn start(token: Token, threads: usize) -> Result<Self, Pkcs11Error> {
        let (jobs, waiting) = mpsc::channel();
        let (alive, all) = mpsc::channel();
        let (token, waiting) = (Arc::new(token), Arc::new(Mutex::new(waiting)));
        for _ in 0..threads {
            let (worker, waiting, alive) = (Worker::new(token.clone()), waiting.clone(), alive.clone());
            let thread = thread::Builder::new().name("fieldseal-hsm".to_owned());
            let run = move || {
                work(worker, &waiting);
                drop(alive);
            };
            thread.spawn(run).map_err(Pkcs11Error::Threads)?;
        }
        Ok(Self { jobs: Some(jobs), threads: Mutex::new(all) })
    }

    /// Makes a call on the next free thread; not at all if nobody waits for it any more.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Worker) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |worker| {
            if !tell.is_canceled() {
                // Nobody may wait by now.
                let _ = tell.send(call(worker));
            }
        });
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(ended)?;
        told.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for Pool {
    /// Waits for the threads, for a moment: modules crash when a process ends while one of its threads closes a session.
    fn drop(&mut self) {
        drop(self.jobs.take());
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever sent: it ends with the last thread, or a call hangs.
        let _ = threads.recv_timeout(PATIENCE);
    }
}

fn work(mut worker: Worker, waiting: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is let go before the job runs.
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(&mut worker),
            Err(_) => return,
        }
    }
}

fn ended() -> ProviderError {
    let message = "the thread of the PKCS#11 module has ended: see the log for its panic";
    ProviderError::new(ProviderErrorKind::Internal, message)
}

const PATIENCE: Duration = Duration::from_secs(1);
