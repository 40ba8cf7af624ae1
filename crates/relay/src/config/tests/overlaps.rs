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
