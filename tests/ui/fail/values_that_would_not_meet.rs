//! Indexes and deterministic cells of values that may be equal with different bytes.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    invoices (id) {
        id -> BigInt,
        firm_id -> BigInt,
        total -> FieldsealNumeric,
        total_term -> FieldsealNumericTerm,
        ratio -> FieldsealDouble,
        rate -> FieldsealNumericDeterministic,
    }
}

mod index {
    use super::*;

    #[derive(Encrypted)]
    #[diesel(table_name = invoices)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Invoice {
        id: i64,
        firm_id: i64,
        #[encrypted(index(total_term))]
        total: rust_decimal::Decimal,
    }
}

mod deterministic {
    use super::*;

    #[derive(Encrypted)]
    #[diesel(table_name = invoices)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Invoice {
        id: i64,
        firm_id: i64,
        #[encrypted]
        ratio: f64,
        #[encrypted(deterministic)]
        rate: bigdecimal::BigDecimal,
    }
}

fn main() {}
