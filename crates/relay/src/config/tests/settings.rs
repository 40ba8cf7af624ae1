//! The documents list every setting, and none that there is not.

use std::collections::BTreeSet;

use super::*;

const SETTINGS: &str = include_str!("../../../../../docs/SETTINGS.md");

/// The example, with every section that there can be.
fn everything() -> Config {
    let account = "environment = 'acc'\nusername = 'u'\npassword_file = 'crates/relay/sandbox-password.txt'\n";
    let way_out = "trust = 'system'\n";
    let text = format!(
        "{}[bzctrl.egress]\n{way_out}[accounts.a]\n{account}[accounts.a.egress]\n{way_out}[egress]\n{way_out}",
        EXAMPLE.replacen("# account = \"second\"", "account = \"a\"", 1)
    )
    .replace("crates/relay/sandbox-password.txt", concat!(env!("CARGO_MANIFEST_DIR"), "/sandbox-password.txt"));
    Config::read(&text, environment(&[PASSWORD])).unwrap()
}

/// A setting's name on the page.
fn listed_as(name: &str) -> String {
    name.replacen("tenants.demo.", "tenants.NAME.", 1).replacen("accounts.a.", "accounts.NAME.", 1)
}

/// Every setting that the relay asks for, of a tenant too. A secret's variable is no setting of the file.
fn settings() -> BTreeSet<String> {
    let config = everything();
    // An account has the settings of [bzctrl], and its way out those of [egress].
    let listed = |name: &str| {
        let name = listed_as(name).replacen("accounts.NAME.", "bzctrl.", 1);
        name.strip_prefix("bzctrl.egress.").map_or(name.clone(), |key| format!("egress.{key}"))
    };
    let all: Vec<_> = config.places.settings().map(listed).collect();
    let is_secret = |name: &String| all.contains(&format!("{name}_file"));
    all.iter().filter(|name| !is_secret(name)).cloned().collect()
}

#[test]
fn the_page_of_settings_lists_each_and_no_other() {
    let rows = SETTINGS.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let listed =
        rows.flat_map(|cell| cell.split('`').filter(|word| word.contains('.')).map(str::to_owned).collect::<Vec<_>>());
    let listed: BTreeSet<String> = listed.collect();
    let asked = settings();
    let missing: Vec<_> = asked.difference(&listed).collect();
    let too_many: Vec<_> = listed.difference(&asked).collect();
    assert!(missing.is_empty() && too_many.is_empty(), "docs/SETTINGS.md lacks {missing:?}, and has {too_many:?}");
    assert!(asked.len() > 30);
    for section in SECTIONS {
        let is_named = ["accounts", "tenants"].contains(&section);
        let heading = format!("## `[{section}{}]`", if is_named { ".NAME" } else { "" });
        assert!(SETTINGS.contains(&heading), "{heading}");
    }
    // Sections within others too, and the one account that is in no section of this name.
    for name in everything().places.settings().map(listed_as) {
        let section = format!("`[{}]`", name.rsplit_once('.').unwrap().0);
        assert!(SETTINGS.contains(&section), "docs/SETTINGS.md does not tell of {section}");
    }
    let account = SETTINGS.lines().find(|line| line.starts_with("| `tenants.NAME.account` |")).unwrap();
    assert!(account.contains(&format!("`{DEFAULT}`")), "{account}");
}

#[test]
fn the_page_of_settings_tells_each_secrets_variable_and_the_defaults_that_are() {
    let config = Config::read(EXAMPLE, environment(&[PASSWORD])).unwrap();
    for name in config
        .places
        .settings()
        .filter(|name| settings().contains(&format!("{name}_file").replacen(".demo.", ".NAME.", 1)))
    {
        let (section, key) = name.rsplit_once('.').unwrap();
        let variable = match section {
            "tenants.demo" => format!("`…{}`", key.to_uppercase()),
            section => format!("`…{}__{}`", section.to_uppercase(), key.to_uppercase()),
        };
        assert!(SETTINGS.contains(&variable), "docs/SETTINGS.md does not tell of {variable}");
    }
    let defaults = [
        ("seal.token_lifetime_seconds", config.seal.token_lifetime.as_secs().to_string()),
        ("limits.requests_per_minute_of_an_address", config.limits.requests_per_minute_of_an_address.to_string()),
        ("tenants.NAME.requests_per_minute", config.tenants[0].limits.requests_per_minute.to_string()),
        (
            "tenants.NAME.requests_per_minute_of_a_user",
            config.tenants[0].limits.requests_per_minute_of_a_user.to_string(),
        ),
    ];
    for (setting, default) in defaults {
        let row = SETTINGS.lines().find(|line| line.starts_with(&format!("| `{setting}` |"))).unwrap();
        assert!(row.ends_with(&format!("| {default} |")), "{row}");
    }
}

#[test]
fn the_example_names_each_setting() {
    for setting in settings() {
        let key = setting.rsplit('.').next().unwrap();
        assert!(EXAMPLE.contains(&format!("{key} = ")), "relay.example.toml does not name {setting}");
    }
}
