#![allow(clippy::unwrap_used, clippy::panic)]

mod accounts;
mod calls_right;
mod overlaps;
mod settings;
mod slips;

use super::*;

const EXAMPLE: &str = include_str!("../../relay.example.toml");

fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, value)| (format!("{PREFIX}{name}"), (*value).to_owned())).collect()
}

fn mistakes(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let mistakes = Config::read(text, environment(variables)).map(|_| ()).unwrap_err();
    mistakes.0.iter().map(ToString::to_string).collect()
}

const PASSWORD: (&str, &str) = ("BZCTRL__PASSWORD", "of the environment");

#[test]
fn the_example_is_right_and_says_what_the_sandbox_expects() {
    let config = Config::read(EXAMPLE, environment(&[PASSWORD])).unwrap();
    assert_eq!(config.server.listen, "127.0.0.1:8081".parse().unwrap());
    assert_eq!(config.tenants[0].account.environment.name, "demo");
    assert_eq!(config.tenants[0].origins.len(), 3);
    assert_eq!(config.tenants[0].mode, bzctrl_contract::Mode::Sealed);
    assert_eq!(include_str!("../../sandbox-password.txt").trim_end(), "sandbox-secret");
}

#[test]
fn the_environment_wins_over_the_file_in_every_section() {
    let config = Config::read(
        EXAMPLE,
        environment(&[
            PASSWORD,
            ("SERVER__LISTEN", "[::1]:9"),
            ("SEAL__TOKEN_LIFETIME_SECONDS", "60"),
            ("TENANTS__DEMO__ORIGINS", "https://a.example, https://b.example:8443"),
            ("TENANTS__SECOND__ORIGINS", "https://c.example"),
            ("TENANTS__SECOND__WORKSPACES", "A-B-C"),
            ("TENANTS__SECOND__IDENTITY", "origin"),
            ("TENANTS__SECOND__MODE", "token"),
        ]),
    )
    .unwrap();
    assert_eq!(config.server.listen, "[::1]:9".parse().unwrap());
    assert_eq!(config.seal.token_lifetime.as_secs(), 60);
    assert_eq!(config.tenants[0].account.password.expose(), PASSWORD.1);
    let origins = |at: usize| config.tenants[at].origins.iter().map(Origin::as_str).collect::<Vec<_>>();
    assert_eq!(origins(0), ["https://a.example", "https://b.example:8443"]);
    assert_eq!((origins(1), &*config.tenants[1].name), (vec!["https://c.example"], "second"));
}

