//! A whole submission as data.

mod checks;
mod doubts;
mod known;

use bzctrl_contract::{Code, Members, Problem};

use super::story::{Form, LINK, answer, config, sealed};
use super::*;
use crate::form::submit::{Answer, Reply};

#[test]
fn one_press_makes_one_todo_and_tells_it() {
    let mut form = Form::sent();
    let request = form.state.request().unwrap();
    assert_eq!((request.endpoint.as_str(), request.token.as_str()), ("/v1/tasks", "sealed"));
    assert_eq!(request.key.unwrap().as_str(), "e1.01010101010101010101010101010101");
    assert_eq!(request.todo.text(Field::Assignee), "user@example.com");
    form.todo_comes();
    assert_eq!(form.asked, [Effect::Forget, Effect::AnnounceCreated, Effect::OpenTab, Effect::Focus(Target::Created)]);
    let Phase::Created(created) = &form.state.phase else { panic!("nothing was created") };
    assert_eq!(created.link.as_ref().unwrap().as_str(), LINK);
    assert_eq!(created.key.as_ref().unwrap().as_str(), "e1.01010101010101010101010101010101");
    form.tell(Event::Close);
    assert_eq!(form.asked, [Effect::Close(Reason::Created)]);
}

#[test]
fn a_second_press_does_nothing() {
    let mut form = Form::sent();
    form.submits();
    assert_eq!(form.asked, []);
    form.todo_comes();
    form.submits();
    assert_eq!(form.asked, []);
}

#[test]
fn a_host_that_refuses_keeps_the_form_open_and_nothing_is_sent() {
    let mut form = Form::filled();
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Refuses("This order is closed".to_owned()), form.now));
    assert!(matches!(form.state.phase, Phase::Editing));
    assert_eq!(form.state.notice, Some(Notice::HostRefused("This order is closed".to_owned())));
    assert!(!form.asked.contains(&Effect::SendTask));
}

#[test]
fn a_refused_token_is_fetched_anew_once_and_the_same_key_is_sent() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::TokenExpired);
    assert_eq!(form.asked, [Effect::Keep, Effect::FetchToken], "what was refused is no longer undecided");
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    assert_eq!(form.key(), key);
    form.problem_comes(Code::TokenExpired);
    assert_eq!(form.state.notice, Some(Notice::Problem(Code::TokenExpired)));
    assert!(matches!(form.state.phase, Phase::Editing));
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_key_until_it_comes() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.answer_comes(Reply::Nothing);
    assert!(form.state.undecided() && !form.state.editable());
    form.types(Field::Title, "Other");
    assert_eq!(form.state.draft.text(Field::Title), "Seal broken", "what is undecided is read-only");
    form.waits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    assert_eq!(form.state.request().unwrap().key.unwrap().as_str(), key);
    form.todo_comes();
    assert!(matches!(form.state.phase, Phase::Created(_)));
}

#[test]
fn two_minutes_after_the_press_only_a_press_asks() {
    let mut form = Form::sent();
    for _ in 0..200 {
        form.answer_comes(Reply::Nothing);
        if matches!(form.state.phase, Phase::Doubt(_)) {
            break;
        }
        form.waits();
    }
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::AskAgain)), "it goes on by itself");
    let key = form.key().to_owned();
    form.token_comes(sealed());
    form.submits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask], "the host was asked at the first press");
    assert_eq!(form.key(), key);
}

#[test]
fn what_was_not_sent_can_be_edited_and_keeps_its_key() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::UpstreamCredentials);
    form.types(Field::Title, "Seal broken, twice");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    assert_eq!(form.key(), key);
    assert_eq!(form.state.request().unwrap().todo.text(Field::Title), "Seal broken, twice");
}

#[test]
fn a_no_of_bzctrl_uses_the_key_up() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::UpstreamRejected);
    assert!(form.state.editable());
    form.submits();
    assert_ne!(form.key(), key);
    assert_eq!(form.state.request().unwrap().replaces, None);
}

