//! `#[encrypted(…)]` on a field.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, LitInt, LitStr, Meta, Path, Result, Token, Type};

use super::{Index, Row, after_equals, ident, once, text, value, word};

/// A field marked `#[encrypted]`.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) json: Option<Ident>,
    pub(crate) deterministic: Option<Ident>,
    pub(crate) column_id: Option<LitStr>,
    pub(crate) handle: Option<Ident>,
    pub(crate) pad: Option<Pad>,
    pub(crate) index: Option<Index>,
    /// The type that is sealed in place of the field's own: converted by `Into` and `TryFrom`.
    pub(crate) stored_as: Option<Type>,
    /// The column that still holds values that are not sealed.
    pub(crate) legacy: Option<Ident>,
    /// What reads home-made ciphertext in it.
    pub(crate) legacy_with: Option<LegacyWith>,
    /// What writes that again.
    pub(crate) legacy_write: Option<Path>,
    /// The cell of another model that a view's field shows.
    pub(crate) of: Option<Of>,
    /// That model's row key.
    pub(crate) row: Option<RowOf>,
}

/// Where a view has the row key of a cell that it shows.
pub(crate) enum RowOf {
    /// In fields of its own.
    Fields(Row),
    /// Only in the twin, which selects it: `row = accounts::id`, for a left join `row = accounts::id.nullable()`.
    Selected(Box<Expr>),
}

/// `legacy_with = function`; `legacy_with` alone in a form, whose model names the function.
pub(crate) struct LegacyWith {
    pub(crate) word: Span,
    pub(crate) function: Option<Path>,
}

/// `pad = padme` or `pad = 32`.
pub(crate) enum Pad {
    Padme(Ident),
    Multiple(LitInt),
}

/// `of = Account::token`: a model's column handle.
pub(crate) struct Of(pub(crate) Path);

const KEYS: &str = "expected `json`, `as = <Type>`, `deterministic`, `index(<term column>, …)`, `pad = padme` or `pad = <bytes>`, `column_id = \"…\"`, `handle = <name>`, `legacy = <column>`, `legacy_with = <function>`, `legacy_write = <function>`, \
     or on a view's field `of = <Model>::<field>` and `row = <field>` or `row = <table>::<column>`";

impl Field {
    /// `None` if the field is not marked.
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Option<Self>> {
        let mut this = None;
        for attr in attrs.iter().filter(|a| a.path().is_ident("encrypted")) {
            let field = this.get_or_insert_with(Self::default);
            match attr.meta {
                Meta::Path(_) => {}
                Meta::List(_) => attr.parse_nested_meta(|meta| field.option(&meta))?,
                Meta::NameValue(_) => {
                    return Err(syn::Error::new_spanned(attr, format!("write `#[encrypted(…)]`: {KEYS}")));
                }
            }
        }
        Ok(this)
    }

    fn option(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let Some(key) = meta.path.get_ident().cloned() else { return Err(meta.error(KEYS)) };
        match key.to_string().as_str() {
            "json" => once(&mut self.json, meta, word(meta)?),
            "deterministic" => once(&mut self.deterministic, meta, word(meta)?),
            "column_id" => once(&mut self.column_id, meta, text(meta)?),
            "handle" => once(&mut self.handle, meta, ident(meta)?),
            "pad" => once(&mut self.pad, meta, Pad::parse(meta)?),
            "as" => once(&mut self.stored_as, meta, value(meta, "<Type>")?),
            "legacy" => once(&mut self.legacy, meta, value(meta, "<column>")?),
            "legacy_with" => once(&mut self.legacy_with, meta, LegacyWith::parse(meta)?),
            "legacy_write" => once(&mut self.legacy_write, meta, value(meta, "<function>")?),
            "of" => once(&mut self.of, meta, Of(value(meta, "<Model>::<field>")?)),
            "row" => once(&mut self.row, meta, value(meta, "<field>` or `row = <table>::<column>")?),
            "index" => once(&mut self.index, meta, Index::parse(meta)?),
            _ => Err(meta.error(format!("`{key}` is no option of `#[encrypted]` on a field: {KEYS}"))),
        }
    }
}

impl Of {
    /// The model that the handle belongs to.
    pub(crate) fn model(&self) -> Path {
        let mut model = self.0.clone();
        model.segments.pop();
        // The separator that is left over.
        model.segments.pop_punct();
        model
    }
}

impl Parse for RowOf {
    fn parse(input: ParseStream) -> Result<Self> {
        if Row::parse(&input.fork()).is_ok() && !names_column(&input.fork()) {
            return Row::parse(input).map(Self::Fields);
        }
        match input.parse()? {
            Expr::Lit(literal) => Err(syn::Error::new_spanned(literal, "a row key is no literal")),
            row => Ok(Self::Selected(Box::new(row))),
        }
    }
}

impl RowOf {
    /// Where it stands; nowhere if it names no field.
    pub(crate) fn span(&self) -> Option<Span> {
        match self {
            Self::Fields(Row::None(word)) => Some(word.span()),
            Self::Fields(Row::Fields(fields)) => fields.first().map(Ident::span),
            Self::Selected(row) => Some(row.span()),
        }
    }

    /// Whether a left join may leave the row out.
    pub(crate) fn is_nullable(row: &Expr) -> bool {
        matches!(row, Expr::MethodCall(call) if call.method == "nullable")
    }
}

/// Whether what begins like a field goes on as a path or a call.
fn names_column(input: ParseStream) -> bool {
    Row::parse(input).is_ok() && !(input.is_empty() || input.peek(Token![,]))
}

impl LegacyWith {
    fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        let function = meta.input.peek(Token![=]).then(|| value(meta, "<function>")).transpose()?;
        Ok(Self { word: meta.path.span(), function })
    }
}

impl Pad {
    fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        const PADS: &str = "write `pad = padme`, or `pad = 32` for a multiple of 32 bytes";
        let input = after_equals(meta, PADS)?;
        if input.peek(LitInt) {
            return Ok(Self::Multiple(input.parse()?));
        }
        let name: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), PADS))?;
        if name == "padme" { Ok(Self::Padme(name)) } else { Err(syn::Error::new(name.span(), PADS)) }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Padme(name) => name.span(),
            Self::Multiple(bytes) => bytes.span(),
        }
    }
}
