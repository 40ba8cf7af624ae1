//! What `check` is not to call right, and what it is not to call wrong beside it.

use super::*;

/// What a relay needs, with lines that can be counted.
const SMALL: &str = r#"[server]
listen = "127.0.0.1:8081"
[log]
format = "auto"
filter = "info"
[store]
path = "relay.sqlite"
[bzctrl]
environment = "acc"
username = "relay@example.com"
[tenants.demo]
origins = ["http://127.0.0.1:8080", "http://localhost:8080"]
workspaces = ["EXA-CON-BUS-WOR"]
identity = "origin"
"#;

/// The same with one thing changed.
fn with(before: &str, after: &str) -> String {
    assert!(SMALL.contains(before), "{before}");
    SMALL.replacen(before, after, 1)
}

#[track_caller]
fn told_alone(text: &str, variables: &[(&str, &str)], told: &[&str]) {
    let variables: Vec<_> = std::iter::once(PASSWORD).chain(variables.iter().copied()).collect();
    let mistakes = mistakes(text, &variables);
    assert_eq!(mistakes.len(), told.len(), "{mistakes:?}");
    for (mistake, told) in mistakes.iter().zip(told) {
        assert!(mistake.contains(told), "{told} is not in\n{mistake}");
    }
}

#[test]
fn beside_a_syntax_error_nothing_is_said_to_be_missing_that_may_stand_there() {
    for (before, after, told) in [
        ("listen = \"127.0.0.1:8081\"", "listen = 127.0.0.1:8081", "line 2: "),
        ("listen = \"127.0.0.1:8081\"", "listen = \"127.0.0.1:8081", "line 2: "),
        ("[server]", "[server", "line 1: "),
        ("[store]", "[store", "line 6: "),
        ("[bzctrl]", "bzctrl]", "line 8: "),
        ("[tenants.demo]", "[tenants.demo", "line 11: "),
        ("[tenants.demo]", "[tenants. demo", "line 11: "),
        ("username = \"relay@example.com\"", "username \"relay@example.com\"", "line 10: "),
        ("[store]", "= 7\n[store]", "line 6: "),
    ] {
        let text = with(before, after);
        let told_lines = mistakes(&text, &[PASSWORD]);
        assert!(told_lines.len() == 1 && told_lines[0].starts_with(told), "{after}: {told_lines:?}");
    }
    // Of what begins and never ends more may be told, and still nothing that it lacks.
    for (before, after) in [("[server]", "\'\'\'\n[server]"), ("\"EXA-CON-BUS-WOR\"]", "\"EXA-CON-BUS-WOR\"")] {
        let told = mistakes(&with(before, after), &[PASSWORD]);
        assert!(!told.iter().any(|told| told.contains("needed") || told.contains("unknown")), "{told:?}");
    }
    // What can be read is still told.
    let both = with("[store]", "[store").replacen("format = \"auto\"", "format = \"loud\"", 1);
    told_alone(&both, &[], &["log.format (line 4): expected auto", "line 6: unclosed table"]);
}

#[test]
fn a_key_that_is_there_twice_is_named() {
    told_alone(&with("[store]", "[store]\npath = 'a'"), &[], &["line 8: duplicate key path: it is set above too"]);
    told_alone(&with("[store]", "[server]\n[store]"), &[], &["line 6: duplicate key server"]);
    told_alone(&with("[store]", "[tenants.demo]\n[store]"), &[], &["line 12: duplicate key demo"]);
}

#[test]
fn of_a_section_that_is_none_nothing_is_missing() {
    let text = "store = 'relay.sqlite'\n".to_owned() + &with("[store]\npath = \"relay.sqlite\"\n", "");
    told_alone(&text, &[], &["store (line 1): expected a section [store]"]);
}

