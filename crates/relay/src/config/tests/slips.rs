//! One slip is one line, at its own place: what only follows from it is not told beside it.

use std::path::Path;

use super::*;

/// Numbered: `[bzctrl]` is line 5, `[accounts.acme]` 8, `[tenants.demo]` 12.
const FILE: &str = "[server]\nlisten = '127.0.0.1:8081'\n[store]\npath = 's'\n\
    [bzctrl]\nenvironment = 'acc'\nusername = 'u'\n\
    [accounts.acme]\nenvironment = 'prod'\nusername = 'acme'\n\n\
    [tenants.demo]\norigins = ['https://a.example']\nworkspaces = ['A-W']\nidentity = 'origin'\n\
    [tenants.other]\norigins = ['https://b.example']\nworkspaces = ['A-W']\nidentity = 'origin'\naccount = 'acme'\n";
const ACME: (&str, &str) = ("ACCOUNTS__ACME__PASSWORD", "of acme");

#[track_caller]
fn told(text: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let told = match Config::read(text, environment(variables)) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.0.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{expected}\nis not\n{told}");
    }
}

fn with(before: &str, after: &str) -> String {
    assert!(FILE.contains(before), "{before}");
    FILE.replacen(before, after, 1)
}

#[test]
fn a_name_that_is_mistyped_in_the_environment_is_told_by_its_variables() {
    told(FILE, &[PASSWORD, ACME], &[]);
    told(
        FILE,
        &[PASSWORD, ("ACCOUNTS__ACEM__PASSWORD", "x")],
        &[
            "accounts.acme.password (line 8): is needed",
            "BZCTRL_RELAY__ACCOUNTS__ACEM__PASSWORD: there is no section accounts.acem in the file, but accounts.acme; in the \
             environment alone it would need environment, username too",
        ],
    );
    let both = ["ACCOUNTS__ACEM__PASSWORD", "ACCOUNTS__ACEM__USERNAME"].map(|name| (name, "acme"));
    told(
        FILE,
        &[&[PASSWORD, ACME], &both[..]].concat(),
        &[
            "BZCTRL_RELAY__ACCOUNTS__ACEM__PASSWORD, BZCTRL_RELAY__ACCOUNTS__ACEM__USERNAME: there is no section accounts.acem in the file, but accounts.acme; in the environment alone it would need environment too",
        ],
    );
    for (name, value) in [
        ("TENANTS__DEOM__ORIGINS", "https://a.example"),
        ("TENANTS__DEOM__MODE", "token"),
        ("TENANTS__DEOM__WEBHOOK_SECRET", "whsec_x"),
        ("TENANTS__DEOM__ACCOUNT", "nobodys"),
    ] {
        let expected = format!(
            "BZCTRL_RELAY__{name}: there is no section tenants.deom in the file, but tenants.demo, tenants.other; in the "
        );
        told(FILE, &[PASSWORD, ACME, (name, value)], &[&expected]);
    }
    // Its tenant may have had the account.
    let unused = with("account = 'acme'", "");
    told(
        &unused,
        &[PASSWORD, ACME, ("TENANTS__OHTER__ACCOUNT", "acme")],
        &["BZCTRL_RELAY__TENANTS__OHTER__ACCOUNT: there is"],
    );
    // What is all there is no slip, and what it lacks beside is told by the variable that it would stand in.
    let whole =
        [("ACCOUNTS__NEW__ENVIRONMENT", "prod"), ("ACCOUNTS__NEW__USERNAME", "n"), ("TENANTS__OTHER__ACCOUNT", "new")];
    told(
        FILE,
        &[&[PASSWORD, ACME], &whole[..]].concat(),
        &["accounts.acme (line 8): no tenant has this account", "BZCTRL_RELAY__ACCOUNTS__NEW__PASSWORD: is needed"],
    );
    let whole = [whole[0], whole[1], ("ACCOUNTS__NEW__PASSWORD", "x")];
    told(
        FILE,
        &[&[PASSWORD, ACME], &whole[..]].concat(),
        &[
            "BZCTRL_RELAY__ACCOUNTS__NEW__ENVIRONMENT, BZCTRL_RELAY__ACCOUNTS__NEW__PASSWORD, BZCTRL_RELAY__ACCOUNTS__NEW__USERNAME: no tenant",
        ],
    );
    let alone = "[server]\nlisten = '127.0.0.1:8081'\n[store]\npath = 's'\n".to_owned() + &tenant_of("demo", "");
    told(&alone, &[PASSWORD, ("BZCTRL__USERNAME", "u")], &["BZCTRL_RELAY__BZCTRL__ENVIRONMENT: is needed"]);
}

