//! Amounts in EUR, as people write them and as the wire has them. Never a float.

use crate::fault::Fault;
use crate::text::is_invisible;

/// The separators of numbers where the user lives. They decide only where a text can be read in two ways, and how an
/// amount is shown back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Between units and decimals.
    pub decimal: char,
    /// Between groups of three digits.
    pub group: char,
}

impl Numbers {
    /// `1,234.50`
    pub const POINT: Self = Self { decimal: '.', group: ',' };
    /// `1.234,50`
    pub const COMMA: Self = Self { decimal: ',', group: '.' };

    /// The separators with which somebody has written 1234567.5. What cannot be read counts as [`Self::POINT`].
    #[must_use]
    pub fn of_sample(written: &str) -> Self {
        let mut separators = written.chars().filter(|character| !character.is_ascii_digit());
        match (separators.next_back(), separators.next()) {
            (Some('.'), group) => Self { group: group.unwrap_or(','), ..Self::POINT },
            (Some(','), group) => Self { group: group.unwrap_or('.'), ..Self::COMMA },
            _ => Self::POINT,
        }
    }
}

/// An amount of zero or more, below 10^15, with two decimals or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    units: String,
    cents: Option<[u8; 2]>,
}

const MOST_UNIT_DIGITS: usize = 15;

impl Amount {
    /// Reads what a person typed: `1.234.567,80`, `1,234,567.80`, `1 234 567,80`, `1'234.50`, `€ 1234`, `1.250,-`,
    /// `+1,250.00`, `1 250 euro`, with the digits of any script. What cannot be seen does not count.
    ///
    /// # Errors
    /// What hinders it: no amount, a negative one, more than two decimals, 10^15 or more.
    pub fn typed(text: &str, numbers: Numbers) -> Result<Self, Fault> {
        let plain: String = text
            .chars()
            // A tab, a line end or a scanner's separator may part two amounts.
            .filter(|character| character.is_control() || !is_invisible(*character))
            .map(|character| plain(character, numbers))
            .collect();
        let (bare, negative, whole_by) = without_marks(&plain);
        // Whoever writes "1.250,-" has said which separator stands before decimals.
        let numbers = Numbers { decimal: whole_by.unwrap_or(numbers.decimal), ..numbers };
        let amount = Self::unsigned(bare, numbers)?;
        let zero = amount.units == "0" && amount.cents.is_none();
        if negative && !zero { Err(Fault::Negative) } else { Ok(amount) }
    }

    fn unsigned(text: &str, numbers: Numbers) -> Result<Self, Fault> {
        // The digits, and what stands between them: which separator, after how many digits.
        let (mut units, mut separators) = (String::new(), Vec::new());
        for character in text.chars() {
            let separator = match character {
                '0'..='9' => {
                    units.push(character);
                    continue;
                }
                '.' | ',' | '\'' | ' ' => character,
                _ => return Err(Fault::NotAnAmount),
            };
            separators.push((separator, units.len()));
        }
        let (mut groups, mut decimals) = (separators.as_slice(), String::new());
        if let Some((&(last, digits_before), grouping)) = groups.split_last()
            && matches!(last, '.' | ',')
        {
            let is_decimal = match grouping {
                // One separator alone, such as 1.234 or 12,5.
                [] => last == numbers.decimal || !are_groups(&units, groups),
                _ => grouping.iter().all(|(separator, _)| *separator != last),
            };
            if is_decimal {
                groups = grouping;
                decimals = units.split_off(digits_before);
                // "1," is half typed.
                if decimals.is_empty() {
                    return Err(Fault::NotAnAmount);
                }
            }
        }
        // ",50" has no units.
        let units_hold = match groups {
            [] => !units.is_empty() || !decimals.is_empty(),
            _ => are_groups(&units, groups),
        };
        if !units_hold {
            return Err(Fault::NotAnAmount);
        }
        if decimals.len() > 2 {
            return Err(Fault::TooPrecise);
        }
        let units = units.trim_start_matches('0');
        if units.len() > MOST_UNIT_DIGITS {
            return Err(Fault::TooLarge);
        }
        let mut cents = decimals.bytes().chain([b'0', b'0']);
        let cents = [cents.next().unwrap_or(b'0'), cents.next().unwrap_or(b'0')];
        Ok(Self {
            units: if units.is_empty() { "0".to_owned() } else { units.to_owned() },
            cents: (cents != *b"00").then_some(cents),
        })
    }