#[test]
fn what_cannot_be_seen_in_a_setting_is_named_wherever_it_is() {
    for (before, after, told) in [
        ("[\"EXA-CON-BUS-WOR\"]", "[\" EXA\"]", "tenants.demo.workspaces (line 13): \" EXA\" begins with a space"),
        ("[\"EXA-CON-BUS-WOR\"]", "[\"EXA\\u200B\"]", "has U+200B in it, which cannot be seen"),
        (
            "\"relay@example.com\"",
            "\"relay@example.com \"",
            "bzctrl.username (line 10): \"relay@example.com \" ends with a space",
        ),
        ("\"relay.sqlite\"", "\"\\ttarget/relay\"", "store.path (line 7): \"\\ttarget/relay\" begins with a tab"),
        ("\"127.0.0.1:8081\"", "\"\\uFEFF127.0.0.1:8081\"", "has U+FEFF in it"),
        ("\"http://localhost:8080\"", "\"http://localhost:8080\\u00a0\"", "ends with U+00A0"),
    ] {
        told_alone(&with(before, after), &[], &[told]);
    }
    told_alone(
        EXAMPLE,
        &[("STORE__PATH", "relay.sqlite\n")],
        &["BZCTRL_RELAY__STORE__PATH: \"relay.sqlite\\n\" ends with a line end"],
    );
}

#[test]
fn a_value_of_the_environment_that_is_not_utf_8_hides_no_other_one() {
    let of = |name: &str| {
        let variables =
            [(format!("{PREFIX}{}", PASSWORD.0), Some(PASSWORD.1.to_owned())), (format!("{PREFIX}{name}"), None)];
        let mistakes = Config::of(Reader::new(EXAMPLE, variables)).map(|_| ()).unwrap_err();
        mistakes.to_string()
    };
    for setting in ["SERVER__LISTEN", "LOG__FILTER", "TENANTS__DEMO__ORIGINS", "BZCTRL__USERNAME", "SEAL__KEY"] {
        assert_eq!(of(setting), format!("{PREFIX}{setting}: its value is not UTF-8"));
    }
    assert!(of("SERVER__LISTEM").contains("no setting has this name"));
}

#[test]
fn a_log_filter_has_words_that_mean_something() {
    told_alone(
        &with("filter = \"info\"", "filter = \"loud\""),
        &[],
        &["log.filter (line 5): \"loud\" is neither a level"],
    );
    told_alone(EXAMPLE, &[("LOG__FILTER", "info,bzctrl-relay=debug")], &["LOG__FILTER: \"bzctrl-relay\" is neither"]);
}

#[test]
fn an_origin_is_no_pattern() {
    let text = with("http://localhost:8080", "https://*.example.com");
    told_alone(&text, &[], &["every origin is named"]);
}

#[test]
fn health_is_told_at_an_address_of_its_own() {
    for health in ["127.0.0.1:8081", "0.0.0.0:8081", "[::]:8081"] {
        told_alone(
            EXAMPLE,
            &[("SERVER__HEALTH_LISTEN", health)],
            &["server.health_listen: is the same as listen, 127.0.0.1:8081"],
        );
    }
    Config::read(EXAMPLE, environment(&[PASSWORD, ("SERVER__HEALTH_LISTEN", "127.0.0.1:9081")])).unwrap();
}

#[test]
fn credentials_go_to_another_machine_by_https_alone() {
    for (key, setting) in [("token_endpoint", "TOKEN_ENDPOINT"), ("task_endpoint", "TASK_ENDPOINT")] {
        let name = format!("BZCTRL__{setting}");
        for elsewhere in ["http://bzctrl.example/x", "http://10.0.0.7:8082/x", "http://localhost.example/x"] {
            let told = format!("{setting}: expected an https address");
            told_alone(EXAMPLE, &[(&name, elsewhere)], &[&told]);
        }
        for right in ["https://bzctrl.example/x", "http://127.0.0.2/x", "http://[::1]:7/x", "http://localhost/x"] {
            Config::read(EXAMPLE, environment(&[PASSWORD, (&name, right)]))
                .unwrap_or_else(|told| panic!("{key}: {told}"));
        }
    }
}