#[test]
fn sending_an_unknown_one_again_makes_a_new_key_that_names_the_old_one() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::OutcomeUnknown);
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
    form.sends_again();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    let request = form.state.request().unwrap();
    assert_eq!(request.replaces.unwrap().as_str(), key);
    assert_ne!(request.key.unwrap().as_str(), key);
}

#[test]
fn a_key_that_was_replaced_elsewhere_is_not_replaced_once_more() {
    for code in [Code::KeyReplaced, Code::KeyReused] {
        let mut form = Form::sent();
        form.problem_comes(code);
        form.sends_again();
        assert_eq!(form.state.request().unwrap().replaces, None);
    }
}

#[test]
fn sending_again_that_fails_before_it_is_sent_leaves_the_doubt_as_it_was() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::OutcomeUnknown);
    form.now += 300_000.0;
    form.sends_again();
    assert_eq!(form.asked, [Effect::FetchToken]);
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    assert!(matches!(form.state.phase, Phase::Waiting(_)), "the press goes on");
    assert!(form.state.undecided());
    form.now += 120_000.0;
    form.waits();
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
    let kept = form.state.kept();
    assert_eq!((kept.key.as_deref(), kept.undecided), (Some(key.as_str()), true));
    form.sends_again();
    form.token_comes(sealed());
    assert_eq!(form.state.request().unwrap().replaces.unwrap().as_str(), key);
}

#[test]
fn while_the_one_that_was_sent_again_is_not_sent_the_first_stays_in_doubt() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::OutcomeUnknown);
    form.sends_again();
    form.problem_comes(Code::UpstreamCredentials);
    assert!(form.state.editable() && form.state.undecided() && !form.state.can_start_anew());
    let left = form.state.kept().forget().unwrap();
    assert_eq!((left.key.as_deref(), left.undecided, left.mode), (Some(key.as_str()), true, None));
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [Effect::Close(Reason::Unknown)]);

    let mut form = Form::sent();
    form.problem_comes(Code::OutcomeUnknown);
    form.sends_again();
    form.problem_comes(Code::UpstreamRejected);
    assert!(matches!(form.state.notice, Some(Notice::Rejected { .. })));
    assert!(form.state.standing().may_exist && !form.state.standing().asking_is_safe);
}

#[test]
fn a_todo_made_of_prefills_alone_can_be_asked_for_again_after_a_reload() {
    let mut page = config();
    page.given.set(Field::Title, "Seal broken");
    page.given.set(Field::Description, "It is");
    let mut form = Form::with(page.clone(), Kept::default());
    form.token_comes(sealed());
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    let mut form = Form::with(page, form.state.kept());
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::AskAgain)));
    assert!(form.asked.contains(&Effect::AnnounceProblem), "the host hears of what the user sees");
    form.token_comes(sealed());
    form.submits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
}

#[test]
fn a_default_type_does_not_take_away_what_the_user_fills() {
    let mut form = Form::opened();
    form.types(Field::FinancialImpact, "1.250,00");
    form.token_comes(TokenAnswer { defaults: Members::from_iter([("todoType", "TASK")]), ..sealed() });
    assert_eq!(form.state.todo_type(), TodoType::Incident);
}

#[test]
fn every_failure_is_told_each_time() {
    let mut form = Form::filled();
    form.now += 300_000.0;
    for _ in 0..2 {
        form.submits();
        assert_eq!(form.state.notice, None, "what was said of the last press is not true of this one");
        form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
        assert!(form.asked.contains(&Effect::AnnounceProblem));
    }
}

#[test]
fn leaving_an_unknown_one_drops_what_was_typed_and_says_that_nobody_knows() {
    let mut form = Form::sent();
    form.problem_comes(Code::OutcomeUnknown);
    form.tell(Event::Leave);
    assert_eq!(form.asked, [Effect::Forget, Effect::Close(Reason::Unknown)]);
}

