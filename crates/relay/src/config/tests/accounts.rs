//! Accounts at BzCtrl by name: who has which, and what is told of a wrong one.

use super::*;

const SMALL: &str = "[server]\nlisten = '127.0.0.1:8081'\n[store]\npath = 's'\n";

fn account(section: &str, environment: &str, username: &str) -> String {
    format!("[{section}]\nenvironment = '{environment}'\nusername = '{username}'\n")
}

fn tenant(name: &str, account: &str) -> String {
    let account = if account.is_empty() { String::new() } else { format!("account = '{account}'\n") };
    format!(
        "[tenants.{name}]\norigins = ['https://{name}.example']\nworkspaces = ['A-W']\nidentity = 'origin'\n{account}"
    )
}

const PASSWORDS: [(&str, &str); 3] =
    [PASSWORD, ("ACCOUNTS__BIG__PASSWORD", "of big"), ("ACCOUNTS__TEST_2__PASSWORD", "of test-2")];

fn read(parts: &[String], variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(&(SMALL.to_owned() + &parts.concat()), environment(variables))
}

#[track_caller]
fn told(parts: &[String], variables: &[(&str, &str)], expected: &[&str]) {
    let told = read(parts, variables).map(|_| ()).unwrap_err().0;
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{expected}\nis not\n{told}");
    }
}

#[test]
fn a_tenant_has_the_account_that_it_names_or_else_that_of_the_section_bzctrl() {
    let parts = [
        account("bzctrl", "prod", "u"),
        account("accounts.big", "acc", "u"),
        account("accounts.test-2", "acc", "v"),
        tenant("a", ""),
        tenant("b", "big"),
        tenant("c", "test-2"),
        tenant("d", "big"),
    ];
    let config = read(&parts, &PASSWORDS).unwrap();
    let of = |at: usize| {
        let account = &config.tenants[at].account;
        (&*account.name, &*account.environment.name, account.password.expose())
    };
    assert_eq!(of(0), ("default", "prod", PASSWORD.1));
    assert_eq!(of(1), ("big", "acc", "of big"));
    assert_eq!(of(2), ("test-2", "acc", "of test-2"));
    assert_eq!(of(3), of(1));
    assert_eq!(config.accounts().len(), 3);
}

#[test]
fn the_environment_alone_may_say_it_all() {
    let variables = [
        ("ACCOUNTS__BIG__ENVIRONMENT", "acc"),
        ("ACCOUNTS__BIG__USERNAME", "u"),
        ("ACCOUNTS__BIG__PASSWORD", "of big"),
        ("ACCOUNTS__BIG__EGRESS__PROXY", "http://proxy.example:3128"),
        ("TENANTS__A__ACCOUNT", "big"),
    ];
    let config = read(&[tenant("a", "")], &variables).unwrap();
    let account = &config.tenants[0].account;
    assert_eq!((&*account.name, account.egress.is_some()), ("big", true));
    assert!(config.egress.proxy.is_none(), "its way out is its own");
}

#[test]
fn no_section_bzctrl_is_needed_where_every_tenant_names_its_account() {
    let big = account("accounts.big", "acc", "u");
    read(&[big.clone(), tenant("a", "big")], &PASSWORDS[1..2]).unwrap();
    told(
        &[big, tenant("a", "big"), tenant("b", "")],
        &PASSWORDS[1..2],
        &["bzctrl.environment: is needed", "bzctrl.username: is needed", "bzctrl.password: is needed"],
    );
}

#[test]
fn what_is_wrong_with_an_account_is_told_with_its_place() {
    let [big, default] = [account("accounts.big", "acc", "u"), account("bzctrl", "acc", "v")];
    let [no_such, a] = [tenant("b", "bog"), tenant("a", "big")];
    told(
        &[default.clone(), big.clone(), a.clone(), no_such],
        &PASSWORDS[..2],
        &["tenants.b.account (line 20): there is no account bog; known are default, big"],
    );
    told(
        &[big.clone(), a.clone()],
        &[],
        &["accounts.big.password (line 5): is needed: set password_file, or BZCTRL_RELAY__ACCOUNTS__BIG__PASSWORD"],
    );
    told(
        &[default.replace("'v'", "'u'"), big.clone(), a.clone()],
        &PASSWORDS[..2],
        &[
            "accounts.big.username (line 10): account default is the same at BzCtrl: bzctrl.username (line 7); let its tenants share it",
        ],
    );
    // Forgotten in its tenant's section, which would have another one.
    told(
        &[default.clone(), big.clone(), tenant("b", "")],
        &PASSWORDS[..2],
        &["accounts.big (line 8): no tenant has this account: write account = \"big\" into its section"],
    );
    // Where a file cannot be read to its end its tenant may stand there.
    told(&[default.clone(), big.clone(), "[tenants.b\n".to_owned()], &PASSWORDS[..2], &["line 11: "]);
    // In another environment it is another one.
    read(&[account("bzctrl", "prod", "u"), big.clone(), a.clone()], &PASSWORDS[..2]).unwrap();
    told(
        &[account("accounts.default", "acc", "u"), tenant("a", "")],
        &[("ACCOUNTS__DEFAULT__PASSWORD", "x")],
        &["accounts.default (line 5): default is the account of [bzctrl]"],
    );
    told(
        &[big.clone(), "proxy = 'x'\n".to_owned(), "egress = 7\n".to_owned(), a.clone()],
        &PASSWORDS[1..2],
        &[
            "accounts.big.proxy (line 8): unknown key",
            "accounts.big.egress (line 9): expected a section [accounts.big.egress]",
        ],
    );
    told(
        &[big, "[accounts.big.egress]\nprocsy = 'x'\n".to_owned(), a],
        &PASSWORDS[1..2],
        &["accounts.big.egress.procsy (line 9): unknown key"],
    );
}
