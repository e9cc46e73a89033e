// @generated automatically by Diesel CLI.

diesel::table! {
    api_tokens (id) {
        id -> Int4,
        user_id -> Int4,
        token -> Bytea,
        name -> Varchar,
        revoked -> Bool,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        expired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    crates (id) {
        id -> Int4,
        name -> Varchar,
        description -> Nullable<Varchar>,
        owner_id -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    emails (user_id) {
        user_id -> Int4,
        verified -> Bool,
        token_generated_at -> Nullable<Timestamptz>,
        email -> FieldsealText,
        token -> FieldsealText,
        token_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    oauth_github (account_id) {
        account_id -> Int8,
        user_id -> Int4,
        login -> Varchar,
        avatar -> Nullable<Varchar>,
        token -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (id) {
        id -> Int4,
        username -> Varchar,
        name -> Nullable<Varchar>,
        is_admin -> Bool,
        account_lock_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        account_lock_reason -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    versions (id) {
        id -> Int4,
        crate_id -> Int4,
        num -> Varchar,
        checksum -> Varchar,
        yanked -> Bool,
        published_by -> Nullable<Int4>,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(api_tokens -> users (user_id));
diesel::joinable!(crates -> users (owner_id));
diesel::joinable!(emails -> users (user_id));
diesel::joinable!(oauth_github -> users (user_id));
diesel::joinable!(versions -> crates (crate_id));
diesel::joinable!(versions -> users (published_by));

diesel::allow_tables_to_appear_in_same_query!(api_tokens, crates, emails, oauth_github, users, versions,);
