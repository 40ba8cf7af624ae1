//! Reads JSON values that came from elsewhere, member by member: what has another type than it should is not there.
//! By hand, since serde's readers would cost the page a tenth of all that it fetches (docs/decisions).

use bzctrl_contract::{
    CreatedTodo, Member, Members, Mode, Outcome, Problem, ProblemField, TokenAnswer, UpstreamAnswer, Value,
};
use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::member;

/// The token answer, if it has a token.
pub(super) fn token(json: &JsValue) -> Option<TokenAnswer> {
    Some(TokenAnswer {
        access_token: text(json, "access_token").filter(|token| !token.is_empty())?,
        token_type: text(json, "token_type").unwrap_or_default(),
        expires_in: number(json, "expires_in").unwrap_or(TokenAnswer::USUAL_LIFE),
        scope: None,
        mode: mode(json).unwrap_or_default(),
        task_endpoint: text(json, "task_endpoint"),
        app_url: text(json, "app_url"),
        environment: text(json, "environment"),
        key_epoch: text(json, "key_epoch"),
        defaults: members(&member(json, "defaults")),
    })
}

/// The `mode` of a token answer, or of what was kept.
pub(super) fn mode(json: &JsValue) -> Option<Mode> {
    Mode::parse(&text(json, "mode")?)
}

/// A problem.
pub(super) fn problem(json: &JsValue) -> Problem {
    let outcome = member(json, "replacedBy");
    let upstream = member(json, "upstream");
    Problem {
        code: text(json, "code").unwrap_or_default(),
        errors: list(&member(json, "errors"))
            .map(|error| ProblemField {
                field: text(&error, "field").unwrap_or_default(),
                code: text(&error, "code").unwrap_or_default(),
            })
            .collect(),
        task_link: text(json, "taskLink"),
        replaced_by: text(&outcome, "outcome")
            .map(|word| Outcome { outcome: word, task_link: text(&outcome, "taskLink") }),
        upstream: upstream.is_object().then(|| UpstreamAnswer {
            status: number(&upstream, "status").unwrap_or_default() as u16,
            reason: text(&upstream, "reason").unwrap_or_default(),
        }),
        ..Problem::default()
    }
}

/// BzCtrl's answer.
pub(super) fn created(json: &JsValue) -> CreatedTodo {
    CreatedTodo {
        title: text(json, "title"),
        task_type: text(json, "taskType"),
        description: text(json, "description"),
        task_link: text(json, "taskLink"),
        tags: match value(&member(json, "tags")) {
            Some(Value::List(tags)) => Some(tags),
            _ => None,
        },
    }
}

/// The members of an object. `undefined` and `null` are no members.
pub(super) fn members(json: &JsValue) -> Members {
    let Some(object) = json.dyn_ref::<Object>() else { return Members::default() };
    let entries = Object::entries(object);
    let entries = entries.iter().map(|entry| entry.unchecked_into::<Array>());
    let there = entries.filter(|entry| !entry.get(1).is_undefined() && !entry.get(1).is_null());
    let member = |entry: Array| {
        let value = value(&entry.get(1)).map_or(Member::Other, Member::Value);
        (entry.get(0).as_string().unwrap_or_default(), value)
    };
    Members(there.map(member).collect())
}

/// A text, or a list of texts.
fn value(json: &JsValue) -> Option<Value> {
    match json.as_string() {
        Some(text) => Some(Value::Text(text)),
        None if Array::is_array(json) => {
            list(json).map(|text| text.as_string()).collect::<Option<_>>().map(Value::List)
        }
        None => None,
    }
}

fn list(json: &JsValue) -> impl Iterator<Item = JsValue> {
    json.dyn_ref::<Array>().map(|array| array.iter().collect::<Vec<_>>()).unwrap_or_default().into_iter()
}

/// A member that is a text.
pub(super) fn text(json: &JsValue, name: &str) -> Option<String> {
    member(json, name).as_string()
}

fn number(json: &JsValue, name: &str) -> Option<u32> {
    member(json, name).as_f64().map(|number| number as u32)
}
