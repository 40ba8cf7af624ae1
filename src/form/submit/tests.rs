//! Each line of the protocol's two tables, and each sentence of the client's rules.

use bzctrl_contract::{Outcome, ProblemField, UpstreamAnswer};

use super::*;

fn sent() -> Todo {
    let body = r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken","description":"At gate 4",
        "status":"IN PROGRESS","assignee":"a@example.com","reporter":"a@example.com","orderID":"ORDER 777"}"#;
    Todo::read(&serde_json::from_str(body).unwrap()).unwrap()
}

fn problem(status: u16, code: &str) -> Reply {
    told_with(status, Problem { code: code.to_owned(), ..Problem::default() }, None)
}

fn told_with(status: u16, problem: Problem, retry_after: Option<u32>) -> Reply {
    Reply::Answer(Box::new(Answer { status, problem: Some(problem), retry_after, ..Answer::default() }))
}

fn todo(status: u16, link: &str) -> Reply {
    let todo = CreatedTodo {
        title: Some("Seal broken".to_owned()),
        task_link: Some(link.to_owned()),
        ..CreatedTodo::default()
    };
    Reply::Answer(Box::new(Answer { status, todo: Some(todo), ..Answer::default() }))
}

fn other(status: u16, text: &str) -> Reply {
    Reply::Answer(Box::new(Answer { status, text: text.to_owned(), ..Answer::default() }))
}

const FRESH: Attempt = Attempt { undecided: false, pressed_at: 0.0, tries: 1, wall: 0, renewed: false };
const UNDECIDED: Attempt = Attempt { undecided: true, ..FRESH };

/// What a relay's answer leads to.
fn after(attempt: &Attempt, reply: Reply) -> NextStep {
    next(verdict(Mode::Sealed, Some(&sent()), reply), attempt, 1000.0)
}

fn edits(next: NextStep) -> Notice {
    match next {
        NextStep::Edit { notice, new_key: false, .. } => notice,
        other => panic!("the form should be open again under the same key: {other:?}"),
    }
}

fn waits(next: NextStep) -> (u32, bool) {
    match next {
        NextStep::AskAgain { after_ms, undecided, .. } => (after_ms, undecided),
        other => panic!("it should ask again by itself: {other:?}"),
    }
}

fn doubts(next: NextStep) -> (Notice, WaysOut) {
    match next {
        NextStep::Doubt { notice, ways } => (notice, ways),
        other => panic!("it should be in doubt: {other:?}"),
    }
}

#[test]
fn only_201_with_a_json_object_is_created() {
    assert!(matches!(
        after(&FRESH, todo(201, "https://bzctrl.com/app/#/todo/1")),
        NextStep::Created { replayed: false, .. }
    ));
    for reply in [todo(200, "https://bzctrl.com/1"), todo(202, "https://bzctrl.com/1"), other(201, "<p>welcome</p>")] {
        assert_eq!(waits(after(&FRESH, reply)), (2000, true));
    }
}

#[test]
fn json_that_does_not_speak_of_the_todo_is_no_word_on_it() {
    let says = |title: Option<&str>, task_type: Option<&str>, link: Option<&str>| {
        let of = |text: Option<&str>| text.map(str::to_owned);
        CreatedTodo { title: of(title), task_type: of(task_type), task_link: of(link), ..CreatedTodo::default() }
    };
    let answer =
        |todo: CreatedTodo| Reply::Answer(Box::new(Answer { status: 201, todo: Some(todo), ..Answer::default() }));
    for portal in
        [says(None, None, None), says(Some("Login needed"), None, None), says(Some("Bad Gateway"), Some("x"), None)]
    {
        assert_eq!(waits(after(&FRESH, answer(portal.clone()))), (2000, true));
        assert_eq!(doubts(direct(answer(portal))), (Notice::Unknown, WaysOut::SendAgain));
    }
    for bzctrl in [
        says(Some("Seal broken"), None, None),
        says(None, Some("incident"), Some("javascript:alert(1)")),
        says(Some("As BzCtrl has it"), None, Some("https://bzctrl.com/1")),
    ] {
        assert!(matches!(after(&FRESH, answer(bzctrl.clone())), NextStep::Created { .. }));
        assert!(matches!(direct(answer(bzctrl)), NextStep::Created { .. }));
    }
}

