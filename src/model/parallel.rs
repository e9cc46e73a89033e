//! Many rows at once: where the first ones show that the rest is worth it, other cores help.
//!
//! The caller takes rows like its helpers and waits for none that has not begun: on a busy machine, where a new thread is
//! kept waiting, it is done alone in the time that it takes alone. A pool would be a second runtime in every service, and a
//! forked child would lack its threads.

use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{thread, vec};

/// Rows that a thread takes at a time, and that are timed first.
pub(super) const PART: usize = 32;

/// Work for which one more thread is started: several times what that costs.
const WORTH_A_THREAD: Duration = Duration::from_micros(200);

/// Maps the items in order. An error is that of the first item that has one.
pub(crate) fn try_map<I, O, E, F>(items: Vec<I>, each: F) -> Result<Vec<O>, E>
where
    I: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
{
    let (mut done, mut items) = (Vec::with_capacity(items.len()), items.into_iter());
    let start = Instant::now();
    for item in items.by_ref().take(PART) {
        done.push(each(item)?);
    }
    let left = start.elapsed().as_nanos() * items.len() as u128 / PART as u128;
    if left < 2 * WORTH_A_THREAD.as_nanos() {
        for item in items {
            done.push(each(item)?);
        }
        return Ok(done);
    }
    let threads = usize::try_from(left / WORTH_A_THREAD.as_nanos()).unwrap_or(usize::MAX);
    for part in Job::new(items, each).run(threads) {
        done.append(&mut part.unwrap_or_else(|panicked| panic::resume_unwind(panicked))?);
    }
    Ok(done)
}

/// The other rows of a call.
struct Job<I, O, E, F> {
    each: F,
    state: Mutex<State<I, O, E>>,
    finished: Condvar,
}

struct State<I, O, E> {
    items: vec::IntoIter<I>,
    parts: Vec<(usize, Part<O, E>)>,
    /// The number of the part that is taken next.
    next: usize,
    /// Parts taken and not done.
    at_work: usize,
}

/// The items of a part, or their error, or its panic.
type Part<O, E> = thread::Result<Result<Vec<O>, E>>;

