//! Rows that are bound otherwise than to an id of their firm.

use fieldseal::Session;

use super::*;

pub(super) async fn unbound(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let mut entry = |id| {
        let (account, amount) = (draw.one(), draw.there().then(|| draw.one()));
        Entry { id, tenant_id: TENANT, account, amount }
    };
    let all = [entry(1), entry(2), entry(3)];
    for entry in &all {
        let sealed = tenant.seal(entry).unwrap();
        go!(diesel::insert_into(entries::table).values(sealed).execute(conn)).unwrap();
    }
    let set = Entry::account().set(tenant, (), &*all[1].account).unwrap();
    go!(diesel::update(entries::table.find(1)).set(set).execute(conn)).unwrap();
    // A cell that is bound to no row opens in any.
    let changed = Entry { account: all[1].account.clone(), ..all[0].clone() };
    let query = entries::table.order(entries::id).select(SealedEntry::as_select());
    let read = tenant.open(go!(query.load(conn)).unwrap()).unwrap();
    assert_eq!(read, [changed, all[1].clone(), all[2].clone()]);
    Written { model: Entry::SCHEMA, plaintexts: all.into_iter().skip(1).map(|entry| entry.account).collect() }
}

pub(super) async fn composite(conn: &mut Conn, tenant: &Session, draw: &mut Draw) -> Written {
    let mut chair = |number| {
        let (holder, remark) = (draw.one(), draw.there().then(|| draw.one()));
        Chair { tenant_id: TENANT, number: ChairNumber(number), holder, remark }
    };
    let (first, old, new) = (chair(1), chair(i64::MAX), chair(i64::MAX));
    for chair in [&first, &old] {
        let sealed = tenant.seal(chair).unwrap();
        go!(diesel::insert_into(chairs::table).values(sealed).execute(conn)).unwrap();
    }
    let key = (TENANT, ChairNumber(i64::MAX));
    let set = Chair::holder().set(tenant, key, &*new.holder).unwrap();
    assert_eq!(go!(diesel::update(chairs::table.find(key)).set(set).execute(conn)), Ok(1));
    let wanted = Chair { holder: new.holder, ..old };
    let query = chairs::table.order(chairs::number).select(SealedChair::as_select());
    let read = tenant.open(go!(query.load(conn)).unwrap()).unwrap();
    assert_eq!(read, [first.clone(), wanted.clone()]);
    let cell = go!(chairs::table.find(key).select(Chair::remark().cell()).first(conn)).unwrap();
    assert_eq!(Chair::remark().open(tenant, cell).unwrap(), wanted.remark);
    Written { model: Chair::SCHEMA, plaintexts: vec![first.holder, wanted.holder] }
}

pub(super) async fn platform(conn: &mut Conn, platform: &Session, draw: &mut Draw) -> Written {
    let mut setting = |id| {
        let (value, previous) = (draw.one(), draw.there().then(|| draw.one()));
        Setting { id, value, previous }
    };
    let (first, old, new) = (setting(1), setting(2), setting(2));
    for setting in [&first, &old] {
        let sealed = platform.seal(setting).unwrap();
        go!(diesel::insert_into(options::table).values(sealed).execute(conn)).unwrap();
    }
    let sealed = platform.seal(&new).unwrap();
    go!(diesel::update(options::table.find(2)).set(sealed).execute(conn)).unwrap();
    let wanted = Setting { previous: new.previous.or(old.previous), ..new };
    let query = options::table.order(options::id).select(SealedSetting::as_select());
    let read = platform.open(go!(query.load(conn)).unwrap()).unwrap();
    assert_eq!(read, [first.clone(), wanted.clone()]);
    Written { model: Setting::SCHEMA, plaintexts: vec![first.value, wanted.value] }
}
