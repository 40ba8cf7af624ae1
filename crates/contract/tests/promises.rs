//! What the contract promises about whole todos.

#![allow(clippy::unwrap_used)]

use bzctrl_contract::{
    CreatedTodo, Draft, FIELDS, Fault, Field, FieldError, Kind, Members, Numbers, Todo, TodoType, Value, WireError,
    validate,
};
use proptest::prelude::*;

const SAMPLE: &str = concat!(
    r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Potential Customs claim","#,
    r#""description":"Operation started without proper approvals","financialImpact":"123577","#,
    r#""impact":"HIGH","likelihood":"MEDIUM","status":"IN PROGRESS","priority":"HIGH","#,
    r#""assignee":"Example@example.com","reporter":"Example@example.com","#,
    r#""category":["Customs"],"subCategory":["IT"],"lrn":"725462","orderID":"ORDER 777","#,
    r#""reminderDate":"2024-09-27"}"#
);

fn sample() -> Draft {
    let mut draft = Draft::default();
    for (field, text) in [
        (Field::TodoType, "INCIDENT"),
        (Field::DomainWorkSpace, "EXA-CON-BUS-WOR"),
        (Field::Title, "Potential Customs claim"),
        (Field::Description, "Operation started without proper approvals"),
        (Field::FinancialImpact, "123.577,00"),
        (Field::Impact, "HIGH"),
        (Field::Likelihood, "MEDIUM"),
        (Field::Priority, "HIGH"),
        (Field::Reporter, "Example@example.com"),
        (Field::Category, "Customs"),
        (Field::SubCategory, "IT"),
        (Field::Lrn, "725462"),
        (Field::OrderId, "ORDER 777"),
        (Field::ReminderDate, "2024-09-27"),
    ] {
        draft.set(field, text);
    }
    draft
}

fn read(body: &str) -> Result<Todo, Vec<WireError>> {
    Todo::read(&serde_json::from_str::<Members>(body).unwrap())
}

#[test]
fn the_documented_request_is_produced_byte_for_byte() {
    let todo = validate(&sample(), Numbers::COMMA).unwrap();
    assert_eq!(serde_json::to_string(&todo).unwrap(), SAMPLE);
    assert_eq!(read(SAMPLE), Ok(todo));
}

#[test]
fn the_documented_answer_is_read() {
    let answer: CreatedTodo = serde_json::from_str(
        r#"{ "title": "Potential Customs claim", "taskType": "INCIDENT",
             "description": "Operation started without proper approvals",
             "taskLink": "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03", "tags": ["ORDER 777"] }"#,
    )
    .unwrap();
    assert_eq!(answer.link().unwrap().as_str(), "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03");
    assert_eq!(answer.tags.unwrap(), ["ORDER 777"]);
}