#[test]
fn the_four_addresses_of_bzctrl_are_built_in() {
    let of = |environment: &str| {
        let text = format!(
            "[server]\nlisten = '127.0.0.1:1'\n[store]\npath = 's'\n[bzctrl]\nenvironment = '{environment}'\nusername = 'u'\n\
             [tenants.a]\norigins = ['https://a.example']\nworkspaces = ['A-W']\nidentity = 'origin'\n"
        );
        let environment =
            Config::read(&text, self::environment(&[PASSWORD])).unwrap().tenants[0].account.environment.clone();
        [environment.token_endpoint, environment.task_endpoint, environment.app_url].map(String::from)
    };
    assert_eq!(
        of("acc"),
        [
            "https://acc.bzctrl.com/bzctrl-core-api/oauth/token",
            "https://acc.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
            "https://acc.bzctrl.com/app/"
        ]
    );
    // Two hosts: a redirect between them would drop the token.
    assert_eq!(
        of("prod"),
        [
            "https://bzctrl.com/bzctrl-core-api/oauth/token",
            "https://www.bzctrl.com/bzctrl-core-api/api/v1/task/add-task",
            "https://www.bzctrl.com/app/"
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    let text = r#"
[server]
listen = "localhost"
public_url = "ftp://relay.example"
port = 8081
[log]
format = "loud"
[seal]
token_lifetime_seconds = "300"
[bzctrl]
environment = "prod"
task_endpoint = "https://elsewhere.example/"
username = "relay@example.com"
password = "hunter2"
[tenants.one]
origins = ["https://Host.example/", "https://a.example"]
workspaces = []
identity = "none"
[tenants.two]
origins = ["https://b.example", "*"]
workspaces = ["EXA-CON-BUS-WOR"]
identity = "origin"
[tenants.xyz]
origins = ["https://b.example"]
workspaces = ["EXA-CON-BUS-WOR"]
identity = "origin"
[metrics]
listen = "127.0.0.1:1"
"#;
    let told = mistakes(text, &[("SERVER__LISTEM", "127.0.0.1:1"), ("TENANTS__TWO__MODE", "open")]);
    let expected = [
        "server.listen (line 3): expected an IP address and a port",
        "server.public_url (line 4): expected an http or https address",
        "server.port (line 5): unknown key; known are health_listen, listen, public_url, seconds_before_end",
        "log.format (line 7): expected auto, text or json",
        "seal.token_lifetime_seconds (line 9): expected a whole number from 10 to 3600",
        "bzctrl.environment (line 11): prod's name and addresses are built in",
        "bzctrl.password (line 14): a secret does not stand in this file: set password_file, or BZCTRL_RELAY__BZCTRL__PASSWORD",
        "tenants.one.origins (line 16): \"https://Host.example/\": browsers write this origin as https://host.example",
        "tenants.one.identity (line 18): expected assertion",
        "tenants.two.origins (line 20): \"*\": expected an origin such as",
        "tenants.xyz.origins (line 24): \"https://b.example\": tenant two has this origin too",
        "metrics (line 27): unknown section",
        "store.path: is needed",
        "tenants.one.workspaces (line 17): is needed, and nothing is in it",
        "BZCTRL_RELAY__TENANTS__TWO__MODE: expected sealed or token",
        "BZCTRL_RELAY__SERVER__LISTEM: no setting has this name",
    ];
    for expected in expected {
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected}\nis not among\n{}", told.join("\n"));
    }
    assert_eq!(told.len(), expected.len(), "{}", told.join("\n"));
    assert!(!told.join("").contains("hunter2"));
}

#[test]
fn a_workspace_is_one_that_a_todo_can_name() {
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let with = |workspace: &str| {
        let of_a = "[tenants.a]\norigins = ['https://a.example']\nidentity = 'origin'\nworkspaces = ";
        [before, of_a, "['", workspace, "']\n"].concat()
    };
    Config::read(&with("EXA-CON-BUS-WOR"), environment(&[PASSWORD])).unwrap();
    for odd in [
        "EXA-CON-BUS-WOR\u{200b}",
        "\u{feff}EXA-B",
        " EXA-B",
        "",
        &"W-".repeat(51),
        "EXA",
        "-EXA",
        "EXA-",
        "A-B, C-D",
        "A-B,C-D",
    ] {
        let told = mistakes(&with(odd), &[PASSWORD]);
        assert!(told.len() == 1 && told[0].starts_with("tenants.a.workspaces (line "), "{odd:?}: {told:?}");
    }
}

#[test]
fn an_environment_that_there_is_not_is_told_once() {
    let told = mistakes(&EXAMPLE.replace("\"custom\"", "\"test\""), &[PASSWORD]);
    assert!(told.len() == 1 && told[0].contains("expected acc, prod or custom"), "{told:?}");
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_lines() {
    let told = mistakes("[server]\nlisten = 127.0.0.1:8081\n[store\n", &[]);
    assert!(told.iter().any(|told| told.starts_with("line 2: ")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("line 3: ")), "{told:?}");
}

#[test]
fn a_secret_comes_from_a_file_that_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "first\n").unwrap();
    let text = EXAMPLE.replace("crates/relay/sandbox-password.txt", file.to_str().unwrap());
    let password = Config::read(&text, []).unwrap().tenants[0].account.password.clone();
    assert_eq!(password.expose(), "first");
    std::fs::write(&file, "second").unwrap();
    assert_eq!((password.expose(), password.now().expose()), ("first", "second"));
    assert!(!format!("{password:?}").contains("first"));

    std::fs::remove_file(&file).unwrap();
    let told = mistakes(&text, &[]);
    assert!(
        told.len() == 1 && told[0].starts_with("bzctrl.password_file (line ") && told[0].contains("cannot be read"),
        "{told:?}"
    );
}

