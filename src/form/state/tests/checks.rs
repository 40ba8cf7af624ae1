//! What is checked of a form, and when.

use super::*;

#[test]
fn a_failed_check_sends_nothing_and_takes_the_focus_to_the_summary() {
    let mut form = Form::opened();
    form.submits();
    assert_eq!(form.asked, [Effect::Focus(Target::Notice)]);
    assert_eq!(form.faults(), [(Field::Title, Fault::Missing), (Field::Description, Fault::Missing)]);
    assert!(form.state.summary);
    form.types(Field::Title, "Seal broken");
    assert_eq!(form.faults().len(), 2, "typing checks nothing");
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.faults(), [(Field::Description, Fault::Missing)]);
}

#[test]
fn leaving_a_field_checks_it_alone_and_only_when_it_was_touched() {
    let mut form = Form::opened();
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.faults(), []);
    form.types(Field::FinancialImpact, "ten");
    form.tell(Event::Left(Field::FinancialImpact, false));
    assert_eq!(form.faults(), [(Field::FinancialImpact, Fault::NotAnAmount)]);
    form.tell(Event::Left(Field::ReminderDate, true));
    assert_eq!(form.faults().last(), Some(&(Field::ReminderDate, Fault::NotADate)));
    form.types(Field::TodoType, "TASK");
    assert_eq!(form.faults(), [(Field::ReminderDate, Fault::NotADate)]);
}

#[test]
fn a_reminder_before_today_is_told() {
    let mut form = Form::filled();
    form.types(Field::ReminderDate, "2026-11-23");
    form.submits();
    assert_eq!(form.faults(), [(Field::ReminderDate, Fault::PastDate)]);
    form.types(Field::ReminderDate, "2026-11-24");
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_reminder_more_than_ten_years_away_is_told() {
    let mut form = Form::filled();
    // A scanner's digits, fallen into the date.
    form.types(Field::ReminderDate, "3931-01-01");
    form.submits();
    assert_eq!(form.faults(), [(Field::ReminderDate, Fault::FarDate)]);
    form.types(Field::ReminderDate, "2036-11-24");
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_retry_after_midnight_of_what_was_sent_is_no_past_reminder() {
    let mut form = Form::filled();
    form.types(Field::ReminderDate, "2026-11-24");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    form.problem_comes(Code::UpstreamCredentials);
    form.today = "2026-11-25";
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    form.problem_comes(Code::UpstreamCredentials);
    // Another day was never sent.
    form.types(Field::ReminderDate, "2026-11-23");
    form.submits();
    assert_eq!(form.faults(), [(Field::ReminderDate, Fault::PastDate)]);
}

#[test]
fn a_submit_that_sent_nothing_lets_no_past_reminder_through() {
    let refused: [fn(&mut Form); 3] = [
        // Each leaves the form with a key, or would have.
        |form| form.tell(Event::HostSaid(HostAnswer::Refuses("This order is closed".to_owned()), form.now)),
        |form| {
            form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
            form.problem_comes(Code::UpstreamRejected);
        },
        |form| {
            form.tell(Event::CloseNow);
            *form = Form::with(config(), form.state.kept());
            form.token_comes(sealed());
        },
    ];
    for refuse in refused {
        let mut form = Form::filled();
        form.types(Field::ReminderDate, "2026-11-24");
        form.submits();
        refuse(&mut form);
        form.today = "2026-11-25";
        form.submits();
        assert_eq!(form.faults(), [(Field::ReminderDate, Fault::PastDate)]);
    }
}

#[test]
fn a_reminder_that_the_page_has_locked_is_the_pages_business() {
    let mut page = config();
    page.given.set(Field::ReminderDate, "2026-11-23");
    page.locked.insert(Field::ReminderDate);
    let mut form = Form::with(page, Kept::default());
    form.token_comes(sealed());
    form.types(Field::Title, "Seal broken");
    form.types(Field::Description, "It is");
    form.submits();
    assert_eq!(form.asked, [Effect::AskHost]);
}

#[test]
fn a_scanners_separators_become_signs_when_the_field_is_left() {
    let mut form = Form::filled();
    form.types(Field::Title, "P1250\u{1d}Q7");
    assert_eq!(form.state.draft.text(Field::Title), "P1250\u{1d}Q7", "the caret stays where it is");
    form.tell(Event::Left(Field::Title, false));
    assert_eq!(form.state.draft.text(Field::Title), "P1250␝Q7");
    assert_eq!(form.asked, [Effect::Keep]);
    form.types(Field::Description, "A\u{1e}B");
    form.submits();
    form.tell(Event::HostSaid(HostAnswer::Agrees, form.now));
    let todo = form.state.request().unwrap().todo;
    assert_eq!((todo.text(Field::Title), todo.text(Field::Description)), ("P1250␝Q7", "A␞B"));
}

#[test]
fn a_title_in_which_nothing_can_be_seen_is_missing() {
    let mut form = Form::filled();
    form.types(Field::Title, "\u{200b}\u{2800}");
    form.submits();
    assert_eq!(form.faults(), [(Field::Title, Fault::Missing)]);
}
