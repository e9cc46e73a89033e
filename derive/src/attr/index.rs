//! `index(…)` on a field.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Ident, LitInt, LitStr, Path, Result, Token, parenthesized, token};

use super::{after_equals, ident, once, text, value, word};

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

const INDEX_KEYS: &str =
    "expected `normalize = …`, `bits = …`, `unique`, `scope = firm` or `scope = global`, `id = \"…\"`";
const NORMALIZERS: &str =
    "expected `none`, `trim`, `lowercase`, `casefold`, `digits`, `email` or `custom(\"id\", function)`";
const CUSTOM: &str = "write `normalize = custom(\"id\", function)`, with an id that stays and a `fn(&str) -> String`";

impl Index {
    pub(super) fn parse(meta: &ParseNestedMeta) -> Result<Self> {
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

    /// Where it says more than its column.
    pub(crate) fn option_span(&self) -> Option<Span> {
        let words = [self.normalizer.as_ref().map(|(key, _)| key), self.unique.as_ref(), self.scope.as_ref()];
        let literals = [self.bits.as_ref().map(LitInt::span), self.index_id.as_ref().map(LitStr::span)];
        words.into_iter().flatten().map(Ident::span).chain(literals.into_iter().flatten()).next()
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
            "bits" => once(&mut self.bits, meta, value(meta, "<1 to 128>")?),
            "unique" => once(&mut self.unique, meta, word(meta)?),
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
        let input = after_equals(meta, NORMALIZERS)?;
        let name: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), NORMALIZERS))?;
        Ok(Self::Builtin(match name.to_string().as_str() {
            "none" => "None",
            "trim" => "Trim",
            "lowercase" => "Lowercase",
            "casefold" => "Casefold",
            "digits" => "Digits",
            "email" => "Email",
            "custom" => return Self::custom(input).map_err(|error| syn::Error::new(error.span(), CUSTOM)),
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