#[test]
fn a_sealing_key_is_taken_only_in_its_form() {
    let told = mistakes(EXAMPLE, &[PASSWORD, ("SEAL__KEY", "secret-but-wrong")]);
    assert!(
        told.len() == 1 && told[0].starts_with("BZCTRL_RELAY__SEAL__KEY: expected a key of the form k4.local."),
        "{told:?}"
    );
}

#[test]
fn a_tenants_name_is_plain_so_that_no_two_are_the_same() {
    let tenant = |name: &str, host: &str| {
        format!("[tenants.{name}]\norigins = ['https://{host}']\nworkspaces = ['A-W']\nidentity = 'origin'\n")
    };
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let told = |first: &str, second: &str| {
        mistakes(&format!("{before}{}{}", tenant(first, "a.example"), tenant(second, "b.example")), &[PASSWORD])
    };
    let domains = told("'acme.com'", "'globex.com'");
    assert!(domains.len() == 2 && domains[0].starts_with("tenants.acme.com (line "), "{domains:?}");
    assert!(domains.iter().all(|told| told.contains("expected a name of letters and digits")), "{domains:?}");
    for odd in ["'a b'", "''", "a__b", "_a", "a-", "'é'"] {
        assert_eq!(told(odd, "fine").len(), 1, "{odd}");
    }
    for same in ["a_b", "A-B", "A_B"] {
        let told = told("a-b", same);
        assert!(told.len() == 1 && told[0].contains("the same as"), "{told:?}");
    }
    // In the environment such a name is none at all.
    let told = mistakes(EXAMPLE, &[PASSWORD, ("TENANTS__ACME.COM__ORIGINS", "https://a.example")]);
    assert_eq!(told, ["BZCTRL_RELAY__TENANTS__ACME.COM__ORIGINS: no setting has this name"]);
}

#[test]
fn an_empty_value_is_told_instead_of_taken() {
    let told = mistakes(EXAMPLE, &[("BZCTRL__PASSWORD", "")]);
    assert!(told.len() == 1 && told[0].starts_with("BZCTRL_RELAY__BZCTRL__PASSWORD: is empty"), "{told:?}");
    for (setting, variable) in [
        ("path = \"target/relay/relay.sqlite\"", "STORE__PATH"),
        ("folder = \"target/widget\"", "WIDGET__FOLDER"),
        ("username = \"relay@example.com\"", "BZCTRL__USERNAME"),
    ] {
        let (key, _) = setting.split_once(" = ").unwrap();
        let told = mistakes(&EXAMPLE.replace(setting, &format!("{key} = ' '")), &[PASSWORD]);
        assert!(told.len() == 1 && told[0].contains(&format!(".{key} (line ")), "{told:?}");
        let told = mistakes(EXAMPLE, &[PASSWORD, (variable, "")]);
        assert!(told.len() == 1 && told[0].starts_with(&format!("{PREFIX}{variable}: is empty")), "{told:?}");
    }
}

#[test]
fn a_secrets_file_that_is_being_written_keeps_the_secret_that_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "first").unwrap();
    let text = EXAMPLE.replace("crates/relay/sandbox-password.txt", file.to_str().unwrap());
    let password = Config::read(&text, []).unwrap().tenants[0].account.password.clone();
    for empty in ["", "\n"] {
        std::fs::write(&file, empty).unwrap();
        assert_eq!(password.now().expose(), "first");
    }
}

