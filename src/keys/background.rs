//! Where loads run: apart from their callers, so that one who gives up ends no load that others wait for, and so that the
//! provider's connections belong to a runtime that lives as long as the vault.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// Runs tasks until it is dropped. With the feature `async` they run on one thread with a tokio runtime, without it on a
/// thread each.
#[derive(Default)]
pub(crate) struct Background(Mutex<at_work::Workers>);

impl Background {
    /// Begins `task`, which reports to the caller's subscriber and span. What panics in it ends it alone.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = task.in_current_span().with_current_subscriber();
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner).spawn(Box::pin(task));
        if let Err((task, error)) = refused {
            tracing::error!(name: "fieldseal.keys.no_thread", %error, "keys are loaded on the caller's thread");
            // What it panics with, its waiters are told.
            let _ = catch_unwind(AssertUnwindSafe(|| pollster::block_on(task)));
        }
    }
}

/// A task that could not be begun, and why.
type Refused = (crate::keys::provider::BoxFuture<'static, ()>, std::io::Error);

#[cfg(feature = "async")]
pub(super) use at_work::is_here;

#[cfg(feature = "async")]
mod at_work {
    use std::cell::Cell;
    use std::sync::mpsc;
    use std::thread;

    use forkguard::Guard;
    use futures_channel::oneshot;
    use tokio::runtime::{Builder, Handle};

    use super::Refused;
    use crate::keys::provider::BoxFuture;

    thread_local! {
        static HERE: Cell<bool> = const { Cell::new(false) };
    }

    /// Whether this is the thread of a background runtime, which has tokio's timers.
    pub(crate) fn is_here() -> bool {
        HERE.get()
    }

    /// The runtime's thread, started with the first task. It ends when this is dropped.
    #[derive(Default)]
    pub(super) struct Workers {
        running: Option<Runtime>,
        fork: Guard,
    }

    struct Runtime {
        handle: Handle,
        _ends: oneshot::Sender<()>,
    }

    impl Workers {
        pub(super) fn spawn(&mut self, task: BoxFuture<'static, ()>) -> Result<(), Refused> {
            // A forked child has the handle and not the thread. What the parent's runtime holds is not touched.
            if self.fork.detected_fork() {
                std::mem::forget(self.running.take());
            }
            let running = match self.running.take().map_or_else(start, Ok) {
                Ok(running) => running,
                Err(error) => return Err((task, error)),
            };
            running.handle.spawn(task);
            self.running = Some(running);
            Ok(())
        }
    }

    fn start() -> std::io::Result<Runtime> {
        let (ends, end) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        thread::Builder::new().name("fieldseal-loads".to_owned()).spawn(move || run(&tell, end))?;
        let handle = told.recv().unwrap_or_else(|_| Err(std::io::Error::other("the thread ended")))?;
        Ok(Runtime { handle, _ends: ends })
    }

    /// The runtime is made and dropped by its own thread: elsewhere dropping it could panic or wait.
    fn run(tell: &mpsc::SyncSender<std::io::Result<Handle>>, end: oneshot::Receiver<()>) {
        match Builder::new_current_thread().thread_name("fieldseal-provider").enable_all().build() {
            Ok(runtime) => {
                let told = tell.send(Ok(runtime.handle().clone()));
                HERE.set(true);
                if told.is_ok() {
                    // An error: the sender was dropped, which is the end.
                    let _ = runtime.block_on(end);
                }
                // A provider's blocking call that hangs does not hold the thread.
                runtime.shutdown_background();
            }
            Err(error) => drop(tell.send(Err(error))),
        }
    }
}

#[cfg(not(feature = "async"))]
mod at_work {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread;

    use super::Refused;
    use crate::keys::provider::BoxFuture;

    /// A thread a task, which ends with it.
    #[derive(Default)]
    pub(super) struct Workers;

    impl Workers {
        pub(super) fn spawn(&mut self, task: BoxFuture<'static, ()>) -> Result<(), Refused> {
            let task = Arc::new(Mutex::new(Some(task)));
            let taken = task.clone();
            let run = move || {
                if let Some(task) = take(&taken) {
                    pollster::block_on(task);
                }
            };
            let started = thread::Builder::new().name("fieldseal-loads".to_owned()).spawn(run);
            match started {
                Ok(_) => Ok(()),
                Err(error) => Err((take(&task).expect("no thread took it"), error)),
            }
        }
    }

    fn take(task: &Mutex<Option<BoxFuture<'static, ()>>>) -> Option<BoxFuture<'static, ()>> {
        task.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// Sends when dropped.
    struct Last(std::sync::mpsc::Sender<()>);

    impl Drop for Last {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    #[test]
    fn a_task_that_panics_ends_alone() {
        let (background, (told, heard)) = (Background::default(), channel());
        let last = Last(told.clone());
        background.spawn(async move {
            let _last = last;
            std::panic::resume_unwind(Box::new(()))
        });
        heard.recv().unwrap();
        background.spawn(async move { told.send(()).unwrap() });
        heard.recv().unwrap();
    }

    #[test]
    #[cfg(feature = "async")]
    fn it_ends_what_it_runs_when_dropped() {
        let (last, (began, begun)) = (channel(), channel());
        let background = Background::default();
        let held = Last(last.0);
        background.spawn(async move {
            began.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(held);
        });
        begun.recv().unwrap();
        drop(background);
        last.1.recv().unwrap();
    }
}
