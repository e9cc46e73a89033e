//! Views whose cells belong to rows of several owners: firms, and the service itself. One statement has one session's keys,
//! so that whatever is another owner's is an error, and never a row less.

use super::*;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notices (id) {
        id -> BigInt,
        text -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    files (id) {
        id -> BigInt,
        firm_id -> Text,
        notice_id -> BigInt,
        title -> FieldsealText,
    }
}

diesel::joinable!(files -> notices (notice_id));
diesel::allow_tables_to_appear_in_same_query!(notices, files);

/// The service's own.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notices)]
#[encrypted(ambient, firm = platform, derive(Insertable, Queryable, Selectable))]
struct Notice {
    id: i64,
    #[encrypted]
    text: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = files)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct File {
    id: i64,
    firm_id: String,
    notice_id: i64,
    #[encrypted]
    title: String,
}

#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct NoticeFirst {
    notice_id: i64,
    file_id: i64,
    #[encrypted(of = Notice::text, row = notice_id)]
    text: String,
    #[encrypted(of = File::title, row = file_id)]
    title: String,
}

#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct FileFirst {
    notice_id: i64,
    file_id: i64,
    #[encrypted(of = File::title, row = file_id)]
    title: String,
    #[encrypted(of = Notice::text, row = notice_id)]
    text: String,
}

/// The same, of closed cells.
#[derive(Debug, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
#[expect(dead_code, reason = "it loads in no scope")]
struct ClosedFirst {
    notice_id: i64,
    file_id: i64,
    #[encrypted(of = Notice::text, row = notice_id)]
    text: Protected<String>,
    #[encrypted(of = File::title, row = file_id)]
    title: Protected<String>,
}

/// Two files.
#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct Pair {
    one: i64,
    other: i64,
    #[encrypted(of = File::title, row = one)]
    title: String,
    #[encrypted(of = File::title, row = other)]
    other_title: String,
}

#[derive(Debug, Clone, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct ClosedPair {
    one: i64,
    other: i64,
    #[encrypted(of = File::title, row = one)]
    title: Protected<String>,
    #[encrypted(of = File::title, row = other)]
    other_title: Protected<String>,
}

/// Two whole rows.
#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct Rows {
    #[diesel(embed)]
    #[encrypted]
    one: File,
    #[diesel(embed)]
    #[encrypted]
    other: Option<File>,
}

/// A file whose title stays closed.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = files)]
#[encrypted(ambient, model = File, firm = firm_id, derive(Insertable, AsChangeset))]
struct ClosedFile {
    id: i64,
    firm_id: String,
    notice_id: i64,
    #[encrypted]
    title: Protected<String>,
}

/// A notice of the platform's; file 1 is acme's, file 2 bolt's, file 3 acme's.
struct World {
    vault: fieldseal::BlockingVault,
    acme: Session,
    bolt: Session,
    platform: Session,
    conn: SqliteConnection,
}

impl World {
    fn new() -> Self {
        let vault = fieldseal::testing::vault().blocking();
        let [acme, bolt] = ["acme", "bolt"].map(|firm| {
            vault.create_firm(firm).unwrap();
            vault.session(firm).unwrap()
        });
        let (platform, mut conn) = (vault.platform().unwrap(), crate::support::sqlite::memory());
        let tables = "CREATE TABLE notices (id BIGINT PRIMARY KEY, text BLOB NOT NULL); CREATE TABLE files \
                      (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, notice_id BIGINT NOT NULL, title BLOB NOT NULL)";
        conn.batch_execute(tables).unwrap();
        let notice = platform.seal(&Notice { id: 1, text: "hunter2 notice".into() }).unwrap();
        diesel::insert_into(notices::table).values(notice).execute(&mut conn).unwrap();
        for (id, session) in [(1, &acme), (2, &bolt), (3, &acme)] {
            let sealed = session.seal(&file(id)).unwrap();
            diesel::insert_into(files::table).values(sealed).execute(&mut conn).unwrap();
        }
        Self { vault, acme, bolt, platform, conn }
    }

    fn notice_first(&mut self) -> QueryResult<Option<NoticeFirst>> {
        let columns = (notices::id, files::id, notices::text, files::title);
        files::table.inner_join(notices::table).select(columns).first(&mut self.conn).optional()
    }

    fn file_first(&mut self) -> QueryResult<Option<FileFirst>> {
        let columns = (notices::id, files::id, files::title, notices::text);
        files::table.inner_join(notices::table).select(columns).first(&mut self.conn).optional()
    }

    fn closed_first(&mut self) -> QueryResult<ClosedFirst> {
        let columns = (notices::id, files::id, notices::text, files::title);
        files::table.inner_join(notices::table).select(columns).first(&mut self.conn)
    }
}

fn file(id: i64) -> File {
    let firm = if id == 2 { "bolt" } else { "acme" };
    File { id, firm_id: firm.into(), notice_id: 1, title: format!("hunter2 {firm} {id}") }
}

/// Selects from file 1 and another file, joined.
macro_rules! pair {
    ($conn:expr, $other:expr, |$alias:ident| $columns:expr) => {{
        let $alias = diesel::alias!(files as other);
        let joined = files::table.inner_join($alias.on($alias.field(files::id).eq($other)));
        joined.filter(files::id.eq(1)).select($columns).first($conn)
    }};
}

macro_rules! titles {
    ($conn:expr, $other:expr) => {
        pair!($conn, $other, |other| (files::id, other.field(files::id), files::title, other.field(files::title)))
    };
}

macro_rules! rows {
    ($conn:expr, $other:expr) => {
        pair!($conn, $other, |other| (
            (files::id, files::firm_id, files::notice_id, files::title),
            other.fields((files::id, files::firm_id, files::notice_id, files::title)).nullable()
        ))
    };
}

mod closed;
mod scopes;

/// The service's own settings, shown.
mod platform {
    use super::*;
    use crate::models::setting::{Setting, setting, settings};

    #[derive(Debug, Clone, PartialEq, Encrypted)]
    #[encrypted(derive(Queryable))]
    struct Value {
        realm: String,
        number: i32,
        #[encrypted(of = Setting::value, row = (realm, number))]
        value: String,
    }

    #[test]
    fn a_firms_session_is_told_that_the_cell_is_the_platforms() {
        let vault = fieldseal::testing::vault().blocking();
        let (platform, mut conn) = (vault.platform().unwrap(), sqlite_database());
        let sealed = platform.seal(&setting("mail", 1)).unwrap();
        diesel::insert_into(settings::table).values(sealed).execute(&mut conn).unwrap();
        let columns = (settings::realm, settings::number, settings::value);
        let row: SealedValue = settings::table.select(columns).first(&mut conn).unwrap();
        assert_eq!(platform.open(row.clone()).unwrap().value, setting("mail", 1).value);
        let error = vault.session("acme").unwrap().open(row).unwrap_err();
        assert_eq!(error.code(), "open.wrong_firm");
        assert!(error.to_string().contains("`Setting`"), "{error}");
    }
}
