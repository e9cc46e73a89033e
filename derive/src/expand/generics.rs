//! Generics of twins: cells own their bytes, so that a twin has fewer lifetimes than its form.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Ident, Lifetime, Token, Type, TypeParamBound, WherePredicate};

use super::cell_type;
use crate::ast::Input;

/// The struct's generics, less those that no field of the twin uses, and less the bounds that speak of these.
pub(super) fn twin(input: &Input) -> Generics {
    let used = used_names(input);
    let mut generics = input.generics.clone();
    let (kept, dropped): (Vec<_>, Vec<_>) =
        generics.params.into_iter().partition(|param| used.contains(&name(param).to_string()));
    let dropped = dropped.iter().map(|param| name(param).to_string()).collect();
    generics.params = kept.into_iter().map(|param| without_bounds(param, &dropped)).collect();
    if let Some(bounds) = &mut generics.where_clause {
        let predicates = std::mem::take(&mut bounds.predicates).into_iter();
        bounds.predicates = predicates.filter(|bound: &WherePredicate| !mentions(bound, &dropped)).collect();
    }
    generics
}

/// The struct's generics behind one parameter more.
pub(super) fn with(generics: &Generics, param: GenericParam) -> Generics {
    let mut generics = generics.clone();
    match param {
        GenericParam::Lifetime(_) => generics.params.insert(0, param),
        _ => generics.params.push(param),
    }
    generics
}

/// A type that has the same stored form and no lifetime: `str` for `&'a str`, `Cow<'static, str>` for `Cow<'a, str>`.
pub(super) fn without_lifetimes(mut ty: &Type) -> TokenStream {
    while let Type::Reference(reference) = ty {
        ty = &reference.elem;
    }
    with_static(ty.to_token_stream())
}

fn with_static(tokens: TokenStream) -> TokenStream {
    let mut after_tick = false;
    let one = |token| {
        let lifetime = std::mem::replace(&mut after_tick, matches!(&token, TokenTree::Punct(p) if p.as_char() == '\''));
        match token {
            TokenTree::Ident(name) if lifetime => TokenTree::Ident(Ident::new("static", name.span())),
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), with_static(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        }
    };
    tokens.into_iter().map(one).collect()
}

fn name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Lifetime(lifetime) => &lifetime.lifetime.ident,
        GenericParam::Type(ty) => &ty.ident,
        GenericParam::Const(constant) => &constant.ident,
    }
}

fn without_bounds(mut param: GenericParam, dropped: &HashSet<String>) -> GenericParam {
    match &mut param {
        GenericParam::Lifetime(lifetime) => {
            let bounds: Punctuated<Lifetime, Token![+]> = std::mem::take(&mut lifetime.bounds);
            lifetime.bounds = bounds.into_iter().filter(|bound| !mentions(bound, dropped)).collect();
        }
        GenericParam::Type(ty) => {
            let bounds: Punctuated<TypeParamBound, Token![+]> = std::mem::take(&mut ty.bounds);
            ty.bounds = bounds.into_iter().filter(|bound| !mentions(bound, dropped)).collect();
        }
        GenericParam::Const(_) => {}
    }
    param
}

fn mentions(tokens: &impl ToTokens, names: &HashSet<String>) -> bool {
    let mut found = HashSet::new();
    collect(tokens.to_token_stream(), &mut found);
    !found.is_disjoint(names)
}

fn used_names(input: &Input) -> HashSet<String> {
    let mut names = HashSet::new();
    for field in &input.fields {
        let ty = field.sealed.as_ref().map_or_else(|| field.ty.to_token_stream(), cell_type);
        collect(ty, &mut names);
    }
    names
}

fn collect(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                names.insert(name.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), names),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn lifetimes_leave_a_sealed_type() {
        let cases: [(Type, &str); 4] = [
            (parse_quote!(&'a str), "str"),
            (parse_quote!(&'a &'b [u8]), "[u8]"),
            (parse_quote!(Cow<'a, str>), "Cow < 'static , str >"),
            (parse_quote!(Vec<(Cow<'a, [u8]>, T)>), "Vec < (Cow < 'static , [u8] > , T) >"),
        ];
        for (ty, expected) in cases {
            assert_eq!(without_lifetimes(&ty).to_string(), expected);
        }
    }
}
