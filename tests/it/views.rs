//! Views: structs that show cells of other models, each in the row that it belongs to.

mod owners;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::{Ciphertext, Encrypted, Protected, Session};

use crate::ambient::models::{Client, Entry, Matter, SEATS, Seat, client, matter, seats};
use crate::ambient::{assert_lost, code};
use crate::backends::{postgres_database, sqlite_database};
use crate::models::client::{Intake, clients};
use crate::models::ledger::ledger;
use crate::models::matter::matters;

/// A matter's page: cells of two tables, the second by the key that the first refers to it by.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(derive(Queryable))]
struct Page {
    matter_id: i64,
    client_id: String,
    #[encrypted(of = Matter::title, row = matter_id)]
    title: String,
    #[encrypted(of = Client::email, row = client_id)]
    email: String,
    #[encrypted(of = Client::notes, row = client_id)]
    notes: Option<String>,
    #[encrypted(json, of = Client::intake, row = client_id)]
    intake: Intake,
}

/// The same in the ambient form, with Diesel's names for where its fields come from.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, derive(Queryable, Selectable))]
struct Mail {
    id: String,
    #[diesel(select_expression = clients::display_name, select_expression_type = clients::display_name)]
    shown_as: String,
    #[encrypted(of = Client::email, row = id)]
    #[diesel(column_name = email)]
    address: String,
    #[encrypted(of = Client::visits, row = id)]
    #[diesel(select_expression = clients::visits, select_expression_type = clients::visits)]
    seen: i64,
}

/// A left join: no key, no cell.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct WithMatter {
    client_id: String,
    matter_id: Option<i64>,
    #[encrypted(of = Client::email, row = client_id)]
    email: String,
    #[encrypted(of = Matter::title, row = matter_id)]
    title: Option<String>,
    #[encrypted(of = Matter::fee, row = matter_id)]
    fee: Option<i64>,
}

/// A form of a model that also shows another model's cell.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(ambient, model = Matter, firm = firm_id, derive(Queryable, Selectable))]
struct MatterOf {
    id: i64,
    firm_id: String,
    client_id: String,
    #[encrypted]
    title: String,
    #[encrypted(of = Client::email, row = client_id)]
    #[diesel(select_expression = clients::email, select_expression_type = clients::email)]
    email: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct Holder {
    firm: String,
    seat: i32,
    #[encrypted(of = Seat::holder, row = (firm, seat))]
    holder: String,
}

/// Cells without row binding have no row; deterministic ones neither, though their model has.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct Account {
    #[encrypted(of = Entry::account)]
    account: String,
    #[encrypted(of = Entry::amount, row = none)]
    amount: Option<i64>,
}

#[derive(Debug, Clone, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
struct ClosedMail {
    id: String,
    #[encrypted(of = Client::email, row = id)]
    email: Protected<String>,
    #[encrypted(of = Client::notes, row = id)]
    notes: Option<Protected<String>>,
}

fn session() -> Session {
    crate::ambient::session()
}

macro_rules! fill {
    ($session:expr, $conn:expr) => {
        $session.scope_sync(|| {
            let (conn, matters) = ($conn, vec![matter(1, &client(1).id), matter(2, &client(1).id)]);
            diesel::insert_into(clients::table).values(&vec![client(1), client(2)]).execute(conn).unwrap();
            diesel::insert_into(matters::table).values(&matters).execute(conn).unwrap();
        })
    };
}

