//! Rows opened as they arrive.

use diesel::result::Error as DieselError;
use futures_util::stream::{Stream, StreamExt};

use super::Session;
use crate::model::Open;

impl Session {
    /// Opens each row of a stream, such as `load_stream` gives, as it arrives.
    ///
    /// A row that does not open is an error in its place, [`DieselError::DeserializationError`], in which
    /// [`Error::find`](crate::Error::find) finds ours.
    pub fn open_stream<T, S>(&self, rows: S) -> impl Stream<Item = Result<T::Opened, DieselError>> + use<T, S>
    where
        T: Open,
        S: Stream<Item = Result<T, DieselError>>,
    {
        let session = self.clone();
        rows.map(move |row| Ok(session.open(row?)?))
    }
}
