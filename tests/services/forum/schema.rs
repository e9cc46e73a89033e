// @generated automatically by Diesel CLI.

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    local_user (id) {
        id -> Int4,
        person_id -> Int4,
        password_encrypted -> Nullable<Text>,
        email_verified -> Bool,
        admin -> Bool,
        accepted_application -> Bool,
        theme -> Text,
        email -> Nullable<FieldsealTextColumn>,
        email_term -> Nullable<FieldsealTextTerm>,
        totp_2fa_secret -> Nullable<FieldsealTextColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    password_reset_request (id) {
        id -> Int4,
        local_user_id -> Int4,
        published_at -> Timestamptz,
        token -> FieldsealText,
        token_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    person (id) {
        id -> Int4,
        #[max_length = 255]
        name -> Varchar,
        #[max_length = 255]
        display_name -> Nullable<Varchar>,
        #[max_length = 255]
        actor_id -> Varchar,
        bio -> Nullable<Text>,
        public_key -> Text,
        local -> Bool,
        banned -> Bool,
        deleted -> Bool,
        published_at -> Timestamptz,
        updated_at -> Nullable<Timestamptz>,
        matrix_user_id -> Nullable<FieldsealTextColumn>,
        private_key -> Nullable<FieldsealTextColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    person_actions (person_id, target_id) {
        person_id -> Int4,
        target_id -> Int4,
        note -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    private_message (id) {
        id -> Int4,
        creator_id -> Int4,
        recipient_id -> Int4,
        deleted -> Bool,
        read -> Bool,
        published_at -> Timestamptz,
        updated_at -> Nullable<Timestamptz>,
        content -> FieldsealTextColumn,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    registration_application (id) {
        id -> Int4,
        local_user_id -> Int4,
        referral -> Nullable<Text>,
        admin_id -> Nullable<Int4>,
        deny_reason -> Nullable<Text>,
        published_at -> Timestamptz,
        answer -> FieldsealText,
    }
}

diesel::joinable!(local_user -> person (person_id));
diesel::joinable!(password_reset_request -> local_user (local_user_id));
diesel::joinable!(registration_application -> local_user (local_user_id));
diesel::joinable!(registration_application -> person (admin_id));

diesel::allow_tables_to_appear_in_same_query!(
    local_user,
    password_reset_request,
    person,
    person_actions,
    private_message,
    registration_application,
);
