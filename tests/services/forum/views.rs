//! What the service shows: rows of several tables.

mod local_user_view;
mod private_message_view;
mod registration_application_view;

pub use local_user_view::{LocalUserQuery, LocalUserView, Registration};
pub use private_message_view::{PrivateMessageQuery, PrivateMessageView};
pub use registration_application_view::{RegistrationApplicationQuery, RegistrationApplicationView};
