//! Calendar dates. A date here has no time and no zone: it is a day on the user's own calendar.

use std::fmt;

/// A day of the calendar, from year 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The first day there is.
    pub const FIRST: Self = Self { year: 1, month: 1, day: 1 };

    /// The day, if the calendar has it.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// Whether the day is later than the same day so many years after another.
    #[must_use]
    pub fn is_years_after(self, years: u16, other: Self) -> bool {
        Self { year: self.year.saturating_sub(years), ..self } > other
    }

    /// Reads `YYYY-MM-DD`, to the letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .try_fold(0u16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
        };
        Self::new(number(0, 4)?, number(5, 7)? as u8, number(8, 10)? as u8)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for good in ["2024-02-29", "2000-02-29", "2026-12-31", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(good).map(|date| date.to_string()).as_deref(), Some(good));
        }
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "0000-01-01",
            "2024-9-27",
            "27-09-2024",
            "2024/09/27",
            "+024-09-27",
            "2024-09-27T",
            "",
            "２０２４-09-27",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn years_are_counted_from_day_to_day() {
        let after = |day: &str, other: &str| Date::parse(day).unwrap().is_years_after(10, Date::parse(other).unwrap());
        for (day, other) in [("2036-11-26", "2026-11-25"), ("3931-01-01", "2026-11-25"), ("2038-03-01", "2028-02-29")] {
            assert!(after(day, other), "{day}");
        }
        for (day, other) in [("2036-11-25", "2026-11-25"), ("0001-01-01", "2026-11-25"), ("2038-02-28", "2028-02-29")] {
            assert!(!after(day, other), "{day}");
        }
    }

    #[test]
    fn dates_are_ordered_as_days_are() {
        assert!(Date::parse("2024-09-27") < Date::parse("2024-10-01"));
        assert!(Date::parse("2024-12-31") < Date::parse("2025-01-01"));
    }
}
