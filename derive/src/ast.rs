//! The struct as the derive sees it: attributes and types together.

mod sealed;

use quote::format_ident;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Generics, Ident, Path, Result, Type, Visibility};

pub(crate) use sealed::{Sealed, option};

use crate::attr::{self, Of};

pub(crate) struct Input<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) sealed: Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) table: Path,
    pub(crate) container: attr::Container,
    pub(crate) diesel: attr::DieselContainer,
    pub(crate) fields: Vec<Field<'a>>,
    /// Whether the struct only shows cells of other models.
    pub(crate) is_view: bool,
}

pub(crate) struct Field<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) diesel: attr::DieselField,
    /// `None` for a plain field.
    pub(crate) sealed: Option<Sealed<'a>>,
}

impl<'a> Input<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self> {
        let Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) = &input.data else {
            return Err(Error::new(input.ident.span(), "`Encrypted` is derived for structs with named fields"));
        };
        let fields = all(fields.named.iter().map(Field::parse));
        let container = attr::Container::parse(&input.attrs)?;
        let mut diesel = attr::DieselContainer::parse(&input.attrs)?;
        let fields = fields?;
        let is_view =
            container.model.is_none() && container.firm.is_none() && container.part.is_none() && is_view(&fields);
        let no_table = || Error::new(input.ident.span(), "name the table: `#[diesel(table_name = clients)]`");
        // A view selects from whatever tables its query joins.
        let of_view = || is_view.then(|| Path::from(input.ident.clone()));
        let table = diesel.table.take().or_else(of_view).ok_or_else(no_table)?;
        let sealed = container.sealed.clone().unwrap_or_else(|| format_ident!("Sealed{}", input.ident));
        let (name, vis, generics) = (&input.ident, &input.vis, &input.generics);
        Ok(Self { name, sealed, vis, generics, table, container, diesel, fields, is_view })
    }

    /// Whether the struct describes the table, rather than being a form of another model.
    pub(crate) fn is_model(&self) -> bool {
        self.container.model.is_none() && !self.is_view
    }

    /// Whether the struct holds some columns of its model's table, and is embedded.
    pub(crate) fn is_part(&self) -> bool {
        self.container.part.is_some()
    }

    pub(crate) fn is_ambient(&self) -> bool {
        self.container.ambient.is_some()
    }

    pub(crate) fn field(&self, name: &Ident) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The sealed fields of the struct's own table.
    pub(crate) fn sealed_fields(&self) -> impl Iterator<Item = (&Field<'a>, &Sealed<'a>)> {
        self.marked_fields().filter(|(field, sealed)| sealed.attr.of.is_none() && !field.diesel.embed)
    }

    /// The fields that embed a struct with sealed fields of its own.
    pub(crate) fn embedded_fields(&self) -> impl Iterator<Item = (&Field<'a>, &Sealed<'a>)> {
        self.marked_fields().filter(|(field, _)| field.diesel.embed)
    }

    /// The fields that show another model's cells.
    pub(crate) fn shown_fields(&self) -> impl Iterator<Item = (&Field<'a>, &Of)> {
        self.marked_fields().filter_map(|(field, sealed)| Some((field, sealed.attr.of.as_ref()?)))
    }

    /// All fields marked `#[encrypted]`.
    pub(crate) fn marked_fields(&self) -> impl Iterator<Item = (&Field<'a>, &Sealed<'a>)> {
        self.fields.iter().filter_map(|field| Some((field, field.sealed.as_ref()?)))
    }

    /// The row-key columns' field names; empty for `row = none`.
    pub(crate) fn row(&self) -> Vec<Ident> {
        match &self.container.row {
            Some(attr::Row::None(_)) => Vec::new(),
            Some(attr::Row::Fields(fields)) => fields.clone(),
            None if self.is_view => Vec::new(),
            None => vec![format_ident!("id")],
        }
    }

    /// The fields that an update sets, but for the row key: Diesel never sets the primary key, and the firm of a row
    /// never changes by a patch.
    pub(crate) fn changed_fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (row, keys) = (self.row(), &self.diesel.primary_key);
        self.fields.iter().filter(move |field| {
            let primary = if keys.is_empty() { field.column() == "id" } else { keys.contains(field.column()) };
            let kept = primary || field.diesel.skip_update || self.firm_field() == Some(field.name);
            !kept && !row.contains(field.name)
        })
    }

    /// Whether the struct holds its whole row key, or needs none.
    pub(crate) fn holds_row(&self) -> bool {
        self.row().iter().all(|name| self.field(name).is_some())
    }

    pub(crate) fn firm_field(&self) -> Option<&Ident> {
        match &self.container.firm {
            Some(attr::Firm::Field(name)) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn derives(&self, name: &str) -> bool {
        self.container.derives(name)
    }

    /// Whether the struct is there to be written, so that what it embeds has to be sealed.
    pub(crate) fn writes(&self) -> bool {
        self.derives("Insertable") || self.derives("AsChangeset")
    }

    /// Whether the twin can be loaded, so that it can be opened.
    pub(crate) fn loads(&self) -> bool {
        ["Queryable", "Selectable", "QueryableByName", "HasQuery"].iter().any(|name| self.derives(name))
    }

    /// The table's SQL name, with its schema if `table = "…"` says one: Diesel keeps what `table!` says to itself.
    pub(crate) fn table_name(&self) -> String {
        let module = || self.table.segments.last().map(|s| unraw(&s.ident)).unwrap_or_default();
        self.container.table.as_ref().map_or_else(module, syn::LitStr::value)
    }

    /// The table's SQL name without its schema.
    pub(crate) fn table_id(&self) -> String {
        let name = self.table_name();
        name.split_once('.').map_or(name.clone(), |(_, table)| table.to_owned())
    }
}

/// Whether every marked field shows a cell of another model, or a struct that has its own.
fn is_view(fields: &[Field]) -> bool {
    let mut marked = fields.iter().filter_map(|field| Some((field, field.sealed.as_ref()?))).peekable();
    marked.peek().is_some() && marked.all(|(field, sealed)| sealed.attr.of.is_some() || field.diesel.embed)
}

impl<'a> Field<'a> {
    fn parse(field: &'a syn::Field) -> Result<Self> {
        let name = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "a named field is wanted"))?;
        let sealed = attr::Field::parse(&field.attrs)?.map(|attr| {
            let (options, inner) = sealed::options(&field.ty);
            Sealed { attr, options, inner }
        });
        let diesel = attr::DieselField::parse(&field.attrs)?;
        Ok(Self { name, vis: &field.vis, ty: &field.ty, diesel, sealed })
    }

    /// The column's name in the `table!` module.
    pub(crate) fn column(&self) -> &Ident {
        self.diesel.column.as_ref().unwrap_or(self.name)
    }

    /// The column's name in `table!`, for messages.
    pub(crate) fn column_name(&self) -> String {
        unraw(self.column())
    }
}

