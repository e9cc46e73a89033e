//! The parts of `#[diesel(…)]` that the derive has to know; the attributes themselves are copied to the twin.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
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
    /// The field says itself whether `None` is DEFAULT.
    pub(crate) none_as_default_value: bool,
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
                    if this.table.is_some() {
                        return Err(meta.error(
                            "cells are bound to their table: name one here, and derive another struct for the other table",
                        ));
                    }
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
                } else if meta.path.is_ident("base_query_type") {
                    skip_type(&meta)?;
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
                self.none_as_default_value = true;
            }
            "serialize_as" => {
                self.serialize_as = Some(meta.value()?.parse()?);
                self.converts = Some(key);
            }
            "deserialize_as" => {
                self.converts = Some(key);
                skip_type(meta)?;
            }
            "select_expression_type" | "sql_type" => skip_type(meta)?,
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

/// Diesel takes `column_name = x` and `column_name = "x"`, and `"type"` for the column `r#type`.
fn column(meta: &ParseNestedMeta) -> Result<Ident> {
    let value = meta.value()?;
    let name = if value.peek(LitStr) {
        value.parse::<LitStr>()?.parse_with(Ident::parse_any)?
    } else {
        Ident::parse_any(value)?
    };
    let is_keyword = syn::parse_str::<Ident>(&name.to_string()).is_err();
    Ok(if is_keyword { Ident::new_raw(&name.to_string(), name.span()) } else { name })
}

/// Steps over a type, which would be no expression: `Option<String>`.
fn skip_type(meta: &ParseNestedMeta) -> Result<()> {
    meta.value()?.parse::<Type>().map(drop)
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

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn field(field: syn::Field) -> DieselField {
        DieselField::parse(&field.attrs).unwrap()
    }

    #[test]
    fn options_that_are_types_are_read_as_types() {
        let converted = field(parse_quote! {
            #[diesel(deserialize_as = Option<String>, serialize_as = Map<K, Vec<V>>, sql_type = Nullable<Text>)]
            #[diesel(select_expression_type = SqlLiteral<Array<Text>>, skip_update)]
            name: Upper
        });
        assert!(converted.converts.is_some() && converted.serialize_as.is_some() && converted.skip_update);
        let form: syn::DeriveInput = parse_quote! {
            #[diesel(base_query = a::table.limit(1), base_query_type = Limit<a::table>, table_name = a)]
            #[diesel(check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_null = true)]
            struct Form {}
        };
        let container = DieselContainer::parse(&form.attrs).unwrap();
        assert!(container.table.is_some() && container.treat_none_as_null);
    }

    #[test]
    fn columns_are_named_as_diesel_takes_them() {
        let columns = [
            parse_quote!(#[diesel(column_name = plain)] a: A),
            parse_quote!(#[diesel(column_name = "plain")] a: A),
            parse_quote!(#[diesel(column_name = "type")] a: A),
            parse_quote!(#[diesel(column_name = type)] a: A),
            parse_quote!(#[diesel(column_name = r#type)] a: A),
        ];
        let names = columns.map(|column| field(column).column.unwrap().to_string());
        assert_eq!(names, ["plain", "plain", "r#type", "r#type", "r#type"]);
    }

    #[test]
    fn a_second_table_is_refused() {
        let form: syn::DeriveInput = parse_quote! {
            #[diesel(table_name = a)]
            #[diesel(table_name = b)]
            struct Form {}
        };
        assert!(DieselContainer::parse(&form.attrs).is_err_and(|error| error.to_string().contains("one here")));
    }
}
