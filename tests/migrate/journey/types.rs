//! Columns of every type: sealed from what PostgreSQL holds, and given back as equal values.

use fieldseal::envelope::Kind as CellKind;
use fieldseal::migrate::{Job, Kind, Patience, Subject};
use fieldseal::model::{ColumnSchema, LegacySchema, ModelSchema, Owner};

use super::{options, wait};
use crate::backfill::Place;

const fn column(name: &'static str, codec: &'static str, domain: &'static str, legacy: &'static str) -> ColumnSchema {
    ColumnSchema::new(name, name, name, codec, domain, CellKind::RowBound, true, None)
        .in_transit(LegacySchema::new(legacy, false))
}

const COLUMNS: &[ColumnSchema] = &[
    column("t", "text", "fieldseal_text", "t_plain"),
    column("by", "bytes", "fieldseal_bytes", "by_plain"),
    column("i", "i64", "fieldseal_bigint", "i_plain"),
    column("b", "bool", "fieldseal_bool", "b_plain"),
    column("u", "uuid", "fieldseal_uuid", "u_plain"),
    column("f", "f64", "fieldseal_double", "f_plain"),
    column("d", "date", "fieldseal_date", "d_plain"),
    column("ti", "time", "fieldseal_time", "ti_plain"),
    column("ts", "timestamp", "fieldseal_timestamp", "ts_plain"),
    column("tz", "timestamptz", "fieldseal_timestamptz", "tz_plain"),
    column("n", "decimal", "fieldseal_numeric", "n_plain"),
    column("j", "json", "fieldseal_json", "j_plain"),
    column("a", "text_array", "fieldseal_text_array", "a_plain"),
    column("c", "text", "fieldseal_text", "c_plain"),
    column("r", "f64", "fieldseal_double", "r_plain"),
];

static THINGS: ModelSchema = ModelSchema::new("Thing", "things", "things", Owner::Column("firm"), &["id"], COLUMNS);

const TABLE: &str = "CREATE TABLE things (id bigint PRIMARY KEY, firm bigint NOT NULL, t_plain text, by_plain bytea, \
    i_plain integer, b_plain boolean, u_plain uuid, f_plain double precision, d_plain date, ti_plain time, \
    ts_plain timestamp, tz_plain timestamptz, n_plain numeric, j_plain jsonb, a_plain text[], c_plain varchar(40), r_plain real)";

const ROWS: &str = r#"INSERT INTO things VALUES
    (1, 1, 'Ünï\n', '\xf501', -7, true, gen_random_uuid(), 0.1, '0044-03-15 BC', '23:59:59.999999', '4713-01-01 00:00:00 BC',
     '2024-02-29 12:34:56.7+02', -12.340, '{"a": [1, 2.50, null], "b": "x \" y"}', '{a,NULL,"b,\"c"}', 'var', 0.1),
    (2, 1, '', '', 0, false, NULL, 'NaN', '5874897-12-31', '00:00', '294276-12-31 23:59:59', '1970-01-01', 0, '1', '{}', '', 3.4028235e38),
    (3, 2, NULL, NULL, NULL, NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL, 123456789012345678901234567890.12345, NULL, NULL, NULL, 'NaN'),
    (4, 2, 'only', NULL, 2147483647, NULL, NULL, '-0', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, -0.5)"#;

#[test]
fn values_of_every_type_come_back_equal() {
    wait(async {
        let place = Place::bare(TABLE).await;
        place.sql(ROWS).await;
        place.sql("SET timezone = 'Asia/Tokyo'; CREATE TABLE before AS TABLE things").await;
        let job =
            |kind| Job::new(&place.vault, kind, Subject::described(&THINGS).unwrap(), place.target()).named("things");
        let seal = job(Kind::Seal);
        seal.expand(Patience::default()).await.unwrap();
        seal.dual_write(Patience::default()).await.unwrap();
        let report = seal.run(options()).await.unwrap();
        let quarantined = seal.quarantined(10).await.unwrap();
        assert_eq!((report.written, report.quarantined), (4, 0), "{quarantined:?}");
        assert!(seal.verify(options()).await.unwrap().is_clean());
        let plain: Vec<String> =
            COLUMNS.iter().map(|column| format!("{} = NULL", column.legacy.unwrap().column)).collect();
        place.sql(&format!("ALTER TABLE things DISABLE TRIGGER USER; UPDATE things SET {}", plain.join(", "))).await;
        let report = job(Kind::Unseal).run(options()).await.unwrap();
        assert_eq!(
            (report.written, report.quarantined),
            (4, 0),
            "{:?}",
            job(Kind::Unseal).quarantined(10).await.unwrap()
        );
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.legacy.unwrap().column).collect();
        for name in names {
            let sql = format!(
                "SELECT count(*) FROM things JOIN before USING (id) WHERE things.{name} IS DISTINCT FROM before.{name}"
            );
            assert_eq!(place.number(&sql).await, 0, "{name}");
        }
    });
}

#[test]
fn values_without_a_form_are_quarantined_each_with_its_reason() {
    wait(async {
        let place = Place::bare(TABLE).await;
        place
            .sql(
                "INSERT INTO things (id, firm, d_plain) VALUES (1, 1, 'infinity'); \
             INSERT INTO things (id, firm, n_plain) VALUES (2, 1, 'NaN'); \
             INSERT INTO things (id, firm, a_plain) VALUES (3, 1, '{{a},{b}}'); \
             INSERT INTO things (id, firm, ti_plain) VALUES (4, 1, '24:00:00'); \
             INSERT INTO things (id, firm, t_plain) VALUES (5, 77, 'of no firm'); \
             INSERT INTO things (id, firm, t_plain) VALUES (6, 1, 'well')",
            )
            .await;
        let job =
            Job::new(&place.vault, Kind::Seal, Subject::described(&THINGS).unwrap(), place.target()).named("things");
        job.expand(Patience::default()).await.unwrap();
        job.dual_write(Patience::default()).await.unwrap();
        let report = job.run(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (1, 5));
        let mut reasons: Vec<_> =
            job.quarantined(10).await.unwrap().into_iter().map(|row| row.reason.as_str().to_owned()).collect();
        reasons.sort_unstable();
        assert_eq!(
            reasons,
            ["not-of-the-codec", "not-of-the-codec", "not-of-the-codec", "not-of-the-codec", "unknown-firm"]
        );
        assert!(!job.verify(options()).await.unwrap().is_clean());
    });
}
