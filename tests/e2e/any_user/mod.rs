//! The form as anybody meets it: in each language, in each state that it can be in, in every size, theme and spacing, by keyboard
//! alone, and by what a screen reader is told.
//!
//! A gate takes each language through each state, and looks in each at a part of what there is to see; `cargo xtask soak languages`
//! at all of it. `SCREENSHOTS=folder` leaves a picture of each look.

mod axe;
mod keyboard;
mod language;
mod only_in_chromium;
mod speech;
mod states;
mod tree;

use language::Language;

mod in_every_engine {
    use super::{Language, keyboard};
    use crate::stage::Browser;

    #[tokio::test]
    async fn the_whole_way_is_gone_by_keyboard_alone() {
        keyboard::goes_all_the_way(&Browser::start().await, &Language::of("nl"), None).await;
    }

    #[tokio::test]
    async fn the_order_desk_is_worked_at_by_keyboard_alone() {
        keyboard::works_at_the_desk(&Browser::start().await).await;
    }
}