    /// Reads the wire's form, to the letter: plain digits, without decimals or with exactly two.
    ///
    /// # Errors
    /// What hinders it.
    pub fn wire(text: &str) -> Result<Self, Fault> {
        let (units, cents) = match text.split_once('.') {
            Some((units, cents)) => (units, Some(cents)),
            None => (text, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(units) || units.len() > 1 && units.starts_with('0') {
            return Err(Fault::NotAnAmount);
        }
        if units.len() > MOST_UNIT_DIGITS {
            return Err(Fault::TooLarge);
        }
        let cents = match cents.map(str::as_bytes) {
            None => None,
            Some(&[tens, ones]) if tens.is_ascii_digit() && ones.is_ascii_digit() => Some([tens, ones]),
            Some(_) => return Err(Fault::TooPrecise),
        };
        Ok(Self { units: units.to_owned(), cents })
    }

    /// The wire's form: `123577`, `1234567.80`.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let mut text = self.units.clone();
        if let Some(cents) = self.cents {
            text.push('.');
            text.extend(cents.map(char::from));
        }
        text
    }

    /// The amount as the user's own eyes expect it, with its currency: `EUR 1,234,567.80`.
    #[must_use]
    pub fn to_display(&self, numbers: Numbers) -> String {
        let mut text = String::from("EUR ");
        for (at, digit) in self.units.chars().enumerate() {
            if at > 0 && (self.units.len() - at).is_multiple_of(3) {
                text.push(numbers.group);
            }
            text.push(digit);
        }
        text.push(numbers.decimal);
        text.extend(self.cents.unwrap_or(*b"00").map(char::from));
        text
    }
}

/// Where the ten digits of each script begin, in Unicode's first plane. `tests/unicode.rs` holds them to Unicode's class.
const ZEROS: [u16; 36] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
    0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// The character of ASCII that means the same in an amount, if there is one.
fn plain(character: char, numbers: Numbers) -> char {
    let ascii = |code: u32| char::from(code as u8);
    let code = u32::from(character);
    if let Some(digit) = ZEROS.iter().map(|zero| code.wrapping_sub(u32::from(*zero))).find(|digit| *digit < 10) {
        return ascii(u32::from(b'0') + digit);
    }
    match character {
        // The wide forms of East Asia.
        '\u{ff01}'..='\u{ff5e}' => ascii(code - 0xfee0).to_ascii_lowercase(),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        // Arabic's own separators.
        '٬' | '‘' | '’' | 'ʼ' | '´' => '\'',
        '٫' => numbers.decimal,
        '‚' | '،' => ',',
        '‐'..='―' | '−' | '﹣' => '-',
        _ => character.to_ascii_lowercase(),
    }
}

/// Takes off what stands before or behind an amount, in any order: the currency, a sign, and the dash that stands for
/// no decimals. Says whether the sign was a minus, and the separator before such a dash.
fn without_marks(text: &str) -> (&str, bool, Option<char>) {
    let (mut text, mut sign, mut whole_by) = (text.trim(), None, None);
    loop {
        let before = text;
        for mark in ["€", "euros", "euro", "eur"] {
            text = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)).unwrap_or(text).trim();
        }
        let undashed = text.trim_end_matches('-');
        if undashed.len() < text.len() {
            match undashed.strip_suffix([',', '.']) {
                Some(units) => (text, whole_by) = (units, undashed.chars().last()),
                None => (text, sign) = (undashed, Some(true)),
            }
        }
        let in_brackets = || text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        if let Some(rest) = text.strip_prefix('-').or_else(in_brackets) {
            (text, sign) = (rest, Some(true));
        } else if let (None, Some(rest)) = (sign, text.strip_prefix('+')) {
            (text, sign) = (rest, Some(false));
        }
        text = text.trim();
        if text == before {
            return (text, sign == Some(true), whole_by);
        }
    }
}

