//! The struct as the derive sees it: attributes and types together.

use quote::format_ident;
use syn::{
    Data, DataStruct, DeriveInput, Error, Fields, GenericArgument, Generics, Ident, Path, PathArguments, Result, Type,
    Visibility,
};

use crate::attr;

pub(crate) struct Input<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) sealed: Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) table: Path,
    pub(crate) container: attr::Container,
    pub(crate) diesel: attr::DieselContainer,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) diesel: attr::DieselField,
    /// `None` for a plain field.
    pub(crate) sealed: Option<Sealed<'a>>,
}

pub(crate) struct Sealed<'a> {
    pub(crate) attr: attr::Field,
    /// How many `Option`s wrap the value: 0, 1 (NULL, or skipped in a patch) or 2 (skipped or NULL).
    pub(crate) options: usize,
    /// The type within them.
    pub(crate) inner: &'a Type,
}

impl<'a> Input<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self> {
        let Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) = &input.data else {
            return Err(Error::new(input.ident.span(), "`Encrypted` is derived for structs with named fields"));
        };
        let container = attr::Container::parse(&input.attrs)?;
        let mut diesel = attr::DieselContainer::parse(&input.attrs)?;
        let table = diesel
            .table
            .take()
            .ok_or_else(|| Error::new(input.ident.span(), "name the table: `#[diesel(table_name = clients)]`"))?;
        let fields = fields.named.iter().map(Field::parse).collect::<Result<_>>()?;
        let sealed = container.sealed.clone().unwrap_or_else(|| format_ident!("Sealed{}", input.ident));
        let (name, vis, generics) = (&input.ident, &input.vis, &input.generics);
        Ok(Self { name, sealed, vis, generics, table, container, diesel, fields })
    }

    /// Whether the struct describes the table, rather than being a form of another model.
    pub(crate) fn is_model(&self) -> bool {
        self.container.model.is_none()
    }

    pub(crate) fn field(&self, name: &Ident) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn sealed_fields(&self) -> impl Iterator<Item = (&Field<'a>, &Sealed<'a>)> {
        self.fields.iter().filter_map(|field| Some((field, field.sealed.as_ref()?)))
    }

    /// The row-key columns' field names; empty for `row = none`.
    pub(crate) fn row(&self) -> Vec<Ident> {
        match &self.container.row {
            Some(attr::Row::None) => Vec::new(),
            Some(attr::Row::Fields(fields)) => fields.clone(),
            None => vec![format_ident!("id")],
        }
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

impl<'a> Field<'a> {
    fn parse(field: &'a syn::Field) -> Result<Self> {
        let name = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "a named field is wanted"))?;
        let sealed = attr::Field::parse(&field.attrs)?.map(|attr| {
            let (options, inner) = options(&field.ty);
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

impl Sealed<'_> {
    pub(crate) fn is_named(&self, name: &str) -> bool {
        matches!(self.inner, Type::Path(path) if path.path.is_ident(name))
    }
}

/// `r#type` is the column `type`.
pub(crate) fn unraw(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn options(mut ty: &Type) -> (usize, &Type) {
    let mut layers = 0;
    while let Some(inner) = option(ty) {
        ty = inner;
        layers += 1;
    }
    (layers, ty)
}

pub(crate) fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}
