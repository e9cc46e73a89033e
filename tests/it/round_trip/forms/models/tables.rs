//! The tables.

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    persons (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        visits_now -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
        phone_term -> Nullable<FieldsealTextTerm>,
        notes -> Nullable<FieldsealText>,
        scan -> FieldsealBytes,
        intake -> FieldsealJson,
        visits -> FieldsealBigint,
        tax_id -> FieldsealTextDeterministic,
        tags -> FieldsealTextArray,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    holders (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
        pin -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    entries (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        account -> FieldsealTextColumn,
        amount -> Nullable<FieldsealBigintColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    chairs (tenant_id, number) {
        tenant_id -> BigInt,
        number -> BigInt,
        holder -> FieldsealText,
        remark -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    options (id) {
        id -> BigInt,
        value -> FieldsealText,
        previous -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    visits (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        person_id -> BigInt,
        reason -> FieldsealText,
        fee -> Nullable<FieldsealBigint>,
    }
}

diesel::joinable!(visits -> persons (person_id));
diesel::allow_tables_to_appear_in_same_query!(visits, persons);