fn tenant_of(name: &str, more: &str) -> String {
    format!("[tenants.{name}]\norigins = ['https://c.example']\nworkspaces = ['A-W']\nidentity = 'origin'\n{more}\n")
}

#[test]
fn what_only_follows_from_a_mistake_is_not_told_beside_it() {
    let only = |text: &str, expected: &str| told(text, &[PASSWORD, ACME], &[expected]);
    let http = "account = 'acme'\nwebhook_url = 'http://10.1.2.3/'\nwebhook_secret_file = '/dev/null'\nwebhook_private_networks = ";
    let secret = ("TENANTS__OTHER__WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for networks in ["['10.1.2.0/33']", "['ten']", "'10.1.2.0/24'", "['0.0.0.0/0']", "['10.9.0.0/16', 'x']"] {
        let text = with("account = 'acme'", &format!("{http}{networks}"));
        told(&text, &[PASSWORD, ACME, secret], &["tenants.other.webhook_private_networks (line 23): "]);
    }
    for (file, says) in
        [("''", "is empty"), ("' '", "is empty"), ("7", "expected a text"), ("'/nowhere'", "/nowhere cannot be read")]
    {
        let text = with("username = 'u'", &format!("username = 'u'\npassword_file = {file}"));
        told(&text, &[ACME], &[&format!("bzctrl.password_file (line 8): {says}")]);
    }
    told(FILE, &[ACME, ("BZCTRL__PASSWORD_FILE", "")], &["BZCTRL_RELAY__BZCTRL__PASSWORD_FILE: is empty"]);
    for name in ["default", "Default", "DEFAULT"] {
        let text = with("[accounts.acme]", &format!("[accounts.{name}]"));
        let expected = format!("accounts.{name} (line 8): default is the account of [bzctrl]: choose another name");
        told(&text.replacen("account = 'acme'", "", 1), &[PASSWORD], &[&expected]);
        told(&text.replacen("account = 'acme'", &format!("account = '{name}'"), 1), &[PASSWORD], &[&expected]);
        // Also where it was meant for [bzctrl], and even where it has no right setting.
        let instead = FILE.replacen("[bzctrl]", &format!("[accounts.{name}]"), 1).replacen("'acc'", "7", 1);
        told(&instead, &[ACME], &[&format!("accounts.{name} (line 5): default is")]);
    }
    // Who is in what is no section may have been anybody.
    only(
        &with("[accounts.acme]\nenvironment = 'prod'\nusername = 'acme'", "[accounts]\nacme = 'prod'\n"),
        "accounts.acme (line 9): expected a section",
    );
    only(
        &("accounts = 7\n".to_owned() + &with("[accounts.acme]\nenvironment = 'prod'\nusername = 'acme'", "")),
        "accounts (line 1): expected a section",
    );
    let no_tenant = FILE.split("[tenants.other]").next().unwrap().to_owned() + "[tenants]\nother = 7\n";
    only(&no_tenant, "tenants.other (line 17): expected a section");
    let none = FILE.split("[tenants.demo]").next().unwrap().replacen(
        "[accounts.acme]\nenvironment = 'prod'\nusername = 'acme'",
        "",
        1,
    );
    told(&format!("{none}[tenants]\nother = 7\n"), &[PASSWORD], &["tenants.other (line 11): expected a section"]);
    // Keys under a name that cannot be read are nobody's.
    for name in ["[accounts.acme", "accounts.acme]", "[accounts acme]", "[bzctrl]"] {
        only(&with("[accounts.acme]", name), "line 8: ");
        only(&with("[accounts.acme]", name).replacen("'prod'", "'none'", 1), "line 8: ");
        let both = with("[accounts.acme]", name).replacen("'origin'", "'none'", 1);
        told(&both, &[PASSWORD, ACME], &["line 8: ", "tenants.demo.identity (line 15): expected"]);
    }
    told(&with("username = 'u'", ""), &[PASSWORD, ACME], &["bzctrl.username (line 5): is needed"]);
    let egress = |more: &str| format!("{FILE}[egress]\nproxy = 'http://p.example:3128'\n{more}\n");
    told(
        &egress(""),
        &[PASSWORD, ACME, ("EGRESS__PROXY_PASSWORD", "x")],
        &["BZCTRL_RELAY__EGRESS__PROXY_PASSWORD: name and password are set together"],
    );
    only(
        &egress("proxy_username = 'x'\nproxy_password_file = '/nowhere'"),
        "egress.proxy_password_file (line 24): /nowhere cannot be read",
    );
}

