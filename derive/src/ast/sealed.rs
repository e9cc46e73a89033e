//! A sealed field: its attribute, and what its type says.

use syn::{GenericArgument, Ident, PathArguments, Type};

use crate::attr;

pub(crate) struct Sealed<'a> {
    pub(crate) attr: attr::Field,
    /// How many `Option`s wrap the value: 0, 1 (NULL, or skipped in a patch) or 2 (skipped or NULL).
    pub(crate) options: usize,
    /// The type within them.
    pub(crate) inner: &'a Type,
}

impl Sealed<'_> {
    /// Whether the field's type is `Protected` by that name.
    pub(crate) fn is_protected(&self) -> bool {
        matches!(self.inner, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Protected"))
    }

    /// The name of the type within `Protected`.
    pub(crate) fn protected(&self) -> Option<&Ident> {
        let Type::Path(path) = self.inner else { return None };
        let last = path.path.segments.last().filter(|last| last.ident == "Protected")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        match arguments.args.first()? {
            GenericArgument::Type(Type::Path(within)) => within.path.segments.last().map(|last| &last.ident),
            _ => None,
        }
    }

    /// The column that values are migrated from.
    pub(crate) fn legacy(&self) -> Option<&Ident> {
        self.attr.legacy.as_ref()
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        matches!(self.inner, Type::Path(path) if path.path.is_ident(name))
    }
}

pub(super) fn options(mut ty: &Type) -> (usize, &Type) {
    let mut layers = 0;
    while let Some(inner) = option(ty) {
        ty = inner;
        layers += 1;
    }
    (layers, ty)
}

pub(crate) fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}
