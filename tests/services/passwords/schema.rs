//! The tables, alike on every database.

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (uuid) {
        uuid -> Text,
        enabled -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        verified_at -> Nullable<Timestamp>,
        last_verifying_at -> Nullable<Timestamp>,
        login_verify_count -> Integer,
        email -> FieldsealText,
        email_new -> Nullable<FieldsealText>,
        email_new_token -> Nullable<FieldsealText>,
        name -> Text,
        password_hash -> Binary,
        salt -> Binary,
        password_iterations -> Integer,
        password_hint -> Nullable<Text>,
        akey -> Text,
        private_key -> Nullable<FieldsealText>,
        public_key -> Nullable<Text>,
        totp_secret -> Nullable<FieldsealText>,
        totp_recover -> Nullable<FieldsealText>,
        security_stamp -> Text,
        stamp_exception -> Nullable<Text>,
        equivalent_domains -> Text,
        excluded_globals -> Text,
        client_kdf_type -> Integer,
        client_kdf_iter -> Integer,
        client_kdf_memory -> Nullable<Integer>,
        client_kdf_parallelism -> Nullable<Integer>,
        api_key -> Nullable<FieldsealText>,
        avatar_color -> Nullable<Text>,
        external_id -> Nullable<Text>,
        email_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    devices (uuid, user_uuid) {
        uuid -> Text,
        user_uuid -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name -> Text,
        atype -> Integer,
        push_token -> Nullable<FieldsealText>,
        refresh_token -> FieldsealText,
        twofactor_remember -> Nullable<FieldsealText>,
        refresh_token_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    folders (uuid) {
        uuid -> Text,
        user_uuid -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    ciphers (uuid) {
        uuid -> Text,
        user_uuid -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        atype -> Integer,
        name -> FieldsealText,
        notes -> Nullable<FieldsealText>,
        fields -> Nullable<FieldsealText>,
        data -> FieldsealText,
        password_history -> Nullable<FieldsealText>,
        key -> Nullable<Text>,
        reprompt -> Nullable<Integer>,
    }
}

diesel::table! {
    folders_ciphers (cipher_uuid, folder_uuid) {
        cipher_uuid -> Text,
        folder_uuid -> Text,
    }
}

diesel::joinable!(devices -> users (user_uuid));
diesel::joinable!(folders -> users (user_uuid));
diesel::joinable!(ciphers -> users (user_uuid));
diesel::joinable!(folders_ciphers -> ciphers (cipher_uuid));
diesel::joinable!(folders_ciphers -> folders (folder_uuid));
diesel::allow_tables_to_appear_in_same_query!(ciphers, devices, folders, folders_ciphers, users);
