//! What the relay knows of an order, while nobody knows what became of a todo; and looking again.

use bzctrl_contract::TaskLink;

use super::doubts::unanswered;
use super::*;
use crate::form::event::KnownTodo;

fn known(title: &str, link: Option<&str>) -> KnownTodo {
    let link = link.and_then(TaskLink::parse);
    KnownTodo {
        created: link.is_some(),
        title: title.to_owned(),
        link,
        sent_at: "2026-11-26T12:03:04Z".to_owned(),
        reporter: None,
    }
}

#[test]
fn what_the_relay_knows_of_the_order_is_asked_once_the_outcome_is_unknown_and_ends_no_doubt() {
    for code in [Code::OutcomeUnknown, Code::KeyUnknown, Code::KeyReplaced] {
        let mut form = Form::sent();
        form.problem_comes(code);
        assert_eq!(form.asked.iter().filter(|asked| **asked == Effect::FetchKnown).count(), 1, "{code:?}");
        let list = vec![known("Seal broken", Some(LINK)), known("Seal broken", None)];
        form.tell(Event::KnownCame(list.clone()));
        assert_eq!((form.state.known(), &form.asked), (&*list, &Vec::new()));
        assert!(matches!(form.state.phase, Phase::Doubt(WaysOut::SendAgain)), "it is shown, and decides nothing");
        assert!(form.state.standing().may_exist && !form.state.kept().write().contains("12:03"));
    }
}

#[test]
fn whoever_begins_a_todo_learns_what_is_registered_for_the_order_already() {
    let mut form = Form::opened();
    form.token_comes(sealed());
    assert_eq!(form.asked, [Effect::FetchKnown]);
    let query = form.state.known_query().unwrap();
    assert_eq!((&*query.endpoint, &*query.token, &*query.order_id), ("/v1/tasks", "sealed", "ORDER 777"));
    form.types(Field::Title, "seal BROKEN");
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.state.alike(), None, "nobody waits for the list");
    let list = vec![known("Door torn", Some(LINK)), known("Seal broken", None)];
    form.tell(Event::KnownCame(list.clone()));
    assert_eq!((form.state.known(), form.state.alike()), (&*list, None));
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.state.alike(), Some(&list[1]));
    form.types(Field::Title, "Door torn off");
    assert_eq!(form.state.alike(), Some(&list[1]), "nothing moves while the user types");
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.state.alike(), Some(&list[0]));

    form.types(Field::Description, "It is");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    form.todo_comes();
    assert!(form.state.known().is_empty());
    form.tell(Event::StartAnew);
    assert!(form.asked.contains(&Effect::FetchKnown), "the next one is asked for anew: {:?}", form.asked);

    let mut direct = Form::opened();
    direct.token_comes(TokenAnswer { mode: Mode::Token, ..sealed() });
    assert_eq!(direct.asked, [], "BzCtrl has no such list");
}

#[test]
fn where_there_is_no_order_no_relay_or_nobody_to_see_it_nothing_is_asked() {
    let mut no_order = config();
    no_order.given.clear(Field::OrderId);
    let mut form = Form::with(no_order, Kept::default());
    form.token_comes(sealed());
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    form.problem_comes(Code::OutcomeUnknown);
    assert!(!form.asked.contains(&Effect::FetchKnown));

    assert!(!unanswered().asked.contains(&Effect::FetchKnown), "BzCtrl has no such list");
    let mut closed = Form::sent();
    closed.tell(Event::CloseNow);
    closed.problem_comes(Code::OutcomeUnknown);
    assert!(!closed.asked.contains(&Effect::FetchKnown));

    // The next user of the tab learns no more of it than that.
    let forgotten = Form::sent().state.kept().forget().unwrap();
    let mut filled = config();
    filled.given.set(Field::Title, "Seal torn");
    filled.given.set(Field::Description, "As the page says");
    let mut next = Form::with(filled, forgotten);
    next.token_comes(sealed());
    assert!(next.state.request().is_some() && next.state.key().is_some());
    assert_eq!(next.asked, []);

    // A relay of another environment knows other todos.
    let mut acceptance = config();
    acceptance.environment = Some(crate::config::Environment::Acc);
    let mut other = Form::with(acceptance, Form::sent().state.kept());
    other.token_comes(sealed());
    assert_eq!(other.asked, []);
}

#[test]
fn look_again_asks_under_the_same_key_and_a_todo_that_was_created_meanwhile_is_there() {
    let mut form = Form::sent();
    let key = form.key().to_owned();
    form.problem_comes(Code::OutcomeUnknown);
    form.tell(Event::KnownCame(vec![known("Seal broken", None)]));
    assert!(form.state.can_look_again());
    form.submits();
    assert_eq!((&*form.asked, form.key()), (&[Effect::Keep, Effect::SendTask][..], &*key));
    assert_eq!(form.state.request().unwrap().replaces, None);
    form.problem_comes(Code::OutcomeUnknown);
    assert!(form.asked.contains(&Effect::FetchKnown) && form.state.can_look_again());
    assert!(form.state.known().is_empty(), "what was known before is not shown as what is known now");
    form.submits();
    form.todo_comes();
    assert!(matches!(form.state.phase, Phase::Created(_)) && form.state.known().is_empty());
}

#[test]
fn a_key_that_may_yet_be_sent_is_not_looked_for() {
    // Its row may become free, and then a request sends.
    let mut reused = Form::sent();
    reused.problem_comes(Code::KeyReused);
    let mut direct = unanswered();
    for form in [&mut reused, &mut direct] {
        assert!(!form.state.can_look_again());
        form.submits();
        assert_eq!(form.asked, []);
    }
}
