//! Every sentence that a user reads, one file a language. It knows the contract's fields and what a form can say, and
//! nothing of how it is shown.

mod en;

pub(crate) use en::*;

/// How something is said: three parts, of which the last may be left to a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeText {
    /// What happened.
    pub(crate) heading: String,
    /// What that means for the todo, and what to do now.
    pub(crate) meaning: String,
    /// Its colour.
    pub(crate) tone: Tone,
}

/// Red is for a no; amber is for what nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A no.
    No,
    /// Not known, or not yet.
    Unsure,
}