#[test]
fn an_address_without_its_beginning_and_a_key_that_is_none_are_told_with_what_to_write() {
    told(
        &with("listen =", "public_url = 'relay.example.com'\nlisten ="),
        &[PASSWORD, ACME],
        &["server.public_url (line 2): expected an http or https address: write https:// before it"],
    );
    let key = with("username = 'u'", "username = 'u'\nuser_agent = 'x'");
    let known = "app_url, egress, environment, name, password_file, task_endpoint, token_endpoint, username";
    told(&key, &[PASSWORD, ACME], &[&format!("bzctrl.user_agent (line 8): unknown key; known are {known}")]);
}

#[test]
fn a_slip_in_a_name_of_the_file_is_told_with_what_is_meant_and_nothing_is_missing_for_it() {
    for (name, slip, expected) in [
        ("[server]", "[sever]", "sever (line 1): unknown section: server is meant"),
        ("[store]", "[sore]", "sore (line 3): unknown section: store is meant"),
        ("[bzctrl]", "[bzctl]", "bzctl (line 5): unknown section: bzctrl is meant"),
        ("[accounts.acme]", "[account.acme]", "account (line 8): unknown section: accounts is meant"),
        ("path = 's'", "paht = 's'", "store.paht (line 4): unknown key: path is meant"),
        ("listen =", "lisen =", "server.lisen (line 2): unknown key: listen is meant"),
        ("username = 'u'", "user_name = 'u'", "bzctrl.user_name (line 7): unknown key: username is meant"),
        ("environment = 'acc'", "enviroment = 'acc'", "bzctrl.enviroment (line 6): unknown key: environment is meant"),
        ("origins =", "orgins =", "tenants.demo.orgins (line 13): unknown key: origins is meant"),
        ("workspaces =", "workspace =", "tenants.demo.workspace (line 14): unknown key: workspaces is meant"),
        ("identity =", "identiy =", "tenants.demo.identiy (line 15): unknown key: identity is meant"),
    ] {
        let mistakes = mistakes(&with(name, slip), &[PASSWORD, ACME]);
        assert_eq!(mistakes, [expected], "{slip}");
    }
    let tenants = FILE.replace("[tenants.", "[tenant.");
    told(&tenants, &[PASSWORD, ACME], &["tenant (line 12): unknown section: tenants is meant"]);
    let file = with("username = 'u'", "username = 'u'\npasword_file = '/nowhere'");
    told(&file, &[ACME], &["bzctrl.pasword_file (line 8): unknown key: password_file is meant"]);
    // What is there is no slip in what is not.
    let text = with("username = 'u'", "username = 'u'\nfoo = 7").replacen("path = 's'", "", 1);
    told(&text, &[PASSWORD, ACME], &["store.path (line 3): is needed", "bzctrl.foo (line 8): unknown key; known are"]);
}