#[test]
fn the_key_is_kept_before_anything_is_sent_and_a_reload_sends_nothing_without_a_press() {
    let form = Form::sent();
    let kept = form.state.kept();
    assert!(kept.undecided);
    assert_eq!(kept.key.as_deref(), Some(form.key()));
    assert_eq!(kept.mode, Some(Mode::Sealed));

    let key = form.key().to_owned();
    let mut form = Form::with(config(), kept);
    assert!(!form.asked.contains(&Effect::SendTask));
    assert_eq!(form.state.notice, Some(Notice::Interrupted));
    assert_eq!(form.state.draft.text(Field::Title), "Seal broken");
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::FetchKnown], "it looks, and sends nothing");
    form.submits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
    assert_eq!(form.key(), key);
}

#[test]
fn of_a_forgotten_submission_nothing_can_be_sent() {
    let kept = Form::sent().state.kept().forget().unwrap();
    let mut form = Form::with(config(), kept);
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::Leave)));
    form.token_comes(sealed());
    form.submits();
    assert_eq!(form.asked, []);
}

#[test]
fn a_draft_comes_back_after_a_reload_and_can_be_started_anew() {
    let mut form = Form::filled();
    form.types(Field::TodoType, "TASK");
    form.types(Field::Result, "Cleared");
    let mut form = Form::with(config(), form.state.kept());
    assert!(form.state.restored && form.state.editable());
    assert_eq!(form.state.todo_type(), TodoType::Task);
    assert_eq!(form.state.draft.text(Field::Result), "Cleared");
    form.tell(Event::StartAnew);
    assert_eq!(form.asked, [Effect::Forget, Effect::Focus(Target::First)]);
    assert_eq!(form.state.draft, config().given);
    assert!(!form.state.restored);
}

#[test]
fn closing_asks_when_something_was_typed() {
    let mut form = Form::opened();
    form.tell(Event::Close);
    assert_eq!(form.asked, [Effect::Close(Reason::Cancelled)]);

    let mut form = Form::filled();
    form.tell(Event::Close);
    assert_eq!(form.asked, [Effect::Focus(Target::Question)]);
    form.tell(Event::Stay);
    assert!(!form.state.closing);
    form.tell(Event::Close);
    form.tell(Event::Close);
    assert_eq!(form.asked, [Effect::Keep, Effect::Close(Reason::Cancelled)]);
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [], "the browser's own close event comes after ours");
}

#[test]
fn a_submission_goes_on_when_the_form_is_closed_and_opens_no_tab() {
    let mut form = Form::sent();
    form.tell(Event::Close);
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [Effect::Close(Reason::Unknown)]);
    form.todo_comes();
    assert!(form.asked.contains(&Effect::AnnounceCreated));
    assert!(!form.asked.contains(&Effect::OpenTab));
}

#[test]
fn what_was_cancelled_before_it_was_sent_is_not_sent_afterwards() {
    let mut form = Form::opened();
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    form.tell(Event::CloseNow);
    assert_eq!(form.asked, [Effect::Keep, Effect::Close(Reason::Cancelled)]);
    form.token_comes(sealed());
    assert_eq!(form.asked, []);
}

#[test]
fn the_tenants_defaults_fill_what_the_page_left_out_and_the_user_has_not_touched() {
    let mut bare = Config::default();
    bare.given.set(Field::OrderId, "ORDER 777");
    bare.given.set(Field::Reporter, "page@example.com");
    let mut form = Form::with(bare, Kept::default());
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    let defaults = [("domainWorkSpace", "EXA-CON-BUS-WOR"), ("reporter", "tenant@example.com"), ("todoType", "TASK")];
    form.token_comes(TokenAnswer { defaults: Members::from_iter(defaults), ..sealed() });
    assert_eq!(form.state.draft.text(Field::DomainWorkSpace), "EXA-CON-BUS-WOR");
    assert_eq!(form.state.draft.text(Field::Reporter), "page@example.com");
    assert_eq!(form.state.todo_type(), TodoType::Task);
}

