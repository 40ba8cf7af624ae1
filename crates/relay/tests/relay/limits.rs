//! Nobody keeps the others waiting: not by bodies that never end, and not by asking too often.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, World, client, incident, settings};

/// The longest that anybody waits while somebody attacks.
const SOON: Duration = Duration::from_secs(3);
/// Whoever waits for a body, or for the place of one, waits for ten seconds.
const LESS_THAN_A_BODY_HAS: Duration = Duration::from_secs(9);

/// A connection from another address of this machine.
async fn connect_from(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// The head of a request whose body is to come.
fn head(path: &str, origin: &str, length: usize, more: &str) -> String {
    let media_type = if path == "/v1/token" { "application/x-www-form-urlencoded" } else { "application/json" };
    format!(
        "POST {path} HTTP/1.1\r\nhost: relay\r\norigin: {origin}\r\nx-bzctrl-widget: 1\r\ncontent-type: {media_type}\r\n\
         content-length: {length}\r\n{more}\r\n"
    )
}

/// Sends a head, and then a few bytes of the body at a time, until the relay answers. What was heard of its answer. None if the relay is
/// still waiting after this time, which begins with the head: on a busy machine some connections come late.
async fn trickle(connection: TcpStream, head: String, patience: Duration) -> Option<String> {
    send(connection, head, patience, b"xxxxxxxx").await
}

/// Sends a head, and then these bytes again and again, which may be none.
async fn send(mut connection: TcpStream, head: String, patience: Duration, more: &[u8]) -> Option<String> {
    let mut answer = vec![0; 4096];
    let mut length = 0;
    if connection.write_all(head.as_bytes()).await.is_err() {
        return Some(String::new());
    }
    let until = Instant::now() + patience;
    loop {
        // What is there is read before anything is said of the time.
        let heard = tokio::time::timeout(Duration::from_millis(200), connection.read(&mut answer[length..])).await;
        match heard {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => length += count,
            Err(_) if Instant::now() > until => return None,
            Err(_) if connection.write_all(more).await.is_err() => break,
            Err(_) => {}
        }
    }
    Some(String::from_utf8_lossy(&answer[..length]).into_owned())
}

/// The slowest of the tokens that a page asks for, one after the other, until then.
async fn slowest(relay: SocketAddr, until: Instant) -> Duration {
    let (http, mut slowest) = (client(), Duration::ZERO);
    while Instant::now() < until {
        let began = Instant::now();
        let request =
            http.post(format!("http://{relay}/v1/token")).header("origin", ORIGIN).header("x-bzctrl-widget", "1");
        // A connection of its own: it waits for a place as any other.
        let request = request.header("connection", "close").form(&[("grant_type", "client_credentials")]);
        assert_eq!(Answer::to(request).await.status, 200);
        slowest = slowest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    slowest
}

/// What a page waits at the longest while so many requests of a foreign page come, each with a body that is announced as so long; and
/// what came of them: whether it only waited for its answer, and that.
async fn crowd(relay: SocketAddr, length: usize) -> (Duration, Vec<(bool, Option<String>)>) {
    // More than the relay takes at a time.
    const ATTACKERS: usize = 1_100;
    let mut attack = JoinSet::new();
    for at in 0..ATTACKERS {
        let path = ["/v1/token", "/v1/tasks", "/v1/nothing"][at % 3];
        // Who still sends while the answer comes, in a crowd, may lose it; who only waits does not.
        let more: &[u8] = if at % 2 == 0 || length == 0 { b"" } else { b"xxxxxxxx" };
        attack.spawn(async move {
            let connection = TcpStream::connect(relay).await.unwrap();
            let head = head(path, "https://evil.example", length, "connection: close\r\n");
            (more.is_empty(), send(connection, head, LESS_THAN_A_BODY_HAS, more).await)
        });
    }
    let slowest = slowest(relay, Instant::now() + Duration::from_secs(3)).await;
    (slowest, attack.join_all().await)
}

fn resident_kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_of_a_foreign_page_are_not_read_and_keep_nobody_waiting() {
    let (_sandbox, _folder, program) = crate::program::started_quietly().await;
    let before = resident_kilobytes(program.id());
    // What so many requests cost on this machine now, though nothing has to be waited for.
    let (usual, _) = crowd(program.address, 0).await;
    let (slowest, answers) = crowd(program.address, 256 * 1024).await;
    let more = resident_kilobytes(program.id()).saturating_sub(before) / 1024;
    // On a machine that does much else no time but the dawdlers' own says what a page has waited for.
    let limit = if usual < SOON / 4 { SOON } else { LESS_THAN_A_BODY_HAS };
    assert!(slowest < limit, "a page waited for {slowest:?}, and {usual:?} where nobody dawdles");
    assert!(more < 64, "{more} MB more");
    for (only_waits, answer) in answers {
        let answer = answer.expect("nobody is waited for");
        assert!(answer.starts_with("HTTP/1.1 403 ") || !only_waits && answer.is_empty(), "{only_waits}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_addresses_of_one_network_have_one_share_and_a_newcomer_is_still_waited_for() {
    let world = World::new().await;
    let relay = world.relay.address();
    let connect = async |network: u8, addresses: u8| {
        let mut connections = Vec::new();
        for address in 1..=addresses {
            for _ in 0..20 {
                connections.push(connect_from([127, 0, network, address], relay).await);
            }
        }
        connections
    };
    let mut networks = vec![connect(9, 4).await];
    for network in 10..15 {
        networks.push(connect(network, 2).await);
    }
    let (began, patience) = (Instant::now(), Duration::from_secs(4));
    let attack = |connections: Vec<TcpStream>| {
        let attack = connections.into_iter();
        attack.map(|it| trickle(it, head("/v1/token", ORIGIN, 11 * 1024, ""), patience)).collect::<JoinSet<_>>()
    };
    let mut attacks = networks.into_iter().map(attack);
    let of_one_network = attacks.next().unwrap();
    // The first network has its share before the others come.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let of_others: Vec<_> = attacks.collect();
    // Until each has its place, or has none.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let form = "grant_type=client_credentials";
    let mut newcomer = connect_from([127, 0, 200, 1], relay).await;
    newcomer.write_all(head("/v1/token", ORIGIN, form.len(), "connection: close\r\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    newcomer.write_all(form.as_bytes()).await.unwrap();
    let mut answer = String::new();
    newcomer.read_to_string(&mut answer).await.unwrap();
    assert!(began.elapsed() < patience && answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let waited_for = |answers: Vec<Option<String>>| answers.iter().filter(|answer| answer.is_none()).count();
    assert_eq!(waited_for(of_one_network.join_all().await), 64);
    let mut others = 0;
    for attack in of_others {
        others += waited_for(attack.join_all().await);
    }
    assert!((128..=133).contains(&others), "{others}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_address_few_bodies_are_waited_for_whatever_page_it_claims_to_be() {
    let world = World::new().await;
    let page = world.page().await;
    let relay = world.relay.address();
    let authorized = format!("authorization: Bearer {}\r\nidempotency-key: {}\r\n", page.token, page.new_key());
    for (from, path, length, more) in
        [([127, 0, 0, 2], "/v1/token", 11 * 1024, ""), ([127, 0, 0, 3], "/v1/tasks", 256 * 1024, &*authorized)]
    {
        let mut attack = JoinSet::new();
        for _ in 0..100 {
            let connection = connect_from(from, relay).await;
            attack.spawn(trickle(connection, head(path, ORIGIN, length, more), Duration::from_secs(30)));
        }
        for _ in 0..100 - 32 {
            let answer = attack.join_next().await.unwrap().unwrap().expect("the relay refuses all but some at once");
            let head = answer.to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 429 ") && head.contains("\r\nretry-after: 2\r\n"), "{answer}");
            assert!(head.contains("\r\nconnection: close\r\n") && answer.contains("rate-limited"), "{answer}");
        }
        // Who comes from elsewhere is served.
        world.page().await;
        let next = tokio::time::timeout(Duration::from_millis(300), attack.join_next()).await;
        assert!(next.is_err(), "the others are still waited for: {next:?}");
    }
    // Their places are free again.
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
}

#[tokio::test]
async fn a_body_as_a_whole_has_an_end_though_its_bytes_keep_coming() {
    let world = World::new().await;
    let began = Instant::now();
    let connection = TcpStream::connect(world.relay.address()).await.unwrap();
    let answer = trickle(connection, head("/v1/token", ORIGIN, 1024, ""), Duration::from_secs(20)).await;
    let answer = answer.expect("the relay has an end");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!((Duration::from_secs(9)..Duration::from_secs(13)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_waited_for() {
    let world = World::new().await;
    let mut connection = TcpStream::connect(world.relay.address()).await.unwrap();
    connection.write_all(head("/v1/token", ORIGIN, 13 * 1024, "expect: 100-continue\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// A relay with settings of the environment.
async fn relay_with(variables: &[(&str, &str)], more: &str) -> (Sandbox, TempDir, Running) {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let variables = variables.iter().map(|(name, value)| (format!("BZCTRL_RELAY__{name}"), (*value).to_owned()));
    let config = Config::read(&settings(sandbox.address, &folder, more), variables).unwrap();
    let relay = bzctrl_relay::start(config).await.unwrap();
    (sandbox, folder, relay)
}

async fn ask(relay: &Running, origin: &str, headers: &[(&str, &str)]) -> Answer {
    let request = client().post(format!("http://{}/v1/token", relay.address())).header("origin", origin);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request.header("x-bzctrl-widget", "1").form(&[("grant_type", "client_credentials")])).await
}

#[track_caller]
fn assert_limited(answer: &Answer) {
    assert_eq!(answer.problem(), (429, "rate-limited"));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(!answer.header("access-control-allow-origin").is_empty(), "the page may read it");
}

#[tokio::test]
async fn an_address_has_its_share_and_takes_nothing_of_anothers() {
    let variables = [("LIMITS__REQUESTS_PER_MINUTE_OF_AN_ADDRESS", "3"), ("SERVER__TRUSTED_PROXIES", "127.0.0.1")];
    let (_sandbox, _folder, relay) = relay_with(&variables, "").await;
    let of = |address: &'static str| [("x-forwarded-for", address)];
    for _ in 0..3 {
        assert_eq!(ask(&relay, ORIGIN, &of("192.0.2.1")).await.status, 200);
        assert_eq!(ask(&relay, "https://evil.example", &of("192.0.2.1")).await.status, 403, "costs nobody a share");
    }
    assert_limited(&ask(&relay, ORIGIN, &of("192.0.2.1")).await);
    assert_limited(&ask(&relay, ORIGIN, &of("192.0.2.9, 192.0.2.1")).await);
    assert_eq!(ask(&relay, ORIGIN, &of("192.0.2.2")).await.status, 200);
    let limited = ask(&relay, ORIGIN, &of("192.0.2.1")).await;
    assert_eq!(limited.json["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn who_is_no_listed_proxy_is_counted_by_its_own_address() {
    let variables = [("LIMITS__REQUESTS_PER_MINUTE_OF_AN_ADDRESS", "2"), ("SERVER__TRUSTED_PROXIES", "10.0.0.0/8")];
    let (_sandbox, _folder, relay) = relay_with(&variables, "").await;
    for address in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(ask(&relay, ORIGIN, &[("x-forwarded-for", address)]).await.status, 200);
    }
    assert_limited(&ask(&relay, ORIGIN, &[("x-forwarded-for", "192.0.2.3")]).await);
}

#[tokio::test]
async fn a_user_has_a_share_and_a_tenant_has_one() {
    let identity = "identity = 'header'\nidentity_header = 'X-Email'\ntrusted_proxies = ['127.0.0.1']\n\
                    requests_per_minute = 5\nrequests_per_minute_of_a_user = 2";
    let (_sandbox, _folder, relay) = relay_with(&[], identity).await;
    let by = |user: &'static str| [("x-email", user)];
    for _ in 0..2 {
        assert_eq!(ask(&relay, ORIGIN, &by("a@host.example")).await.status, 200);
    }
    for _ in 0..5 {
        assert_limited(&ask(&relay, ORIGIN, &by("a@host.example")).await);
    }
    let answer = ask(&relay, ORIGIN, &by("b@host.example")).await;
    let page = Page::of(relay.address(), &answer);
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201, "a todo counts too");
    assert_limited(&page.submit(&page.new_key(), &incident("Seal broken")).await);
    assert_eq!(ask(&relay, ORIGIN, &by("c@host.example")).await.status, 200);
    assert_limited(&ask(&relay, ORIGIN, &by("d@host.example")).await);
    assert_eq!(ask(&relay, "https://other.example", &[]).await.status, 200, "of another tenant");
}

#[tokio::test]
async fn no_limit_speaks_for_a_key_that_has_a_row() {
    let (sandbox, _folder, relay) = relay_with(&[], "requests_per_minute = 3").await;
    let page = Page::of(relay.address(), &ask(&relay, ORIGIN, &[]).await);
    let (created, unknown, todo) = (page.new_key(), page.new_key(), incident("Seal broken"));
    assert_eq!(page.submit(&created, &todo).await.status, 201);
    sandbox.fault("add-task", json!("close-after-storing")).await;
    assert_eq!(page.submit(&unknown, &todo).await.status, 504);
    for _ in 0..5 {
        assert_limited(&page.submit(&page.new_key(), &todo).await);
        let replay = page.submit(&created, &todo).await;
        assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));
        assert_eq!(page.submit(&unknown, &todo).await.problem(), (504, "outcome-unknown"));
    }
    assert_eq!(sandbox.sends().await.len(), 2);
}

#[tokio::test]
async fn a_reload_gives_nobody_a_new_share_unless_the_limits_are_others() {
    let (sandbox, folder, relay) = relay_with(&[], "requests_per_minute = 1").await;
    assert_eq!(ask(&relay, ORIGIN, &[]).await.status, 200);
    for (limits, status) in [("requests_per_minute = 1", 429), ("requests_per_minute = 2", 200)] {
        relay.reload(Config::read(&settings(sandbox.address, &folder, limits), [])).unwrap();
        assert_eq!(ask(&relay, ORIGIN, &[]).await.status, status);
    }
}
