//! Waiting, injected: pauses and timeouts run on it. Ages of keys run on the vault's clock instead.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(feature = "async")]
use futures_channel::oneshot;
use futures_util::future::{Either, select};

use super::background::Background;
#[cfg(feature = "async")]
use super::background::is_here;
use super::provider::BoxFuture;

/// What pauses and timeouts are measured by.
pub(crate) trait Timer: Send + Sync + 'static {
    /// Time since some fixed point.
    fn now(&self) -> Duration;

    /// Ends after `time`.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

impl dyn Timer {
    /// The future's output, unless it takes until `until`.
    pub(crate) async fn within<T>(&self, until: Duration, future: impl Future<Output = T>) -> Option<T> {
        let late = self.sleep(until.saturating_sub(self.now()));
        match select(pin!(future), late).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

/// Time as it passes, whatever runs the future that waits for it.
pub(crate) struct RealTimer {
    start: Instant,
    #[cfg(feature = "async")]
    background: Arc<Background>,
}

impl RealTimer {
    #[cfg(feature = "async")]
    pub(crate) fn new(background: Arc<Background>) -> Self {
        Self { start: Instant::now(), background }
    }

    #[cfg(not(feature = "async"))]
    pub(crate) fn new(_: Arc<Background>) -> Self {
        Self { start: Instant::now() }
    }
}

impl Timer for RealTimer {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    // Who waits may be polled by any runtime or none: the background's has the clock.
    #[cfg(feature = "async")]
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let background = self.background.clone();
        Box::pin(async move {
            if is_here() {
                return tokio::time::sleep(time).await;
            }
            let (mut tell, told) = oneshot::channel();
            background.spawn(async move {
                // Whichever comes first.
                let _ = select(pin!(tokio::time::sleep(time)), tell.cancellation()).await;
                // Who no longer waits needs no call.
                let _ = tell.send(());
            });
            // An error: the runtime ended, which ends the wait too.
            let _ = told.await;
        })
    }

    #[cfg(not(feature = "async"))]
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(on_a_thread::Sleep::new(time))
    }
}

/// Without tokio a pause is a thread that is parked: there are no more of them than calls and loads under way.
#[cfg(not(feature = "async"))]
mod on_a_thread {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::thread::{self, JoinHandle};
    use std::time::{Duration, Instant};

    pub(super) struct Sleep {
        until: Option<Instant>,
        parked: Option<JoinHandle<()>>,
    }

    impl Sleep {
        /// A time without end does not end.
        pub(super) fn new(time: Duration) -> Self {
            Self { until: Instant::now().checked_add(time), parked: None }
        }
    }

    impl Future for Sleep {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let Some(until) = self.until else { return Poll::Pending };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Poll::Ready(());
            }
            self.wake();
            let waker = cx.waker().clone();
            let park = move || {
                thread::park_timeout(left);
                waker.wake();
            };
            match thread::Builder::new().name("fieldseal-timer".to_owned()).spawn(park) {
                Ok(parked) => {
                    self.parked = Some(parked);
                    Poll::Pending
                }
                // Without a thread the wait is over at once: a timeout too early beats none.
                Err(_) => Poll::Ready(()),
            }
        }
    }

    impl Sleep {
        fn wake(&mut self) {
            if let Some(parked) = self.parked.take() {
                parked.thread().unpark();
            }
        }
    }

    impl Drop for Sleep {
        fn drop(&mut self) {
            self.wake();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Time that passes only by sleeping, at once, and remembers each sleep. Clones are the same.
    #[derive(Clone, Default)]
    pub(crate) struct Skipping(Arc<Mutex<(Duration, Vec<Duration>)>>);

    impl Skipping {
        pub(crate) fn slept(&self) -> Vec<Duration> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
        }
    }

    impl Timer for Skipping {
        fn now(&self) -> Duration {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).0
        }

        // Time moves when the sleep is polled: `within` asks the future first.
        fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
            let this = self.0.clone();
            Box::pin(async move {
                let mut state = this.lock().unwrap_or_else(PoisonError::into_inner);
                state.0 += time;
                state.1.push(time);
            })
        }
    }

    #[test]
    fn time_passes_without_a_runtime() {
        let timer: &dyn Timer = &RealTimer::new(Arc::default());
        let began = timer.now();
        pollster::block_on(timer.sleep(Duration::from_millis(2)));
        assert!(timer.now() - began >= Duration::from_millis(2));
        assert_eq!(pollster::block_on(timer.within(timer.now(), std::future::pending::<()>())), None);
    }

    #[test]
    fn what_is_late_is_nothing() {
        let timer: &dyn Timer = &Skipping::default();
        let second = Duration::from_secs(1);
        assert_eq!(pollster::block_on(timer.within(second, std::future::ready(1))), Some(1));
        assert_eq!(pollster::block_on(timer.within(second, std::future::pending::<()>())), None);
        assert_eq!(timer.now(), second);
    }
}
