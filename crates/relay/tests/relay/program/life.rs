//! Its life: start, reload, end in order or by force; what it tells of itself, and what `check` tells of its settings.

use super::*;

#[tokio::test]
async fn a_relay_that_is_killed_while_it_waits_for_a_token_leaves_no_doubt() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    sandbox.fault("token", json!({ "delay": { "ms": 5000 } })).await;
    let waiting = page.request(&key).json(&incident("Seal broken")).send();
    let killed = async {
        while sandbox.logins().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        program.kill();
    };
    let (waiting, ()) = tokio::join!(waiting, killed);
    assert!(waiting.is_err());
    assert_eq!(relay(&folder).args(["show", &key]).output().unwrap().status.code(), Some(3), "it was never claimed");
    let program = Program::with_filter(&folder, &sandbox, "warn");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
    assert_eq!(sandbox.todos().await.len(), 1);
}

#[tokio::test]
async fn while_bzctrl_refuses_the_account_nothing_is_claimed() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let key = page.new_key();
    sandbox.fault("token", json!({ "status": { "code": 401, "body": "json" } })).await;
    for _ in 0..3 {
        assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
    }
    assert_eq!(relay(&folder).args(["show", &key]).output().unwrap().status.code(), Some(3));
    assert_eq!((sandbox.logins().await.len(), sandbox.sends().await.len()), (1, 0));
}

#[tokio::test]
async fn a_relay_that_is_killed_while_sending_says_unknown_afterwards_and_sends_nothing() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(&folder, &sandbox);
    let page = Page::open(program.address).await;
    let key = page.new_key();
    sandbox.fault("add-task", json!({ "delay": { "ms": 2000 } })).await;
    let todo = incident("Seal broken");
    let cut_off = page.request(&key).json(&todo).send();
    let killed = async {
        while sandbox.sends().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        program.signal("-KILL");
        program.child.wait().unwrap();
    };
    let (cut_off, ()) = tokio::join!(cut_off, killed);
    assert!(cut_off.is_err());

    let again = Program::start(&folder, &sandbox);
    let page = Page::open(again.address).await;
    for _ in 0..3 {
        assert_eq!(page.submit(&key, &todo).await.problem(), (504, "outcome-unknown"));
    }
    assert_eq!(sandbox.sends().await.len(), 1);
}

#[tokio::test]
async fn a_relay_that_is_asked_to_end_finishes_what_it_sends_and_answers_it() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(&folder, &sandbox);
    let page = Page::open(program.address).await;
    let (answered, left) = (page.new_key(), page.new_key());
    // The one that nobody waits for takes longest.
    sandbox.fault("add-task", json!({ "delay": { "ms": 1500 } })).await;
    sandbox.fault("add-task", json!({ "delay": { "ms": 600 } })).await;
    let todo = incident("Seal broken");
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        page.submit(&answered, &todo).await
    };
    let leaving = page.request(&left).json(&todo).timeout(Duration::from_millis(300)).send();
    let ending = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        program.signal("-TERM");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(program.readiness().await, (503, "the relay is ending\n".to_owned()));
    };
    let (answer, gone, ()) = tokio::join!(waiting, leaving, ending);
    assert!(gone.is_err());
    assert_eq!(answer.status, 201);
    let status = tokio::task::spawn_blocking(move || program.child.wait().unwrap()).await.unwrap();
    assert!(status.success(), "{status}");

    let again = Program::start(&folder, &sandbox);
    let page = Page::open(again.address).await;
    for key in [answered, left] {
        let replay = page.submit(&key, &todo).await;
        assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));
    }
    assert_eq!(sandbox.sends().await.len(), 2);
}

