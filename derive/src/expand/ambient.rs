//! `#[encrypted(ambient)]`: Diesel writes and reads the struct itself, through its twin, with the keys in scope.

mod load;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Lifetime, parse_quote};

use super::{carried_firm, diesel, generics, key_fields, key_part, model, split_key, twin};
use crate::ast::{Field, Input, Sealed};

pub(super) fn expand(input: &Input) -> TokenStream {
    if !input.is_ambient() {
        return quote!();
    }
    let seals = super::seals(input);
    let whole = seals && key_fields(input).is_empty();
    let seal = (seals && (!whole || input.writes())).then(|| self::seal(input));
    let insert = (whole && input.derives("Insertable")).then(|| insertable(input));
    let update = (whole && input.derives("AsChangeset")).then(|| changeset(input));
    let for_row = (whole && input.writes()).then(|| no_row(input));
    let load = load::expand(input);
    quote!(#seal #insert #update #for_row #load)
}

/// Sealing with the keys in scope, or the twin of an error.
fn seal(input: &Input) -> TokenStream {
    let (name, schema) = (input.name, schema(input));
    if !key_fields(input).is_empty() {
        return for_row(input, &schema);
    }
    let (twin, failed) = (twin::path(input), failed(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics #name #arguments #bounds {
            fn __seal_in_scope(&self) -> #twin {
                ::fieldseal::model::ambient::seal(
                    #schema,
                    |__keys| ::fieldseal::Seal::seal(self, __keys),
                    |__failure| #failed,
                )
            }
        }
    }
}

fn schema(input: &Input) -> TokenStream {
    let model = model(input);
    quote!(<#model as ::fieldseal::Model>::SCHEMA)
}

/// Sealing of a form without its row key.
fn for_row(input: &Input, schema: &TokenStream) -> TokenStream {
    let (name, vis, twin, model, failed) = (input.name, input.vis, twin::path(input), model(input), failed(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let split = split_key(key_fields(input).len());
    quote! {
        impl #impl_generics #name #arguments #bounds {
            /// Seals the form for the row of this key, with the session in scope: what Diesel updates or inserts by. If it
            /// can't be sealed, the statement fails and says why.
            #[must_use]
            #[allow(dead_code, reason = "whoever declares a form may leave its writing to others")]
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
    let legacy = input.sealed_fields().filter_map(|(_, sealed)| {
        let (column, value) = (sealed.legacy()?, quote!(__failure.legacy()));
        let value = if sealed.options > 1 { quote!(::core::option::Option::Some(#value)) } else { value };
        Some(quote!(#column: #value))
    });
    let keys = key_fields(input).into_iter().enumerate().map(|(i, (name, _))| {
        let part = key_part(i);
        quote!(#name: #part)
    });
    let firm = carried_firm(input).map(|(name, _)| quote!(#name: ::core::option::Option::None,));
    quote!(#sealed { #(#fields,)* #(#terms,)* #(#legacy,)* #(#keys,)* #firm })
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
    (0..super::options(sealed)).fold(value, |value, _| quote!(::core::option::Option::Some(#value)))
}

/// A struct that holds its key is asked for none.
fn no_row(input: &Input) -> TokenStream {
    let (name, vis) = (input.name, input.vis);
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics #name #arguments #bounds {
            #[doc(hidden)]
            #[allow(dead_code, reason = "there to be refused")]
            #vis fn for_row<'__key>(&self, _: impl ::core::marker::Sized) -> &Self
            where
                Self: ::fieldseal::model::WithoutRowKey<'__key>,
            {
                self
            }
        }
    }
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