#[test]
fn a_secret_is_one_line_to_the_letter() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let text = with("username = 'u'", &format!("username = 'u'\npassword_file = '{}'", file.display()));
    let read = |secret: &[u8]| {
        std::fs::write(&file, secret).unwrap();
        Config::read(&text, environment(&[ACME]))
    };
    let of = |config: Config| config.tenants[0].account.password.expose().to_owned();
    for (written, taken) in [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("secret\r\n", "secret"),
        ("se cret = \"#'$\n\n", "se cret = \"#'$"),
        ("pässword", "pässword"),
    ] {
        assert_eq!(of(read(written.as_bytes()).unwrap()), taken);
    }
    for (written, says) in [
        (&b"secret\nsecond\n"[..], "has more than one line"),
        (b"\nsecret", "has more than one line"),
        (b"sec\rret", "has more than one line"),
        (b"\xef\xbb\xbfsecret", "has U+FEFF in it"),
        (b" secret", "begins with a space"),
        (b"secret ", "ends with a space"),
        (b"secret\t\n", "ends with a tab"),
        (b"secret\xc2\xa0", "ends with U+00A0"),
        (b"sec\0ret", "has U+0000 in it"),
        (b"sec\x1bret", "has U+001B in it"),
    ] {
        let told = read(written).unwrap_err().to_string();
        let expected = format!("bzctrl.password_file (line 8): {} {says}", file.display());
        assert!(told.starts_with(&expected) && told.ends_with(": a secret is one line, taken to the letter"), "{told}");
        assert!(told.lines().count() == 1 && !told.contains("ret\""), "{told}");
    }
    // What stands beside it in the wrong place hides nothing of it.
    std::fs::write(&file, "two\nlines").unwrap();
    let beside = text.replacen("password_file", "password = 'hunter2'\npassword_file", 1);
    told(
        &beside,
        &[ACME],
        &["bzctrl.password (line 8): a secret does not stand in this file", "bzctrl.password_file (line 9): "],
    );
    let utf_16: Vec<u8> = "secret".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(&[&[0xff, 0xfe][..], &utf_16].concat()).unwrap_err().to_string().contains("it is not UTF-8"));
    for (value, says) in [
        (" x", "begins with a space"),
        ("x\ny", "has more than one line"),
        ("x\n", "has more than one line"),
        (" ", "begins with a space"),
    ] {
        let expected = format!("BZCTRL_RELAY__BZCTRL__PASSWORD: its value {says}");
        told(FILE, &[ACME, ("BZCTRL__PASSWORD", value)], &[&expected]);
    }
    // While the relay runs a file that is no secret's leaves it with the one that it has.
    let password = read(b"secret").unwrap().tenants[0].account.password.clone();
    for odd in ["", "two\nlines", " secret"] {
        std::fs::write(&file, odd).unwrap();
        assert_eq!(password.now().expose(), "secret");
    }
    std::fs::write(&file, "new").unwrap();
    assert_eq!(password.now().expose(), "new");
}

#[test]
fn a_store_is_at_the_path_of_a_file() {
    for (path, says) in [
        (":memory:", "expected the path of a file"),
        ("file:x?mode=memory", "expected the path of a file"),
        ("file:/var/lib/relay.sqlite", "expected the path of a file"),
        ("dir/", "is a folder's: name a file in it, such as dir/relay.sqlite"),
        ("/var/lib/relay//", "is a folder's"),
        (".", "is a folder's"),
        ("..", "is a folder's"),
        ("/", "is a folder's"),
        ("dir/.", "is a folder's"),
        ("dir/..", "is a folder's"),
        ("~/relay.sqlite", "has a shell's short form in it"),
        ("$HOME/relay.sqlite", "has a shell's short form in it"),
        ("/srv/${NAME}/relay.sqlite", "has a shell's short form in it"),
        ("relay.seal-key", "is where the sealing key would be kept"),
        ("a\0b", "\"a\\0b\" has U+0000 in it"),
        ("", "is empty"),
        (" ", "is empty"),
    ] {
        told(FILE, &[PASSWORD, ACME, ("STORE__PATH", path)], &[&format!("BZCTRL_RELAY__STORE__PATH: {says}")]);
    }
    for right in ["relay.sqlite", "./a/../b", "/var/lib/x", "memory", "a b"] {
        told(FILE, &[PASSWORD, ACME, ("STORE__PATH", right)], &[]);
    }
}

#[test]
fn nobody_listens_at_an_address_of_many_machines() {
    for address in ["224.0.0.1:8081", "255.255.255.255:8081", "[ff02::1]:8081"] {
        for setting in ["SERVER__LISTEN", "SERVER__HEALTH_LISTEN"] {
            let expected = format!("BZCTRL_RELAY__{setting}: is the address of many machines");
            told(FILE, &[PASSWORD, ACME, (setting, address)], &[&expected]);
        }
    }
}