#[tokio::test]
async fn a_relay_that_is_to_end_says_so_first_and_serves_until_balancers_have_heard_it_whoever_trickles() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let settings = settings(sandbox.address, &folder, "").replacen("[server]", "[server]\nseconds_before_end = 4", 1);
    let program = Program::of(&folder, &settings, "info");
    let page = Page::open(program.address).await;
    // A body that never comes.
    let mut trickles = std::net::TcpStream::connect(program.address).unwrap();
    let head = format!("POST /v1/token HTTP/1.1\r\nhost: relay\r\norigin: {ORIGIN}\r\nx-bzctrl-widget: 1\r\n");
    write!(trickles, "{head}content-type: application/x-www-form-urlencoded\r\ncontent-length: 99\r\n\r\n").unwrap();
    program.signal("-TERM");
    let asked = std::time::Instant::now();
    while asked.elapsed() < Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(program.readiness().await, (503, "the relay is ending\n".to_owned()));
        // On a connection of its own, as from a balancer that does not know yet.
        let page = Page::open(program.address).await;
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    }
    drop(page);
    program.end().await;
    let took = asked.elapsed();
    // A body has ten seconds.
    assert!((Duration::from_secs(3)..Duration::from_secs(25)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_reload_that_comes_while_the_relay_starts_does_not_end_it_and_is_done() {
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    // It is at the very beginning as long as nobody writes its settings into the pipe that they are read from.
    let (file, real) = (folder.path().join("relay.toml"), folder.path().join("real.toml"));
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    std::fs::write(&real, settings(sandbox.address, &folder, "")).unwrap();
    let beginning = Program::begin(&[], folder.path(), "info", &[]);
    let mut pipe = std::fs::File::options().write(true).open(&file).unwrap();
    let hangup = Command::new("kill").arg("-HUP").arg(beginning.child.id().to_string()).status();
    assert!(hangup.unwrap().success());
    pipe.write_all(&std::fs::read(&real).unwrap()).unwrap();
    std::fs::rename(&real, &file).unwrap();
    drop(pipe);
    let program = beginning.listening();
    program.hear("the tenants are taken up anew", 1).await;
}

#[tokio::test]
async fn no_secret_is_in_the_log_or_in_an_answer() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(&folder, &sandbox);
    let page = Page::open(program.address).await;
    let mut answers = String::new();
    for fault in [
        json!({ "status": { "code": 400, "body": "json" } }),
        json!("revoked-token"),
        json!("half-answer"),
        json!("close-before-reading"),
        json!({ "delay": { "ms": 1 } }),
    ] {
        sandbox.fault("add-task", fault).await;
        answers += &page.submit(&page.new_key(), &incident("Seal broken")).await.text;
    }
    std::fs::write(folder.path().join("password"), "another-secret").unwrap();
    sandbox.fault("add-task", json!("expired-token")).await;
    answers += &page.submit(&page.new_key(), &incident("Seal broken")).await.text;

    program.signal("-TERM");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("add-task") && log.contains("answered"), "something was logged");
    let sealing_key = std::fs::read_to_string(folder.path().join("relay.seal-key")).unwrap();
    let mut secrets = vec![PASSWORD.to_owned(), "another-secret".to_owned(), page.token.clone(), sealing_key];
    for send in sandbox.sends().await {
        let authorization = send["headers"]["authorization"].as_str().unwrap();
        secrets.push(authorization.trim_start_matches("Bearer ").to_owned());
    }
    assert!(secrets.len() >= 10);
    for secret in secrets {
        assert!(secret.len() > 8);
        assert!(!log.contains(&secret), "a secret of {} letters is in the log", secret.len());
        assert!(!answers.contains(&secret), "a secret of {} letters is in an answer", secret.len());
    }
}

#[tokio::test]
async fn check_says_all_that_is_wrong_and_nothing_when_all_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let check = || {
        let out = relay(&folder).arg("check").output().unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let owner_alone = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.path().join("password"), owner_alone).unwrap();
    std::fs::create_dir(folder.path().join("widget")).unwrap();
    let right = settings(([127, 0, 0, 1], 1).into(), &folder, "");
    std::fs::write(folder.path().join("relay.toml"), &right).unwrap();
    let (code, stdout, stderr) = check();
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert!(stdout.contains("is right"));

    let wrong = right.replace("[store]", "[sore]").replace("listen = \"127.0.0.1:0\"\nhealth", "listen = 7\nhealth");
    std::fs::write(folder.path().join("relay.toml"), wrong).unwrap();
    let (code, _, stderr) = check();
    assert_eq!(code, Some(2));
    for told in ["server.listen (line 3): expected a text", "sore (line 5): unknown section: store is meant"] {
        assert!(stderr.contains(told), "{told} is not in\n{stderr}");
    }
    assert!(!stderr.contains("is needed"), "{stderr}");
    let mut run = relay(&folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = String::new();
    run.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(2), "it does not start either");
    assert!(stderr.contains("sore (line 5): unknown section"));
}

