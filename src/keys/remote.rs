//! Calls to key services over the network, on a runtime of their own.
//!
//! A caller may have no runtime at all, or one whose only thread waits for the key: its timers and sockets would rest,
//! and a call that hangs would never end.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::provider::{ProviderError, ProviderErrorKind};

/// Runs `call` until it ends or `limit` has passed; dropping this future ends the call too.
pub(super) async fn run<T: Send + 'static>(
    service: &'static str,
    limit: Duration,
    call: impl Future<Output = Result<T, ProviderError>> + Send + 'static,
) -> Result<T, ProviderError> {
    let limited = async move { tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(late(service, limit))) };
    let task = spawn(limited.in_current_span().with_current_subscriber())?;
    Ended(task).wait().await.unwrap_or_else(|panicked| {
        Err(ProviderError::new(ProviderErrorKind::Internal, format!("the call of {service} panicked"))
            .because(panicked))
    })
}

/// Starts `task` on the runtime of key services.
pub(super) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> Result<JoinHandle<T>, ProviderError> {
    runtime().map(|runtime| runtime.spawn(task)).map_err(|e| {
        let message = "no thread for the calls of key services: raise the limits of this process";
        ProviderError::new(ProviderErrorKind::Unavailable, message).because(e)
    })
}

/// The runtime, which lives as long as the process.
fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);
    let mut held = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    match *held {
        Some((process, runtime)) if process == std::process::id() => Ok(runtime),
        // None yet, or that of the process from which this one forked: its thread stayed there.
        _ => {
            let made =
                Builder::new_multi_thread().worker_threads(1).thread_name("fieldseal-kms").enable_all().build()?;
            let runtime = &*Box::leak(Box::new(made));
            *held = Some((std::process::id(), runtime));
            Ok(runtime)
        }
    }
}

fn late(service: &str, limit: Duration) -> ProviderError {
    let message = format!("{service} did not answer within {limit:?}: check the network and the service's health");
    ProviderError::new(ProviderErrorKind::Unavailable, message)
}

/// A task that ends with whoever waits for it.
struct Ended<T>(JoinHandle<T>);

impl<T> Ended<T> {
    async fn wait(mut self) -> Result<T, tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[test]
    fn a_call_works_without_a_runtime() {
        let done = run("a service", Duration::from_secs(60), async { Ok(tokio::time::Instant::now()) });
        assert!(pollster::block_on(done).is_ok());
    }

    #[test]
    fn a_call_that_hangs_ends_also_where_the_only_thread_waits() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let hangs = run("a service", Duration::from_millis(1), pending::<Result<(), _>>());
            let error = pollster::block_on(hangs).unwrap_err();
            assert_eq!(error.kind(), ProviderErrorKind::Unavailable);
            assert!(error.to_string().starts_with("a service did not answer within 1ms"), "{error}");
        });
    }

    #[test]
    fn a_call_nobody_waits_for_is_ended() {
        let (alive, ended) = std::sync::mpsc::channel::<()>();
        let mut call = Box::pin(run("a service", Duration::from_secs(60), async move {
            let _alive = alive;
            pending::<Result<(), _>>().await
        }));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        drop(call);
        assert!(ended.recv().is_err(), "the call's end dropped its channel");
    }
}
