//! What may exist is never forgotten, and never denied: each fault that was seen, as a story.

use super::*;
use crate::form::event::Wait;

fn direct() -> TokenAnswer {
    let endpoint = Some("https://bzctrl.example/add-task".to_owned());
    TokenAnswer { mode: Mode::Token, task_endpoint: endpoint, key_epoch: None, ..sealed() }
}

/// In token mode: sent.
fn sent_directly() -> Form {
    let mut form = Form::opened();
    form.token_comes(direct());
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    form
}

/// In token mode: sent, and never answered.
pub(super) fn unanswered() -> Form {
    let mut form = sent_directly();
    form.answer_comes(Reply::Nothing);
    form
}

/// In sealed mode: sent, unknown, and sent again knowingly.
fn sent_again() -> Form {
    let mut form = Form::sent();
    form.problem_comes(Code::OutcomeUnknown);
    form.sends_again();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    form
}

fn reloaded(form: &Form) -> Form {
    let kept = Kept::read(&form.state.kept().write()).unwrap();
    Form::with(config(), kept)
}

#[test]
fn what_defaults_filled_is_sent_as_it_was_after_a_reload() {
    let tenant = TokenAnswer {
        defaults: Members::from_iter([("todoType", "TASK"), ("domainWorkSpace", "EXA"), ("priority", "HIGH")]),
        ..sealed()
    };
    let mut page = config();
    page.given.clear(Field::DomainWorkSpace);
    page.given.set(Field::Lrn, "LRN 1");
    let mut form = Form::with(page.clone(), Kept::default());
    form.token_comes(tenant);
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.types(Field::Result, "Cleared");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    let sent = form.state.request().unwrap();
    assert_eq!(sent.todo.text(Field::Priority), "HIGH");

    // The page and the tenant say other things now.
    page.given.set(Field::Lrn, "LRN 2");
    page.given.set(Field::Priority, "LOW");
    page.locked.insert(Field::Priority);
    page.omitted.insert(Field::Result);
    let kept = Kept::read(&form.state.kept().write()).unwrap();
    let mut form = Form::with(page, kept);
    let others = Members::from_iter([("todoType", "INCIDENT"), ("domainWorkSpace", "OTHER")]);
    form.token_comes(TokenAnswer { defaults: others, ..sealed() });
    form.submits();
    let again = form.state.request().unwrap();
    assert_eq!((again.todo, again.key), (sent.todo, sent.key));
}

#[test]
fn an_amount_is_read_after_a_reload_as_it_was_read_before() {
    let mut form = Form::filled();
    form.types(Field::FinancialImpact, "1.250");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    let sent = form.state.request().unwrap().todo;
    let mut state = State::new(Rc::new(config()), Numbers::POINT, form.state.kept());
    state.reduce(Event::TokenCame(Ok(Box::new(sealed())), 0.0));
    assert_eq!(state.request().unwrap().todo, sent);
}

#[test]
fn no_address_is_kept_of_what_was_sent() {
    let written = Form::sent().state.kept().write();
    assert!(written.contains("Seal broken") && !written.contains('@'), "{written}");
}

#[test]
fn a_defaults_word_in_another_case_is_the_word() {
    let mut page = config();
    page.given.clear(Field::TodoType);
    let mut form = Form::with(page, Kept::default());
    let defaults = Members::from_iter([("todoType", "Task"), ("priority", "high"), ("status", "Done")]);
    form.token_comes(TokenAnswer { defaults, ..sealed() });
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
    let todo = form.state.request().unwrap().todo;
    assert_eq!((todo.text(Field::Priority), todo.text(Field::Status)), ("HIGH", "DONE"));
    assert_eq!(form.state.todo_type(), TodoType::Task);
}

#[test]
fn a_no_of_what_was_sent_again_says_that_the_first_may_exist_and_so_does_the_next_no() {
    let mut token_mode = unanswered();
    token_mode.sends_again();
    token_mode.answer_comes(answer(Answer { status: 400, text: "no such category".to_owned(), ..Answer::default() }));
    let mut sealed_mode = sent_again();
    sealed_mode.problem_comes(Code::UpstreamRejected);
    for mut form in [token_mode, sealed_mode] {
        assert!(form.state.editable() && form.state.standing().may_exist);
        assert!(!form.state.can_start_anew() && form.state.can_be_left());
        let kept = reloaded(&form);
        assert_eq!(kept.state.notice, Some(Notice::Earlier), "a reload tells of it");
        assert!(kept.state.editable() && kept.state.can_be_left() && kept.state.standing().may_exist);
        assert!(kept.asked.contains(&Effect::AnnounceProblem));

        form.types(Field::Title, "Seal broken, twice");
        form.submits();
        form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
        assert!(form.asked.contains(&Effect::SendTask));
        let no = answer(Answer { status: 400, text: "no".to_owned(), ..Answer::default() });
        if form.state.request().unwrap().mode == Mode::Sealed {
            form.problem_comes(Code::UpstreamRejected)
        } else {
            form.answer_comes(no)
        }
        assert!(form.state.standing().may_exist, "a second no says no more of the first");
        form.tell(Event::CloseNow);
        assert!(form.asked.contains(&Effect::Close(Reason::Unknown)));
    }
}

