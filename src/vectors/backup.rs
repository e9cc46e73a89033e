//! Backups that another implementation wrote: read frame by frame, and written again byte for byte.

use serde::Deserialize;

use super::form::{Hex, each};
use crate::admin::backup::frame::{Chain, Kind};
use crate::admin::backup::{MAGIC, header, record};
use crate::admin::restore::read::Unopened;
use crate::context::join;
use crate::keys::hierarchy::backup_key;
use crate::secret::FirmMasterKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    created: u64,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    backup_key: Hex,
    firms: Vec<String>,
    backup: Hex,
}

pub(super) fn walk(text: &str) -> usize {
    each(text, |case: &Case| {
        let master = FirmMasterKey::init(|out| out.copy_from_slice(&case.platform_fmk));
        let key = || backup_key(case.platform_fmk_version, &master);
        assert_eq!(case.backup_key, key().expose(), "{}", case.comment);
        let mut from = &case.backup[..];
        let unopened = Unopened::read(&mut from).unwrap();
        assert_eq!(unopened.created, case.created, "{}", case.comment);
        let mut again = MAGIC.to_vec();
        let mut chain = Chain::new(key());
        chain.write(&mut again, Kind::Header, &header(case.created, &unopened.platform)).unwrap();
        let mut reader = unopened.open(from, Some(key())).unwrap();
        let mut firms = Vec::new();
        while let Some(found) = reader.next().unwrap() {
            let (kind, content) = record::encode(&found);
            chain.write(&mut again, kind, &content).unwrap();
            firms.push(found.firm.to_string());
        }
        chain.write(&mut again, Kind::End, &join(&[&(firms.len() as u64).to_be_bytes()])).unwrap();
        assert_eq!(firms, case.firms, "{}", case.comment);
        assert_eq!(case.backup, again, "{}", case.comment);
    })
}
