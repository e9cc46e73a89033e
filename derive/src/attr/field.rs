//! `#[encrypted(…)]` on a field.

use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitInt, LitStr, Meta, Path, Result, Token, parenthesized, token};

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
    /// `firm` or `global`.
    pub(crate) scope: Option<Ident>,
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
        const COLUMN: &str = "name the term column first: `index(email_term)`";
        let mut this = None::<Self>;
        if !is_given(meta.input)? {
            return Err(meta.error(COLUMN));
        }
        meta.parse_nested_meta(|option| match &mut this {
            None => {
                let column = option.path.require_ident()?.clone();
                if option.input.peek(Token![=]) {
                    return Err(option.error(COLUMN));
                }
                this = Some(Self::over(column));
                Ok(())
            }
            Some(index) => index.option(&option),
        })?;
        this.ok_or_else(|| meta.error(COLUMN))
    }

    fn over(column: Ident) -> Self {
        Self { column, normalizer: None, bits: None, unique: None, scope: None, index_id: None }
    }

    pub(crate) fn is_global(&self) -> bool {
        self.scope.as_ref().is_some_and(|scope| scope == "global")
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
                if scope != "firm" && scope != "global" {
                    return Err(syn::Error::new(scope.span(), "expected `scope = firm` or `scope = global`"));
                }
                once(&mut self.scope, meta, scope)
            }
            "id" => once(&mut self.index_id, meta, text(meta)?),
            _ => Err(meta.error(format!("`{key}` is no option of `index`: {INDEX_KEYS}"))),
        }
    }
}

/// Whether parentheses with something in them follow.
fn is_given(input: ParseStream) -> Result<bool> {
    if !input.peek(token::Paren) {
        return Ok(false);
    }
    let (ahead, content);
    ahead = input.fork();
    parenthesized!(content in ahead);
    Ok(!content.is_empty())
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

    fn custom(input: ParseStream) -> Result<Self> {
        let content;
        parenthesized!(content in input);
        let id = content.parse()?;
        content.parse::<Token![,]>()?;
        Ok(Self::Custom(id, content.parse()?))
    }
}