#[test]
fn in_token_mode_a_page_is_no_word_of_bzctrl_whatever_its_status() {
    for status in [200, 201, 400, 401, 403, 404, 422, 429, 502] {
        let page = other(status, "\n <!doctype html><h1>Not here</h1>");
        assert_eq!(doubts(direct(page)), (Notice::Unknown, WaysOut::SendAgain), "{status}");
    }
}

#[test]
fn a_proxys_html_is_a_lost_answer_and_not_a_no() {
    for status in [200, 400, 403, 404, 413, 500, 502, 503, 504] {
        assert_eq!(waits(after(&FRESH, other(status, "<h1>Bad gateway</h1>"))), (2000, true));
    }
    assert_eq!(waits(after(&FRESH, problem(502, "made-up"))), (2000, true));
    assert_eq!(waits(after(&FRESH, Reply::Nothing)), (2000, true));
}

#[test]
fn a_key_that_is_being_sent_is_waited_for() {
    let reply = told_with(409, Problem { code: "in-progress".to_owned(), ..Problem::default() }, Some(3));
    assert_eq!(waits(after(&FRESH, reply)), (3000, true));
}

#[test]
fn what_was_not_sent_is_tried_again_and_stays_decided() {
    assert_eq!(waits(after(&UNDECIDED, problem(503, "upstream-unavailable"))), (2000, false));
    assert_eq!(
        edits(after(&UNDECIDED, problem(503, "upstream-credentials"))),
        Notice::Problem(Code::UpstreamCredentials)
    );
}

#[test]
fn a_no_of_bzctrl_shows_its_reason_and_the_next_submit_makes_a_new_key() {
    let upstream = Some(UpstreamAnswer { status: 422, reason: "Unknown category".to_owned() });
    let reply = told_with(502, Problem { code: "upstream-rejected".to_owned(), upstream, ..Problem::default() }, None);
    assert_eq!(
        after(&UNDECIDED, reply),
        NextStep::Edit {
            notice: Notice::Rejected { status: 422, reason: "Unknown category".to_owned() },
            errors: Vec::new(),
            new_key: true
        }
    );
}

#[test]
fn an_unknown_outcome_has_two_ways_out_and_is_never_sent_again_by_itself() {
    for (status, word, code) in [(504, "outcome-unknown", Code::OutcomeUnknown), (410, "key-unknown", Code::KeyUnknown)]
    {
        assert_eq!(doubts(after(&FRESH, problem(status, word))), (Notice::Problem(code), WaysOut::SendAgain));
    }
}

#[test]
fn a_key_with_another_outcome_shows_that_one() {
    let link = "https://bzctrl.com/app/#/todo/1";
    let reply = told_with(
        422,
        Problem { code: "key-reused".to_owned(), task_link: Some(link.to_owned()), ..Problem::default() },
        None,
    );
    let (what, ways) = doubts(after(&FRESH, reply));
    assert_eq!(what, Notice::Outcome { code: Code::KeyReused, link: TaskLink::parse(link), replaced_link: None });
    assert_eq!(ways, WaysOut::SendAgain);

    let replaced_by = Some(Outcome { outcome: "created".to_owned(), task_link: Some(link.to_owned()) });
    let reply = told_with(410, Problem { code: "key-replaced".to_owned(), replaced_by, ..Problem::default() }, None);
    let (what, _) = doubts(after(&FRESH, reply));
    assert_eq!(what, Notice::Outcome { code: Code::KeyReplaced, link: None, replaced_link: TaskLink::parse(link) });
}

#[test]
fn a_token_is_renewed_once_a_press() {
    for word in ["token-expired", "token-invalid"] {
        assert_eq!(after(&FRESH, problem(401, word)), NextStep::RenewToken);
        let renewed = Attempt { renewed: true, ..FRESH };
        assert!(matches!(
            edits(after(&renewed, problem(401, word))),
            Notice::Problem(Code::TokenExpired | Code::TokenInvalid)
        ));
    }
}

