//! Structs with sealed fields within others (`#[diesel(embed)] #[encrypted]`): parts of a model's table, which are bound
//! to the row of the struct that holds them, and whole structs, which hold a row of their own.

use super::ambient::Failure;
use super::cell::CellKeys;
use super::error::{OpenError, SealError};
use super::schema::{ColumnSchema, ModelSchema};
use super::seal::Model;
use crate::context::RowPlace;
use crate::index::Normalizer;

/// A struct that others may embed. Derived by `#[derive(Encrypted)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be embedded with `#[encrypted]`",
    label = "no `#[derive(Encrypted)]` makes a sealed twin of this",
    note = "a struct of plain fields is embedded by `#[diesel(embed)]` alone; one with sealed fields derives `Encrypted`, \
            as a part (`#[encrypted(part, model = …)]`) or loaded with its own row (`derive(Queryable, Selectable)`)"
)]
pub trait Embedded {
    /// Its twin, which the twin of the struct around it embeds.
    type Sealed;

    /// The model that its cells belong to, or the first of several.
    #[doc(hidden)]
    fn model() -> &'static ModelSchema;
}

/// A part of the table of the model `M`: `#[encrypted(part, model = M)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of the model `{M}`",
    label = "no `#[encrypted(part, model = {M})]`",
    note = "a model embeds parts of its own table; a struct with a row of its own is embedded in a view, a struct with \
            neither `firm` nor `model`, that is only loaded"
)]
pub trait PartOf<M: ?Sized>: Embedded {
    /// What the part says of its columns.
    const COLUMNS: &'static [ColumnSchema];

    /// The normalizers of their indexes.
    const NORMALIZERS: &'static [Option<Normalizer>];
}

/// A struct that is sealed with the row key of the struct around it, which belongs to the model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be written as a part of `{M}`",
    label = "no `#[encrypted(part, model = {M})]`",
    note = "what is inserted or updated embeds parts of its own table; other rows are only loaded: drop `Insertable` and \
            `AsChangeset`, or write the struct by a statement of its own"
)]
pub trait SealEmbedded<M: ?Sized>: Embedded {
    #[doc(hidden)]
    fn seal_embedded(&self, keys: &CellKeys, row: &RowPlace) -> Result<Self::Sealed, SealError>;

    /// The twin whose cells are an error.
    #[doc(hidden)]
    fn failed(&self, failure: &Failure) -> Self::Sealed;

    /// Whether a changeset of the twin holds a cell.
    #[doc(hidden)]
    fn writes_cell(sealed: &Self::Sealed) -> bool;
}

/// A struct that is opened within one of the model `M`, or within a view (`()`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be loaded within this struct",
    label = "neither a part of `{M}` nor loaded with a row of its own",
    note = "a part is opened with the row key of the struct around it, which points at the part's model by `model = …`; \
            any other struct holds its row key and is loaded: `#[encrypted(derive(Queryable, Selectable))]`"
)]
pub trait OpenEmbedded<M: ?Sized>: Embedded + Sized {
    /// Whether all its cells stay closed, so that loading it takes no keys.
    #[doc(hidden)]
    const CLOSED: bool;

    #[doc(hidden)]
    fn open_embedded(sealed: Self::Sealed, keys: &CellKeys, row: &RowPlace) -> Result<Self, OpenError>;
}

/// The twin of the model `M`, which embeds the part `P`. The lifetime lets the part's own code ask for it where no model does.
#[doc(hidden)]
pub trait Embeds<'a, P: Embedded, M: Model> {
    fn part(&self) -> &P::Sealed;

    fn row_key(&self) -> M::RowKey;
}

/// A part that a patch may leave as it is, or a row that a left join may leave out.
impl<T: Embedded> Embedded for Option<T> {
    type Sealed = Option<T::Sealed>;

    fn model() -> &'static ModelSchema {
        T::model()
    }
}

impl<M: ?Sized, T: SealEmbedded<M>> SealEmbedded<M> for Option<T> {
    fn seal_embedded(&self, keys: &CellKeys, row: &RowPlace) -> Result<Self::Sealed, SealError> {
        self.as_ref().map(|part| part.seal_embedded(keys, row)).transpose()
    }

    fn failed(&self, failure: &Failure) -> Self::Sealed {
        self.as_ref().map(|part| part.failed(failure))
    }

    fn writes_cell(sealed: &Self::Sealed) -> bool {
        sealed.as_ref().is_some_and(T::writes_cell)
    }
}

impl<M: ?Sized, T: OpenEmbedded<M>> OpenEmbedded<M> for Option<T> {
    const CLOSED: bool = T::CLOSED;

    fn open_embedded(sealed: Self::Sealed, keys: &CellKeys, row: &RowPlace) -> Result<Self, OpenError> {
        sealed.map(|sealed| T::open_embedded(sealed, keys, row)).transpose()
    }
}
