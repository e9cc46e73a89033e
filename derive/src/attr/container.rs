//! `#[encrypted(…)]` on the struct.

use syn::parse::Parse;
use syn::{Attribute, Error, Ident, LitStr, Meta, Path, Result, Token, parenthesized, token};

use super::{after_equals, ident, once, text, value, word};

#[derive(Default)]
pub(crate) struct Container {
    pub(crate) firm: Option<Firm>,
    pub(crate) row: Option<Row>,
    pub(crate) derives: Vec<Path>,
    pub(crate) model: Option<Path>,
    /// The table's SQL name, where `table!` names a schema or another name.
    pub(crate) table: Option<LitStr>,
    pub(crate) table_id: Option<LitStr>,
    pub(crate) sealed: Option<Ident>,
    /// Diesel writes and reads the struct itself, in a session's scope.
    pub(crate) ambient: Option<Ident>,
    /// Some of a table's columns, without its row key: embedded in the model and its forms.
    pub(crate) part: Option<Ident>,
}

pub(crate) enum Firm {
    Platform(Ident),
    Field(Ident),
}

pub(crate) enum Row {
    None(Ident),
    Fields(Vec<Ident>),
}

const KEYS: &str = "expected `firm = <field>` or `firm = platform`, `row = <field>`, `row = (<fields>)` or `row = none`, \
                    `derive(…)`, `model = <Model>`, `part`, `ambient`, `table = \"…\"`, `table_id = \"…\"`, `sealed = <Name>`";
const ROW: &str = "write `row = <field>`, `row = (<fields>)` or `row = none`";
const DERIVE: &str = "name what the twin derives: `derive(Insertable, Queryable, Selectable)`";

impl Container {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut this = Self::default();
        for attr in attrs.iter().filter(|a| a.path().is_ident("encrypted")) {
            if !matches!(attr.meta, Meta::List(_)) {
                return Err(Error::new_spanned(attr, format!("write `#[encrypted(…)]`: {KEYS}")));
            }
            attr.parse_nested_meta(|meta| {
                let Some(key) = meta.path.get_ident().map(Ident::to_string) else { return Err(meta.error(KEYS)) };
                match key.as_str() {
                    "firm" => once(&mut this.firm, &meta, Firm::from(ident(&meta)?)),
                    "row" => once(&mut this.row, &meta, Row::parse(after_equals(&meta, ROW)?)?),
                    "derive" if !meta.input.peek(token::Paren) => Err(meta.error(DERIVE)),
                    "derive" => meta.parse_nested_meta(|derive| {
                        this.derives.push(derive.path);
                        Ok(())
                    }),
                    "model" => once(&mut this.model, &meta, value(&meta, "<Model>")?),
                    "table" => once(&mut this.table, &meta, text(&meta)?),
                    "table_id" => once(&mut this.table_id, &meta, text(&meta)?),
                    "part" => once(&mut this.part, &meta, word(&meta)?),
                    "ambient" => once(&mut this.ambient, &meta, word(&meta)?),
                    "sealed" => once(&mut this.sealed, &meta, ident(&meta)?),
                    _ => Err(meta.error(format!("`{key}` is no option of `#[encrypted]` on a struct: {KEYS}"))),
                }
            })?;
        }
        Ok(this)
    }

    /// Whether the twin derives a Diesel trait of this name.
    pub(crate) fn derives(&self, name: &str) -> bool {
        self.derive(name).is_some()
    }

    /// Where the twin derives it.
    pub(crate) fn derive(&self, name: &str) -> Option<&Path> {
        self.derives.iter().find(|path| path.segments.last().is_some_and(|last| last.ident == name))
    }
}

impl From<Ident> for Firm {
    fn from(name: Ident) -> Self {
        if name == "platform" { Self::Platform(name) } else { Self::Field(name) }
    }
}

impl Row {
    pub(crate) fn parse(input: syn::parse::ParseStream) -> Result<Self> {
        if input.peek(token::Paren) {
            let content;
            let parens = parenthesized!(content in input);
            let named = content.parse_terminated(Ident::parse, Token![,]);
            let fields = named.map_err(|error| Error::new(error.span(), ROW))?;
            if fields.is_empty() {
                let message = "name the fields of the row key, or give row binding up by `row = none`";
                return Err(Error::new(parens.span.join(), message));
            }
            return Ok(Self::Fields(fields.into_iter().collect()));
        }
        let name: Ident = input.parse().map_err(|error| Error::new(error.span(), ROW))?;
        Ok(if name == "none" { Self::None(name) } else { Self::Fields(vec![name]) })
    }
}
