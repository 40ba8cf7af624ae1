//! Nothing that the form's validation passes is refused here, and it arrives as it was sent.

use bzctrl_contract::{Draft, FIELDS, Fallback, Field, Kind, Numbers, Spec, validate};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;

use crate::running::Running;

/// What somebody may write in a text of a certain length: every script, controls, line ends, space around.
fn text(longest: usize) -> BoxedStrategy<String> {
    prop_oneof![
        6 => "[ \\t\\r\\n]{0,2}[!-~]\\PC{0,40}",
        3 => vec(any::<char>(), 0..40).prop_map(|chars| format!("x{}", String::from_iter(chars))),
        2 => "[ -~\\r\\n\\t\\u{0}-\\u{1f}]{0,60}x",
        1 => Just("\u{1f477}".repeat(longest)),
    ]
    .boxed()
}

/// Something valid for a field.
fn typed(spec: &Spec) -> BoxedStrategy<Vec<String>> {
    let one = match spec.kind {
        _ if spec.field == Field::DomainWorkSpace => Just("EXA-CON-BUS-WOR".to_owned()).boxed(),
        Kind::Choice(choices) => select(choices.known).prop_map(str::to_owned).boxed(),
        Kind::Line(longest) | Kind::Text(longest) => text(longest.min(500)),
        Kind::Amount => "(€ ?)?[1-9][0-9]{0,13}([.][0-9]{2})?|[1-9][0-9]{0,2}(,[0-9]{3}){1,3}[.][0-9]{1,2}|0".boxed(),
        Kind::Date => (1u16..=9999, 1u8..=12, 1u8..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")).boxed(),
        Kind::Email(_) => "[a-zA-Z0-9.+'éß-]{1,20}@[a-zA-Z0-9ü-]{1,20}([.][a-z]{2,5}){0,3}".boxed(),
        Kind::List(most, longest) => return vec(text(longest), 0..=most).boxed(),
    };
    let may_be_empty = !spec.required || spec.fallback != Fallback::Empty;
    if may_be_empty { vec(one, 0..=1).boxed() } else { vec(one, 1).boxed() }
}

fn draft() -> impl Strategy<Value = Draft> {
    FIELDS.iter().map(typed).collect::<Vec<_>>().prop_map(|all| {
        let mut draft = Draft::default();
        for (field, texts) in Field::all().zip(all) {
            draft.set_list(field, texts);
        }
        draft
    })
}

#[test]
fn nothing_that_validation_passes_is_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Running::start());
    let token = runtime.block_on(sandbox.token());
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&draft(), |draft| {
        let todo = validate(&draft, Numbers::POINT).expect("the strategy makes valid drafts");
        let body = serde_json::to_string(&todo).unwrap();
        runtime.block_on(async {
            let answer = sandbox.create(&token, body.clone()).await;
            let status = answer.status();
            prop_assert_eq!(status, 200, "{}", answer.text().await.unwrap());
            let stored = sandbox.todos().await.pop().unwrap();
            prop_assert_eq!(&stored["request"], &body);
            for (name, value) in serde_json::from_str::<Value>(&body).unwrap().as_object().unwrap() {
                prop_assert_eq!(&stored[name], value);
            }
            sandbox.request(reqwest::Method::DELETE, "/sandbox").send().await.unwrap();
            Ok(())
        })
    });
    outcome.unwrap();
}