#[test]
fn a_todo_that_is_made_ends_the_doubt() {
    let mut form = sent_again();
    form.todo_comes();
    assert!(!form.state.undecided());
    form.tell(Event::StartAnew);
    assert!(!form.state.undecided() && form.state.kept() == Kept::default());
}

#[test]
fn the_outcome_of_a_key_is_shown_until_its_doubt_ends_and_the_key_is_not_named_again() {
    for code in [Code::KeyReplaced, Code::KeyReused] {
        let mut form = Form::sent();
        let problem =
            Problem { code: code.as_str().to_owned(), task_link: Some(LINK.to_owned()), ..Problem::default() };
        form.answer_comes(answer(Answer { status: code.status(), problem: Some(problem), ..Answer::default() }));
        form.now += 300_000.0;
        form.sends_again();
        form.tell(Event::TokenCame(Err(Notice::TokenUnusable(None).into()), form.now));
        assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
        assert_eq!(form.state.links().len(), 1, "it is still shown");
        form.sends_again();
        form.token_comes(sealed());
        assert_eq!(form.state.request().unwrap().replaces, None);
        form.problem_comes(Code::UpstreamRejected);
        assert!(form.state.standing().may_exist);
        assert_eq!(form.state.links().len(), 1);
        form.submits();
        form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
        form.todo_comes();
        assert!(form.state.links().is_empty());
    }
}

#[test]
fn nothing_is_sent_for_a_press_that_a_sleep_has_made_old() {
    let late = 7_200_000.0;
    // While it waits.
    let mut form = Form::sent();
    form.problem_comes(Code::UpstreamUnavailable);
    let Phase::Waiting(Wait { number, .. }) = form.state.phase else { panic!("it does not wait") };
    form.tell(Event::WaitOver(number, form.now + late));
    assert!(form.state.editable() && !form.asked.contains(&Effect::SendTask));
    assert_eq!(form.state.notice, Some(Notice::Problem(Code::UpstreamUnavailable)));
    // While an answer is lost.
    let mut form = Form::sent();
    form.answer_comes(Reply::Nothing);
    let Phase::Waiting(Wait { number, .. }) = form.state.phase else { panic!("it does not wait") };
    form.tell(Event::WaitOver(number, form.now + late));
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::AskAgain)) && form.state.standing().asking_is_safe);
    // While a token is fetched.
    let mut form = Form::filled();
    form.now += 300_000.0;
    form.submits();
    form.now += late;
    form.token_comes(sealed());
    assert!(form.state.editable());
    assert_eq!(form.state.notice, Some(Notice::Late));
    // While the page is asked.
    let mut form = Form::filled();
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now + late));
    assert!(form.state.editable() && !form.asked.contains(&Effect::SendTask));
    // While the refused token is renewed.
    let mut form = Form::sent();
    form.problem_comes(Code::TokenExpired);
    form.now += late;
    form.token_comes(sealed());
    assert!(form.state.editable() && !form.asked.contains(&Effect::SendTask));
    // While it was to be sent again.
    let mut form = Form::sent();
    form.problem_comes(Code::OutcomeUnknown);
    form.now += 300_000.0;
    form.sends_again();
    form.now += late;
    form.token_comes(sealed());
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
}

#[test]
fn a_refused_account_after_a_doubt_leaves_a_way_out_and_is_told_after_a_reload() {
    let mut form = sent_again();
    form.problem_comes(Code::UpstreamCredentials);
    assert!(form.state.editable() && form.state.can_be_left());
    assert!(reloaded(&form).state.can_be_left());
    form.tell(Event::Leave);
    assert_eq!(form.asked, [Effect::Forget, Effect::Close(Reason::Unknown)]);
}

#[test]
fn closing_while_a_refused_token_is_renewed_says_the_same_everywhere() {
    let mut form = Form::sent();
    form.problem_comes(Code::TokenExpired);
    assert!(form.asked.contains(&Effect::Keep) && !form.state.kept().undecided);
    form.tell(Event::CloseNow);
    assert_eq!(form.asked.last(), Some(&Effect::Close(Reason::Cancelled)));
    form.token_comes(sealed());
    assert_eq!(form.asked, []);
}