#[tokio::test]
async fn check_looks_at_what_the_file_names_and_at_the_environment_as_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    std::fs::create_dir(folder.path().join("widget")).unwrap();
    std::fs::write(folder.path().join("relay.toml"), settings(([127, 0, 0, 1], 1).into(), &folder, "")).unwrap();
    let told = |name: &str, value: &[u8]| {
        let value = std::ffi::OsStr::from_bytes(value);
        let out = relay(&folder).arg("check").env(format!("BZCTRL_RELAY__{name}"), value).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{name}");
        String::from_utf8(out.stderr).unwrap()
    };
    let here = folder.path().to_str().unwrap();
    assert!(told("STORE__PATH", here.as_bytes()).contains("BZCTRL_RELAY__STORE__PATH: "));
    assert!(told("STORE__PATH", b"/proc/relay.sqlite").contains("is on no disk"));
    assert!(told("STORE__PATH", format!("{here}/password").as_bytes()).contains("is no SQLite database"));
    assert!(told("LOG__FILTER", b"in\xfffo").contains("BZCTRL_RELAY__LOG__FILTER: its value is not UTF-8"));
    assert!(told("LO\u{e9}G", b"x").contains("no setting has this name"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is made");
}

#[tokio::test]
async fn a_second_relay_on_the_same_store_does_not_start() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    let _first = Program::start(&folder, &sandbox);
    let second = relay(&folder).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8(second.stderr).unwrap().contains("another relay uses"));
}

#[tokio::test]
async fn a_tenant_that_gives_bzctrls_token_to_whoever_asks_is_warned_of_at_the_start() {
    let sandbox = Sandbox::start().await;
    let told = |more: &str| {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::with(&folder, &sandbox, more);
        let log = std::fs::read_to_string(&program.log).unwrap();
        let told: Vec<_> =
            log.lines().filter(|line| line.contains("whoever reaches the relay")).map(str::to_owned).collect();
        told
    };
    let warned = told("mode = 'token'");
    assert!(warned.len() == 1 && warned[0].contains("WARN") && warned[0].contains("demo"), "{warned:?}");
    assert!(told("mode = 'sealed'").is_empty());
}

#[tokio::test]
async fn at_sighup_the_tenants_are_taken_up_anew_and_a_wrong_file_changes_nothing() {
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(&folder, &sandbox);
    let page = Page::open(program.address).await;
    let todo = incident("Seal broken");
    let hear = async |said: &str| {
        program.signal("-HUP");
        for _ in 0..200 {
            if std::fs::read_to_string(&program.log).unwrap().contains(said) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it has not said: {said}");
    };
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let wrong = settings(sandbox.address, &folder, "not_before = 'yesterday'");
    std::fs::write(folder.path().join("relay.toml"), wrong).unwrap();
    hear("the tenants stay as they were").await;
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201);

    let now = i64::try_from(crate::host::now()).unwrap();
    let revoking = format!("not_before = '{}'", jiff::Timestamp::from_second(now).unwrap());
    std::fs::write(folder.path().join("relay.toml"), settings(sandbox.address, &folder, &revoking)).unwrap();
    hear("the tenants are taken up anew").await;
    assert_eq!(page.submit(&page.new_key(), &todo).await.problem(), (401, "token-expired"));
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201);
}