impl<I, O, E, F> Job<I, O, E, F>
where
    I: Send + 'static,
    O: Send + 'static,
    E: Send + 'static,
    F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
{
    fn new(items: vec::IntoIter<I>, each: F) -> Arc<Self> {
        let state = State { items, parts: Vec::new(), next: 0, at_work: 0 };
        Arc::new(Self { each, state: Mutex::new(state), finished: Condvar::new() })
    }

    /// The parts in order. None is missing before one that failed.
    fn run(self: &Arc<Self>, threads: usize) -> impl Iterator<Item = Part<O, E>> + use<I, O, E, F> {
        self.get_help(threads.saturating_sub(1));
        self.work();
        let wait = |state: &mut State<I, O, E>| state.at_work > 0;
        let mut state = self.finished.wait_while(self.lock(), wait).unwrap_or_else(PoisonError::into_inner);
        let mut parts = std::mem::take(&mut state.parts);
        parts.sort_unstable_by_key(|(number, _)| *number);
        parts.into_iter().map(|(_, part)| part)
    }

    /// Starts one thread, which starts the next when it runs: where cores are busy, the first is late and no other follows.
    fn get_help(self: &Arc<Self>, threads: usize) {
        let Some(helper) = Helper::any(threads) else { return };
        let job = Arc::clone(self);
        // Events of a failed open belong to the caller's span and subscriber.
        let (span, dispatch) = (tracing::Span::current(), tracing::dispatcher::get_default(Clone::clone));
        let help = move || {
            let _helper = helper;
            tracing::dispatcher::with_default(&dispatch, || span.in_scope(|| job.help(threads - 1)));
        };
        // Without help, the caller does it all.
        let _ = thread::Builder::new().name("fieldseal-open".into()).spawn(help);
    }

    fn help(self: &Arc<Self>, threads: usize) {
        if self.lock().items.len() > 0 {
            self.get_help(threads);
            self.work();
        }
    }

    fn work(&self) {
        while let Some((number, items)) = self.take() {
            let part = panic::catch_unwind(AssertUnwindSafe(|| items.into_iter().map(&self.each).collect()));
            self.put(number, part);
        }
    }

    fn take(&self) -> Option<(usize, Vec<I>)> {
        let mut state = self.lock();
        let items: Vec<I> = state.items.by_ref().take(PART).collect();
        if items.is_empty() {
            return None;
        }
        state.next += 1;
        state.at_work += 1;
        Some((state.next, items))
    }

    /// After a failure no part is begun any more; those before it all have been.
    fn put(&self, number: usize, part: Part<O, E>) {
        let mut state = self.lock();
        let failed = !matches!(part, Ok(Ok(_)));
        let left = if failed { std::mem::take(&mut state.items) } else { vec::IntoIter::default() };
        state.parts.push((number, part));
        state.at_work -= 1;
        if state.at_work == 0 {
            self.finished.notify_all();
        }
        // Last, since an item's own drop may panic.
        drop(state);
        drop(left);
    }

    // The state is never left half-changed.
    fn lock(&self) -> MutexGuard<'_, State<I, O, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that may run beside its caller. The process has one for each core but one, whatever number of calls there are:
/// requests at once do not crowd its runtime out.
struct Helper;

static HELPERS: AtomicUsize = AtomicUsize::new(0);

impl Helper {
    fn any(wanted: usize) -> Option<Self> {
        let another = |at_work: usize| (wanted > 0 && at_work < spare_cores()).then_some(at_work + 1);
        HELPERS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, another).ok().map(|_| Self)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        HELPERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asked once: the answer is read from files.
fn spare_cores() -> usize {
    static SPARE: OnceLock<usize> = OnceLock::new();
    *SPARE.get_or_init(|| thread::available_parallelism().map_or(0, |cores: NonZero<usize>| cores.get() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 50 * PART;

    /// Longer than the opening of a row, so that every call looks for help.
    fn slowly() {
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(20) {
            std::hint::spin_loop();
        }
    }

    fn mapped(fail: impl Fn(usize) -> bool + Send + Sync + 'static) -> Result<Vec<usize>, usize> {
        let items: Vec<usize> = (0..MANY).collect();
        try_map(items, move |n| {
            slowly();
            if fail(n) { Err(n) } else { Ok(n) }
        })
    }

    #[test]
    fn items_stay_in_order() {
        assert_eq!(mapped(|_| false), Ok((0..MANY).collect()));
    }

    #[test]
    fn several_threads_take_part_where_there_are_cores() {
        // Others of this binary may hold the helpers for a while: then a later call gets them.
        let deadline = Instant::now() + Duration::from_secs(60);
        let threads = || {
            let by = |_| {
                slowly();
                Ok::<_, ()>(thread::current().id())
            };
            let ids = try_map((0..MANY).collect(), by).unwrap();
            ids.into_iter().collect::<std::collections::HashSet<_>>().len()
        };
        let expected = spare_cores().min(1) + 1;
        while threads() < expected {
            assert!(Instant::now() < deadline, "one thread does it all, of {} cores", spare_cores() + 1);
        }
    }

    #[test]
    fn the_first_error_is_returned_wherever_it_is() {
        for first in [0, PART - 1, PART, 7 * PART, MANY - 1] {
            assert_eq!(mapped(move |n| n >= first), Err(first));
        }
        assert_eq!(mapped(|n| n % (3 * PART) == PART + 1), Err(PART + 1));
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_next_call_works() {
        let panicked = panic::catch_unwind(|| mapped(|n| if n == MANY - 1 { panic!("item {n}") } else { false }));
        assert_eq!(panicked.unwrap_err().downcast_ref::<String>(), Some(&format!("item {}", MANY - 1)));
        assert_eq!(mapped(|_| false).unwrap().len(), MANY);
    }

    #[test]
    fn every_item_is_worked_on_under_the_callers_subscriber_and_span() {
        let subscriber = tracing_subscriber::registry();
        let all_inside = tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request");
            let request = span.id();
            let inside = move |_| {
                slowly();
                Ok::<_, ()>(tracing::Span::current().id() == request)
            };
            span.in_scope(|| try_map(vec![(); MANY], inside)).unwrap()
        });
        assert_eq!(all_inside, vec![true; MANY]);
    }
}