macro_rules! views_of_joins {
    ($session:expr, $conn:expr) => {{
        let (session, conn) = ($session, $conn);
        fill!(session, &mut *conn);
        let columns = (matters::id, clients::id, matters::title, clients::email, clients::notes, clients::intake);
        let pages: Vec<SealedPage> =
            matters::table.inner_join(clients::table).order(matters::id).select(columns).load(conn).unwrap();
        let page = |id: i64| Page {
            matter_id: id,
            client_id: client(1).id,
            title: format!("matter {id}"),
            email: client(1).email,
            notes: client(1).notes,
            intake: client(1).intake,
        };
        assert_eq!(session.open(pages).unwrap(), [page(1), page(2)]);
        session.scope_sync(|| {
            let mails: Vec<Mail> = clients::table.order(clients::id).select(Mail::as_select()).load(conn).unwrap();
            let mail = |n: i64| {
                let Client { id, display_name, email, .. } = client(usize::try_from(n).unwrap());
                Mail { id, shown_as: display_name, address: email, seen: n }
            };
            assert_eq!(mails, [mail(1), mail(2)]);
            let joined = clients::table.left_join(matters::table).order((clients::id, matters::id));
            let (id, title, fee) = (matters::id.nullable(), matters::title.nullable(), matters::fee.nullable());
            let rows: Vec<WithMatter> =
                joined.select((clients::id, id, clients::email, title, fee)).load(conn).unwrap();
            let rows: Vec<_> = rows.into_iter().map(|row| (row.email, row.matter_id, row.title, row.fee)).collect();
            let title = |n| Some(format!("matter {n}"));
            let email = |n| client(n).email;
            assert_eq!(
                rows,
                [
                    (email(1), Some(1), title(1), None),
                    (email(1), Some(2), title(2), Some(200)),
                    (email(2), None, None, None),
                ]
            );
            let of = matters::table.inner_join(clients::table).order(matters::id);
            let rows: Vec<MatterOf> = of.select(MatterOf::as_select()).load(conn).unwrap();
            assert_eq!((&*rows[1].title, &rows[1].email), ("matter 2", &client(1).email));
        });
    }};
}

#[test]
fn views_of_joins_open_on_sqlite() {
    views_of_joins!(&session(), &mut sqlite_database());
}

#[test]
fn views_of_joins_open_on_postgres() {
    let database = postgres_database("views");
    views_of_joins!(&session(), &mut PgConnection::establish(&database.url()).unwrap());
}

#[tokio::test]
async fn views_load_through_diesel_async() {
    let fill = || {
        let (session, database) = (session(), postgres_database("views_async"));
        fill!(session, &mut PgConnection::establish(&database.url()).unwrap());
        (session, database)
    };
    let (session, database) = tokio::task::spawn_blocking(fill).await.unwrap();

    use diesel_async::{AsyncConnection as _, AsyncPgConnection};
    let conn = &mut AsyncPgConnection::establish(&database.url()).await.unwrap();
    let query = || clients::table.order(clients::id).select(Mail::as_select());
    let mails: Vec<Mail> = session.scope(|| diesel_async::RunQueryDsl::load(query(), conn)).await.unwrap();
    assert_eq!(mails[1].address, client(2).email);
    assert_lost(diesel_async::RunQueryDsl::load::<Mail>(query(), conn).await, "Client");
}

#[test]
fn composite_keys_and_no_keys() {
    let (session, mut conn) = (session(), sqlite_database());
    conn.batch_execute(SEATS).unwrap();
    let seat = |number| Seat { firm_id: "acme".into(), number, holder: format!("holder {number}"), remark: None };
    let entry = Entry { firm_id: "acme".into(), account: "DE 1".into(), country: "de".into(), amount: Some(3) };
    session.scope_sync(|| {
        diesel::insert_into(seats::table).values(&vec![seat(1), seat(2)]).execute(&mut conn).unwrap();
        diesel::insert_into(ledger::table).values(&entry).execute(&mut conn).unwrap();
        let columns = (seats::firm_id, seats::number, seats::holder);
        let holders: Vec<Holder> = seats::table.order(seats::number).select(columns).load(&mut conn).unwrap();
        assert_eq!(holders[1], Holder { firm: "acme".into(), seat: 2, holder: "holder 2".into() });
        let columns = (ledger::account, ledger::amount);
        let account: Account = ledger::table.select(columns).first(&mut conn).unwrap();
        assert_eq!(account, Account { account: "DE 1".into(), amount: Some(3) });
        // The parts of a key the other way round are another row.
        let columns = (seats::firm_id, 2.into_sql::<diesel::sql_types::Integer>(), seats::holder);
        let other: QueryResult<Holder> = seats::table.find(("acme", 1)).select(columns).first(&mut conn);
        assert_eq!(code(other), "open.unauthentic");
    });
}