/// Whether separators part digits into groups of thousands: `1 234 567`, or `12,34,567` as in India.
fn are_groups(digits: &str, separators: &[(char, usize)]) -> bool {
    let (Some(&(first, lead)), Some(&(_, until_last))) = (separators.first(), separators.last()) else { return false };
    let each_holds = |size| separators.windows(2).all(|pair| pair[0].0 == pair[1].0 && pair[1].1 - pair[0].1 == size);
    let lakhs = first == ',' && lead <= 2 && each_holds(2);
    (1..=3).contains(&lead) && !digits.starts_with('0') && digits.len() - until_last == 3 && (each_holds(3) || lakhs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, numbers: Numbers) -> Result<String, Fault> {
        Amount::typed(text, numbers).map(|amount| amount.to_wire())
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, wire) in [
            ("1.234.567,80", "1234567.80"),
            ("1,234,567.80", "1234567.80"),
            ("1 234 567,80", "1234567.80"),
            ("1\u{202f}234\u{202f}567,8", "1234567.80"),
            ("1'234.50", "1234.50"),
            ("1’234", "1234"),
            ("€ 1234", "1234"),
            ("1234 EUR", "1234"),
            ("EUR1.250,-", "1250"),
            ("1250.–", "1250"),
            ("123577", "123577"),
            ("123577,00", "123577"),
            ("0", "0"),
            ("007", "7"),
            (",5", "0.50"),
            ("12,34,567.50", "1234567.50"),
            ("999.999.999.999.999,99", "999999999999999.99"),
            ("-0", "0"),
            ("+1,250.00", "1250"),
            ("€ +1.250,00", "1250"),
            ("1 250 euro", "1250"),
            ("1250 Euros", "1250"),
            ("EURO 12,5", "12.50"),
            ("1\u{a0}250\u{a0}€", "1250"),
            ("1\u{2009}234\u{2009}567", "1234567"),
            ("1´250", "1250"),
            ("\u{202d}1250\u{202c}", "1250"),
            ("\u{feff}€\u{200b}1250\u{200e}", "1250"),
            ("１２５０", "1250"),
            ("＋１，２５０．００ ＥＵＲ", "1250"),
            ("١٢٥٠", "1250"),
            ("١٬٢٥٠٫٥٠ €", "1250.50"),
            ("۱۲۵۰", "1250"),
            ("१२,३४,५६७.५०", "1234567.50"),
            ("১২৫০", "1250"),
            ("\t1250\r\n", "1250"),
        ] {
            for numbers in [Numbers::POINT, Numbers::COMMA] {
                assert_eq!(read(typed, numbers).as_deref(), Ok(wire), "{typed}");
            }
        }
    }

    #[test]
    fn the_locale_decides_what_can_be_read_two_ways() {
        assert_eq!(read("1.234", Numbers::COMMA).as_deref(), Ok("1234"));
        assert_eq!(read("1.234", Numbers::POINT), Err(Fault::TooPrecise));
        assert_eq!(read("1,234", Numbers::POINT).as_deref(), Ok("1234"));
        assert_eq!(read("1,234", Numbers::COMMA), Err(Fault::TooPrecise));
        // These cannot be thousands, whatever the locale.
        for numbers in [Numbers::POINT, Numbers::COMMA] {
            assert_eq!(read("0.123", numbers), Err(Fault::TooPrecise));
            assert_eq!(read("1234.567", numbers), Err(Fault::TooPrecise));
            assert_eq!(read("1.5", numbers).as_deref(), Ok("1.50"));
        }
    }

    #[test]
    fn separators_are_learned_from_a_number_that_somebody_wrote() {
        for (written, decimal, group) in [
            ("1,234,567.5", '.', ','),
            ("1.234.567,5", ',', '.'),
            ("1\u{202f}234\u{202f}567,5", ',', '\u{202f}'),
            ("1’234’567.5", '.', '’'),
            ("12,34,567.5", '.', ','),
            ("1234567,5", ',', '.'),
            ("1234567.5", '.', ','),
            ("١٬٢٣٤٬٥٦٧٫٥", '.', ','),
            ("1234567", '.', ','),
            ("", '.', ','),
        ] {
            assert_eq!(Numbers::of_sample(written), Numbers { decimal, group }, "{written}");
        }
    }

    #[test]
    fn arabics_decimal_separator_means_decimals_in_every_locale() {
        for numbers in [Numbers::POINT, Numbers::COMMA] {
            assert_eq!(read("١٫٢٣٤", numbers), Err(Fault::TooPrecise));
            assert_eq!(read("١٬٢٣٤", numbers).as_deref(), Ok("1234"));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_told() {
        for (typed, fault) in [
            ("-5", Fault::Negative),
            ("5-", Fault::Negative),
            ("(5)", Fault::Negative),
            ("€ -1.250,00", Fault::Negative),
            ("1e5", Fault::NotAnAmount),
            ("ten", Fault::NotAnAmount),
            ("", Fault::NotAnAmount),
            ("€", Fault::NotAnAmount),
            (",", Fault::NotAnAmount),
            ("1,", Fault::NotAnAmount),
            ("1,,2", Fault::NotAnAmount),
            ("12 34", Fault::NotAnAmount),
            ("1.23.456", Fault::NotAnAmount),
            ("1,234.567.890", Fault::NotAnAmount),
            ("1 234'567", Fault::NotAnAmount),
            ("$ 5", Fault::NotAnAmount),
            ("+", Fault::NotAnAmount),
            ("++5", Fault::NotAnAmount),
            ("5+", Fault::NotAnAmount),
            ("-+5", Fault::NotAnAmount),
            ("+-5", Fault::Negative),
            ("−5", Fault::Negative),
            ("－５", Fault::Negative),
            ("euro", Fault::NotAnAmount),
            ("1250 dollar", Fault::NotAnAmount),
            ("12\t345", Fault::NotAnAmount),
            ("12\n345", Fault::NotAnAmount),
            ("12\u{1d}345", Fault::NotAnAmount),
            ("12\u{2028}345", Fault::NotAnAmount),
            ("¹²", Fault::NotAnAmount),
            ("½", Fault::NotAnAmount),
            ("五", Fault::NotAnAmount),
            ("1 234,567", Fault::TooPrecise),
            ("1000000000000000", Fault::TooLarge),
        ] {
            assert_eq!(read(typed, Numbers::POINT), Err(fault), "{typed}");
        }
    }

    #[test]
    fn the_wire_is_read_to_the_letter() {
        for good in ["0", "123577", "1234567.80", "0.05", "999999999999999.99", "5.00"] {
            assert_eq!(Amount::wire(good).map(|amount| amount.to_wire()).as_deref(), Ok(good));
        }
        for bad in ["", "-1", "01", "1.5", "1.500", "1,50", ".50", "1.", "1e3", " 1", "1000000000000000", "٣"] {
            assert!(Amount::wire(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_amount_is_shown_as_it_was_read() {
        let amount = Amount::wire("1234567.80").unwrap();
        assert_eq!(amount.to_display(Numbers::POINT), "EUR 1,234,567.80");
        assert_eq!(amount.to_display(Numbers::COMMA), "EUR 1.234.567,80");
        assert_eq!(Amount::wire("5").unwrap().to_display(Numbers::POINT), "EUR 5.00");
    }
}
