//! The parts of `#[diesel(…)]` that the derive has to know; the attributes themselves are copied to the twin.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, Ident, LitBool, LitStr, Path, Result, Token, Type, parenthesized, token};

#[derive(Default)]
pub(crate) struct DieselContainer {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) table: Option<Path>,
    pub(crate) primary_key: Vec<Ident>,
    pub(crate) treat_none_as_null: bool,
    pub(crate) treat_none_as_default_value: Option<bool>,
}

#[derive(Default)]
pub(crate) struct DieselField {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) column: Option<Ident>,
    pub(crate) embed: bool,
    /// Loaded by an expression: the field may be named like no column.
    pub(crate) computed: bool,
    pub(crate) skip_update: bool,
    pub(crate) skip_insertion: Option<Ident>,
    pub(crate) treat_none_as_null: Option<bool>,
    /// Options of insertion, which a cell's term shares.
    pub(crate) insertion: Vec<TokenStream>,
    pub(crate) serialize_as: Option<Type>,
    /// Options that change a field's Rust type on the way to Diesel.
    pub(crate) converts: Option<Ident>,
}

impl DieselContainer {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut this = Self { primary_key: Vec::new(), ..Self::default() };
        for attr in diesel(attrs) {
            this.attrs.push(attr.clone());
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("table_name") {
                    this.table = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("primary_key") {
                    let content;
                    parenthesized!(content in meta.input);
                    this.primary_key =
                        content.parse_terminated(<Ident as syn::parse::Parse>::parse, Token![,])?.into_iter().collect();
                } else if meta.path.is_ident("treat_none_as_null") {
                    this.treat_none_as_null = flag(&meta)?;
                } else if meta.path.is_ident("treat_none_as_default_value") {
                    this.treat_none_as_default_value = Some(flag(&meta)?);
                } else {
                    skip(&meta)?;
                }
                Ok(())
            })?;
        }
        Ok(this)
    }
}

impl DieselField {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut this = Self::default();
        for attr in diesel(attrs) {
            this.attrs.push(attr.clone());
            attr.parse_nested_meta(|meta| this.option(&meta))?;
        }
        Ok(this)
    }

    fn option(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let Some(key) = meta.path.get_ident().cloned() else { return skip(meta) };
        match key.to_string().as_str() {
            "column_name" => self.column = Some(column(meta)?),
            "embed" => self.embed = true,
            "select_expression" => {
                self.computed = true;
                skip(meta)?;
            }
            "skip_update" => self.skip_update = true,
            "skip_insertion" => {
                self.insertion.push(quote!(skip_insertion));
                self.skip_insertion = Some(key);
            }
            "treat_none_as_null" => self.treat_none_as_null = Some(flag(meta)?),
            "treat_none_as_default_value" => {
                let value = flag(meta)?;
                self.insertion.push(quote!(treat_none_as_default_value = #value));
            }
            "serialize_as" => {
                self.serialize_as = Some(meta.value()?.parse()?);
                self.converts = Some(key);
            }
            "deserialize_as" => {
                self.converts = Some(key);
                skip(meta)?;
            }
            _ => skip(meta)?,
        }
        Ok(())
    }
}

fn diesel(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("diesel"))
}

fn flag(meta: &ParseNestedMeta) -> Result<bool> {
    Ok(meta.value()?.parse::<LitBool>()?.value)
}

/// Diesel takes `column_name = x` and `column_name = "x"`.
fn column(meta: &ParseNestedMeta) -> Result<Ident> {
    let value = meta.value()?;
    if value.peek(LitStr) { value.parse::<LitStr>()?.parse() } else { value.parse() }
}

/// Steps over an option that only Diesel has to understand.
fn skip(meta: &ParseNestedMeta) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}
