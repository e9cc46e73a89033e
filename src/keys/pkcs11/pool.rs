//! Threads that make the module's calls: PKCS#11 blocks, and a session serves one thread at a time.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_channel::oneshot;

use super::error::Pkcs11Error;
use super::session::Worker;
use super::token::Token;
use crate::keys::provider::{ProviderError, ProviderErrorKind};

type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// The way to the threads, which end with it.
pub(super) struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    pub(super) fn start(token: Token, threads: usize) -> Result<Self, Pkcs11Error> {
        let (jobs, waiting) = mpsc::channel();
        let (token, waiting) = (Arc::new(token), Arc::new(Mutex::new(waiting)));
        for _ in 0..threads {
            let (worker, waiting) = (Worker::new(token.clone()), waiting.clone());
            let thread = thread::Builder::new().name("fieldseal-hsm".to_owned());
            thread.spawn(move || work(worker, &waiting)).map_err(Pkcs11Error::Threads)?;
        }
        Ok(Self { jobs })
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
        self.jobs.send(job).map_err(|_| ended())?;
        told.await.unwrap_or_else(|_| Err(ended()))
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