#[tokio::test]
async fn a_start_says_who_else_may_change_what_it_believes_and_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let permit = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let widget = folder.path().join("widget");
    std::fs::create_dir_all(widget.join("v1")).unwrap();
    permit(folder.path(), 0o755);
    permit(&widget.join("v1"), 0o777);
    let program = Program::start(&folder, &sandbox);
    let warned = |log: &str, says: &str| log.lines().any(|line| line.contains("WARN") && line.contains(says));
    let says = format!("everybody on this machine may write {}/v1", widget.display());
    assert!(warned(&program.log(), &says), "{}", program.log());
    assert!(warned(&program.log(), "everybody on this machine may read"), "the password");
    Page::open(program.address).await;
    program.end().await;
    permit(folder.path(), 0o700);
    std::fs::remove_file(folder.path().join("log")).unwrap();
    let program = Program::start(&folder, &sandbox);
    assert!(!warned(&program.log(), "on this machine"), "{}", program.log());
}

/// What a start that fails, or an end that does, writes to standard error.
async fn failing(folder: &TempDir, set: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = relay(folder);
    command.envs(set.iter().copied()).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn is_json(log: &str) -> bool {
    let is_line =
        |line: &str| serde_json::from_str(line).is_ok_and(|line: serde_json::Value| line["level"].is_string());
    !log.is_empty() && log.lines().all(is_line)
}

#[tokio::test]
async fn every_line_of_the_log_is_json_also_what_is_said_of_a_start_that_fails() {
    const FILTER: &str = "BZCTRL_RELAY__LOG__FILTER";
    const FORMAT: &str = "BZCTRL_RELAY__LOG__FORMAT";
    let sandbox = Sandbox::start().await;
    let folder = tempfile::tempdir().unwrap();
    // No file at all, one that is no TOML, settings that are wrong, a store that another has: whatever is logged else.
    let (code, log) = failing(&folder, &[]).await;
    assert!(code == Some(2) && is_json(&log) && log.contains("there is no file"), "{log}");
    let right = settings(sandbox.address, &folder, "");
    for text in ["[server", "[server]\nlisten = 7\n[log]\nformat = 'json'"] {
        std::fs::write(folder.path().join("relay.toml"), text).unwrap();
        let (code, log) = failing(&folder, &[]).await;
        assert!(code == Some(2) && is_json(&log) && log.contains("is not right: "), "{log}");
    }
    let program = Program::of(&folder, &right, "info");
    for filter in ["info", "off"] {
        let (code, log) = failing(&folder, &[(FILTER, filter)]).await;
        assert!(code == Some(1) && is_json(&log) && log.contains("another relay uses"), "{log}");
    }
    let (code, log) = failing(&folder, &[(FORMAT, "text")]).await;
    assert!(code == Some(1) && log.ends_with("give this one a store of its own\n") && !log.contains("{\""), "{log}");
    assert!(log.contains("bzctrl-relay: another relay uses"), "{log}");
    // By the file, where that can be read so far.
    std::fs::write(folder.path().join("relay.toml"), "[server]\nlisten = 7\n[log]\nformat = 'text'").unwrap();
    let (_, log) = failing(&folder, &[]).await;
    assert!(log.starts_with("bzctrl-relay: ") && log.contains("server.listen (line 2): "), "{log}");
    program.end().await;
}

#[tokio::test]
async fn a_configuration_that_is_a_pipe_without_a_writer_keeps_neither_start_nor_reload() {
    let (_sandbox, folder, program) = started_quietly().await;
    let file = folder.path().join("relay.toml");
    std::fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    program.signal("-HUP");
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    let (code, log) = failing(&folder, &[]).await;
    assert!(code == Some(2) && log.contains("it is a pipe"), "{log}");
    for _ in 0..100 {
        if program.log().contains("it is a pipe") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(program.log().contains("the tenants stay as they were"), "{}", program.log());
    program.end().await;
}

#[tokio::test]
async fn a_widget_file_that_is_a_pipe_is_no_file() {
    let (_sandbox, folder, program) = started_quietly().await;
    let widget = folder.path().join("widget");
    for name in ["v1/bzctrl.js", "0.1.0/manifest.json"] {
        let path = widget.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let asked = client().get(format!("http://{}/widget/{name}", program.address));
        assert_eq!(Answer::to(asked.timeout(Duration::from_secs(3))).await.status, 404, "{name}");
    }
}
