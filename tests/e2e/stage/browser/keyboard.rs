//! What is typed: keys, as WebDriver names them.

use fantoccini::{
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
};

use super::Tab;

/// A key of the keyboard.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    Letter(char),
    Control,
    Down,
    Enter,
    Escape,
    Right,
    Space,
    Tab,
}

impl From<Key> for char {
    /// WebDriver's sign for it.
    fn from(key: Key) -> Self {
        match key {
            Key::Letter(letter) => letter,
            Key::Control => '\u{e009}',
            Key::Down => '\u{e015}',
            Key::Enter => '\u{e007}',
            Key::Escape => '\u{e00c}',
            Key::Right => '\u{e014}',
            Key::Space => ' ',
            Key::Tab => '\u{e004}',
        }
    }
}

impl Tab {
    /// Presses keys together, such as Control and a letter, and lets them go.
    pub(crate) async fn strike(&self, keys: &[Key]) {
        let down = keys.iter().map(|&key| KeyAction::Down { value: key.into() });
        let up = keys.iter().rev().map(|&key| KeyAction::Up { value: key.into() });
        let strokes = down.chain(up).fold(KeyActions::new("keyboard".to_owned()), |all, stroke| all.then(stroke));
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// Types letter by letter, into whatever has the focus.
    pub(crate) async fn types(&self, text: &str) {
        for letter in text.chars() {
            self.strike(&[Key::Letter(letter)]).await;
        }
    }

    /// Types over all that stands in an element, which it selects by Control and A.
    pub(crate) async fn type_over(&self, element: &Element, text: &str) {
        if self.engine.types_chords() {
            // In one go: each time that it types, the driver puts the caret at the end first. Control lets go when it is typed
            // again: what lets all go (U+E000) is in Firefox a key like any other.
            element.send_keys(&format!("\u{e009}a\u{e009}{text}")).await.unwrap();
        } else {
            self.focus(element).await;
            self.strike(&[Key::Control, Key::Letter('a')]).await;
            self.type_into(element, text).await;
        }
    }

    /// Types a date, given as `2099-12-31`, into the browser's own control for dates.
    pub(crate) async fn type_date_into(&self, element: &Element, date: &str) {
        element.send_keys(&self.engine.keys_of_date(date)).await.unwrap();
    }

    /// Types into an element by real keys; it gets the focus if it has it not.
    pub(crate) async fn type_into(&self, element: &Element, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.strike(&[Key::Enter]).await;
            }
            for (keys, by_driver) in self.engine.typed(line) {
                if by_driver {
                    element.send_keys(&keys).await.unwrap();
                } else {
                    // As an input method does.
                    self.read(&format!("document.execCommand('insertText', false, {keys:?})")).await;
                }
            }
        }
    }
}