#[test]
fn every_mistake_with_a_users_identity_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("keys_file = '{}'", path.display())
    };
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let key = |more: &str| format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"{more}}}]}}"#);
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let (right, private) = (file("right.jwks", &key("")), file("private.jwks", &key(r#","d":"AAAA""#)));
    let (in_pem, enciphers) = (file("right.pem", &pem.repeat(2)), file("enc.jwks", &key(r#","use":"enc""#)));
    let shared = file("oct.jwks", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#);
    let private_pem = file("private.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let (odd, empty) = (file("odd.pem", "-----BEGIN PUBLIC KEY-----"), file("empty.jwks", ""));
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let tenant = |identity: &str| {
        format!("{before}[tenants.a]\norigins = ['https://a.example']\nworkspaces = ['A-W']\n{identity}\n")
    };
    let assertion = |more: &str| tenant(&format!("identity = 'assertion'\nissuer = 'https://a.example'\n{more}"));
    let header = |more: &str| tenant(&format!("identity = 'header'\n{more}"));
    for right in [
        assertion(&right),
        assertion(&in_pem),
        assertion("jwks_url = 'https://a.example/jwks'\nassignee = 'any'\nnot_before = '2026-01-01T00:00:00Z'"),
        assertion("jwks_url = 'http://127.0.0.1:8085/jwks'"),
        header("identity_header = 'X-Forwarded-Email'\ntrusted_proxies = ['10.0.0.0/8', '::1', '127.0.0.1']"),
    ] {
        Config::read(&right, environment(&[PASSWORD])).unwrap();
    }
    for (text, place, says) in [
        (assertion(""), "jwks_url", "is needed, or keys_file"),
        (assertion(&format!("{right}\njwks_url = 'https://a.example/'")), "keys_file", "beside jwks_url"),
        (assertion("keys_file = '/nowhere/at/all'"), "keys_file", "cannot be read"),
        (assertion(&private), "keys_file", "holds a private"),
        (assertion(&private_pem), "keys_file", "holds a private"),
        (assertion(&shared), "keys_file", "private or shared"),
        (assertion(&enciphers), "keys_file", "has no key for signatures"),
        (assertion(&odd), "keys_file", "expected public keys"),
        (assertion(&empty), "keys_file", "expected public keys"),
        (assertion("jwks_url = 'http://a.example/jwks'"), "jwks_url", "expected an https address"),
        (assertion("jwks_url = 'https://u:p@a.example/jwks'"), "jwks_url", "without user info"),
        (tenant(&format!("identity = 'assertion'\n{right}")), "issuer", "is needed"),
        (
            assertion(&format!("{right}\nidentity_header = 'X-E'")),
            "identity_header",
            "belongs to identity = \"header\"",
        ),
        (assertion(&format!("{right}\nassignee = 'all'")), "assignee", "expected reporter"),
        (assertion(&format!("{right}\nnot_before = 'yesterday'")), "not_before", "expected an instant"),
        (assertion(&format!("{right}\nnot_before = '2126-01-01T00:00:00Z'")), "not_before", "is in the future"),
        (tenant("identity = 'origin'\nissuer = 'x'"), "issuer", "belongs to identity = \"assertion\""),
        (tenant("identity = 'origin'\nassignee = 'any'"), "assignee", "belongs to verified users"),
        (header("trusted_proxies = ['10.0.0.1']"), "identity_header", "is needed"),
        (header("identity_header = 'X-E'"), "trusted_proxies", "is needed"),
        (header("identity_header = 'X_E'\ntrusted_proxies = ['10.0.0.1']"), "identity_header", "without '_'"),
        (header("identity_header = 'X E'\ntrusted_proxies = ['10.0.0.1']"), "identity_header", "the name of a header"),
        (header("identity_header = 'Cookie'\ntrusted_proxies = ['10.0.0.1']"), "identity_header", "do not send"),
        (
            header("identity_header = 'X-E'\ntrusted_proxies = ['10.0.0.1', 'proxy']"),
            "trusted_proxies",
            "\"proxy\": expected",
        ),
        (
            header("identity_header = 'X-E'\ntrusted_proxies = ['10.0.0.1', '0.0.0.0/0']"),
            "trusted_proxies",
            "everybody",
        ),
    ] {
        let told = mistakes(&text, &[PASSWORD]);
        assert!(told.len() == 1 && told[0].starts_with(&format!("tenants.a.{place}")), "{place}, {says}: {told:?}");
        assert!(told[0].contains(says), "{says}: {told:?}");
    }
    let told = mistakes(&assertion(&right), &[PASSWORD, ("SERVER__LISTEN", "0.0.0.0:8081")]);
    assert!(told.len() == 1 && told[0].starts_with("server.public_url (line 11): is needed"), "{told:?}");
}

#[test]
fn an_origin_is_shared_where_the_assertions_issuers_differ_and_nowhere_else() {
    let (before, _) = EXAMPLE.split_once("[tenants.demo]").unwrap();
    let tenant = |name: &str, identity: &str| {
        format!("[tenants.{name}]\norigins = ['https://a.example']\nworkspaces = ['A-W']\n{identity}\n")
    };
    let by = |issuer: &str| format!("identity = 'assertion'\nissuer = '{issuer}'\njwks_url = 'https://{issuer}/jwks'");
    let told = |first: &str, second: &str| {
        let text = [before, &tenant("one", first), &tenant("two", second)].concat();
        Config::read(&text, environment(&[PASSWORD])).map(|_| ()).map_err(|mistakes| mistakes.to_string())
    };
    told(&by("x"), &by("y")).unwrap();
    for (first, second) in [
        (by("x"), by("x")),
        (by("x"), "identity = 'origin'".to_owned()),
        ("identity = 'origin'".to_owned(), by("x")),
        (by("x"), "identity = 'header'\nidentity_header = 'X-E'\ntrusted_proxies = ['10.0.0.1']".to_owned()),
    ] {
        assert!(told(&first, &second).unwrap_err().contains("has this origin too"), "{first} {second}");
    }
}

const WEBHOOK: &str = "webhook_url = 'https://host.example/hooks'\nwebhook_secret_file = '/nowhere'\n";

#[test]
fn a_webhooks_address_is_https_or_on_a_listed_network_and_its_secret_is_the_standards() {
    let secret = ("TENANTS__DEMO__WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let told = |settings: &str, secret: (&str, &str)| {
        let text = EXAMPLE.replace("[tenants.demo]", &format!("[tenants.demo]\n{settings}"));
        match Config::read(&text, environment(&[PASSWORD, secret])) {
            Ok(config) => {
                assert!(config.tenants[0].webhook.is_some());
                String::new()
            }
            Err(mistakes) => mistakes.to_string(),
        }
    };
    let listed = |url: &str, networks: &str| format!("webhook_url = '{url}'\nwebhook_private_networks = [{networks}]");
    for right in [
        listed("https://host.example/hooks", ""),
        listed("http://host.example/hooks", "'10.1.2.0/24'"),
        listed("http://10.1.2.3:8080/", "'10.1.2.3'"),
        listed("https://[fd00::1]/", "'fd00::/8'"),
        listed("https://1.1.1.1/", ""),
    ] {
        assert_eq!(told(&right, secret), "", "{right}");
    }
    for (wrong, says) in [
        (listed("http://host.example/hooks", ""), "expected an https address"),
        (listed("https://127.0.0.1/", ""), "127.0.0.1 is no public address"),
        (listed("https://[::ffff:10.0.0.1]/", ""), "is no public address"),
        (listed("http://1.1.1.1/", "'10.0.0.0/8'"), "1.1.1.1 is no public address"),
        (listed("https://host.example/", "'0.0.0.0/0'"), "this is everybody"),
        (listed("https://user:pw@host.example/", ""), "without user info"),
        (listed("ftp://host.example/", ""), "http or https"),
        ("webhook_private_networks = ['10.0.0.0/8']".to_owned(), "is set without webhook_url"),
    ] {
        assert!(told(&wrong, secret).contains(says), "{wrong}: {}", told(&wrong, secret));
    }
    assert!(told(WEBHOOK, ("LOG__FILTER", "info")).contains("/nowhere cannot be read"));
    assert!(told("webhook_url = 'https://host.example/'", ("LOG__FILTER", "info")).contains("webhook_secret (line "));
    for bad in ["hunter2-hunter2", "whsec_c2hvcnQ=", "whsec_???", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        let told = told("webhook_url = 'https://host.example/'", (secret.0, bad));
        assert!(told.contains("openssl rand") && !told.contains(bad), "{told}");
    }
    let token = EXAMPLE.replace("mode = \"sealed\"", "mode = \"token\"\nwebhook_url = 'https://host.example/'");
    assert!(mistakes(&token, &[PASSWORD, secret]).concat().contains("in token mode the relay does not see the todos"));
}
