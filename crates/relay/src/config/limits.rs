//! How many requests are taken in a minute, of whom.

use std::num::NonZeroU32;

use super::reader::Section;

/// How much is taken of whoever asks, before anybody knows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one address, in a minute.
    pub requests_per_minute_of_an_address: NonZeroU32,
}

/// How much is taken of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantLimits {
    /// Of all its pages and users, in a minute.
    pub requests_per_minute: NonZeroU32,
    /// Of one verified user, in a minute.
    pub requests_per_minute_of_a_user: NonZeroU32,
}

/// A company behind one address, and ten requests a second.
const OF_AN_ADDRESS: NonZeroU32 = NonZeroU32::new(600).unwrap();
const OF_A_TENANT: NonZeroU32 = NonZeroU32::new(3000).unwrap();
/// A form needs three requests, and a user some seconds for it.
const OF_A_USER: NonZeroU32 = NonZeroU32::new(120).unwrap();

pub(super) fn limits(section: Section<'_>) -> Limits {
    let of_an_address = per_minute(&section, "requests_per_minute_of_an_address", OF_AN_ADDRESS);
    section.finish();
    Limits { requests_per_minute_of_an_address: of_an_address }
}

impl TenantLimits {
    pub(super) fn read(section: &Section<'_>) -> Self {
        Self {
            requests_per_minute: per_minute(section, "requests_per_minute", OF_A_TENANT),
            requests_per_minute_of_a_user: per_minute(section, "requests_per_minute_of_a_user", OF_A_USER),
        }
    }
}

fn per_minute(section: &Section<'_>, key: &str, default: NonZeroU32) -> NonZeroU32 {
    section.number(key, NonZeroU32::MIN..=NonZeroU32::MAX).unwrap_or(default)
}
