// @generated automatically by Diesel CLI.

diesel::table! {
    local_user (id) {
        id -> Int4,
        person_id -> Int4,
        password_encrypted -> Nullable<Text>,
        email -> Nullable<Text>,
        email_verified -> Bool,
        admin -> Bool,
        accepted_application -> Bool,
        theme -> Text,
        totp_2fa_secret -> Nullable<Text>,
    }
}

diesel::table! {
    password_reset_request (id) {
        id -> Int4,
        local_user_id -> Int4,
        token -> Text,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    person (id) {
        id -> Int4,
        #[max_length = 255]
        name -> Varchar,
        #[max_length = 255]
        display_name -> Nullable<Varchar>,
        #[max_length = 255]
        actor_id -> Varchar,
        bio -> Nullable<Text>,
        matrix_user_id -> Nullable<Text>,
        private_key -> Nullable<Text>,
        public_key -> Text,
        local -> Bool,
        banned -> Bool,
        deleted -> Bool,
        published_at -> Timestamptz,
        updated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    person_actions (person_id, target_id) {
        person_id -> Int4,
        target_id -> Int4,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    private_message (id) {
        id -> Int4,
        creator_id -> Int4,
        recipient_id -> Int4,
        content -> Text,
        deleted -> Bool,
        read -> Bool,
        published_at -> Timestamptz,
        updated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    registration_application (id) {
        id -> Int4,
        local_user_id -> Int4,
        answer -> Text,
        referral -> Nullable<Text>,
        admin_id -> Nullable<Int4>,
        deny_reason -> Nullable<Text>,
        published_at -> Timestamptz,
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