#[test]
fn a_name_that_is_too_long_is_told_how_long_it_may_be() {
    let long = "n".repeat(65);
    let tenant = FILE.to_owned() + &tenant_of(&long, "");
    told(&tenant, &[PASSWORD, ACME], &[&format!("tenants.{long} (line 21): the name is longer than 64 letters")]);
    told(&(FILE.to_owned() + &tenant_of(&long[1..], "")), &[PASSWORD, ACME], &[]);
    for (name, says) in [
        ("n".repeat(21), "has more than 20 letters"),
        ("ACC".to_owned(), "ACC is another environment's name"),
        ("a/b".to_owned(), "expected a name of letters, digits"),
    ] {
        let name = [PASSWORD, ("BZCTRL__NAME", &*name)];
        let told = mistakes(EXAMPLE, &name);
        assert!(told.len() == 1 && told[0].starts_with(&format!("BZCTRL_RELAY__BZCTRL__NAME: {says}")), "{told:?}");
    }
}

#[test]
fn a_file_that_is_no_text_of_settings_is_told_with_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.toml");
    let told = |path: &Path| Config::load(path).map(|_| ()).unwrap_err().to_string();
    assert!(told(&file).starts_with(&format!("there is no file {}: name the right one by --config", file.display())));
    assert!(told(folder.path()).contains("cannot be read: Is a directory"));
    assert!(told(Path::new("/dev/zero")).ends_with("it is larger than 1 MiB"));
    for (text, line) in [(&b"[server]\n# Z\xfcrich\n"[..], 2), (b"\xff\xfe[\0s\0", 1), (b"a\nb\nc\n\xe4", 4)] {
        std::fs::write(&file, text).unwrap();
        assert!(
            told(&file).starts_with(&format!("line {line}: is not UTF-8: save the file in that encoding")),
            "{}",
            told(&file)
        );
    }
    // A mark that editors put before it is no part of it.
    assert!(Config::read(&format!("\u{feff}{FILE}"), environment(&[PASSWORD, ACME])).is_ok());
}

#[test]
fn a_file_of_keys_that_verify_nothing_is_told_at_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let identity = format!("identity = 'assertion'\nissuer = 'x'\nkeys_file = '{}'", file.display());
    let text = with("identity = 'origin'", &identity);
    let blocks = include_str!("../../verification_keys/tests/refused.txt");
    for (says, block) in blocks.split("> ").skip(1).filter_map(|part| part.split_once('\n')) {
        std::fs::write(&file, block).unwrap();
        let expected = format!(
            "tenants.demo.keys_file (line 17): {} has a key that verifies nothing: key 1 {says}",
            file.display()
        );
        told(&text, &[PASSWORD, ACME], &[&expected]);
    }
}

#[test]
fn a_variable_in_small_letters_is_a_slip_and_not_passed_over() {
    let of = |name: &str| {
        let variables =
            [("BZCTRL_RELAY__BZCTRL__PASSWORD", "x"), ("BZCTRL_RELAY__ACCOUNTS__ACME__PASSWORD", "x"), (name, "x")];
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(FILE, owned).map(|_| ()).map_err(|mistakes| mistakes.to_string())
    };
    for (name, meant) in [
        ("bzctrl_relay__server__listen", "BZCTRL_RELAY__SERVER__LISTEN"),
        ("Bzctrl_Relay__Log__Filter", "BZCTRL_RELAY__LOG__FILTER"),
        ("bzctrl__server__listen", "BZCTRL_RELAY__SERVER__LISTEN"),
        ("bzctrl_relay_config", "BZCTRL_RELAY_CONFIG"),
        ("BZCTRL_RELAY__CONFIG", "BZCTRL_RELAY_CONFIG"),
    ] {
        assert_eq!(of(name), Err(format!("{name}: no setting has this name: {meant} is meant")));
    }
    assert_eq!(of("bzctrl_relay__nothing"), Err("bzctrl_relay__nothing: no setting has this name".to_owned()));
    for right in ["BZCTRL_RELAY_CONFIG", "BZCTRL_OTHER", "bzctrl", "bzctrlx"] {
        assert_eq!(of(right), Ok(()), "{right}");
    }
}