#[test]
fn an_answer_without_a_usable_link_is_read_and_has_none() {
    let answer: CreatedTodo =
        serde_json::from_str(r#"{"title":"x","taskLink":"javascript:alert(1)","tags":null,"more":{"a":1}}"#).unwrap();
    assert_eq!(answer.link(), None);
}

#[test]
fn what_was_typed_for_the_other_type_is_left_out() {
    let mut draft = sample();
    draft.set(Field::TodoType, "TASK");
    draft.set(Field::Result, "Cleared\nby customs");
    let todo = validate(&draft, Numbers::POINT).unwrap();
    assert_eq!(todo.todo_type(), TodoType::Task);
    assert_eq!(todo.text(Field::Result), "Cleared\nby customs");
    assert_eq!(todo.value(Field::FinancialImpact), None);
    assert_eq!(todo.value(Field::Impact), None);
}

#[test]
fn an_empty_draft_lacks_what_is_needed_and_nothing_else() {
    let lacking =
        [Field::DomainWorkSpace, Field::Title, Field::Description, Field::Assignee, Field::Reporter, Field::OrderId]
            .map(|field| FieldError { field, fault: Fault::Missing });
    assert_eq!(validate(&Draft::default(), Numbers::POINT), Err(lacking.to_vec()));
}

#[test]
fn lengths_are_told_and_never_cut() {
    let mut draft = sample();
    draft.set(Field::Title, "é".repeat(255));
    assert!(validate(&draft, Numbers::POINT).is_ok());
    draft.set(Field::Title, "é".repeat(256));
    draft.set_list(Field::Category, vec!["x".to_owned(); 21]);
    assert_eq!(
        validate(&draft, Numbers::COMMA),
        Err(vec![
            FieldError { field: Field::Title, fault: Fault::TooLong },
            FieldError { field: Field::Category, fault: Fault::TooMany },
        ])
    );
}

#[test]
fn what_cannot_be_seen_is_not_sent_and_does_not_count_as_filled() {
    let mut draft = sample();
    draft.set(Field::Reporter, "\u{2066}Example@example.com\u{200b}");
    draft.set(Field::Assignee, "\u{200b}");
    draft.set(Field::OrderId, "\u{feff}ORDER 777\u{200e}");
    draft.set(Field::FinancialImpact, "\u{202d}123577\u{202c}");
    draft.set(Field::Description, "Operation\u{200b} started without\u{ad} proper approvals");
    draft.set(Field::Priority, "HIGH\u{200b}");
    draft.set(Field::ReminderDate, "\u{200e}2024-09-27");
    assert_eq!(serde_json::to_string(&validate(&draft, Numbers::POINT).unwrap()).unwrap(), SAMPLE);
    for nothing in ["\u{200b}", "\u{3164}", "\u{2800}", " \u{202d}\u{202c}\u{ad}"] {
        draft.set(Field::Title, nothing);
        let missing = FieldError { field: Field::Title, fault: Fault::Missing };
        assert_eq!(validate(&draft, Numbers::POINT), Err(vec![missing]), "{nothing:?}");
    }
}

#[test]
fn a_scanned_code_keeps_its_parts_apart() {
    let mut draft = sample();
    draft.set(Field::Lrn, "725\u{1d}462");
    draft.set(Field::Description, "[)>\u{1e}06\u{1d}P1250\u{1e}\u{4}");
    let todo = validate(&draft, Numbers::COMMA).unwrap();
    assert_eq!((todo.text(Field::Lrn), todo.text(Field::Description)), ("725␝462", "[)>␞06␝P1250␞␄"));
    draft.set(Field::FinancialImpact, "12\u{1d}50");
    let errors = validate(&draft, Numbers::COMMA);
    assert_eq!(errors, Err(vec![FieldError { field: Field::FinancialImpact, fault: Fault::NotAnAmount }]));
}

#[test]
fn a_body_with_what_the_rule_for_text_would_not_leave_is_untidy() {
    for (clean, untidy) in [
        ("Potential Customs claim", "Potential\u{200b} Customs claim"),
        ("Potential Customs claim", "\u{202e}Potential Customs claim"),
        ("Operation started", "Operation\u{1d} started"),
        ("Example@example.com\",\"category", "Example@example.com\u{200b}\",\"category"),
        ("725462", "725462\u{feff}"),
        ("[\"Customs\"]", "[\"Cus\u{ad}toms\"]"),
    ] {
        let errors = read(&SAMPLE.replace(clean, &untidy.replace('\u{1d}', "\\u001d"))).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.fault).collect::<Vec<_>>(), [Fault::Untidy], "{untidy:?}");
    }
}

#[test]
fn everything_that_is_wrong_with_a_body_is_told_at_once() {
    let errors = read(
        r#"{"todoType":"TASK","domainWorkSpace":"W","title":" x","title":"y","description":null,"financialImpact":"5",
            "impact":"high","status":"DONE","assignee":"a","reporter":"a@b","category":"Customs","extra":{"a":[1]},"orderId":"1"}"#,
    )
    .unwrap_err();
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "title: untidy",
            "title: repeated",
            "description: wrong-type",
            "impact: not-a-choice",
            "assignee: not-an-email",
            "category: wrong-type",
            "extra: unknown-field",
            "orderId: unknown-field",
            "financialImpact: other-todo-type",
            "impact: other-todo-type",
            "orderID: missing",
        ]
    );
}

