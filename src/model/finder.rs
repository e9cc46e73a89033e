//! Lookups that open and re-check: right for any number of bits, with LIMIT and paging still exact.

mod page;

use diesel::result::QueryResult;

use super::cell::CellKeys;
use super::error::LookupError;
use super::handle::{IndexedColumn, normalized};
use super::open::Open;
use super::stored::Plain;
use super::transit::Unsealed;
use crate::sql::{Ciphertext, Term};
pub use page::{After, Page};

/// A row in which a lookup re-checks the cell of `C`. Implemented by sealed twins, and by tuples that begin with one.
pub trait Candidate<C: IndexedColumn> {
    /// The cell, `None` for `NULL`.
    #[doc(hidden)]
    fn cell(&self, keys: &CellKeys) -> Result<Option<C::Plain>, super::error::OpenError>;
}

impl<C: IndexedColumn, A: Candidate<C>, B> Candidate<C> for (A, B) {
    fn cell(&self, keys: &CellKeys) -> Result<Option<C::Plain>, super::error::OpenError> {
        self.0.cell(keys)
    }
}

impl<C: IndexedColumn, A: Candidate<C>, B, D> Candidate<C> for (A, B, D) {
    fn cell(&self, keys: &CellKeys) -> Result<Option<C::Plain>, super::error::OpenError> {
        self.0.cell(keys)
    }
}

/// A lookup by [`Handle::find`](super::Handle::find): it runs a query of yours page by page, opens what it finds, and
/// keeps the rows whose value really equals.
///
/// # Examples
/// ```text
/// let found = Client::phone()
///     .find(&session, "555-1234")?
///     .by(|row: &SealedClient| row.id)
///     .limit(20)
///     .load(&session, |page| {
///         page.of(clients::table.select(SealedClient::as_select()), clients::id).load(&mut conn)
///     })?;
/// ```
#[must_use = "a finder does nothing before `.by(…).load(…)`"]
pub struct Finder<C: IndexedColumn> {
    terms: Vec<Term<C::Form>>,
    /// In transit: which rows without a cell are candidates.
    unsealed: Unsealed,
    normalized: Plain<'static>,
}

impl<C: IndexedColumn> Finder<C> {
    pub(super) fn new(terms: Vec<Term<C::Form>>, unsealed: Unsealed, normalized: Plain<'static>) -> Self {
        Self { terms, unsealed, normalized }
    }

    /// Pages by the key that `key` takes from a row: the query orders by it, and it must be unique.
    pub fn by<R, K, F: Fn(&R) -> K>(self, key: F) -> PagedFinder<C, K, F> {
        PagedFinder { finder: self, key, after: None, limit: usize::MAX }
    }
}

/// A lookup with its order.
#[must_use = "a finder does nothing before `.load(…)`"]
pub struct PagedFinder<C: IndexedColumn, K, F> {
    finder: Finder<C>,
    key: F,
    after: Option<K>,
    limit: usize,
}

/// Candidates asked for at once when the limit does not say otherwise.
const CHUNK: usize = 256;

impl<C, K, F> PagedFinder<C, K, F>
where
    C: IndexedColumn,
    K: Clone + PartialEq,
{
    /// At most so many rows. Without it: all.
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = rows;
        self
    }

    /// Only rows behind this key: the last of the page before.
    pub fn after(mut self, key: K) -> Self {
        self.after = Some(key);
        self
    }

    /// Runs `query` until the limit or the end is reached.
    ///
    /// # Errors
    /// [`LookupError`]; a row that does not open is an error, never left out.
    pub fn load<R>(
        self,
        session: &impl AsRef<CellKeys>,
        mut query: impl FnMut(Page<C, K>) -> QueryResult<Vec<R>>,
    ) -> Result<Vec<R::Opened>, LookupError>
    where
        F: Fn(&R) -> K,
        R: Open + Candidate<C>,
    {
        let mut search = Search::new(self);
        while let Some(page) = search.page() {
            let rows = query(page)?;
            search.take(session.as_ref(), rows)?;
        }
        Ok(search.found)
    }

    /// [`load`](Self::load) with an asynchronous query.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn load_async<R>(
        self,
        session: &impl AsRef<CellKeys>,
        mut query: impl AsyncFnMut(Page<C, K>) -> QueryResult<Vec<R>>,
    ) -> Result<Vec<R::Opened>, LookupError>
    where
        F: Fn(&R) -> K,
        R: Open + Candidate<C>,
    {
        let mut search = Search::new(self);
        while let Some(page) = search.page() {
            let rows = query(page).await?;
            search.take(session.as_ref(), rows)?;
        }
        Ok(search.found)
    }
}

/// The state between two pages.
struct Search<C: IndexedColumn, K, F, T> {
    finder: PagedFinder<C, K, F>,
    found: Vec<T>,
    /// Key of the page's first row: a query in another order than the key's comes to it again.
    first: Option<K>,
    size: usize,
    ended: bool,
}

impl<C, K, F, T> Search<C, K, F, T>
where
    C: IndexedColumn,
    K: Clone + PartialEq,
{
    fn new(finder: PagedFinder<C, K, F>) -> Self {
        let (size, ended) = (finder.limit.clamp(1, CHUNK), finder.limit == 0);
        Self { finder, found: Vec::new(), first: None, size, ended }
    }

    /// The next page to ask for, `None` at the end.
    fn page(&self) -> Option<Page<C, K>> {
        let PagedFinder { finder, after, .. } = &self.finder;
        (!self.ended).then(|| Page::new(finder.terms.clone(), finder.unsealed.clone(), after.clone(), self.size))
    }

    fn take<R>(&mut self, keys: &CellKeys, rows: Vec<R>) -> Result<(), LookupError>
    where
        F: Fn(&R) -> K,
        R: Open<Opened = T> + Candidate<C>,
    {
        if rows.len() > self.size {
            return Err(LookupError::Unpaged);
        }
        self.ended = rows.len() < self.size;
        self.advance(rows.first(), rows.last())?;
        for row in rows {
            if self.equals(row.cell(keys)?)? {
                self.found.push(row.open(keys)?);
            }
            if self.found.len() == self.finder.limit {
                self.ended = true;
                break;
            }
        }
        Ok(())
    }

    fn advance<R>(&mut self, first: Option<&R>, last: Option<&R>) -> Result<(), LookupError>
    where
        F: Fn(&R) -> K,
    {
        let (first, next) = (first.map(&self.finder.key), last.map(&self.finder.key));
        if next.is_some() && (next == self.finder.after || first == self.first) {
            return Err(LookupError::Unpaged);
        }
        self.first = first;
        self.finder.after = next.or_else(|| self.finder.after.take());
        Ok(())
    }

    fn equals(&self, value: Option<C::Plain>) -> Result<bool, LookupError> {
        let Some(value) = value else { return Ok(false) };
        Ok(*normalized::<C>(&value)? == *self.finder.finder.normalized)
    }
}

#[doc(hidden)]
pub fn candidate_cell<C: IndexedColumn>(
    keys: &CellKeys,
    key: &C::Key,
    cell: Option<&Ciphertext<C::Form>>,
) -> Result<Option<C::Plain>, super::error::OpenError> {
    cell.map(|cell| keys.open_cell(C::column(), &C::place(key), cell.clone())).transpose()
}
