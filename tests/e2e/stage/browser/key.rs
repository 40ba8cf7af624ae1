//! Keys, as WebDriver names them.

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
