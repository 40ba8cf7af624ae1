//! Forged and damaged assertions, forms and tokens. Each is refused, by the same word, and learns nothing.

use serde_json::{Value, json};

use crate::host::{Host, USER, encode, now};
use crate::identity::{GRANT, ask, audience, world_of};
use crate::world::{Answer, Page, World, incident};

/// Each with a name for the test's report.
fn forgeries(host: &Host, foreign: &Host, audience: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let right = || host.claims(audience);
    let header = || host.header("EdDSA");
    let with = |name: &str, value: Value| {
        let mut claims = right();
        claims[name] = value;
        claims
    };
    // Claims.
    let at = now();
    let claims: Vec<(&str, Value)> = vec![
        ("another audience", with("aud", json!("https://other.example/v1/token"))),
        ("the audience's origin alone", with("aud", json!(audience.trim_end_matches("/v1/token")))),
        ("the audience with a slash", with("aud", json!(format!("{audience}/")))),
        ("no audience", with("aud", json!([]))),
        ("audience null", with("aud", Value::Null)),
        ("another issuer", with("iss", json!("https://evil.example"))),
        ("the issuer with a slash", with("iss", json!("https://host.example/"))),
        ("issuers", with("iss", json!(["https://host.example", "https://evil.example"]))),
        ("issuer null", with("iss", Value::Null)),
        ("expired", with("exp", json!(at - 31))),
        ("no end", with("exp", Value::Null)),
        ("an end as text", with("exp", json!((at + 60).to_string()))),
        ("a negative end", with("exp", json!(-1))),
        ("an endless end", with("exp", json!(1e300))),
        ("good for an hour", with("exp", json!(at + 3600))),
        ("issued in the future", with("iat", json!(at + 60))),
        ("issued never", with("iat", Value::Null)),
        ("not yet good", with("nbf", json!(at + 45))),
        ("nbf as text", with("nbf", json!("now"))),
        ("an old one that is good for long", {
            let mut claims = with("iat", json!(at - 3600));
            claims["exp"] = json!(at + 60);
            claims
        }),
        ("no jti", with("jti", Value::Null)),
        ("an empty jti", with("jti", json!(""))),
        ("a jti that is a number", with("jti", json!(7))),
        ("a very long jti", with("jti", json!("x".repeat(257)))),
        ("no sub", with("sub", Value::Null)),
        ("an empty sub", with("sub", json!(""))),
        ("no address", with("email", json!("somebody"))),
        ("two addresses", with("email", json!("a@host.example, b@host.example"))),
        ("addresses", with("email", json!([USER]))),
        ("an address with a line end", with("email", json!("a@host.example\r\nX: y"))),
        ("an unverified address", with("email_verified", json!(false))),
    ];
    all.extend(claims.into_iter().map(|(name, claims)| (name.to_owned(), host.sign("EdDSA", &header(), &claims))));
    // Keys and algorithms.
    let signed = |name: &str, header: Value| (name.to_owned(), host.sign("EdDSA", &header, &right()));
    let head = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        header
    };
    all.push(("another's key".to_owned(), foreign.sign("EdDSA", &foreign.header("EdDSA"), &right())));
    all.push(("another's key under our name".to_owned(), foreign.sign("EdDSA", &header(), &right())));
    all.push(("another's key without a name".to_owned(), foreign.sign("EdDSA", &json!({ "alg": "EdDSA" }), &right())));
    for (name, algorithm) in [("an unknown name", "kid"), ("a path for a name", "kid")] {
        let odd = if name.contains("path") { "../../../dev/null" } else { "nobody" };
        all.push(signed(name, head(algorithm, json!(odd))));
    }
    all.push(signed("a name that is a number", head("kid", json!(7))));
    for algorithm in ["none", "None", "nOnE", "", "HS256", "HS384", "RS1", "RS384", "ES256K", "ES384", "PS512"] {
        all.push(signed(&format!("alg {algorithm:?}"), head("alg", json!(algorithm))));
    }
    all.push(signed("no alg", json!({ "typ": "JWT" })));
    for algorithm in ["ES256", "RS256", "PS256"] {
        all.push(signed(&format!("EdDSA called {algorithm}"), head("alg", json!(algorithm))));
        all.push((
            format!("{algorithm} by the EdDSA key's name"),
            host.sign(
                algorithm,
                &{
                    let mut header = header();
                    header["alg"] = json!(algorithm);
                    header
                },
                &right(),
            ),
        ));
    }
    all.push(("RS256 called PS256".to_owned(), host.sign("RS256", &host.header("PS256"), &right())));
    // The public key as a shared secret.
    let message = format!("{}.{}", encode(head("alg", json!("HS256")).to_string()), encode(right().to_string()));
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, host.jwks()["keys"][0].to_string().as_bytes());
    all.push((
        "HS256 by the public key".to_owned(),
        format!("{message}.{}", encode(ring::hmac::sign(&secret, message.as_bytes()))),
    ));
    // Keys and conditions that the header brings along.
    for (name, value) in [
        ("jwk", foreign.jwks()["keys"][0].clone()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("b64", json!(false)),
    ] {
        all.push(signed(&format!("{name} of its own"), head(name, value.clone())));
        let mut header = foreign.header("EdDSA");
        header[name] = value;
        all.push((format!("{name} and the key to it"), foreign.sign("EdDSA", &header, &right())));
    }
    // Forms.
    let assertion = host.assertion(audience);
    let parts: Vec<&str> = assertion.split('.').collect();
    let (h, c, s) = (parts[0], parts[1], parts[2]);
    for (name, text) in [
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("no signature", format!("{h}.{c}.")),
        ("two parts", format!("{h}.{c}")),
        ("four parts", format!("{assertion}.{s}")),
        ("five parts", format!("{h}.{c}.{s}.{c}.{s}")),
        ("spaces", format!("{h}. {c}.{s}")),
        ("padding", format!("{h}.{c}.{s}=")),
        ("a tail", format!("{assertion}AAAA")),
        ("JSON", right().to_string()),
        ("JSON serialisation", json!({ "protected": h, "payload": c, "signature": s }).to_string()),
        ("a long one", format!("{h}.{}.{s}", "A".repeat(9_000))),
        ("zero bytes", format!("{h}.{c}.{}", encode([0; 64]))),
        ("claims that are a list", host.sign("EdDSA", &header(), &json!([1, 2]))),
        ("a sealed token", "v4.local.AAAA".to_owned()),
    ] {
        all.push((name.to_owned(), text));
    }
    // Claims twice: no reader may take the other one.
    let message = format!(
        "{}.{}",
        encode(header().to_string()),
        encode(right().to_string().replacen('{', r#"{"email":"director@host.example","#, 1))
    );
    all.push((
        "an address twice".to_owned(),
        format!("{message}.{}", encode(host.signature("EdDSA", message.as_bytes()))),
    ));
    all
}

#[track_caller]
fn refused(name: &str, answer: &Answer) {
    assert_eq!(answer.problem(), (403, "identity-denied"), "{name}: {answer:?}");
    assert_eq!(answer.json["error"], "invalid_grant", "{name}");
    // One sentence for all of them.
    assert_eq!(answer.json["detail"], "The host has not vouched for the user.", "{name}");
    assert!(answer.json.get("access_token").is_none(), "{name}");
}

#[tokio::test]
async fn every_forged_or_damaged_assertion_is_refused_and_none_learns_why() {
    let (host, foreign) = (Host::new(), Host::new());
    let world = world_of(&host, "").await;
    let forged = forgeries(&host, &foreign, &audience(&world));
    assert!(forged.len() >= 90, "{}", forged.len());
    for (name, assertion) in &forged {
        refused(name, &ask(&world, assertion).await);
    }
    assert_eq!(ask(&world, &host.assertion(&audience(&world))).await.status, 200, "and a right one is taken");
    assert_eq!(world.sandbox.sends().await.len() + world.sandbox.logins().await.len(), 0);
}

#[tokio::test]
async fn every_changed_or_missing_letter_of_an_assertion_is_noticed() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let assertion = host.assertion(&audience(&world));
    for at in 0..assertion.len() {
        let mut letters = assertion.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        refused(&format!("letter {at}"), &ask(&world, std::str::from_utf8(&letters).unwrap()).await);
        if at % 7 == 0 {
            refused(&format!("cut at {at}"), &ask(&world, &assertion[..at]).await);
        }
    }
    assert_eq!(ask(&world, &assertion).await.status, 200, "none of them has used it up");
}

#[tokio::test]
async fn a_form_that_is_not_the_standards_is_refused_by_the_standards_word() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let assertion = host.assertion(&audience(&world));
    let form = |pairs: &[(&str, &str)]| {
        let request = world.post("/v1/token").form(pairs);
        Answer::to(request)
    };
    let (grant, right) = (("grant_type", GRANT), ("assertion", &*assertion));
    for (pairs, error) in [
        (vec![("grant_type", "client_credentials")], "unsupported_grant_type"),
        (vec![("grant_type", "client_credentials"), right], "unsupported_grant_type"),
        (vec![("grant_type", "password"), ("username", "a"), ("password", "b")], "unsupported_grant_type"),
        (vec![("grant_type", ""), right], "unsupported_grant_type"),
        (vec![right], "invalid_request"),
        (vec![grant], "invalid_request"),
        (vec![grant, right, right], "invalid_request"),
        (vec![grant, grant, right], "invalid_request"),
        (vec![], "invalid_request"),
    ] {
        let answer = form(&pairs).await;
        assert_eq!(answer.problem(), (400, "invalid-request"), "{pairs:?}");
        assert_eq!(answer.json["error"], error, "{pairs:?}");
    }
    let in_the_address = world.post(&format!("/v1/token?assertion={assertion}")).form(&[grant]);
    assert_eq!(Answer::to(in_the_address).await.problem(), (401, "token-invalid"));
    // Nobody who is verified by nothing sends one.
    let open = World::new().await;
    let answer = Answer::to(open.post("/v1/token").form(&[grant, right])).await;
    assert_eq!(answer.json["error"], "unsupported_grant_type");
    let answer = Answer::to(open.post("/v1/token").form(&[("grant_type", "client_credentials"), right])).await;
    assert_eq!(answer.problem(), (400, "invalid-request"));
}

#[tokio::test]
async fn every_changed_letter_of_a_sealed_token_is_noticed() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let mut page = Page::of(world.relay.address(), &ask(&world, &host.assertion(&audience(&world))).await);
    let token = page.token.clone();
    let key = page.new_key();
    for at in 0..token.len() {
        let mut letters = token.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        page.token = String::from_utf8(letters).unwrap();
        let answer = page.submit(&key, &incident("forged")).await;
        assert_eq!(answer.problem(), (401, "token-invalid"), "{at}");
    }
    for forged in
        ["", "v4.local.", "v4.public.AAAA", &token[..token.len() - 4], &format!("{token}A"), &host.assertion("x")]
    {
        page.token = forged.to_owned();
        assert_eq!(page.submit(&key, &incident("forged")).await.problem(), (401, "token-invalid"), "{forged}");
    }
    assert_eq!(world.sandbox.todos().await.len(), 0);
}