#[test]
fn what_was_to_be_sent_again_is_not_sent_by_a_form_that_was_closed_first() {
    let mut form = Form::sent();
    form.problem_comes(Code::OutcomeUnknown);
    form.now += 300_000.0;
    form.sends_again();
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [Effect::Keep, Effect::Close(Reason::Unknown)]);
    form.token_comes(sealed());
    assert_eq!(form.asked, []);
    assert!(form.state.kept().undecided);

    let mut form = sent_again();
    form.problem_comes(Code::UpstreamUnavailable);
    form.tell(Event::CloseNow);
    assert_eq!(form.asked.last(), Some(&Effect::Close(Reason::Unknown)));
    assert!(form.state.editable(), "it waits for nothing any more");
}

#[test]
fn a_damaged_key_is_no_key() {
    let kept = Kept { key: Some("e1.xyz".to_owned()), ..Form::sent().state.kept() };
    let mut form = Form::with(config(), kept);
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
    assert!(!form.state.standing().asking_is_safe);
    form.token_comes(sealed());
    form.sends_again();
    assert!(form.state.standing().may_exist, "the first may exist");
}

#[test]
fn sending_again_to_nowhere_keeps_the_key_that_is_in_doubt() {
    let mut form = unanswered();
    form.sends_again();
    form.answer_comes(answer(Answer { status: 429, ..Answer::default() }));
    assert_eq!(form.state.notice, Some(Notice::Busy));
    form.now += 300_000.0;
    form.submits();
    form.token_comes(TokenAnswer { task_endpoint: None, environment: None, ..direct() });
    assert_eq!(form.state.notice, Some(Notice::NoTaskEndpoint));
    assert!(form.state.editable() && form.state.can_be_left() && form.state.kept().earlier);
}

#[test]
fn starting_anew_while_a_token_is_fetched_fetches_no_second_one() {
    let mut form = Form::with(config(), Form::filled().state.kept());
    form.tell(Event::StartAnew);
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert!(!form.asked.contains(&Effect::FetchToken));
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_wait_counts_down_and_can_be_stopped() {
    let mut form = Form::sent();
    form.problem_comes(Code::RateLimited);
    let Phase::Waiting(wait) = form.state.phase else { panic!("it does not wait") };
    form.tell(Event::WaitGoesOn(Wait { seconds: 1, ..wait }));
    assert!(matches!(form.state.phase, Phase::Waiting(Wait { seconds: 1, .. })));
    form.tell(Event::WaitGoesOn(Wait { number: wait.number + 1, seconds: 9 }));
    assert!(matches!(form.state.phase, Phase::Waiting(Wait { seconds: 1, .. })), "another's");
    form.tell(Event::Stop);
    assert!(form.state.editable());
    form.tell(Event::WaitOver(wait.number, form.now));
    assert_eq!(form.asked, []);

    let mut form = Form::sent();
    form.answer_comes(Reply::Nothing);
    form.tell(Event::Stop);
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::AskAgain)));
}

#[test]
fn what_was_never_sent_is_not_said_to_be_in_doubt() {
    for (reply, notice) in [(Reply::Blocked, Notice::Blocked), (Reply::Unsent, Notice::NoTaskEndpoint)] {
        let mut form = sent_directly();
        form.answer_comes(reply);
        assert_eq!(form.state.notice, Some(notice));
        assert!(form.state.editable() && !form.state.undecided());
    }
    let mut form = Form::sent();
    form.answer_comes(Reply::Offline);
    assert_eq!(form.state.notice, Some(Notice::Offline));
    assert!(!form.state.undecided());
    form.waits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    form.answer_comes(Reply::Nothing);
    form.waits();
    form.answer_comes(Reply::Offline);
    assert!(form.state.undecided(), "the one before may have arrived");
}

#[test]
fn where_todos_go_without_a_key_none_is_kept_for_them() {
    let mut form = sent_again();
    form.problem_comes(Code::UpstreamCredentials);
    form.now += 300_000.0;
    form.submits();
    form.token_comes(direct());
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    assert!(form.asked.contains(&Effect::SendTask));
    assert_eq!((form.state.kept().key, form.state.kept().earlier), (None, true));
}

#[test]
fn a_key_costs_less_than_a_ms_whatever_stands_in_another_field() {
    let mut form = Form::filled();
    form.types(Field::Description, &"A megabyte. ".repeat(90_000));
    let began = std::time::Instant::now();
    for number in 0..100 {
        form.types(Field::Title, &number.to_string());
    }
    assert!(began.elapsed().as_millis() < 100, "{:?} for 100 keys", began.elapsed());
    form.tell(Event::KeepNow);
    assert_eq!(form.asked, [Effect::Keep]);
    form.tell(Event::KeepNow);
    assert_eq!(form.asked, [], "nothing new");
}

