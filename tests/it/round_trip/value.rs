//! Types of sealed fields: a generator each, the edges of the type, and what it means to read back the same.

mod calendar;
mod numbers;
mod texts;

use fieldseal::{Protected, Session};
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

use super::draw::Draw;

pub(super) use texts::{Alias, Email, Form, Share, State};

/// A type that a sealed field may have.
pub(super) trait Value: Sized + std::fmt::Debug + 'static {
    /// Any value, mostly unremarkable.
    fn any() -> BoxedStrategy<Self>;

    /// Values at the ends of the type, at most [`EDGES`](super::draw::EDGES). Each goes over every kind of connection.
    fn edges() -> Vec<Self>;

    /// Whether this is what was written, to the last bit.
    fn is(&self, written: &Self) -> bool;

    /// The bytes that are sealed.
    fn plaintext(&self) -> Vec<u8>;
}

/// A type, and what wraps it in a field: nothing, `Option`, `Protected` or both.
pub(super) trait Field: Sized {
    fn draw(draw: &mut Draw) -> Self;

    fn is(&self, written: &Self, session: &Session) -> bool;

    /// `None` for NULL.
    fn plaintext(&self, session: &Session) -> Option<Vec<u8>>;
}

impl<T: Value> Field for T {
    fn draw(draw: &mut Draw) -> Self {
        draw.one()
    }

    fn is(&self, written: &Self, _: &Session) -> bool {
        Value::is(self, written)
    }

    fn plaintext(&self, _: &Session) -> Option<Vec<u8>> {
        Some(Value::plaintext(self))
    }
}

impl<T: Value + Clone + fieldseal::Decode> Field for Protected<T> {
    fn draw(draw: &mut Draw) -> Self {
        Self::new(draw.one())
    }

    fn is(&self, written: &Self, session: &Session) -> bool {
        self.is_closed() && Value::is(&self.open(session).unwrap(), &written.open(session).unwrap())
    }

    fn plaintext(&self, session: &Session) -> Option<Vec<u8>> {
        Some(Value::plaintext(&self.open(session).unwrap()))
    }
}

impl<T: Field> Field for Option<T> {
    fn draw(draw: &mut Draw) -> Self {
        draw.there().then(|| T::draw(draw))
    }

    fn is(&self, written: &Self, session: &Session) -> bool {
        match (self, written) {
            (Some(read), Some(written)) => read.is(written, session),
            (None, None) => true,
            _ => false,
        }
    }

    fn plaintext(&self, session: &Session) -> Option<Vec<u8>> {
        self.as_ref().and_then(|value| value.plaintext(session))
    }
}

/// The bytes that fieldseal seals of a value.
fn stored(value: &impl fieldseal::Encode) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out).unwrap();
    out
}

/// `$any` and `$edges` of each type; `$is` where `==` says too little.
macro_rules! values {
    ($($ty:ty: $any:expr, $edges:expr $(, |$read:ident, $written:ident| $is:expr)?;)*) => {$(
        impl $crate::round_trip::value::Value for $ty {
            fn any() -> proptest::strategy::BoxedStrategy<Self> {
                proptest::strategy::Strategy::boxed($any)
            }

            fn edges() -> Vec<Self> {
                $edges.into()
            }

            values!(@is $(|$read, $written| $is)?);

            fn plaintext(&self) -> Vec<u8> {
                $crate::round_trip::value::stored(self)
            }
        }
    )*};
    (@is) => {
        fn is(&self, written: &Self) -> bool {
            self == written
        }
    };
    (@is |$read:ident, $written:ident| $is:expr) => {
        fn is(&self, written: &Self) -> bool {
            let ($read, $written) = (self, written);
            $is
        }
    };
}

use values;

/// Some of these, and otherwise any.
fn often<T: Clone + std::fmt::Debug + 'static>(
    edges: Vec<T>,
    any: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![1 => proptest::sample::select(edges), 3 => any].boxed()
}
