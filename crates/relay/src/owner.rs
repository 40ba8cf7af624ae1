//! Whose a key, a token and a todo is. It knows neither how a user was verified nor what is done with it.

use serde::{Deserialize, Serialize};

/// Whose a key is: nobody else is told what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The tenant's name.
    pub(crate) tenant: String,
    /// The verified user's e-mail address; none where the origin alone is known.
    pub(crate) identity: Option<String>,
}
