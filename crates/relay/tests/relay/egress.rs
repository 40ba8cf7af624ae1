//! The relay reaches BzCtrl as companies let it: through a proxy with a password, and by certificates of an authority of their own.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::host::{Host, ISSUER, USER};
use crate::identity::GRANT;
use crate::ports::free_address;
use crate::program::Program;
use crate::way_out::{Authority, ForwardProxy};
use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, client, incident, settings};

const PROXY_PASSWORD: &str = "proxy-Secret-4711";
const ACCOUNT: Option<(&str, &str)> = Some(("relay", PROXY_PASSWORD));

/// A folder with what the settings name.
pub(crate) fn folder(authority: &Authority) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("password", PASSWORD);
    write("proxy-password", &format!("{PROXY_PASSWORD}\n"));
    write("ca.pem", &authority.pem());
    std::fs::create_dir(folder.path().join("widget")).unwrap();
    folder
}

/// The settings of a relay whose BzCtrl has this origin; `egress` is that section.
pub(crate) fn settings_of(bzctrl: &str, folder: &TempDir, identity: &str, egress: &str) -> String {
    // No other port begins like this one.
    let nowhere = SocketAddr::from(([127, 0, 0, 1], u16::MAX));
    let text = settings(nowhere, folder, &format!("{identity}\n[egress]\n{egress}"));
    text.replace(&format!("http://{nowhere}"), bzctrl)
}

pub(crate) fn through(proxy: &ForwardProxy) -> String {
    format!(
        "proxy = \"http://{}\"\nproxy_username = \"relay\"\nproxy_password_file = \"{{folder}}/proxy-password\"\n",
        proxy.address
    )
}

async fn start(settings: &str) -> Running {
    bzctrl_relay::start(Config::read(settings, []).unwrap()).await.unwrap()
}

async fn submit(relay: &Running) -> Answer {
    let page = Page::open(relay.address()).await;
    page.submit(&page.new_key(), &incident("Seal broken")).await
}

#[tokio::test]
async fn a_todo_and_a_hosts_keys_go_by_connect_with_the_password_and_the_companys_certificates() {
    let (sandbox, authority, host) = (Sandbox::start().await, Authority::new(), Host::new());
    let jwks = host.jwks().to_string();
    let keys = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = keys.local_addr().unwrap();
    let router = Router::new().route("/jwks", get(move || std::future::ready(jwks.clone())));
    tokio::spawn(async move { axum::serve(keys, router).await.unwrap() });
    // No name server knows these: looking them up is the proxy's.
    let names = [
        ("bzctrl.test", authority.before(sandbox.address, "bzctrl.test").await),
        ("keys.test", authority.before(at, "keys.test").await),
    ];
    let proxy = ForwardProxy::start(&names, ACCOUNT).await;
    let folder = folder(&authority);
    let identity = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"https://keys.test/jwks\"");
    let egress = through(&proxy) + "ca_file = \"{folder}/ca.pem\"";
    let relay = start(&settings_of("https://bzctrl.test", &folder, &identity, &egress)).await;

    let assertion = host.assertion(&format!("http://{}/v1/token", relay.address()));
    let request = client().post(format!("http://{}/v1/token", relay.address()));
    let request = request.header("origin", ORIGIN).header("x-bzctrl-widget", "1");
    let answer = Answer::to(request.form(&[("grant_type", GRANT), ("assertion", &assertion)])).await;
    let page = Page::of(relay.address(), &answer);
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    assert_eq!(sandbox.todos().await[0]["reporter"], USER);
    let asked = proxy.asked();
    assert_eq!(asked.first().map(String::as_str), Some("CONNECT keys.test:443"), "{asked:?}");
    assert!(asked.len() >= 2 && asked[1..].iter().all(|line| line == "CONNECT bzctrl.test:443"), "{asked:?}");
    for send in sandbox.sends().await {
        assert!(send["headers"].get("proxy-authorization").is_none(), "{send}");
    }
}