#[test]
fn cells_of_another_row_do_not_open() {
    let (session, mut conn) = (session(), sqlite_database());
    fill!(session, &mut conn);
    // Two clients' cells are swapped. Of the row inserted last the guard would know.
    session.scope_sync(|| diesel::insert_into(clients::table).values(&client(3)).execute(&mut conn).unwrap());
    let visits = |n: usize, conn: &mut SqliteConnection| -> Ciphertext<_> {
        clients::table.find(client(n).id).select(clients::visits).first(conn).unwrap()
    };
    for (of, cell) in [(1, visits(2, &mut conn)), (2, visits(1, &mut conn))] {
        diesel::update(clients::table.find(client(of).id)).set(clients::visits.eq(cell)).execute(&mut conn).unwrap();
    }
    session.scope_sync(|| {
        assert_eq!(code(clients::table.select(Mail::as_select()).first::<Mail>(&mut conn)), "open.unauthentic");
    });
    // The query itself pairs a cell with another row's key.
    let other = diesel::alias!(clients as other);
    let query = other.inner_join(matters::table.on(matters::client_id.ne(other.field(clients::id))));
    let columns = (
        matters::id,
        other.field(clients::id),
        matters::title,
        other.field(clients::email),
        other.field(clients::notes),
        other.field(clients::intake),
    );
    let mut row: SealedPage = query.select(columns).first(&mut conn).unwrap();
    assert_eq!(session.open(row.clone()).unwrap().email, client(2).email);
    row.client_id = client(1).id;
    let error = session.open(row).unwrap_err();
    assert_eq!(error.code(), "open.unauthentic");
    assert!(error.to_string().contains("clients."), "{error}");
}

#[test]
fn a_joined_cell_without_its_row_does_not_open() {
    let (session, mut conn) = (session(), sqlite_database());
    fill!(session, &mut conn);
    let no_key = diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>("NULL");
    let query = clients::table.left_join(matters::table).order(matters::id.desc());
    let columns = (clients::id, no_key, clients::email, matters::title.nullable(), matters::fee.nullable());
    session.scope_sync(|| {
        assert_eq!(code(query.select(columns).first::<WithMatter>(&mut conn)), "open.unauthentic");
    });
}

#[test]
fn another_firms_session_opens_nothing() {
    let (session, mut conn) = (session(), sqlite_database());
    fill!(session, &mut conn);
    let vault = fieldseal::testing::vault().blocking();
    vault.create_firm("bolt").unwrap();
    let bolt = vault.session("bolt").unwrap();
    bolt.scope_sync(|| {
        assert_eq!(code(clients::table.select(Mail::as_select()).load::<Mail>(&mut conn)), "open.unauthentic");
        // A form that holds the firm says so.
        let of = matters::table.inner_join(clients::table).select(MatterOf::as_select());
        assert_eq!(code(of.first::<MatterOf>(&mut conn)), "open.wrong_firm");
    });
    assert_lost(clients::table.select(Mail::as_select()).load::<Mail>(&mut conn), "Client");
}

#[test]
fn protected_cells_of_a_view_stay_closed() {
    let (session, mut conn) = (session(), sqlite_database());
    fill!(session, &mut conn);
    let query = || clients::table.order(clients::id).select((clients::id, clients::email, clients::notes));
    // A view has no firm that would say whose its cells are.
    assert_lost(query().load::<ClosedMail>(&mut conn), "Client");
    let rows: Vec<ClosedMail> = Session::closed("acme").scope_sync(|| query().load(&mut conn)).unwrap();
    assert_eq!(rows[1].id, client(2).id);
    assert_eq!(rows[1].email.open(&session).unwrap(), client(2).email);
    assert_eq!(rows[1].notes.as_ref().unwrap().open(&session).unwrap(), client(2).notes.unwrap());
    assert!(rows[0].notes.is_none());
    assert_eq!(format!("{:?}", rows[0].email), "Protected(closed)");
}