#[test]
fn what_was_typed_is_kept_at_a_pause_and_at_once_where_the_page_may_be_gone() {
    let mut form = Form::filled();
    form.tell(Event::KeepNow);
    form.types(Field::Title, "Seal");
    assert_eq!(form.asked, [Effect::KeepSoon]);
    form.types(Field::Title, "Seal b");
    assert_eq!(form.asked, [], "one pause is waited for");
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.asked, [Effect::Keep], "a field that is left");
    form.types(Field::Title, "Seal br");
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [Effect::Keep, Effect::Close(Reason::Cancelled)]);
}

#[test]
fn a_copy_of_a_draft_is_another_todo_but_a_doubt_is_one() {
    let mut form = Form::sent();
    form.problem_comes(Code::UpstreamCredentials);
    let key = form.key().to_owned();
    let mut copy = reloaded(&form);
    assert_eq!(copy.key(), key, "a reload goes on with its key");
    copy.tell(Event::IsCopy);
    assert_eq!(copy.asked, [Effect::Keep]);
    assert_eq!((copy.state.key(), copy.state.draft.text(Field::Title)), (None, "Seal broken"));

    let mut form = Form::sent();
    form.answer_comes(Reply::Nothing);
    let mut copy = reloaded(&form);
    copy.tell(Event::IsCopy);
    assert_eq!(copy.key(), form.key());

    let mut form = Form::sent();
    let key = form.key().to_owned();
    for late in [Event::IsCopy, Event::IsAnothers(String::new())] {
        form.tell(late);
        assert_eq!((form.key(), form.state.request().is_some()), (key.as_str(), true), "what is on its way stays so");
    }
}

#[test]
fn a_frame_that_finds_anothers_draft_begins_with_its_own() {
    let mut form = reloaded(&Form::filled());
    assert!(form.state.restored);
    form.tell(Event::IsAnothers(String::new()));
    assert_eq!((form.state.restored, form.state.draft.text(Field::Title)), (false, ""));
    let mut form = reloaded(&Form::filled());
    form.types(Field::Title, "Typed on");
    form.tell(Event::IsAnothers(String::new()));
    assert_eq!(form.state.draft.text(Field::Title), "Typed on", "nothing typed is lost");
    // What was typed is kept when its field is left; a busy browser brings the answer after that.
    let mut form = reloaded(&Form::filled());
    form.types(Field::Title, "Typed on");
    form.tell(Event::Left(Field::Title, false));
    form.tell(Event::IsAnothers(String::new()));
    assert_eq!((form.state.draft.text(Field::Title), &form.asked[..]), ("Typed on", &[Effect::Keep][..]));
}

#[test]
fn a_store_that_is_another_than_that_of_the_token_gets_a_key_of_its_own_when_it_is_sent_again() {
    let mut form = Form::sent();
    form.problem_comes(Code::KeyUnknown);
    let mut answer = sealed();
    answer.key_epoch = Some("e2".to_owned());
    form.sends_again();
    assert_eq!(form.asked, [Effect::FetchToken]);
    form.token_comes(answer);
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    let request = form.state.request().unwrap();
    assert_eq!((request.key.unwrap().epoch(), request.replaces.unwrap().epoch()), ("e2", "e1"));
}

#[test]
fn a_relay_that_was_another_for_a_while_is_asked_anew_at_the_next_press() {
    let mut form = Form::sent();
    form.answer_comes(Reply::Nothing);
    form.now += 3_600_000.0;
    form.waits();
    let mut other = sealed();
    other.mode = Mode::Token;
    form.submits();
    form.token_comes(other);
    assert_eq!(form.state.notice, Some(Notice::TokenUnusable(Some("mode"))));
    form.submits();
    assert_eq!(form.asked, [Effect::FetchToken]);
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
}

#[test]
fn a_press_that_waited_for_the_second_part_for_longer_than_two_minutes_sends_nothing() {
    for undecided in [false, true] {
        let mut form = Form::filled();
        if undecided {
            form = Form::sent();
            form.answer_comes(Reply::Nothing);
            form.tell(Event::Stop);
        }
        form.age = 121_000.0;
        form.submits();
        assert!(!form.asked.contains(&Effect::SendTask) && !form.asked.contains(&Effect::AskHost), "{:?}", form.asked);
        assert_eq!(form.state.notice, Some(Notice::Late));
    }
}

#[test]
fn a_frame_that_begins_with_a_doubt_of_its_own_tells_the_page_of_it() {
    let mut own = Form::sent();
    own.answer_comes(Reply::Nothing);
    let mut form = reloaded(&Form::filled());
    form.tell(Event::IsAnothers(own.state.kept().write()));
    assert_eq!(form.state.notice, Some(Notice::Interrupted));
    assert_eq!(form.asked, [Effect::AnnounceProblem]);
}