#[tokio::test]
async fn of_a_proxy_that_says_no_the_page_hears_that_nothing_was_sent() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let names = [("bzctrl.test", authority.before(sandbox.address, "bzctrl.test").await)];
    let proxy = ForwardProxy::start(&names, ACCOUNT).await;
    let folder = folder(&authority);
    let egress = through(&proxy) + "ca_file = \"{folder}/ca.pem\"\ntrust = \"ca_file\"";
    let relay = start(&settings_of("https://bzctrl.test", &folder, "", &egress)).await;
    assert_eq!(submit(&relay).await.status, 201);
    // The connection that is open is not used again by then.
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let page = Page::open(relay.address()).await;
    let key = page.new_key();
    for status in ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway", "503 Service Unavailable"] {
        proxy.refuse(status);
        let answer = page.submit(&key, &incident("Seal broken")).await;
        assert_eq!(answer.problem(), (503, "upstream-unavailable"), "{status}");
    }
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn an_authority_is_trusted_only_if_it_is_named() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let front = authority.before(sandbox.address, "localhost").await;
    let bzctrl = format!("https://localhost:{}", front.port());
    let folder = folder(&authority);
    let relay = start(&settings_of(&bzctrl, &folder, "", "")).await;
    assert_eq!(submit(&relay).await.problem(), (503, "upstream-unavailable"));
    relay.end().await;
    std::fs::write(folder.path().join("other.pem"), Authority::new().pem()).unwrap();
    let relay = start(&settings_of(&bzctrl, &folder, "", "ca_file = \"{folder}/other.pem\"")).await;
    assert_eq!(submit(&relay).await.problem(), (503, "upstream-unavailable"));
    relay.end().await;
    let relay = start(&settings_of(&bzctrl, &folder, "", "ca_file = \"{folder}/ca.pem\"")).await;
    assert_eq!(submit(&relay).await.status, 201);
}

#[tokio::test]
async fn plain_http_goes_through_the_proxy_too_and_what_is_near_does_not() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let proxy = ForwardProxy::start(&[], ACCOUNT).await;
    let (bzctrl, folder) = (format!("http://{}", sandbox.address), folder(&authority));
    let relay = start(&settings_of(&bzctrl, &folder, "", &through(&proxy))).await;
    assert_eq!(submit(&relay).await.status, 201);
    let asked = proxy.asked();
    assert_eq!(asked.first(), Some(&format!("POST {bzctrl}/bzctrl-core-api/oauth/token")), "{asked:?}");
    assert_eq!(asked.len(), 2);
    relay.end().await;
    for (host, near) in [
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ("localhost", "*.localhost"),
        ("localhost", "LOCALHOST"),
    ] {
        let bzctrl = bzctrl.replace("127.0.0.1", host);
        let near = through(&proxy) + &format!("no_proxy = [\"{near}\", \"keys.example.com\"]");
        let relay = start(&settings_of(&bzctrl, &folder, "", &near)).await;
        assert_eq!(submit(&relay).await.status, 201);
        assert_eq!(proxy.asked().len(), 2, "directly: {near}");
        relay.end().await;
    }
}

#[tokio::test]
async fn the_proxy_itself_may_speak_tls() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let names = [("bzctrl.test", authority.before(sandbox.address, "bzctrl.test").await)];
    let proxy = ForwardProxy::start(&names, ACCOUNT).await;
    let front = authority.before(proxy.address, "localhost").await;
    let folder = folder(&authority);
    let egress =
        through(&proxy).replace(&format!("http://{}", proxy.address), &format!("https://localhost:{}", front.port()));
    let egress = egress + "ca_file = \"{folder}/ca.pem\"";
    let relay = start(&settings_of("https://bzctrl.test", &folder, "", &egress)).await;
    assert_eq!(submit(&relay).await.status, 201);
}

#[tokio::test]
async fn ipv6_is_as_good_as_ipv4() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        eprintln!("not run: this machine has no IPv6");
        return;
    };
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { bzctrl_sandbox::serve(listener, bzctrl_sandbox::Options::default()).await.unwrap() });
    let folder = folder(&Authority::new());
    let text = settings_of(&format!("http://{address}"), &folder, "", "").replace("127.0.0.1:0", "[::1]:0");
    let relay = start(&text).await;
    assert!(relay.address().is_ipv6());
    assert_eq!(submit(&relay).await.status, 201);
}

