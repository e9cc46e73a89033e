//! What a lookup by phone gives over plaintext: the oracle of the paging cases.

use std::collections::HashMap;

use fieldseal::Session;
use proptest::prelude::*;

use crate::models::client::{Client, ClientPatch, client};

/// One lookup.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) phone: String,
    pub(crate) limit: Option<usize>,
    pub(crate) after: Option<String>,
}

impl Search {
    /// The rows that a query over plaintext finds.
    pub(crate) fn in_plaintext(&self, stored: &[Client]) -> Vec<Client> {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let sought = digits(&self.phone);
        let equals = |client: &&Client| client.phone.as_deref().is_some_and(|phone| digits(phone) == sought);
        let behind = |client: &&Client| self.after.as_ref().is_none_or(|after| client.id > *after);
        let mut found: Vec<_> = stored.iter().filter(equals).filter(behind).cloned().collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.truncate(self.limit.unwrap_or(usize::MAX));
        found
    }
}

/// Different phone numbers of one term, at least four, under this session's keys.
pub(crate) fn colliding_phones(session: &Session) -> Vec<String> {
    let mut by_term: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    for phone in (10_000_000u32..).map(|n| n.to_string()) {
        let patch = ClientPatch { phone: Some(Some(phone.clone())), ..ClientPatch::default() };
        let sealed = session.seal_for("any", &patch).unwrap();
        let term = sealed.phone_term.flatten().unwrap().into_bytes().unwrap();
        let phones = by_term.entry(term).or_default();
        phones.push(phone);
        if phones.len() == 4 {
            return phones.clone();
        }
    }
    unreachable!("4096 terms are fewer than the numbers")
}

/// Up to 400 clients, most of which share one term.
pub(crate) fn clients(phones: &[String]) -> impl Strategy<Value = Vec<Client>> + use<> {
    let punctuated =
        proptest::sample::select(phones.to_vec()).prop_map(|phone| format!("+{} / {}", &phone[..3], &phone[3..]));
    let phone = prop_oneof![
        6 => proptest::sample::select(phones.to_vec()).prop_map(Some),
        2 => punctuated.prop_map(Some),
        1 => "[0-9]{0,3}".prop_map(Some),
        1 => Just(None),
    ];
    proptest::collection::vec(phone, 300..400)
        .prop_map(|phones| phones.into_iter().enumerate().map(|(n, phone)| Client { phone, ..client(n) }).collect())
}

/// A lookup that finds many rows, few or none.
pub(crate) fn search(phones: &[String], stored: &[Client]) -> impl Strategy<Value = Search> + use<> {
    let phone = prop_oneof![8 => proptest::sample::select(phones.to_vec()), 1 => Just("1".to_owned()), 1 => Just(String::new())];
    let limit = prop_oneof![Just(None), (0usize..40).prop_map(Some), (200usize..600).prop_map(Some)];
    let ids: Vec<String> = stored.iter().map(|client| client.id.clone()).collect();
    let after = proptest::option::of(proptest::sample::select(ids));
    (phone, limit, after).prop_map(|(phone, limit, after)| Search { phone, limit, after })
}