#[test]
fn what_speaks_of_the_request_alone_leaves_the_key_as_undecided_as_it_was() {
    for (status, word) in [
        (400, "key-invalid"),
        (403, "origin-denied"),
        (403, "identity-denied"),
        (403, "workspace-denied"),
        (413, "too-large"),
        (415, "wrong-media-type"),
        (400, "invalid-task"),
    ] {
        assert_eq!(edits(after(&FRESH, problem(status, word))).code(), word);
        let (what, ways) = doubts(after(&UNDECIDED, problem(status, word)));
        assert_eq!((what.code(), ways), (word, WaysOut::AskAgain));
    }
    for (status, word) in [(429, "rate-limited"), (503, "store-unavailable"), (500, "internal")] {
        assert_eq!(waits(after(&FRESH, problem(status, word))), (2000, false));
        assert_eq!(waits(after(&UNDECIDED, problem(status, word))), (2000, true));
    }
    assert_eq!(edits(after(&FRESH, Reply::Unsent)), Notice::NoTaskEndpoint);
    assert_eq!(edits(after(&FRESH, Reply::Redirect)), Notice::SignedOut);
    assert_eq!(doubts(after(&UNDECIDED, Reply::Redirect)), (Notice::SignedOut, WaysOut::AskAgain));
}

#[test]
fn the_relays_corrections_reach_their_fields() {
    let errors = [("title", "too-long"), ("unheard-of", "unknown-field")]
        .map(|(field, code)| ProblemField { field: field.to_owned(), code: code.to_owned() });
    let reply =
        told_with(400, Problem { code: "invalid-task".to_owned(), errors: errors.into(), ..Problem::default() }, None);
    let NextStep::Edit { errors, .. } = after(&FRESH, reply) else { panic!("the form should be open again") };
    assert_eq!(errors, [FieldError { field: Field::Title, fault: Fault::TooLong }]);
}

#[test]
fn asking_by_itself_ends_two_minutes_after_the_press() {
    let at =
        |now: f64, attempt: &Attempt, reply: Reply| next(verdict(Mode::Sealed, Some(&sent()), reply), attempt, now);
    assert_eq!(waits(at(117_000.0, &FRESH, Reply::Nothing)), (2000, true));
    assert_eq!(doubts(at(118_500.0, &FRESH, Reply::Nothing)), (Notice::Lost, WaysOut::AskAgain));
    assert_eq!(
        edits(at(119_000.0, &FRESH, problem(503, "upstream-unavailable"))),
        Notice::Problem(Code::UpstreamUnavailable)
    );
}

#[test]
fn waits_grow_and_a_server_is_heard() {
    let tries = |tries: u32, after: Option<u32>| wait(&Attempt { tries, ..FRESH }, 0.0, Notice::Lost, after, true);
    assert_eq!([0, 1, 2, 3, 9].map(|number| waits(tries(number, None)).0), [1000, 2000, 4000, 8000, 16_000]);
    assert_eq!([Some(0), Some(7), Some(3600)].map(|after| waits(tries(1, after)).0), [1000, 7000, 60_000]);
    // A proxy in the relay's place, too.
    let page = Reply::Answer(Box::new(Answer { status: 503, retry_after: Some(7), ..Answer::default() }));
    assert_eq!(waits(next(verdict(Mode::Sealed, Some(&sent()), page), &FRESH, 0.0)), (7000, true));
}

/// What BzCtrl's own answer leads to, in token mode.
fn direct(reply: Reply) -> NextStep {
    next(verdict(Mode::Token, Some(&sent()), reply), &FRESH, 1000.0)
}

#[test]
fn in_token_mode_bzctrls_own_answer_is_judged() {
    assert!(matches!(direct(todo(200, "https://bzctrl.com/app/#/todo/1")), NextStep::Created { .. }));
    assert!(matches!(direct(todo(201, "javascript:alert(1)")), NextStep::Created { .. }));
    assert_eq!(direct(other(401, "")), NextStep::RenewToken);
    assert_eq!(edits(direct(other(429, ""))), Notice::Busy);
    for status in [400, 403, 404, 405, 413, 414, 415, 422, 431] {
        let NextStep::Edit { notice, new_key: true, .. } = direct(other(status, "no such workspace")) else {
            panic!("{status} is a no")
        };
        assert_eq!(notice, Notice::Rejected { status, reason: "no such workspace".to_owned() });
    }
}

#[test]
fn in_token_mode_an_answer_that_never_came_is_unknown_and_not_sent_again_by_itself() {
    for reply in [Reply::Nothing, Reply::Redirect, other(200, "<html>"), other(500, ""), other(502, ""), other(418, "")]
    {
        assert_eq!(doubts(direct(reply)), (Notice::Unknown, WaysOut::SendAgain));
    }
}
