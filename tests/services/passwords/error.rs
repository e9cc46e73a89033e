//! What goes wrong.

use crate::passwords::db::PoolError;

pub(crate) type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the database failed")]
    Database(#[from] diesel::result::Error),
    #[error("no connection to the database")]
    Pool(#[from] PoolError),
    #[error("user name, password or code is wrong")]
    Unauthorized,
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("not found")]
    NotFound,
}
