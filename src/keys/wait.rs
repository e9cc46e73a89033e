//! Waiting in a thread for what is async.

use std::future::Future;

/// With tokio built in, the future has a runtime, which some providers and stores need. Not for threads that are within
/// a runtime already.
#[cfg(feature = "async")]
pub(crate) fn here<F: Future>(future: F) -> F::Output {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(future),
        // Out of file descriptors, say: providers without I/O still work.
        Err(_) => pollster::block_on(future),
    }
}

#[cfg(not(feature = "async"))]
pub(crate) fn here<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}