#[test]
fn what_neither_page_nor_relay_says_is_said_in_the_form() {
    let mut bare = config();
    bare.given.clear(Field::OrderId);
    let mut form = Form::with(bare, Kept::default());
    form.token_comes(sealed());
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.state.notice, Some(Notice::PageLacks(Field::OrderId)));
}

#[test]
fn a_page_that_means_another_environment_is_refused() {
    let mut page = config();
    page.environment = Some(crate::config::Environment::Prod);
    let mut form = Form::with(page, Kept::default());
    form.token_comes(TokenAnswer { environment: Some("acc".to_owned()), ..sealed() });
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.state.notice, Some(Notice::WrongEnvironment));
}

#[test]
fn in_token_mode_todos_go_where_somebody_said_and_without_a_key() {
    let plain = TokenAnswer { mode: Mode::Token, task_endpoint: None, key_epoch: None, environment: None, ..sealed() };
    let submitted = |config: Config| {
        let mut form = Form::with(config, Kept::default());
        form.token_comes(plain.clone());
        form.types(Field::Title, "Seal broken");
        form.types(Field::Description, "It is");
        form.submits();
        form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
        form
    };
    assert_eq!(submitted(config()).state.notice, Some(Notice::NoTaskEndpoint));
    let acc = Config { environment: Some(crate::config::Environment::Acc), ..config() };
    let mut form = submitted(acc);
    let request = form.state.request().unwrap();
    assert_eq!(request.endpoint, "https://acc.bzctrl.com/bzctrl-core-api/api/v1/task/add-task");
    assert_eq!((request.key, request.replaces), (None, None));
    form.answer_comes(Reply::Nothing);
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)));
    assert_eq!(form.state.notice, Some(Notice::Unknown));
    let form = Form::with(config(), form.state.kept());
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)), "a reload makes it no surer");
}

#[test]
fn what_a_relay_was_asked_to_send_is_not_sent_past_it() {
    let mut form = Form::with(config(), Form::sent().state.kept());
    form.token_comes(TokenAnswer { mode: Mode::Token, ..sealed() });
    form.submits();
    assert_eq!(form.state.notice, Some(Notice::TokenUnusable(Some("mode"))));
    assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::AskAgain)));
}

#[test]
fn locked_and_omitted_fields_are_not_for_the_user() {
    let mut page = config();
    page.locked.insert(Field::TodoType);
    page.omitted.insert(Field::Impact);
    let mut form = Form::with(page, Kept::default());
    form.types(Field::TodoType, "TASK");
    assert_eq!(form.state.todo_type(), TodoType::Incident);
    assert!(!form.state.shows(Field::TodoType) && !form.state.shows(Field::Impact));
    form.types(Field::Reporter, "other@example.com");
    assert_eq!(form.state.draft.text(Field::Reporter), "user@example.com");
}

#[test]
fn a_reserved_tab_is_opened_by_the_press_when_nothing_hinders_the_todo_any_more() {
    let mut form = Form::with(Config { open_link: crate::config::OpenLink::Reserve, ..config() }, Kept::default());
    form.token_comes(sealed());
    form.submits();
    assert!(!form.asked.contains(&Effect::ReserveTab), "what is not valid opens no tab");
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "At gate 4");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Refuses(String::new()), form.now));
    assert!(!form.asked.contains(&Effect::ReserveTab), "what the host refuses opens no tab");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask, Effect::ReserveTab]);
    form.answer_comes(Reply::Nothing);
    form.waits();
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask], "what is asked by itself opens no tab");
    form.todo_comes();
    assert!(form.asked.contains(&Effect::OpenTab));
}
