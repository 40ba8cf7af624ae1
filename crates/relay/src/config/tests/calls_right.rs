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
    // What stands before every section and never ends leaves nothing to be read.
    let told = mistakes(&with("[server]", "\'\'\'\n[server]"), &[PASSWORD]);
    assert!(!told.iter().any(|told| told.contains("needed") || told.contains("unknown")), "{told:?}");
    // What can be read is still told.
    let both = with("[store]", "[store").replacen("format = \"auto\"", "format = \"loud\"", 1);
    told_alone(&both, &[], &["log.format (line 4): expected auto", "line 6: unclosed table"]);
}

#[test]
fn what_has_no_end_is_told_once_where_it_begins_and_what_follows_is_read() {
    let list = "the list that begins here has no end: a ] is missing";
    let text = "the text that begins here has no end: a quote is missing";
    for (before, after, line, says) in [
        ("[\"EXA-CON-BUS-WOR\"]", "[\"EXA-CON-BUS-WOR\"", 13, list),
        ("[\"EXA-CON-BUS-WOR\"]", "[", 13, list),
        ("[\"EXA-CON-BUS-WOR\"]", "[\"EXA-CON-BUS-WOR", 13, text),
        ("\"http://localhost:8080\"]", "\"http://localhost:8080\",", 12, list),
        ("\"http://127.0.0.1:8080\", ", "\"http://127.0.0.1:8080, ", 12, text),
        ("\"relay.sqlite\"", "\"relay.sqlite", 7, text),
        ("\"auto\"", "'auto", 4, text),
        ("\"auto\"", "\"\"\"auto\"", 4, text),
    ] {
        // All that is wrong behind it is told too, in its own line.
        let wrong = with(before, after).replacen("\"origin\"", "\"none\"", 1);
        told_alone(&wrong, &[], &[&format!("line {line}: {says}"), "tenants.demo.identity (line 14): expected"]);
    }
    for right in ["[\n  \"EXA-CON-BUS-WOR\", # one ]\n  'EXA-CON-BUS-[WOR',\n]", "['''EXA-CON-BUS-WOR''']"] {
        Config::read(&with("[\"EXA-CON-BUS-WOR\"]", right), environment(&[PASSWORD])).unwrap();
    }
}

