//! What counts as equal: the same text in another case, with other accents' encoding, with other punctuation.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;

/// Maps values that should be found by each other to one form, before the HMAC.
///
/// The id is part of the index key: another normalizer is another index.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Normalizer {
    /// The stored form as it is. The only one for values that are not text.
    None,
    /// White space stripped at both ends.
    Trim,
    /// Trimmed, then full Unicode lowercase, the same in every locale.
    Lowercase,
    /// Trimmed, NFKC, full case folding, NFKC: `ＳＴＲＡẞＥ` finds `strasse`.
    Casefold,
    /// The ASCII digits of the NFKC form: `+49 (0)30-1234` finds `490301234`.
    Digits,
    /// As `Casefold`, and without any white space.
    Email,
    /// A function of the user's, whose meaning must never change under the same id.
    Custom {
        /// `custom/` and the user's id.
        id: &'static str,
        /// The function.
        apply: fn(&str) -> String,
    },
}

impl Normalizer {
    /// The id that key derivation names.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::None => "none/1",
            Self::Trim => "trim/1",
            Self::Lowercase => "lowercase/1",
            Self::Casefold => "casefold/1",
            Self::Digits => "digits/1",
            Self::Email => "email/1",
            Self::Custom { id, .. } => id,
        }
    }

    /// The normalizer of an id; `None` for a function of the user's, and for ids of later releases.
    #[cfg(feature = "migrate")]
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        [Self::None, Self::Trim, Self::Lowercase, Self::Casefold, Self::Digits, Self::Email]
            .into_iter()
            .find(|known| known.id() == id)
    }

    /// Normalizes a stored form. Bytes that are not UTF-8 stay as they are, in write and lookup alike.
    #[must_use]
    pub fn normalize<'a>(&self, stored: &'a [u8]) -> Cow<'a, [u8]> {
        if matches!(self, Self::None) {
            return Cow::Borrowed(stored);
        }
        std::str::from_utf8(stored).map_or(Cow::Borrowed(stored), |text| self.normalize_text(text))
    }

    fn normalize_text<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        match self {
            Self::None => Cow::Borrowed(text.as_bytes()),
            Self::Trim => Cow::Borrowed(text.trim().as_bytes()),
            Self::Lowercase => Cow::Owned(lowercase(text.trim()).into_bytes()),
            Self::Casefold => Cow::Owned(casefold(text).into_bytes()),
            Self::Digits => {
                let digits = nfkc(text).chars().filter(char::is_ascii_digit).collect::<String>();
                Cow::Owned(digits.into_bytes())
            }
            Self::Email => {
                let dense = casefold(text).chars().filter(|c| !c.is_whitespace()).collect::<String>();
                Cow::Owned(dense.into_bytes())
            }
            Self::Custom { apply, .. } => Cow::Owned(apply(text).into_bytes()),
        }
    }
}

fn lowercase(text: &str) -> String {
    CaseMapper::new().lowercase_to_string(text, &icu_locale_core::LanguageIdentifier::UNKNOWN).into_owned()
}

fn casefold(text: &str) -> String {
    let folded = CaseMapper::new().fold_string(&nfkc(text.trim())).into_owned();
    nfkc(&folded).into_owned()
}

fn nfkc(text: &str) -> Cow<'_, str> {
    const { ComposingNormalizer::new_nfkc() }.normalize(text)
}

#[cfg(test)]
mod tests {
    use icu_normalizer::DecomposingNormalizer;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_that_people_take_for_equal_meet() {
        let same = |n: Normalizer, a: &str, b: &str| assert_eq!(n.normalize(a.as_bytes()), n.normalize(b.as_bytes()));
        same(Normalizer::Casefold, "ＳＴＲＡẞＥ", "strasse");
        same(Normalizer::Casefold, "Ζεύς", "ΖΕΎΣ");
        same(Normalizer::Casefold, "e\u{301}cole", "ÉCOLE");
        same(Normalizer::Email, " A@B.c\u{a0}", "a@b.C");
        same(Normalizer::Digits, "+49 (0)30-１２３４", "490301234");
        same(Normalizer::Trim, "\u{a0}x\n", "x");
    }

    // Not of `Casefold` and `Email`: NFKC writes a spacing accent as space and accent (IDX-8).
    const IDEMPOTENT: [Normalizer; 4] = [Normalizer::None, Normalizer::Trim, Normalizer::Lowercase, Normalizer::Digits];

    const FOLDING: [Normalizer; 2] = [Normalizer::Casefold, Normalizer::Email];

    proptest! {
        #[test]
        fn a_normalized_value_is_its_own_form(text: String) {
            for normalizer in IDEMPOTENT {
                let once = normalizer.normalize(text.as_bytes()).into_owned();
                prop_assert_eq!(normalizer.normalize(&once).into_owned(), once.clone(), "{:?}", normalizer);
            }
        }

        #[test]
        fn composed_and_decomposed_text_fold_to_one_form(text: String) {
            let composed = const { ComposingNormalizer::new_nfc() }.normalize(&text);
            let decomposed = const { DecomposingNormalizer::new_nfd() }.normalize(&text);
            for normalizer in FOLDING {
                let form = |text: &str| normalizer.normalize(text.as_bytes()).into_owned();
                prop_assert_eq!(form(&composed), form(&decomposed), "{:?}", normalizer);
            }
        }

        #[test]
        fn ascii_folds_to_one_form_in_either_case(text in "[ -~]*") {
            for normalizer in FOLDING {
                let form = |text: &str| normalizer.normalize(text.as_bytes()).into_owned();
                prop_assert_eq!(form(&text.to_uppercase()), form(&text.to_lowercase()), "{:?}", normalizer);
            }
        }
    }
}