#[tokio::test]
async fn the_proxys_password_is_in_no_log_and_the_way_out_is_said_at_the_start() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let names = [("bzctrl.test", authority.before(sandbox.address, "bzctrl.test").await)];
    let proxy = ForwardProxy::start(&names, ACCOUNT).await;
    let folder = folder(&authority);
    let egress = through(&proxy) + "ca_file = \"{folder}/ca.pem\"";
    let program = Program::of(&folder, &settings_of("https://bzctrl.test", &folder, "", &egress), "trace");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    proxy.refuse("407 Proxy Authentication Required");
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let log = program.log();
    let said = log.lines().find(|line| line.contains("the way out")).expect("it is said");
    assert!(
        said.contains("the system's certificates, and those of") && said.contains(&proxy.address.to_string()),
        "{said}"
    );
    for secret in [PROXY_PASSWORD.to_owned(), STANDARD.encode(format!("relay:{PROXY_PASSWORD}"))] {
        assert!(!log.contains(&secret), "a secret of {} letters is in the log", secret.len());
    }
}

#[test]
fn what_is_wrong_with_the_way_out_is_told_with_its_place() {
    let folder = folder(&Authority::new());
    std::fs::write(folder.path().join("no.pem"), "no certificate").unwrap();
    for (egress, told) in [
        ("proxy = \"proxy.example.com:3128\"", "egress.proxy (line 27): expected an address such as"),
        ("proxy = \"socks5://proxy.example.com\"", "egress.proxy (line 27): expected an address such as"),
        ("proxy = \"http://relay:secret@proxy.example.com\"", "without name and password"),
        ("proxy = \"http://proxy.example.com/path\"", "has no path"),
        ("proxy_username = \"relay\"", "egress.proxy_username (line 27): belongs to a proxy"),
        ("proxy = \"http://p.example\"\nproxy_username = \"relay\"", "name and password are set together"),
        ("proxy = \"http://p.example\"\nproxy_password = \"secret\"", "a secret does not stand in this file"),
        ("proxy = \"http://p.example\"\nno_proxy = [\"https://a.example\"]", "expected a host, a domain"),
        ("ca_file = \"{folder}/none.pem\"", "cannot be read"),
        ("ca_file = \"{folder}/no.pem\"", "holds no certificate"),
        ("trust = \"ca_file\"", "ca_file is not set"),
        ("trust = \"nobody\"", "expected system"),
        ("proxies = \"x\"", "unknown key"),
    ] {
        let wrong = Config::read(&settings_of("http://127.0.0.1:1", &folder, "", egress), []).unwrap_err().to_string();
        assert!(wrong.contains(told), "{egress}: {told} is not in\n{wrong}");
        assert!(!wrong.contains("secret@"), "{wrong}");
    }
}

/// A proxy of others' making. The gate tells where it is: `cargo xtask test`.
#[tokio::test]
#[ignore = "wants the program that TINYPROXY names"]
async fn a_todo_arrives_with_tinyproxy_that_asks_for_a_password() {
    let program = std::env::var_os("TINYPROXY").expect("TINYPROXY names the program");
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let front = authority.before(sandbox.address, "localhost").await;
    let folder = folder(&authority);
    let port = free_address();
    let account = format!("BasicAuth relay {PROXY_PASSWORD}");
    let settings =
        format!("Port {}\nListen 127.0.0.1\nAllow 127.0.0.1\n{account}\nConnectPort {}\n", port.port(), front.port());
    std::fs::write(folder.path().join("tinyproxy.conf"), settings).unwrap();
    let _proxy = tokio::process::Command::new(program)
        .args(["-d", "-c"])
        .arg(folder.path().join("tinyproxy.conf"))
        .kill_on_drop(true)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(port).await.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let account = "proxy_username = \"relay\"\nproxy_password_file = \"{folder}/proxy-password\"\n";
    let egress = format!("proxy = \"http://{port}\"\n{account}ca_file = \"{{folder}}/ca.pem\"");
    let text = settings_of(&format!("https://localhost:{}", front.port()), &folder, "", &egress);
    let relay = start(&text).await;
    assert_eq!(submit(&relay).await.status, 201);
    relay.end().await;
    std::fs::write(folder.path().join("proxy-password"), "another").unwrap();
    let relay = start(&text).await;
    assert_eq!(submit(&relay).await.problem(), (503, "upstream-unavailable"));
    assert_eq!(sandbox.sends().await.len(), 1);
}
