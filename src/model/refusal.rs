//! Traits that nothing implements. Diesel's traits are implemented for plaintext where these hold, which is nowhere: their
//! absence is the compile error, and says what to write instead.

use std::marker::PhantomData;

use diesel::internal::derives::insertable::UndecoratedInsertRecord;
use diesel::query_builder::AsChangeset;

/// Never implemented: its absence is the compile error for inserting plaintext.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds plaintext: Diesel can't write it unsealed",
    label = "seal this first",
    note = "write `.values(session.seal(&value)?)`; a form without its row key is sealed by \
            `session.seal_for(row_key, &form)?`, an ambient one by `form.for_row(row_key)`"
)]
pub trait SealBeforeInsert<'a> {}

/// Never implemented: its absence is the compile error for updating by plaintext.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds plaintext: Diesel can't write it unsealed",
    label = "seal this first",
    note = "write `.set(session.seal(&patch)?)`; a form without its row key is sealed by \
            `session.seal_for(row_key, &form)?`, an ambient one by `form.for_row(row_key)`"
)]
pub trait SealBeforeUpdate<'a> {}

/// Never implemented: its absence is the compile error for writing a part by itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds plaintext: Diesel can't write it unsealed",
    label = "seal this with the struct around it",
    note = "a part is embedded by `#[diesel(embed)] #[encrypted]`, and sealed with the struct that embeds it"
)]
pub trait SealWithItsModel<'a> {}

/// Never implemented: its absence is the compile error for inserting what does not derive `Insertable`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be inserted: its `#[derive(Encrypted)]` does not name `Insertable`",
    label = "not derived as `Insertable`",
    note = "add `#[encrypted(derive(Insertable))]` to the struct; one that is not ambient is sealed first: \
            `.values(session.seal(&value)?)`"
)]
pub trait DeriveInsertable<'a> {}

/// Never implemented: its absence is the compile error for updating by what does not derive `AsChangeset`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't update: its `#[derive(Encrypted)]` does not name `AsChangeset`",
    label = "not derived as `AsChangeset`",
    note = "add `#[encrypted(derive(AsChangeset))]` to the struct; one that is not ambient is sealed first: \
            `.set(session.seal(&patch)?)`"
)]
pub trait DeriveAsChangeset<'a> {}

/// Never implemented: its absence is the compile error for loading a plaintext struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds plaintext: Diesel can't load it",
    label = "load the sealed twin instead",
    note = "write `.select(SealedClient::as_select())`, for a struct `Client`, and open what it loads by \
            `session.open(rows)?`"
)]
pub trait OpenAfterLoading<'a> {}

/// Never implemented: its absence is the compile error for `save_changes` of plaintext.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds plaintext: Diesel can't write it unsealed",
    label = "seal this first",
    note = "write `session.seal(&client)?.save_changes::<SealedClient>(conn)?`, for a struct `Client`, and open what it \
            returns; where the twin's order is not that of `table!`: `diesel::update(…).set(session.seal(&client)?)`"
)]
pub trait SealBeforeSave<'a> {}

/// Never implemented: its absence is the compile error for naming a row that the struct names itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds its row key: Diesel writes it as it is",
    label = "drop `for_row`",
    note = "write `.values(&value)` or `.set(&value)`; `for_row(row_key)` is for ambient forms without their row key"
)]
pub trait WithoutRowKey<'a> {}

/// Of what Diesel makes no statement of plaintext.
#[diagnostic::on_unimplemented(
    message = "Diesel's `Insertable` or `AsChangeset`, derived beside `Encrypted`, would write plaintext",
    label = "Diesel's derive is beside `Encrypted`",
    note = "name it within `#[encrypted(derive(…))]` only: the sealed twin derives it"
)]
pub trait OnTheTwin {}

/// Stands for a trait that the plaintext struct does not implement.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

impl OnTheTwin for Nowhere {}

/// What a struct is asked for: whether Diesel's own derives are beside ours.
#[derive(Debug, Clone, Copy)]
pub struct Beside<T, Table>(PhantomData<(T, Table)>);

/// Stands for a trait of Diesel's that the plaintext struct implements.
#[derive(Debug, Clone, Copy)]
pub struct OnPlaintext;

// An associated constant of the type itself goes before one of a trait, where its bounds are met.
// Diesel's derive bounds its `Insertable` by the types of the fields, but not this.
impl<T: UndecoratedInsertRecord<Table>, Table> Beside<T, Table> {
    /// It does.
    pub const INSERTABLE: OnPlaintext = OnPlaintext;
}

impl<T: AsChangeset, Table> Beside<T, Table> {
    /// It does.
    pub const AS_CHANGESET: OnPlaintext = OnPlaintext;
}

/// The answers for a struct that implements neither.
pub trait BesideNothing {
    /// No `Insertable`.
    const INSERTABLE: Nowhere = Nowhere;
    /// No `AsChangeset`.
    const AS_CHANGESET: Nowhere = Nowhere;
}

impl<T, Table> BesideNothing for Beside<T, Table> {}

/// Compiles for `Nowhere` alone.
pub const fn on_the_twin<T: OnTheTwin>(_: &T) {}
