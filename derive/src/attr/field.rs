//! `#[encrypted(…)]` on a field.

use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, LitInt, LitStr, Meta, Path, Result, Token, Type, parenthesized, token};

use super::{Row, ident, once, text};

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

/// `pad = padme` or `pad = 32`.
pub(crate) enum Pad {
    Padme(Ident),
    Multiple(LitInt),
}

/// `of = Account::token`: a model's column handle.
pub(crate) struct Of(pub(crate) Path);

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

const KEYS: &str = "expected `json`, `as = <Type>`, `deterministic`, `index(<term column>, …)`, `pad = padme` or `pad = <bytes>`, `column_id = \"…\"`, `handle = <name>`, \
     or on a view's field `of = <Model>::<field>` and `row = <field>` or `row = <table>::<column>`";
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
            "pad" => once(&mut self.pad, meta, Pad::parse(meta)?),
            "as" => {
                let stored_as = meta.value()?.parse()?;
                once(&mut self.stored_as, meta, stored_as)
            }
            "of" => {
                let of = Of(meta.value()?.parse()?);
                once(&mut self.of, meta, of)
            }
            "row" => {
                let row = RowOf::parse(meta.value()?)?;
                once(&mut self.row, meta, row)
            }
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

impl RowOf {
    fn parse(input: ParseStream) -> Result<Self> {
        if Row::parse(&input.fork()).is_ok() && !names_column(&input.fork()) {
            return Row::parse(input).map(Self::Fields);
        }
        input.parse().map(Box::new).map(Self::Selected)
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

impl Pad {
    fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        const PADS: &str = "write `pad = padme`, or `pad = 32` for a multiple of 32 bytes";
        let Ok(input) = meta.value() else { return Err(meta.error(PADS)) };
        if input.peek(LitInt) {
            return Ok(Self::Multiple(input.parse()?));
        }
        let name: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), PADS))?;
        if name == "padme" { Ok(Self::Padme(name)) } else { Err(syn::Error::new(name.span(), PADS)) }
    }

    pub(crate) fn span(&self) -> proc_macro2::Span {
        match self {
            Self::Padme(name) => name.span(),
            Self::Multiple(bytes) => bytes.span(),
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