#[test]
fn another_reporter_changes_the_todo_but_not_what_its_digest_is_made_of() {
    let people = [Field::Reporter, Field::Assignee];
    let todo = read(SAMPLE).unwrap();
    let other = todo.clone().with(Field::Reporter, Value::Text("other@example.com".to_owned())).unwrap();
    assert_ne!(todo, other);
    let digested = serde_json::to_string(&todo.without(&people)).unwrap();
    assert_eq!(digested, serde_json::to_string(&other.without(&people)).unwrap());
    assert!(!digested.contains("@example.com"));
    assert_eq!(todo.with(Field::Result, Value::Text("x".to_owned())), Err(Fault::OtherTodoType));
}

fn typed(field: Field) -> BoxedStrategy<Value> {
    let text = |strategy: BoxedStrategy<String>| strategy.prop_map(Value::Text).boxed();
    let anything = text(any::<String>().boxed());
    let likely = match field.spec().kind {
        Kind::Choice(choices) => text(prop::sample::select(choices.known).prop_map(str::to_owned).boxed()),
        Kind::Amount => text(r"[€ ]{0,2}[0-9]{1,4}([.,' ][0-9]{1,3}){0,4}(,-)?".boxed()),
        Kind::Date => text(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]".boxed()),
        Kind::Email(_) => text(r"[a-zé'+]{1,9}@[a-z]{1,9}(\.[a-z]{2,3}){0,2}".boxed()),
        Kind::List(..) => prop::collection::vec(any::<String>(), 0..22).prop_map(Value::List).boxed(),
        Kind::Line(_) | Kind::Text(_) => text("[ -~\\n\\r\\t\u{80}-\u{ffff}]{0,300}".boxed()),
    };
    prop_oneof![1 => anything, 9 => likely].boxed()
}

fn drafts() -> impl Strategy<Value = Draft> {
    FIELDS.each_ref().map(|spec| typed(spec.field)).prop_map(|values| {
        let mut draft = Draft::default();
        for (field, value) in Field::all().zip(values) {
            match value {
                Value::Text(text) => draft.set(field, text),
                Value::List(texts) => draft.set_list(field, texts),
            }
        }
        draft
    })
}

/// A draft whose needed fields hold, so that most of its todos are valid.
fn likely_drafts() -> impl Strategy<Value = Draft> {
    (drafts(), any::<[bool; FIELDS.len()]>()).prop_map(|(mut draft, kept)| {
        let sample = sample();
        for (field, keep) in Field::all().zip(kept) {
            let refused =
                validate(&draft, Numbers::POINT).is_err_and(|errors| errors.iter().any(|error| error.field == field));
            if !keep || refused {
                draft.set_list(field, sample.list(field).to_vec());
                draft.set(field, sample.text(field));
            }
        }
        draft
    })
}

proptest! {
    #[test]
    fn what_is_valid_survives_serialising_and_parsing(draft in likely_drafts(), comma in any::<bool>()) {
        let numbers = if comma { Numbers::COMMA } else { Numbers::POINT };
        if let Ok(todo) = validate(&draft, numbers) {
            let body = serde_json::to_string(&todo).unwrap();
            prop_assert_eq!(read(&body), Ok(todo));
        }
    }

    #[test]
    fn most_likely_drafts_are_valid_so_that_the_property_above_says_something(draft in likely_drafts()) {
        let errors = validate(&draft, Numbers::POINT).err().unwrap_or_default();
        prop_assert!(errors.iter().all(|error| matches!(error.field, Field::FinancialImpact | Field::Category | Field::SubCategory)), "{errors:?}");
    }

    #[test]
    fn no_input_panics(draft in drafts(), body in "\\{.{0,200}\\}", amount in any::<String>()) {
        drop(validate(&draft, Numbers::COMMA));
        if let Ok(members) = serde_json::from_str::<Members>(&body) {
            drop(Todo::read(&members));
        }
        drop(bzctrl_contract::Amount::typed(&amount, Numbers::POINT));
        drop(bzctrl_contract::TaskLink::parse(&amount));
        drop(bzctrl_contract::Key::from_header(&amount));
    }
}
