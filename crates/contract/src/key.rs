//! The idempotency key: the name of one intent, made by the widget at the first Submit and kept until the outcome is known.

use std::fmt;

/// `{key_epoch}.{128 random bits in 32 hex digits}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    text: String,
    epoch: usize,
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is the token answer's key_epoch, a point, and 32 lower-case hex digits")
    }
}

impl std::error::Error for KeyError {}

const HEX_DIGITS: usize = 32;
const LONGEST_EPOCH: usize = 64;

impl Key {
    /// A new key of an epoch.
    ///
    /// # Errors
    /// The epoch is empty, longer than 64, or has other characters than ASCII letters, digits, `-` and `_`.
    pub fn new(epoch: &str, random: [u8; 16]) -> Result<Self, KeyError> {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        let mut text = String::from(epoch);
        text.push('.');
        for byte in random {
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
        }
        Self::parse(&text)
    }

    /// Reads a key, to the letter.
    ///
    /// # Errors
    /// The text is not of the form.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (epoch, random) = text.split_once('.').ok_or(KeyError)?;
        let epoch_holds = (1..=LONGEST_EPOCH).contains(&epoch.len())
            && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let random_holds =
            random.len() == HEX_DIGITS && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if epoch_holds && random_holds { Ok(Self { text: text.to_owned(), epoch: epoch.len() }) } else { Err(KeyError) }
    }

    /// Reads the value of `Idempotency-Key` or `X-BzCtrl-Replaces`: a structured-field string, or bare.
    ///
    /// # Errors
    /// The value is not of the form.
    pub fn from_header(value: &str) -> Result<Self, KeyError> {
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        Self::parse(bare)
    }

    /// The value for a header: a structured-field string.
    #[must_use]
    pub fn to_header(&self) -> String {
        ["\"", &self.text, "\""].concat()
    }

    /// The epoch that the key was made in.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.text[..self.epoch]
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_epoch_and_its_random_bits() {
        let mut random = [0; 16];
        random[0] = 0xa7;
        let key = Key::new("e-1", random).unwrap();
        assert_eq!(key.as_str(), "e-1.a7000000000000000000000000000000");
        assert_eq!(key.epoch(), "e-1");
        assert_eq!(Key::from_header(&key.to_header()), Ok(key.clone()));
        assert_eq!(Key::from_header(key.as_str()), Ok(key));
    }

    #[test]
    fn what_is_not_of_the_form_is_no_key() {
        let hex = "a7000000000000000000000000000000";
        for bad in [
            "",
            hex,
            ".",
            "e.",
            &format!(".{hex}"),
            &format!("e 1.{hex}"),
            &format!("e.{hex}0"),
            &format!("e.{}", hex.to_uppercase()),
            &format!("e.f.{hex}"),
            &format!("{}.{hex}", "e".repeat(65)),
            &format!("\"e.{hex}"),
        ] {
            assert_eq!(Key::from_header(bad), Err(KeyError), "{bad}");
        }
    }
}
