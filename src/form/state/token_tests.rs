//! When a token is asked for, and what becomes of a press that has none.

use bzctrl_contract::{Code, Members};

use super::story::{Form, config, sealed};
use super::*;
use crate::form::submit::NoToken;

#[test]
fn without_a_token_the_press_waits_for_the_one_that_is_on_its_way() {
    let mut form = Form::opened();
    assert!(form.asked.contains(&Effect::FetchToken));
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.asked, [], "one fetch at a time");
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let mut form = Form::filled();
    form.now += 239_000.0;
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
    let mut form = Form::filled();
    form.now += 241_000.0;
    form.submits();
    assert_eq!(form.asked, [Effect::FetchToken]);
}

#[test]
fn a_relay_that_is_not_reached_leaves_the_form_as_it_was() {
    let mut form = Form::opened();
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    assert_eq!(form.state.notice, None, "nobody has asked yet");
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.asked, [Effect::FetchToken]);
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    assert_eq!(form.state.notice, Some(Notice::NoRelay));
    assert!(form.asked.contains(&Effect::AnnounceProblem));
    form.submits();
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_token_that_was_lost_on_the_way_is_asked_for_again_by_itself_for_two_minutes() {
    let mut form = Form::filled();
    form.now += 300_000.0;
    form.submits();
    let pressed_at = form.now;
    for ms in [1000, 2000, 4000, 8000, 16_000, 16_000, 16_000, 16_000, 16_000, 16_000] {
        assert_eq!(form.asked.last(), Some(&Effect::FetchToken));
        form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
        let number = form.asked.iter().find_map(|effect| match effect {
            Effect::Wait { ms: waits, number } if *waits == ms => Some(*number),
            _ => None,
        });
        assert!(!form.state.undecided(), "nothing was sent");
        form.now += f64::from(ms);
        form.tell(Event::WaitOver(number.unwrap(), form.now));
    }
    assert!(form.now < pressed_at + 120_000.0);
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    assert!(form.state.editable(), "then a press asks");
    assert_eq!(form.state.notice, Some(Notice::NoRelay));
    form.submits();
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_token_that_comes_after_it_was_lost_goes_on_with_the_press() {
    let mut form = Form::filled();
    form.now += 300_000.0;
    form.submits();
    form.tell(Event::TokenCame(Err(Notice::NoRelay.into()), form.now));
    form.waits();
    assert_eq!(form.asked, [Effect::FetchToken]);
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::AskHost]);
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    assert_eq!(form.asked, [Effect::Keep, Effect::SendTask]);
}

#[test]
fn a_token_that_cannot_be_given_for_now_is_asked_for_when_the_relay_said() {
    let busy = [Code::StoreUnavailable, Code::UpstreamUnavailable, Code::RateLimited, Code::Internal];
    for notice in busy.map(Notice::Problem).into_iter().chain([Notice::NoRelay]) {
        let mut form = Form::filled();
        form.now += 300_000.0;
        form.submits();
        let code = notice.code();
        form.tell(Event::TokenCame(Err(NoToken { notice, after: Some(30) }), form.now));
        assert!(form.asked.iter().any(|effect| matches!(effect, Effect::Wait { ms: 30_000, .. })), "{code}");
    }
}

#[test]
fn what_the_token_endpoint_says_for_certain_is_a_last_word() {
    for notice in
        [Notice::Problem(Code::OriginDenied), Notice::TokenUnusable(None), Notice::NotAdmitted, Notice::SignedOut]
    {
        let mut form = Form::filled();
        form.now += 300_000.0;
        form.submits();
        let code = notice.code();
        form.tell(Event::TokenCame(Err(notice.into()), form.now));
        assert!(form.state.editable(), "{code}");
    }
}

#[test]
fn what_neither_the_page_nor_the_token_answer_gives_is_told_to_the_developer_once() {
    let mut config = config();
    config.given.clear(Field::Reporter);
    config.given.clear(Field::DomainWorkSpace);
    let told = |form: &Form| {
        let told = form.asked.iter().filter(|effect| matches!(effect, Effect::TellMissing(_)));
        told.copied().collect::<Vec<_>>()
    };
    let mut form = Form::with(config.clone(), Kept::default());
    form.token_comes(sealed());
    assert_eq!(told(&form), [Effect::TellMissing(Field::DomainWorkSpace), Effect::TellMissing(Field::Reporter)]);
    form.tell(Event::StartAnew);
    form.token_comes(sealed());
    assert_eq!(told(&form), []);

    let defaults = Members::from_iter([("reporter", "a@example.com"), ("domainWorkSpace", "EXA-CON-BUS-WOR")]);
    let mut form = Form::with(config, Kept::default());
    form.token_comes(TokenAnswer { defaults, ..sealed() });
    assert_eq!(told(&form), []);
}
