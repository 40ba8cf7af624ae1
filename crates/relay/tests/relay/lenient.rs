//! What BzCtrl says in odd ways is read for what it says.

use std::io::Write as _;

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use tempfile::TempDir;

use crate::verdicts::answering;
use crate::world::{Answer, PASSWORD, Page, incident, settings};

const TOKEN: &str = r#"{"access_token":"token","expires_in":3600}"#;
const LINK: &str = "https://www.bzctrl.com/app/#/todo/EXA-1";

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

/// A relay before a BzCtrl that gives tokens by this answer, and answers todos by that one.
async fn relay(token: &str, add_task: Vec<u8>) -> (Running, TempDir) {
    let token = response("200 OK", token.as_bytes());
    let (base, _) = answering(move |request| match request.contains("/oauth/token") {
        true => token.clone(),
        false => add_task.clone(),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let settings = settings(base.trim_start_matches("http://").parse().unwrap(), &folder, "");
    (bzctrl_relay::start(Config::read(&settings, []).unwrap()).await.unwrap(), folder)
}

/// What is told of a todo that BzCtrl answers so, and again.
async fn told(token: &str, add_task: Vec<u8>) -> Answer {
    let (relay, _folder) = relay(token, add_task).await;
    let page = Page::open(relay.address()).await;
    let key = page.new_key();
    let first = page.submit(&key, &incident("Seal broken")).await;
    let again = page.submit(&key, &incident("Seal broken")).await;
    if first.status == 201 {
        assert_eq!((again.status, &again.text), (201, &first.text));
    }
    first
}

fn gzip(text: &str) -> Vec<u8> {
    gzip_bytes(text.as_bytes())
}

fn gzip_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn what_can_be_read_as_created_is_created_and_told_as_json_that_a_browser_reads() {
    let with_link = format!(r#"{{"title":"Seal broken","taskLink":"{LINK}"}}"#);
    let bom = format!("\u{feff}{with_link}");
    let surrogate = with_link.replace("Seal broken", r"Seal \ud83d broken");
    let huge = with_link.replace("}", r#","priority":1e999}"#);
    let mut no_utf8 = with_link.clone().into_bytes();
    no_utf8[12] = 0xff;
    let bodies = [bom.into_bytes(), surrogate.into_bytes(), huge.into_bytes(), no_utf8, gzip(&with_link)];
    for body in bodies {
        let answer = told(TOKEN, response("200 OK", &body)).await;
        assert_eq!((answer.status, answer.json["taskLink"].as_str()), (201, Some(LINK)), "{answer:?}");
        assert!(answer.text.starts_with('{'));
    }
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{with_link}").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let all = |mut from: Box<dyn std::io::Read + '_>| {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let plain = with_link.clone().into_bytes();
    let zlib = all(Box::new(flate2::read::ZlibEncoder::new(&*plain, flate2::Compression::default())));
    let raw = all(Box::new(flate2::read::DeflateEncoder::new(&*plain, flate2::Compression::default())));
    let packed = |head: &str, body: Vec<u8>| (format!("200 OK{head}"), body);
    for (head, body) in [
        packed("\r\ncontent-encoding: gzip", gzip(&with_link)),
        packed("", [gzip(&with_link), vec![0; 3]].concat()),
        packed("\r\ncontent-encoding: gzip, gzip", gzip_bytes(&gzip(&with_link))),
        packed("\r\ncontent-encoding: gzip", plain.clone()),
        packed("\r\ncontent-encoding: Deflate", zlib),
        packed("\r\ncontent-encoding: deflate", raw),
        packed("\r\ncontent-encoding: deflate", plain.clone()),
        packed("", utf16(u16::to_le_bytes, "\u{feff}")),
        packed("", utf16(u16::to_be_bytes, "\u{feff}")),
        packed("", utf16(u16::to_le_bytes, "")),
        packed("", utf16(u16::to_be_bytes, "")),
        packed("", [&*plain, b"\n\0"].concat()),
        packed("", [&*plain, b" \0\0\0\r\n"].concat()),
        packed(
            "",
            with_link.replace('}', &format!(r#","more":{}{}}}"#, "[".repeat(200), "]".repeat(200))).into_bytes(),
        ),
        packed("", with_link.replace('}', r#","priority":NaN,}"#).into_bytes()),
    ] {
        let said = told(TOKEN, response(&head, &body)).await;
        assert_eq!((said.status, said.json["taskLink"].as_str()), (201, Some(LINK)), "{head}: {body:?}: {said:?}");
    }
    // What is cut off is not whole for having been packed.
    let half = gzip(&format!(r#"{{"taskLink":"{LINK}","more":"{}"}}"#, "0123456789abcdef".repeat(4000)));
    let said = told(TOKEN, response("200 OK", &half[..half.len() / 2])).await;
    assert_eq!(said.problem(), (504, "outcome-unknown"));
    let echo = told(TOKEN, response("200 OK", "\u{feff}{\"title\":\"Seal broken\",\"n\":1e999}".as_bytes())).await;
    assert_eq!((echo.status, echo.json["taskLink"].as_str()), (201, None));
}

#[tokio::test]
async fn a_link_with_spaces_or_line_ends_is_told_as_a_browser_opens_it() {
    for (came, opened) in [
        (format!(" {LINK}\\n"), LINK),
        (LINK.replace("EXA-1", "EXA 1"), "https://www.bzctrl.com/app/#/todo/EXA%201"),
        (LINK.replace("/app", "\\r\\n/app"), LINK),
    ] {
        for echo in ["", r#""title":"Seal broken","#] {
            let answer = told(TOKEN, response("200 OK", format!(r#"{{{echo}"taskLink":"{came}"}}"#).as_bytes())).await;
            assert_eq!((answer.status, answer.json["taskLink"].as_str()), (201, Some(opened)), "{answer:?}");
        }
    }
    for none in [" javascript:alert(1) ", "https://x.example:99999/", "https://[::1/"] {
        let alone = told(TOKEN, response("200 OK", format!(r#"{{"taskLink":"{none}"}}"#).as_bytes())).await;
        assert_eq!(alone.problem(), (504, "outcome-unknown"), "{none}");
        let echo = format!(r#"{{"title":"Seal broken","taskLink":"{none}"}}"#);
        let beside = told(TOKEN, response("200 OK", echo.as_bytes())).await;
        let link = beside.json["taskLink"].as_str().and_then(bzctrl_contract::TaskLink::parse);
        assert_eq!((beside.status, link), (201, None), "no page takes it for a link: {none}");
    }
}

#[tokio::test]
async fn a_pause_is_read_as_a_date_and_as_a_fraction_within_the_same_bounds() {
    // `date` writes it as a server would.
    let later = |seconds: u32| {
        let date = std::process::Command::new("date")
            .args(["-u", "-d", &format!("+{seconds} seconds"), "+%a, %d %b %Y %H:%M:%S GMT"])
            .env("LC_ALL", "C")
            .output();
        String::from_utf8(date.unwrap().stdout).unwrap().trim().to_owned()
    };
    for (written, least, most) in [
        ("2.2".to_owned(), 3, 3),
        (later(30), 25, 30),
        (later(86_400), 60, 60),
        ("Wed, 21 Oct 2015 07:28:00 GMT".to_owned(), 1, 1),
        ("soon".to_owned(), 2, 2),
    ] {
        let head = format!("429 Too Many Requests\r\nretry-after: {written}");
        let answer = told(TOKEN, response(&head, b"")).await;
        assert_eq!(answer.problem(), (503, "upstream-unavailable"));
        let pause: u32 = answer.header("retry-after").parse().unwrap();
        assert!((least..=most).contains(&pause), "{written}: {pause}");
    }
}

#[tokio::test]
async fn a_token_is_taken_whatever_its_life_is_written_as() {
    let created = format!(r#"{{"taskLink":"{LINK}"}}"#);
    for life in ["\"3600\"", "3599.5", "null", "-1", "1e999", "\"soon\"", "{}"] {
        let token = format!("\u{feff}{{\"access_token\":\"token\",\"expires_in\":{life}}}");
        assert_eq!(told(&token, response("200 OK", created.as_bytes())).await.status, 201, "{life}");
    }
}
