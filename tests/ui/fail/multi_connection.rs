fieldseal::multi_connection!(struct AnyConnection(diesel::PgConnection));

fieldseal::multi_connection!(
    enum Named {
        Postgres { conn: diesel::PgConnection },
    }
);

fn main() {}
