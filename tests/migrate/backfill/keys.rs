//! Keys of every sort, in the order of their own collation; partitions; tables without a key.

use fieldseal::Encrypted;
use fieldseal::migrate::{Kind, RunError};

use super::*;

#[test]
fn two_and_four_workers_cover_every_row_once() {
    wait(async {
        for workers in [1, 2, 4] {
            let place = Place::of_clients(4_000).await;
            let report = place.backfill(options().workers(workers).ranges(9).chunk(170)).await.unwrap();
            assert_eq!((report.read, report.written, report.left, report.quarantined), (4_000, 4_000, 0, 0));
            assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 4_000));
            let again = place.backfill(options().workers(workers)).await.unwrap();
            assert_eq!((again.read, again.pass), (0, 2), "nothing is left for another pass");
        }
    });
}

#[test]
fn a_chunk_is_cut_by_its_bytes() {
    wait(async {
        let place = Place::of_clients(0).await;
        let sql = "INSERT INTO clients SELECT gen_random_uuid(), 1, n || '@example.com', repeat('x', 100000) FROM generate_series(1, 300) n";
        place.sql(sql).await;
        let report = place.backfill(options().workers(1).chunk_bytes(1 << 20)).await.unwrap();
        assert_eq!(report.written, 300);
        // Some ten rows a transaction.
        let transactions = place.number("SELECT count(DISTINCT xmin::text) FROM clients").await;
        assert!((10..=100).contains(&transactions), "{transactions}");
    });
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    texts (a, b) {
        a -> Text,
        b -> Integer,
        firm -> Text,
        body_plain -> Nullable<Text>,
        body -> Nullable<FieldsealText>,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = texts)]
#[encrypted(firm = platform, row = (a, b))]
struct Text {
    a: String,
    b: i32,
    #[encrypted(legacy = body_plain)]
    body: Option<String>,
}

const ROWS: &str = "INSERT INTO texts SELECT (ARRAY['a', 'B', 'ä', 'Z', 'z', '', 'ss', 'ß', '-a', 'A b', '\u{1F600}'])[1 + n % 11] \
    || n / 50, n, 'x', 'body ' || n FROM generate_series(1, 1500) n; ANALYZE texts";

async fn all_of_texts(table: &str) {
    let place = Place::new::<(Text,)>(table).await;
    place.sql(ROWS).await;
    let report = place.job::<Text>(Kind::Seal).run(options().ranges(5).chunk(64)).await.unwrap();
    assert_eq!((report.read, report.written), (1_500, 1_500), "{table}");
    assert!(report.ranges > 1);
    assert_eq!(place.number("SELECT count(*) FROM texts WHERE body IS NULL").await, 0);
}

#[test]
fn composite_keys_of_text_go_by_their_own_collation() {
    wait(async {
        for collation in ["\"C\"", "\"und-x-icu\"", "phonebook", "caseless", "\"default\""] {
            let table = format!(
                "CREATE COLLATION phonebook (provider = icu, locale = 'de-u-co-phonebk'); \
                 CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
                 CREATE TABLE texts (a text COLLATE {collation}, b integer, firm text, body_plain text, PRIMARY KEY (a, b))"
            );
            all_of_texts(&table).await;
        }
    });
}

#[test]
fn partitions_are_read_as_one_table() {
    wait(async {
        let table = "CREATE TABLE texts (a text, b integer, firm text, body_plain text, PRIMARY KEY (a, b)) PARTITION BY RANGE (b); \
            CREATE TABLE texts_1 PARTITION OF texts FOR VALUES FROM (0) TO (700); \
            CREATE TABLE texts_2 PARTITION OF texts FOR VALUES FROM (700) TO (100000)";
        all_of_texts(table).await;
    });
}

#[test]
fn a_unique_index_serves_where_there_is_no_primary_key() {
    wait(async {
        let table = "CREATE TABLE texts (a text NOT NULL, b integer NOT NULL, firm text, body_plain text); \
            CREATE UNIQUE INDEX ON texts (b)";
        all_of_texts(table).await;
    });
}

#[test]
fn a_table_without_a_key_is_refused_with_advice() {
    wait(async {
        for table in [
            "CREATE TABLE texts (a text, b integer, firm text, body_plain text); CREATE INDEX ON texts (a, b)",
            "CREATE TABLE texts (a text, b integer, firm text, body_plain text); CREATE UNIQUE INDEX ON texts (a, b)",
            "CREATE TABLE texts (a text, b integer NOT NULL, firm text, body_plain text); \
             CREATE UNIQUE INDEX ON texts (b) WHERE b > 7",
        ] {
            let place = Place::new::<(Text,)>(table).await;
            let error = place.job::<Text>(Kind::Seal).run(options()).await.unwrap_err();
            assert!(matches!(error, RunError::NoKey { table: "texts" }), "{error}");
            assert!(error.to_string().contains("CREATE UNIQUE INDEX CONCURRENTLY"));
        }
    });
}
