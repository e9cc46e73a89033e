//! `#[encrypted(…)]` on a field.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Ident, LitInt, LitStr, Meta, Path, Result, Token, parenthesized};

use super::{ident, once, text};

/// A field marked `#[encrypted]`.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) json: Option<Ident>,
    pub(crate) deterministic: Option<Ident>,
    pub(crate) column_id: Option<LitStr>,
    pub(crate) handle: Option<Ident>,
    pub(crate) index: Option<Index>,
}

pub(crate) struct Index {
    /// The term column.
    pub(crate) column: Ident,
    pub(crate) normalizer: Option<(Ident, Normalizer)>,
    pub(crate) bits: Option<LitInt>,
    pub(crate) unique: Option<Ident>,
    pub(crate) global: Option<Ident>,
    pub(crate) index_id: Option<LitStr>,
}

pub(crate) enum Normalizer {
    /// The variant of `fieldseal::Normalizer`.
    Builtin(&'static str),
    /// The user's id and function.
    Custom(LitStr, Path),
}

const KEYS: &str =
    "expected `json`, `deterministic`, `index(<term column>, …)`, `column_id = \"…\"`, `handle = <name>`";
const INDEX_KEYS: &str =
    "expected `normalize = …`, `bits = …`, `unique`, `scope = firm` or `scope = global`, `id = \"…\"`";
const NORMALIZERS: &str =
    "expected `none`, `trim`, `lowercase`, `casefold`, `digits`, `email` or `custom(\"id\", function)`";

impl Field {
    /// `None` if the field is not marked.
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Option<Self>> {
        let mut this = None;
        for attr in attrs.iter().filter(|a| a.path().is_ident("encrypted")) {
            let field = this.get_or_insert_with(Self::default);
            if let Meta::Path(_) = attr.meta {
                continue;
            }
            attr.parse_nested_meta(|meta| field.option(&meta))?;
        }
        Ok(this)
    }

    fn option(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let Some(key) = meta.path.get_ident().cloned() else { return Err(meta.error(KEYS)) };
        match key.to_string().as_str() {
            "json" => once(&mut self.json, meta, key),
            "deterministic" => once(&mut self.deterministic, meta, key),
            "column_id" => once(&mut self.column_id, meta, text(meta)?),
            "handle" => once(&mut self.handle, meta, ident(meta)?),
            "index" => once(&mut self.index, meta, Index::parse(meta)?),
            _ => Err(meta.error(format!("`{key}` is no option of `#[encrypted]` on a field: {KEYS}"))),
        }
    }
}

impl Index {
    fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        let mut this = None::<Self>;
        meta.parse_nested_meta(|option| match &mut this {
            None => {
                let column = option.path.require_ident()?.clone();
                this = Some(Self::over(column));
                Ok(())
            }
            Some(index) => index.option(&option),
        })?;
        this.ok_or_else(|| meta.error("name the term column: `index(email_term)`"))
    }

    fn over(column: Ident) -> Self {
        Self { column, normalizer: None, bits: None, unique: None, global: None, index_id: None }
    }

    fn option(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let Some(key) = meta.path.get_ident().cloned() else { return Err(meta.error(INDEX_KEYS)) };
        match key.to_string().as_str() {
            "normalize" => {
                let normalizer = Normalizer::parse(meta)?;
                once(&mut self.normalizer, meta, (key, normalizer))
            }
            "bits" => {
                let bits = meta.value()?.parse()?;
                once(&mut self.bits, meta, bits)
            }
            "unique" => once(&mut self.unique, meta, key),
            "scope" => {
                let scope = ident(meta)?;
                match scope.to_string().as_str() {
                    "global" => once(&mut self.global, meta, scope),
                    "firm" => Ok(()),
                    _ => Err(syn::Error::new(scope.span(), "expected `scope = firm` or `scope = global`")),
                }
            }
            "id" => once(&mut self.index_id, meta, text(meta)?),
            _ => Err(meta.error(format!("`{key}` is no option of `index`: {INDEX_KEYS}"))),
        }
    }
}

impl Normalizer {
    fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        let input = meta.value()?;
        let name: Ident = input.parse()?;
        Ok(Self::Builtin(match name.to_string().as_str() {
            "none" => "None",
            "trim" => "Trim",
            "lowercase" => "Lowercase",
            "casefold" => "Casefold",
            "digits" => "Digits",
            "email" => "Email",
            "custom" => return Self::custom(input),
            _ => return Err(syn::Error::new(name.span(), format!("no normalizer of this name: {NORMALIZERS}"))),
        }))
    }

    fn custom(input: syn::parse::ParseStream) -> Result<Self> {
        let content;
        parenthesized!(content in input);
        let id = content.parse()?;
        content.parse::<Token![,]>()?;
        Ok(Self::Custom(id, content.parse()?))
    }
}
