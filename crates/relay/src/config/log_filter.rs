//! What is logged, in the filter language of the crate tracing-subscriber. There every word is the name of some part of some
//! program, so that a misspelt level silences the log; here a word is a level, or a part that this program has.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The parts of this program that log.
const PARTS: [&str; 13] = [
    "axum",
    "bzctrl_contract",
    "bzctrl_relay",
    "hyper",
    "hyper_util",
    "jsonwebtoken",
    "mio",
    "reqwest",
    "rusqlite",
    "rustls",
    "tokio",
    "tower",
    "tower_http",
];

const OWN: &str = "bzctrl_relay";

/// The relay's own parts, as its source has them.
const MODULES: &str = env!("BZCTRL_RELAY_MODULES");

/// Whether a filter leaves out all of the relay's own lines though it does not turn the log off: it names other parts alone.
pub(super) fn leaves_out_relay(text: &str) -> bool {
    let targets = text.split(',').map(|directive| directive.split(['=', '[']).next().unwrap_or_default().trim());
    targets.filter(|target| !target.is_empty()).all(|target| {
        target.parse::<LevelFilter>().is_err() && target.split("::").next().is_some_and(|part| part != OWN)
    }) && !text.contains('[')
}

/// Reads a filter.
///
/// # Errors
/// Which of its words is none.
pub(super) fn read(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map_err(|error| error.to_string())?;
    for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        let target = directive.split(['=', '[']).next().unwrap_or_default();
        let is_level = target.len() == directive.len() && directive.parse::<LevelFilter>().is_ok();
        let part = target.split("::").next().unwrap_or_default();
        if part == OWN && !MODULES.split(',').any(|module| module.starts_with(target)) {
            return Err(format!("{target:?} is no part of this relay: nothing would be logged by it"));
        }
        if !is_level && !part.is_empty() && !PARTS.contains(&part) {
            return Err(format!(
                "{part:?} is neither a level (error, warn, info, debug, trace, off) nor a part of this program that logs, such as \
                 bzctrl_relay"
            ));
        }
    }
    Ok(text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_leaves_out_the_relay_is_told_from_one_that_is_meant() {
        for meant in
            ["info", "off", "hyper=debug,warn", "bzctrl_relay=warn", "bzctrl_relay::seal=info", "[request]=debug"]
        {
            assert!(!leaves_out_relay(meant), "{meant}");
        }
        for other in ["hyper=debug", "hyper::proto=debug, reqwest"] {
            assert!(leaves_out_relay(other), "{other}");
        }
    }

    #[test]
    fn a_filter_is_made_of_levels_and_of_parts_that_there_are() {
        for right in [
            "info",
            "WARN",
            "3",
            "off",
            "info,hyper=debug",
            "bzctrl_relay::identity=trace, warn",
            "bzctrl_relay::upstream::token=debug",
            "info,hyper",
            "bzctrl_relay[request{id=1}]=debug,warn",
            "[request]=debug",
        ] {
            assert_eq!(read(right).as_deref(), Ok(right));
        }
        for (wrong, word) in [
            ("loud", "\"loud\""),
            ("inof", "\"inof\""),
            ("info,bzctrl-relay=debug", "\"bzctrl-relay\""),
            ("info;debug", "\"info;debug\""),
            ("info debug", "\"info debug\""),
            ("relay=debug", "\"relay\""),
            ("bzctrl_relay::identiti=debug", "\"bzctrl_relay::identiti\""),
            ("info,bzctrl_relay::upstream::tokens[x]=debug", "\"bzctrl_relay::upstream::tokens\""),
            ("bzctrl_relay::identity::token", "no part of this relay"),
            ("hyper=loud", "error parsing level filter"),
        ] {
            let says = read(wrong).unwrap_err();
            assert!(says.contains(word), "{wrong}: {says}");
        }
    }
}
