//! Names of KMS keys.

use crate::keys::provider::KekId;

/// The parts of `arn:aws:kms:eu-central-1:111122223333:key/…` that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    partition: &'a str,
    pub(super) region: &'a str,
    account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` when `name` is not the ARN of a key or alias.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let [prefix, partition, service, region, account, resource] = split(name)?;
        let known = resource.starts_with("key/") || resource.starts_with("alias/");
        let whole = [partition, region, account].iter().all(|part| !part.is_empty() && *part != "*");
        (prefix == "arn" && service == "kms" && known && whole).then_some(Self { partition, region, account, resource })
    }

    /// Whether it names a key and not an alias, which may lead to another key tomorrow.
    pub(super) fn is_key(&self) -> bool {
        self.resource.starts_with("key/")
    }

    /// What is stored of the key. Every region's copy of a multi-Region key is the same key (spec/keys.md, KEY-70).
    pub(super) fn kek_id(&self) -> KekId {
        let Self { partition, region, account, resource } = self;
        let region = if resource.starts_with("key/mrk-") { "*" } else { region };
        KekId::new(format!("arn:{partition}:kms:{region}:{account}:{resource}"))
    }
}

fn split(name: &str) -> Option<[&str; 6]> {
    let parts: Vec<_> = name.splitn(6, ':').collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_stored_by_its_arn_and_a_multi_region_key_without_its_region() {
        let single = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(Arn::parse(single).unwrap().kek_id(), KekId::new(single));
        let ids = ["eu-central-1", "us-east-1"].map(|region| {
            let arn = format!("arn:aws:kms:{region}:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab");
            Arn::parse(&arn).unwrap().kek_id()
        });
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[0].as_str(), "arn:aws:kms:*:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab");
    }

    #[test]
    fn what_names_no_key_is_no_arn() {
        let names = [
            "",
            "alias/a",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:eu-west-1:1:x/y",
            "arn:aws:kms:*:111122223333:key/mrk-1",
            "arn:aws:kms::111122223333:key/1",
        ];
        for name in names {
            assert_eq!(Arn::parse(name), None, "{name}");
        }
        assert!(!Arn::parse("arn:aws:kms:eu-west-1:111122223333:alias/a").unwrap().is_key());
    }
}