#[test]
fn every_mistake_has_its_place() {
    told_alone(
        &with("[\"EXA-CON-BUS-WOR\"]", "[]"),
        &[],
        &["tenants.demo.workspaces (line 13): is needed, and nothing is in it"],
    );
    told_alone(
        EXAMPLE,
        &[("TENANTS__DEMO__ORIGINS", "")],
        &["TENANTS__DEMO__ORIGINS: is needed, and nothing is in it"],
    );
    // What is missing is missing in its section, where there is one.
    told_alone(&with("path = \"relay.sqlite\"\n", ""), &[], &["store.path (line 6): is needed"]);
    told_alone(&with("identity = \"origin\"", ""), &[], &["tenants.demo.identity (line 11): is needed"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "no key").unwrap();
    let seal = format!("[seal]\nkey_file = '{}'\n[store]", file.display());
    told_alone(&with("[store]", &seal), &[], &["seal.key_file (line 7): expected a key of the form"]);
    let file = file.to_str().unwrap();
    told_alone(EXAMPLE, &[("SEAL__KEY_FILE", file)], &["BZCTRL_RELAY__SEAL__KEY_FILE: expected a key of the form"]);
    told_alone(EXAMPLE, &[("SEAL__KEY", "no key")], &["BZCTRL_RELAY__SEAL__KEY: expected a key of the form"]);
    let beside = [("EGRESS__NO_PROXY", "a.example")];
    told_alone(EXAMPLE, &beside, &["BZCTRL_RELAY__EGRESS__NO_PROXY: belongs to a proxy"]);
}

#[test]
fn a_number_is_told_from_what_to_what() {
    let lifetime = "expected a whole number from 10 to 3600";
    for wrong in ["9", "3601", "-1", "1.5", "\"300\"", "99999999999999999999"] {
        let text = with("[store]", &format!("[seal]\ntoken_lifetime_seconds = {wrong}\n[store]"));
        told_alone(&text, &[], &[&format!("seal.token_lifetime_seconds (line 7): {lifetime}")]);
    }
    for wrong in ["0", "-1", "4294967296", "1_000"] {
        let said = "REQUESTS_PER_MINUTE: expected a whole number from 1 to 4294967295";
        told_alone(EXAMPLE, &[("TENANTS__DEMO__REQUESTS_PER_MINUTE", wrong)], &[said]);
    }
}

#[test]
fn a_variable_with_one_underscore_where_two_are_meant_is_told() {
    let told = |name: &str| {
        let variables = [format!("{PREFIX}{}", PASSWORD.0), name.to_owned()].map(|name| (name, "x".to_owned()));
        Config::read(EXAMPLE, variables).map(|_| ()).map_err(|mistakes| mistakes.to_string())
    };
    for name in [
        "BZCTRL_STORE_PATH",
        "BZCTRL_RELAY_STORE_PATH",
        "BZCTRL_RELAY_STORE__PATH",
        "BZCTRL_RELAY__STORE_PATH",
        "BZCTRL__RELAY__STORE__PATH",
        "BZCTRL_RELAY__store__path",
        "BZCTRLRELAY__STORE__PATH",
    ] {
        let says = format!("{name}: no setting has this name: BZCTRL_RELAY__STORE__PATH is meant");
        assert_eq!(told(name).unwrap_err(), says);
    }
    let says = told("BZCTRL_RELAY_TENANTS_DEMO_TODO_TYPE").unwrap_err();
    assert!(says.ends_with("BZCTRL_RELAY__TENANTS__DEMO__TODO_TYPE is meant"), "{says}");
    // What Kubernetes sets for a service of that name, what other programs of ours take, and what nobody knows.
    for other in [
        "BZCTRL_RELAY_PORT",
        "BZCTRL_RELAY_SERVICE_HOST",
        "BZCTRL_RELAY_CONFIG",
        "BZCTRL_CONFORM_COOKIE",
        "BZCTRL_BACKUP",
        "STORE_PATH",
    ] {
        assert_eq!(told(other), Ok(()), "{other}");
    }
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
        let mistakes = Config::of(EXAMPLE, variables).1.map(|_| ()).unwrap_err();
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
    for health in ["127.0.0.1:8081", "0.0.0.0:8081", "[::]:8081", "[::ffff:127.0.0.1]:8081", "[::ffff:0.0.0.0]:8081"] {
        told_alone(
            EXAMPLE,
            &[("SERVER__HEALTH_LISTEN", health)],
            &["BZCTRL_RELAY__SERVER__HEALTH_LISTEN: is the same as listen, 127.0.0.1:8081"],
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

#[test]
fn everybody_is_nobodys_network_however_it_is_written() {
    let header = ("TENANTS__DEMO__IDENTITY", "header");
    let name = ("TENANTS__DEMO__IDENTITY_HEADER", "X-Forwarded-Email");
    for (networks, told) in [
        ("0.0.0.0/0", "this is everybody"),
        ("::/0", "this is everybody"),
        ("::ffff:0.0.0.0/96", "this is everybody"),
        ("0.0.0.0/1,128.0.0.0/1", "these are half of all addresses, or more"),
        ("::ffff:0.0.0.0/97", "these are half of all addresses, or more"),
        ("10.0.0.0/8,2000::/3", "these are half of all addresses, or more"),
        ("::/8", "holds all addresses of IPv4"),
    ] {
        told_alone(EXAMPLE, &[("SERVER__TRUSTED_PROXIES", networks)], &[told]);
        told_alone(EXAMPLE, &[header, name, ("TENANTS__DEMO__TRUSTED_PROXIES", networks)], &[told]);
        let webhook = [
            ("TENANTS__DEMO__WEBHOOK_URL", "https://host.example/hook"),
            ("TENANTS__DEMO__WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("TENANTS__DEMO__WEBHOOK_PRIVATE_NETWORKS", networks),
        ];
        told_alone(EXAMPLE, &webhook, &[told]);
    }
    let variables =
        [PASSWORD, header, name, ("TENANTS__DEMO__TRUSTED_PROXIES", "::ffff:127.0.0.1,::ffff:10.1.2.0/120")];
    let config = Config::read(EXAMPLE, environment(&variables)).unwrap();
    let IdentitySource::Header(header) = &config.tenants[0].identity else { panic!("it is by header") };
    assert_eq!(header.peers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1/32", "10.1.2.0/24"]);
}

#[test]
fn what_would_do_nothing_is_not_called_right() {
    for header in
        ["Content-Length", "User-Agent", "Connection", "X-Forwarded-For", "X-BzCtrl-Widget", "Cookie", "Origin"]
    {
        let variables = [
            ("TENANTS__DEMO__IDENTITY", "header"),
            ("TENANTS__DEMO__IDENTITY_HEADER", header),
            ("TENANTS__DEMO__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        told_alone(EXAMPLE, &variables, &["IDENTITY_HEADER: expected a header that pages and browsers do not send"]);
    }
    let proxy = ("EGRESS__PROXY", "http://127.0.0.1:3128");
    for passed_by in ["*", "127.0.0.*", "127.0.0.1:8082", "127.0", "*localhost"] {
        told_alone(EXAMPLE, &[proxy, ("EGRESS__NO_PROXY", passed_by)], &["EGRESS__NO_PROXY: "]);
    }
    let form = "has a shell's short form in it";
    for path in ["~/x", "$HOME/x", "/srv/${NAME}/x"] {
        for setting in ["STORE__PATH", "WIDGET__FOLDER", "EGRESS__CA_FILE", "BZCTRL__PASSWORD_FILE", "SEAL__KEY_FILE"] {
            told_alone(EXAMPLE, &[(setting, path)], &[&format!("{setting}: {form}")]);
        }
    }
    for url in ["https://https://relay.example", "http://https://relay.example", "https:https://relay.example"] {
        told_alone(EXAMPLE, &[("SERVER__PUBLIC_URL", url)], &["PUBLIC_URL: begins twice: write https:// once"]);
        told_alone(EXAMPLE, &[("BZCTRL__TASK_ENDPOINT", url)], &["TASK_ENDPOINT: begins twice"]);
    }
    told_alone(
        EXAMPLE,
        &[("TENANTS__DEMO__ORIGINS", "https://https://a.example")],
        &["ORIGINS: \"https://https://a.example\": begins twice"],
    );
    for workspaces in ["[\"A-B, C-D\"]", "[\"EXA\"]"] {
        let text = with("[\"EXA-CON-BUS-WOR\"]", workspaces);
        told_alone(&text, &[], &["tenants.demo.workspaces (line 13): "]);
    }
}

#[test]
fn a_name_with_a_point_and_a_key_before_every_section_are_told_with_what_to_write() {
    let point = "(line 11): a point parts names: write a name of letters and digits, joined by single '-' or '_', such as example-com";
    told_alone(&with("[tenants.demo]", "[tenants.example.com]"), &[], &[&format!("tenants.example.com {point}")]);
    let both = with("[tenants.demo]", "[tenants.demo.se]\norigins = ['https://b.example']\n[tenants.demo]");
    told_alone(&both, &[], &[&format!("tenants.demo.se {point}")]);
    let account = "[accounts.big.se]\nenvironment = 'acc'\nusername = 'u'\n[tenants.demo]";
    told_alone(&with("[tenants.demo]", account), &[], &[&format!("accounts.big.se {point}")]);
    let text = with("[server]\nlisten = \"127.0.0.1:8081\"\n", "listen = \"127.0.0.1:8081\"\n[server]\n");
    told_alone(
        &text,
        &[],
        &[
            "listen (line 1): is in no section: write it below the one that it belongs to, such as [server]",
            "server.listen (line 2): is needed",
        ],
    );
    let raw = with("[tenants.demo]", "[\"\\u001b[2J\"]\n[tenants.demo]");
    let told = mistakes(&raw, &[PASSWORD]);
    assert!(told.len() == 1 && told[0].starts_with("\\u{1b}[2J (line 11): unknown section"), "{told:?}");
}

/// How long a configuration of so many tenants is read, each with an account of its own. The machine does other things too, so the
/// shortest of some counts.
fn reading(tenants: usize) -> std::time::Duration {
    let mut text = with("", "");
    for at in 0..tenants {
        text += &format!(
            "[accounts.a{at}]\nenvironment = 'acc'\nusername = 'u{at}'\n[tenants.t{at}]\norigins = ['https://t{at}.example']\n\
             workspaces = ['A-W']\nidentity = 'origin'\naccount = 'a{at}'\n"
        );
    }
    let password = (0..tenants).map(|at| (format!("{PREFIX}ACCOUNTS__A{at}__PASSWORD"), "x".to_owned()));
    let variables: Vec<_> = password.chain(environment(&[PASSWORD])).collect();
    let read = |_| {
        let (began, variables) = (std::time::Instant::now(), variables.clone());
        let config = Config::read(&text, variables).unwrap();
        assert_eq!((config.tenants.len(), config.accounts().len()), (tenants + 1, tenants + 1));
        began.elapsed()
    };
    (0..3).map(read).min().unwrap()
}

#[test]
fn four_times_as_many_tenants_and_accounts_take_some_four_times_as_long() {
    let (some, many) = (reading(300), reading(1_200));
    // Where each is compared with each other it is sixteen times.
    assert!(many < some * 9, "{some:?}, {many:?}");
}