/// Every result, or all errors in one.
fn all<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let (mut all, mut errors) = (Vec::new(), None::<Error>);
    for result in results {
        match (result, &mut errors) {
            (Ok(one), _) => all.push(one),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), none) => *none = Some(error),
        }
    }
    errors.map_or(Ok(all), Err)
}

/// `r#type` is the column `type`.
pub(crate) fn unraw(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn form() -> DeriveInput {
        parse_quote! {
            #[diesel(table_name = crate::schema::clients, primary_key(id, part), belongs_to(Firm, foreign_key = firm_id))]
            #[encrypted(model = super::Client, firm = firm_id)]
            #[encrypted(row = (id, part), derive(diesel::AsChangeset))]
            struct Form<'a> {
                id: i64,
                firm_id: i64,
                #[encrypted]
                #[diesel(column_name = "kind")]
                r#type: &'a str,
                #[encrypted(index(notes_term, normalize = custom("mine", crate::mine), scope = firm))]
                notes: Option<Option<String>>,
                #[diesel(serialize_as = Vec<u8>, skip_update)]
                raw: std::option::Option<Raw>,
            }
        }
    }

    #[test]
    fn attributes_and_types_are_read_together() {
        let input = form();
        let form = Input::parse(&input).unwrap();
        assert_eq!((form.table_name().as_str(), form.sealed.to_string().as_str()), ("clients", "SealedForm"));
        assert!(!form.is_model() && form.derives("AsChangeset") && !form.loads());
        assert!(!form.holds_row(), "`part` is missing");
        let columns: Vec<_> = form.fields.iter().map(Field::column_name).collect();
        assert_eq!(columns, ["id", "firm_id", "kind", "notes", "raw"]);
        let options: Vec<_> = form.sealed_fields().map(|(_, sealed)| sealed.options).collect();
        assert_eq!(options, [0, 2]);
    }

    #[test]
    fn an_update_leaves_keys_and_firm() {
        let input = form();
        let form = Input::parse(&input).unwrap();
        let changed: Vec<_> = form.changed_fields().map(|field| field.name.to_string()).collect();
        assert_eq!(changed, ["r#type", "notes"]);
    }

    #[test]
    fn every_mistake_is_reported() {
        let input: DeriveInput = parse_quote! {
            #[diesel(table_name = clients)]
            struct Client {
                #[encrypted(jsn)]
                a: A,
                b: B,
                #[encrypted(index)]
                c: C,
            }
        };
        assert_eq!(Input::parse(&input).err().map(|error| error.into_iter().count()), Some(2));
    }
}
