//! `check --online`: whether it would work, before a page needs it; and what is wrong, in words that help.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::egress::{folder, settings_of, through};
use crate::host::{Host, ISSUER};
use crate::ports::free_address;
use crate::program::relay;
use crate::way_out::{Authority, ForwardProxy};
use crate::world::Sandbox;

/// Exit code and words of the real command.
async fn check(folder: &tempfile::TempDir, settings: &str) -> (Option<i32>, String) {
    check_with(folder, settings, &[]).await
}

async fn check_with(
    folder: &tempfile::TempDir,
    settings: &str,
    variables: &[(&str, &std::path::Path)],
) -> (Option<i32>, String) {
    std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
    let mut command = relay(folder);
    command.args(["check", "--online"]).envs(variables.iter().copied());
    let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(String::from_utf8(out.stderr).unwrap(), "");
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

#[tokio::test]
async fn all_is_well_and_nothing_is_created() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let names = [("bzctrl.test", authority.before(sandbox.address, "bzctrl.test").await)];
    let proxy = ForwardProxy::start(&names, Some(("relay", "proxy-Secret-4711"))).await;
    let folder = folder(&authority);
    let egress = through(&proxy) + "ca_file = \"{folder}/ca.pem\"";
    // Of the environment's proxies none is taken.
    let nobody = std::path::Path::new("http://127.0.0.1:1");
    let variables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"].map(|name| (name, nobody));
    let settings = settings_of(&format!("http://{}", sandbox.address), &folder, "", "");
    let (code, said) = check_with(&folder, &settings, &variables).await;
    assert_eq!(code, Some(0), "{said}");
    let settings = settings_of("https://bzctrl.test", &folder, "", &egress);
    let (code, said) = check_with(&folder, &settings, &variables).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("well ")).count(), 2, "{said}");
    assert!(said.contains("the account relay@example.com") && said.contains(&proxy.address.to_string()), "{said}");
    assert!(sandbox.todos().await.is_empty());
    assert_eq!(sandbox.logins().await.len(), 2, "by the real account, once each time");
    assert!(!folder.path().join("relay.sqlite").exists(), "a relay that runs is not disturbed");
}

#[tokio::test]
async fn each_fault_has_its_own_words() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let front = authority.before(sandbox.address, "localhost").await;
    let strict = ForwardProxy::start(&[], Some(("relay", "another"))).await;
    let closed = ForwardProxy::start(&[], Some(("relay", "proxy-Secret-4711"))).await;
    closed.refuse("403 Forbidden");
    let free = free_address();
    // RFC 6761: nobody has such a name.
    let nameless = "https://no-such-host.invalid";
    let here = format!("http://{}", sandbox.address);
    let tls = format!("https://localhost:{}", front.port());
    let jwks = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"{here}/no-keys\"");
    let dead = format!("proxy = \"http://{free}\"");
    let folder = folder(&authority);
    let mut faults = Vec::new();
    for (bzctrl, identity, egress, told, times) in [
        (nameless, "", "", "the name of the host cannot be found (DNS)", 2),
        (&format!("http://{free}"), "", "", "the connection to the host was refused", 2),
        (&tls, "", "", "put its authority into a file and set egress.ca_file", 2),
        (&tls, "", &through(&strict), "the proxy asks for a name and a password, or refuses ours (407)", 2),
        (&here, "", &through(&strict), "the proxy asks for a name and a password, or refuses ours (407)", 2),
        (&tls, "", &through(&closed), "the proxy makes no connection to it", 2),
        (&tls, "", &dead, "the connection to the proxy was refused", 2),
        (&here, &jwks, "", "it answers 404", 1),
        (&format!("{here}/elsewhere"), "", "", "it answers 404", 2),
    ] {
        let (code, said) = check(&folder, &settings_of(bzctrl, &folder, identity, egress)).await;
        assert_eq!(code, Some(1), "{said}");
        let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG ")).collect();
        if wrong.len() != times || !wrong.iter().all(|line| line.contains(told)) {
            faults.push(format!("{told} is not in\n{said}"));
        }
        assert!(!said.contains("proxy-Secret"), "{said}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    std::fs::write(folder.path().join("password"), "not-the-right-one").unwrap();
    let (code, said) = check(&folder, &settings_of(&here, &folder, "", "")).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("BzCtrl refuses user name or password") && !said.contains("not-the-right-one"), "{said}");
    sandbox.fault("token", json!({ "status": { "code": 503, "body": "html" } })).await;
    let (_, said) = check(&folder, &settings_of(&here, &folder, "", "")).await;
    assert!(said.contains("it answers 503, and gives no token"), "{said}");
    assert!(sandbox.todos().await.is_empty());
}

/// A server that answers whatever comes in one way, or only closes.
async fn answers(words: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(words).await;
        }
    });
    address
}

