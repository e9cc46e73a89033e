//! `#[encrypted(ambient)]`: Diesel writes and reads the struct itself, through its twin, with the keys in scope.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Generics, Lifetime, parse_quote};

use super::{carried_firm, diesel, generics, key_fields, key_part, model, split_key, twin};
use crate::ast::{Field, Input, Sealed};

pub(super) fn expand(input: &Input) -> TokenStream {
    if !input.is_ambient() {
        return quote!();
    }
    let seals = super::seals(input);
    let seal = seals.then(|| self::seal(input));
    let whole = seals && key_fields(input).is_empty();
    let insert = (whole && input.derives("Insertable")).then(|| insertable(input));
    let update = (whole && input.derives("AsChangeset")).then(|| changeset(input));
    let load = load(input);
    quote!(#seal #insert #update #load)
}

/// Sealing with the keys in scope, or the twin of an error.
fn seal(input: &Input) -> TokenStream {
    let (name, twin, model) = (input.name, twin::path(input), model(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let (vis, schema) = (input.vis, quote!(<#model as ::fieldseal::Model>::SCHEMA));
    let keys = key_fields(input);
    let failed = failed(input);
    if keys.is_empty() {
        return quote! {
            impl #impl_generics #name #arguments #bounds {
                #[allow(dead_code)]
                fn __seal_in_scope(&self) -> #twin {
                    ::fieldseal::model::ambient::seal(
                        #schema,
                        |__keys| ::fieldseal::Seal::seal(self, __keys),
                        |__failure| #failed,
                    )
                }
            }
        };
    }
    let split = split_key(keys.len());
    quote! {
        impl #impl_generics #name #arguments #bounds {
            /// Seals the form for the row of this key, with the session in scope: what Diesel updates or inserts by. If it
            /// can't be sealed, the statement fails and says why.
            #[must_use]
            #[allow(dead_code)]
            #vis fn for_row(&self, key: impl ::core::convert::Into<<#model as ::fieldseal::Model>::RowKey>) -> #twin {
                let __key: <#model as ::fieldseal::Model>::RowKey = key.into();
                ::fieldseal::model::ambient::seal(
                    #schema,
                    |__keys| ::fieldseal::SealFor::seal_for(self, __keys, ::core::clone::Clone::clone(&__key)),
                    |__failure| {
                        let __key = ::core::clone::Clone::clone(&__key);
                        #split
                        #failed
                    },
                )
            }
        }
    }
}

/// The twin whose cells are an error. Also those that would be NULL or left as they are: a lost scope is never unnoticed.
pub(super) fn failed(input: &Input) -> TokenStream {
    let sealed = &input.sealed;
    let fields = input.fields.iter().map(|field| failed_field(input, field));
    let terms = input.sealed_fields().filter_map(|(_, sealed)| {
        let term = &sealed.attr.index.as_ref()?.column;
        let value = some(sealed, quote!(__failure.term()));
        Some(quote!(#term: #value))
    });
    let keys = key_fields(input).into_iter().enumerate().map(|(i, (name, _))| {
        let part = key_part(i);
        quote!(#name: #part)
    });
    let firm = carried_firm(input).map(|(name, _)| quote!(#name: ::core::option::Option::None,));
    quote!(#sealed { #(#fields,)* #(#terms,)* #(#keys,)* #firm })
}

fn failed_field(input: &Input, field: &Field) -> TokenStream {
    let name = field.name;
    match &field.sealed {
        None => quote!(#name: ::core::clone::Clone::clone(&self.#name)),
        Some(_) if field.diesel.embed => {
            let part = super::embed::seals(input, field);
            quote!(#name: #part::failed(&self.#name, __failure))
        }
        Some(sealed) => {
            let value = some(sealed, quote!(__failure.cell()));
            quote!(#name: #value)
        }
    }
}

/// `Some(…)`, as often as the field is an `Option`.
fn some(sealed: &Sealed, value: TokenStream) -> TokenStream {
    (0..sealed.options).fold(value, |value, _| quote!(::core::option::Option::Some(#value)))
}

fn insertable(input: &Input) -> TokenStream {
    let (diesel, table, twin) = (diesel(), &input.table, twin::path(input));
    let one = |this: TokenStream, generics: &Generics| {
        let (impl_generics, _, bounds) = generics.split_for_impl();
        quote! {
            impl #impl_generics #diesel::Insertable<#table::table> for #this #bounds {
                type Values = <#twin as #diesel::Insertable<#table::table>>::Values;
                fn values(self) -> Self::Values {
                    #diesel::Insertable::<#table::table>::values(self.__seal_in_scope())
                }
            }
        }
    };
    let (owned, borrowed) = both(input, one);
    let (name, (impl_generics, arguments, bounds)) = (input.name, input.generics.split_for_impl());
    quote! {
        #owned
        #borrowed
        impl #impl_generics #diesel::internal::derives::insertable::UndecoratedInsertRecord<#table::table>
            for #name #arguments #bounds {}
    }
}

fn changeset(input: &Input) -> TokenStream {
    let (diesel, table, twin) = (diesel(), &input.table, twin::path(input));
    let one = |this: TokenStream, generics: &Generics| {
        let (impl_generics, _, bounds) = generics.split_for_impl();
        quote! {
            impl #impl_generics #diesel::query_builder::AsChangeset for #this #bounds {
                type Target = #table::table;
                type Changeset = <#twin as #diesel::query_builder::AsChangeset>::Changeset;
                fn as_changeset(self) -> Self::Changeset {
                    #diesel::query_builder::AsChangeset::as_changeset(self.__seal_in_scope())
                }
            }
        }
    };
    let (owned, borrowed) = both(input, one);
    quote!(#owned #borrowed)
}

/// An implementation for the struct and one for references to it.
fn both(input: &Input, one: impl Fn(TokenStream, &Generics) -> TokenStream) -> (TokenStream, TokenStream) {
    let (name, (_, arguments, _)) = (input.name, input.generics.split_for_impl());
    let lifetime = Lifetime::new("'__ambient", input.name.span());
    let borrowed = generics::with(input.generics, parse_quote!(#lifetime));
    (one(quote!(#name #arguments), input.generics), one(quote!(&#lifetime #name #arguments), &borrowed))
}

/// Loading, by each of Diesel's traits that the twin derives.
fn load(input: &Input) -> TokenStream {
    let (diesel, name, twin) = (diesel(), input.name, twin::path(input));
    let (_, arguments, _) = input.generics.split_for_impl();
    let this = quote!(#name #arguments);
    let has_query = input.derives("HasQuery");
    let open = open(input);
    let implement_where = |params: &[&str], of: TokenStream, twin: Option<TokenStream>, body: TokenStream| {
        let generics = params.iter().fold(input.generics.clone(), |generics, param| {
            let param = format_ident!("{param}");
            generics::with(&generics, parse_quote!(#param))
        });
        let (impl_generics, _, bounds) = generics.split_for_impl();
        let own = bounds.iter().flat_map(|bounds| &bounds.predicates);
        quote! {
            impl #impl_generics #of for #this
            where __DB: #diesel::backend::Backend, #twin #(#own,)*
            { #body }
        }
    };
    let implement = |params: &[&str], of: TokenStream, body: TokenStream| {
        let bound = quote!(#twin: #of,);
        implement_where(params, of, Some(bound), body)
    };
    let queryable = (has_query || input.derives("Queryable")).then(|| {
        let of = quote!(#diesel::deserialize::Queryable<__ST, __DB>);
        let body = quote! {
            type Row = <#twin as #of>::Row;
            fn build(__row: Self::Row) -> #diesel::deserialize::Result<Self> {
                let __sealed = <#twin as #of>::build(__row)?;
                #open
            }
        };
        implement(&["__ST", "__DB"], of, body)
    });
    let selectable = (has_query || input.derives("Selectable")).then(|| {
        let of = quote!(#diesel::expression::Selectable<__DB>);
        let body = quote! {
            type SelectExpression = <#twin as #of>::SelectExpression;
            fn construct_selection() -> Self::SelectExpression { <#twin as #of>::construct_selection() }
        };
        implement(&["__DB"], of, body)
    });
    let by_name = input.derives("QueryableByName").then(|| {
        let of = quote!(#diesel::deserialize::QueryableByName<__DB>);
        let body = quote! {
            fn build<'__row>(__row: &impl #diesel::row::NamedRow<'__row, __DB>) -> #diesel::deserialize::Result<Self> {
                let __sealed = <#twin as #of>::build(__row)?;
                #open
            }
        };
        implement(&["__DB"], of, body)
    });
    let query = has_query.then(|| {
        let of = quote!(#diesel::HasQuery<__DB>);
        let body = quote! {
            type BaseQuery = <#twin as #of>::BaseQuery;
            fn base_query() -> Self::BaseQuery { <#twin as #of>::base_query() }
        };
        // With the twin's bound the base query would be any type, and Diesel selects from it.
        implement_where(&["__DB"], of, None, body)
    });
    quote!(#queryable #selectable #by_name #query)
}

/// Whether all cells stay closed.
pub(super) fn closed(input: &Input) -> TokenStream {
    let closed = input.marked_fields().map(|(field, sealed)| {
        if field.diesel.embed {
            let embedded = super::embed::opens(input, field);
            return quote!(#embedded::CLOSED);
        }
        let inner = sealed.inner;
        let opens = sealed.attr.json.is_some() || sealed.attr.stored_as.is_some();
        if opens { quote!(false) } else { quote!(<#inner as ::fieldseal::model::OpenField>::CLOSED) }
    });
    quote!(true #(&& #closed)*)
}

/// Opens `__sealed` with the keys in scope; without any if all its cells stay closed and the row names its firm.
fn open(input: &Input) -> TokenStream {
    let (schema, closed) = (super::open::schema(input), closed(input));
    let firm = if input.container.firm.is_some() {
        quote!(|__sealed| (#closed).then(|| ::fieldseal::HasFirm::firm(__sealed)))
    } else {
        quote!(|_| ::core::option::Option::None)
    };
    quote!(::fieldseal::model::ambient::open(#schema, __sealed, #firm))
}
