//! Generics of twins: cells own their bytes, so that a twin has fewer lifetimes than its form.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Ident, Lifetime, PredicateType, Token, Type, TypeParamBound, WherePredicate};

use super::twin_type;
use crate::ast::Input;

/// The struct's generics, less those that no field of the twin uses, and less the bounds that speak of these.
pub(super) fn twin(input: &Input) -> Generics {
    let used = used_names(input);
    let mut generics = input.generics.clone();
    let (kept, dropped): (Vec<_>, Vec<_>) =
        generics.params.into_iter().partition(|param| used.contains(&name(param).to_string()));
    let dropped = dropped.iter().map(|param| name(param).to_string()).collect();
    generics.params = kept.into_iter().map(|param| without_bounds(param, &dropped)).collect();
    let bounds = generics.where_clause.take().into_iter().flat_map(|bounds| bounds.predicates);
    for bound in bounds.filter(|bound| !mentions(bound, &dropped)) {
        add_bound(&mut generics, bound);
    }
    generics
}

/// Adds a bound where its parameter is declared: Diesel's `Insertable` makes no use of a `where`, it stumbles over it.
fn add_bound(generics: &mut Generics, bound: WherePredicate) {
    if let WherePredicate::Type(PredicateType { lifetimes: None, bounded_ty: Type::Path(path), bounds, .. }) = &bound
        && let Some(param) = generics.type_params_mut().find(|param| path.path.is_ident(&param.ident))
    {
        return param.bounds.extend(bounds.iter().cloned());
    }
    generics.make_where_clause().predicates.push(bound);
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
        collect(twin_type(field), &mut names);
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
    fn bounds_of_parameters_leave_the_where_clause() {
        let input: syn::DeriveInput = parse_quote! {
            #[diesel(table_name = clients)]
            #[encrypted(model = Client)]
            struct Form<'a, P, S, Q>
            where
                P: Clone + 'a,
                S: Encode,
                for<'q> &'q Q: Into<P>,
            {
                plain: &'a P,
                other: Q,
                #[encrypted(json)]
                sealed: S,
            }
        };
        let generics = twin(&Input::parse(&input).unwrap());
        let bounds = generics.where_clause.to_token_stream();
        let expected: TokenStream = parse_quote!(<'a, P: Clone + 'a, Q>);
        assert_eq!(generics.to_token_stream().to_string(), expected.to_string());
        assert_eq!(bounds.to_string(), "where for < 'q > & 'q Q : Into < P >");
    }

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