#[tokio::test]
async fn tls_and_no_tls_are_told_from_other_faults() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let front = authority.before(sandbox.address, "localhost").await;
    let folder = folder(&authority);
    let closes = answers(b"").await;
    // What nginx says of it, and other servers alike.
    let says_so = answers(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let other = answers(b"220 mail.example ESMTP\r\n").await;
    for (bzctrl, told) in [
        (format!("https://localhost:{}", sandbox.address.port()), "does not speak TLS: is the address an http one"),
        (format!("https://localhost:{}", closes.port()), "does not speak TLS"),
        (format!("https://localhost:{}", other.port()), "does not speak TLS"),
        (format!("http://localhost:{}", front.port()), "does not speak HTTP: is the address an https one"),
        (format!("http://{closes}"), "does not speak HTTP"),
        (format!("http://{says_so}"), "it answers 400"),
        (format!("http://{other}"), "does not speak HTTP"),
    ] {
        let jwks = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"{bzctrl}/keys\"");
        let (code, said) = check(&folder, &settings_of(&bzctrl, &folder, &jwks, "")).await;
        let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG ")).collect();
        assert!(code == Some(1) && wrong.len() == 3, "{said}");
        assert!(
            wrong.iter().all(|line| line.contains(told) && line.contains("or the port another?")),
            "{told}\n{said}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_expects_tls_or_none_is_told_from_other_faults() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let front = authority.before(sandbox.address, "localhost").await;
    let proxy = ForwardProxy::start(&[], None).await;
    let folder = folder(&authority);
    let tls = format!("https://localhost:{}", front.port());
    let closes = answers(b"").await;
    let says_so = answers(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    for (proxy, told) in [
        (format!("http://localhost:{}", front.port()), "is the proxy's own address an https one?"),
        (format!("http://{closes}"), "is the proxy's own address an https one?"),
        (format!("http://{says_so}"), "is the proxy's own address an https one?"),
        (format!("https://localhost:{}", says_so.port()), "does not speak TLS: is the address an http one"),
        (format!("https://localhost:{}", proxy.address.port()), "waits for TLS, or for none"),
    ] {
        let settings = settings_of(&tls, &folder, "", &format!("proxy = \"{proxy}\""));
        let (code, said) = check(&folder, &settings).await;
        let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG ")).collect();
        assert!(code == Some(1) && wrong.len() == 2 && wrong.iter().all(|line| line.contains(told)), "{told}\n{said}");
    }
}

#[tokio::test]
async fn what_is_wrong_on_this_machine_keeps_nobody_from_being_asked() {
    let (sandbox, authority) = (Sandbox::start().await, Authority::new());
    let folder = folder(&authority);
    std::fs::remove_dir(folder.path().join("widget")).unwrap();
    let settings = settings_of(&format!("http://{}", sandbox.address), &folder, "", "");
    std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
    let mut command = relay(&folder);
    command.args(["check", "--online"]);
    let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (told, said) = (String::from_utf8(out.stderr).unwrap(), String::from_utf8(out.stdout).unwrap());
    assert!(told.contains("widget.folder (line ") && told.contains("there is no folder"), "{told}");
    assert_eq!((out.status.code(), said.matches("well ").count()), (Some(2), 2), "{said}");
}

#[tokio::test]
async fn the_systems_authorities_are_trusted_unless_the_file_alone_is() {
    let (sandbox, system, own) = (Sandbox::start().await, Authority::new(), Authority::new());
    let front = system.before(sandbox.address, "localhost").await;
    let bzctrl = format!("https://localhost:{}", front.port());
    let folder = folder(&own);
    let known = folder.path().join("system.pem");
    std::fs::write(&known, system.pem()).unwrap();
    for (egress, code) in [
        ("", Some(0)),
        ("ca_file = \"{folder}/ca.pem\"", Some(0)),
        ("ca_file = \"{folder}/ca.pem\"\ntrust = \"ca_file\"", Some(1)),
    ] {
        let settings = settings_of(&bzctrl, &folder, "", egress);
        let (found, said) = check_with(&folder, &settings, &[("SSL_CERT_FILE", &known)]).await;
        assert_eq!(found, code, "{egress}\n{said}");
    }
}

#[tokio::test]
async fn keys_that_come_later_than_the_relay_waits_for_them_are_told() {
    let (sandbox, authority, host) = (Sandbox::start().await, Authority::new(), Host::new());
    let folder = folder(&authority);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let body = host.jwks().to_string();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        tokio::time::sleep(std::time::Duration::from_millis(5_500)).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    let jwks = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"http://{here}/keys\"");
    let (code, said) = check(&folder, &settings_of(&format!("http://{}", sandbox.address), &folder, &jwks, "")).await;
    let wrong: Vec<_> = said.lines().filter(|line| line.starts_with("WRONG ")).collect();
    assert!(code == Some(1) && wrong.len() == 1 && wrong[0].contains("does not answer in time"), "{said}");
}
