//! By property: tenants that could be taken for each other are refused, with both places; all others are taken.

use proptest::prelude::*;

use super::*;

/// How a tenant's users are known, and by whom.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    Origin,
    Header,
    Issuer(u8),
}

fn tenant() -> impl Strategy<Value = (Vec<u8>, Known)> {
    let known = prop_oneof![Just(Known::Origin), Just(Known::Header), (0..3_u8).prop_map(Known::Issuer)];
    (proptest::collection::btree_set(0..8_u8, 1..3).prop_map(|origins| origins.into_iter().collect()), known)
}

fn written(tenants: &[(Vec<u8>, Known)]) -> String {
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let mut text = before.to_owned();
    for (at, (origins, known)) in tenants.iter().enumerate() {
        let origins: Vec<_> = origins.iter().map(|origin| format!("'https://o{origin}.example'")).collect();
        let known = match known {
            Known::Origin => "identity = 'origin'".to_owned(),
            Known::Header => {
                "identity = 'header'\nidentity_header = 'X-Email'\ntrusted_proxies = ['127.0.0.1']".to_owned()
            }
            Known::Issuer(issuer) => format!(
                "identity = 'assertion'\nissuer = 'https://i{issuer}.example'\njwks_url = 'https://i{issuer}.example/jwks'"
            ),
        };
        text += &format!("[tenants.t{at}]\nworkspaces = ['A-W']\norigins = [{}]\n{known}\n", origins.join(", "));
        let same = |other: &usize| tenants[*other].1 == tenants[at].1 && tenants[at].1 != Known::Origin;
        let sharing: Vec<_> = (0..at).filter(same).map(|other| format!("'t{other}'")).collect();
        if !sharing.is_empty() {
            text += &format!("shares_users_with = [{}]\n", sharing.join(", "));
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn tenants_that_could_be_taken_for_each_other_are_refused_with_both_places(
        tenants in proptest::collection::vec(tenant(), 1..5)
    ) {
        let text = written(&tenants);
        let line = |at: usize| {
            let section = text.lines().position(|line| line == format!("[tenants.t{at}]")).unwrap();
            // Counted from one, and two lines below.
            section + 3
        };
        let mut overlaps = Vec::new();
        for (second, (origins, known)) in tenants.iter().enumerate() {
            for origin in origins {
                let meets = |(other, by): &(Vec<u8>, Known)| {
                    let parted = matches!((by, known), (Known::Issuer(one), Known::Issuer(two)) if one != two);
                    other.contains(origin) && !parted
                };
                // An origin that was refused is not the other tenant's any more.
                let first = tenants[..second].iter().position(meets);
                if let Some(first) = first {
                    overlaps.push((first, second, *origin));
                }
            }
        }
        match Config::read(&text, environment(&[PASSWORD])) {
            Ok(config) => prop_assert!(overlaps.is_empty() && config.tenants.len() == tenants.len(), "{:?}", overlaps),
            Err(mistakes) => {
                prop_assert!(!overlaps.is_empty(), "{}", mistakes);
                let (first, second, origin) = overlaps[0];
                let told = format!(
                    "tenants.t{second}.origins (line {}): \"https://o{origin}.example\": tenant t{first} has this origin too: \
                     tenants.t{first}.origins (line {})",
                    line(second),
                    line(first)
                );
                prop_assert!(mistakes.to_string().contains(&told), "{}\nis not in\n{}", told, mistakes);
            }
        }
    }
}

#[test]
fn a_place_in_the_environment_is_named_too() {
    let variables = [
        PASSWORD,
        ("TENANTS__OTHER__ORIGINS", "http://localhost:8080"),
        ("TENANTS__OTHER__WORKSPACES", "A-W"),
        ("TENANTS__OTHER__IDENTITY", "origin"),
    ];
    let told = mistakes(EXAMPLE, &variables);
    assert!(told.len() == 1 && told[0].starts_with("BZCTRL_RELAY__TENANTS__OTHER__ORIGINS: "), "{told:?}");
    assert!(told[0].contains("tenant demo has this origin too: tenants.demo.origins (line "), "{told:?}");
}

/// The example with these tenants, each with an origin of its own.
fn known_by(tenants: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let mut text = before.to_owned();
    for (name, known) in tenants {
        text += &format!("[tenants.{name}]\nworkspaces = ['A-W']\norigins = ['https://{name}.example']\n{known}\n");
    }
    Config::read(&text, environment(&[PASSWORD]))
}

#[test]
fn a_voucher_of_two_tenants_is_refused_unless_their_users_are_meant_to_be_the_same() {
    let by_header = |name: &str, peers: &str| {
        format!("identity = 'header'\nidentity_header = '{name}'\ntrusted_proxies = [{peers}]\n")
    };
    let by_issuer =
        |name: &str| format!("identity = 'assertion'\nissuer = '{name}'\njwks_url = 'https://k.example/'\n");
    let near = by_header("X-Email", "'10.1.0.0/16', '192.168.1.1'");
    let shares = |known: &str, with: &str| format!("{known}shares_users_with = [{with}]\n");

    for (one, other, key) in [
        (&near, by_header("x-email", "'10.1.2.3'"), "identity_header"),
        (&near, by_header("X-EMAIL", "'10.0.0.0/8'"), "identity_header"),
        (&near, by_header("X-Email", "'::ffff:192.168.1.1'"), "identity_header"),
        (&by_issuer("https://i.example"), by_issuer("https://i.example"), "issuer"),
    ] {
        let told = known_by(&[("c", one), ("d", &other)]).unwrap_err().to_string();
        assert!(told.contains(&format!("tenants.d.{key} (line ")), "{told}");
        assert!(told.contains(&format!("tenants.c.{key} (line ")), "{told}");
        assert!(told.contains("each user of one is a user of the other"), "{told}");
        known_by(&[("c", one), ("d", &shares(&other, "'c'"))]).unwrap();
        known_by(&[("c", &shares(&format!("{one}\n"), "'d'")), ("d", &other)]).unwrap();
        let third = known_by(&[("c", one), ("d", &shares(&other, "'c'")), ("e", &shares(&other, "'d'"))]);
        assert!(third.unwrap_err().to_string().contains("tenants.c."), "each of them has to be named");
    }
    for (one, other) in [
        (&near, by_header("X-Other", "'10.1.2.3'")),
        (&near, by_header("X-Email", "'10.2.0.0/16'")),
        (&near, by_issuer("x-email")),
        (&by_issuer("https://i.example"), by_issuer("https://j.example")),
        (&near, "identity = 'origin'".to_owned()),
    ] {
        known_by(&[("c", one), ("d", &other)]).unwrap();
        let with = if other.contains("origin") { "'c'" } else { "'nobody'" };
        let told = known_by(&[("c", one), ("d", &shares(&format!("{other}\n"), with))]).unwrap_err().to_string();
        assert!(told.contains("tenants.d.shares_users_with (line "), "{told}");
    }
}
