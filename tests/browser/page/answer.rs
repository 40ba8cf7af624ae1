//! What a relay, BzCtrl, or something between them answers.

use bzctrl_contract::Code;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlIFrameElement, Response, ResponseInit};

use super::{body, document, stub};

/// An answer to a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status, headers, body.
    Comes { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// The same, made by another frame, as hosts that wrap `fetch` may do.
    OfAnotherRealm(Box<Answer>),
    /// A redirect that is not followed.
    Redirect,
    /// The host's `fetch` rejects with this.
    Rejects(JsValue),
    /// None until [`Relay::answers_at_last`](super::relay::Relay::answers_at_last), or until the widget gives up.
    Waits,
}

const JSON: &str = "application/json";

impl Answer {
    fn of(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::Comes { status, headers: vec![("Content-Type", content_type.to_owned())], body: body.into() }
    }

    /// JSON with this status.
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::of(status, JSON, body)
    }

    /// The same with another header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Comes { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    /// The same problem under a code that nobody knows.
    pub(crate) fn renamed(mut self, code: &str) -> Self {
        if let Self::Comes { status, body, .. } = &mut self {
            *body = format!(r#"{{"title":"x","status":{status},"code":"{code}"}}"#);
        }
        self
    }

    /// As JavaScript has it: what `fetch` resolves to, or what it rejects with.
    pub(super) fn to_js(&self) -> Result<JsValue, JsValue> {
        match self {
            Self::Comes { .. } => Ok(self.response(&stub::get(&js_sys::global(), "Response"))),
            Self::OfAnotherRealm(answer) => Ok(answer.response(&stub::get(&frame(), "Response"))),
            Self::Redirect => {
                let response = Response::new().unwrap();
                let kind = Object::new();
                Reflect::set(&kind, &"value".into(), &"opaqueredirect".into()).unwrap();
                Object::define_property(&response, &"type".into(), &kind);
                Ok(response.into())
            }
            Self::Rejects(with) => Err(with.clone()),
            Self::Waits => unreachable!("nothing has come"),
        }
    }

    fn response(&self, constructor: &JsValue) -> JsValue {
        let Self::Comes { status, headers, body } = self else { unreachable!("no answer that came") };
        let init = ResponseInit::new();
        init.set_status(*status);
        let named = Object::new();
        for (name, value) in headers {
            Reflect::set(&named, &(*name).into(), &value.into()).unwrap();
        }
        init.set_headers(&named);
        let body = if body.is_empty() { JsValue::NULL } else { body.into() };
        let arguments = js_sys::Array::of2(&body, &init);
        Reflect::construct(constructor.unchecked_ref::<Function>(), &arguments).unwrap()
    }
}

/// The window of another frame.
fn frame() -> JsValue {
    let frame = document().query_selector("iframe").unwrap().unwrap_or_else(|| {
        let frame = document().create_element("iframe").unwrap();
        body().append_child(&frame).unwrap();
        frame
    });
    frame.unchecked_into::<HtmlIFrameElement>().content_window().unwrap().into()
}

/// The relay's token: sealed, good for five minutes.
pub(crate) fn token(name: &str) -> Answer {
    Answer::json(
        200,
        format!(
            r#"{{"access_token":"{name}","token_type":"Bearer","expires_in":300,"scope":"task:create","mode":"sealed",
            "task_endpoint":"/v1/tasks","app_url":"https://www.bzctrl.com/app/","environment":"prod","key_epoch":"epoch-1"}}"#
        ),
    )
}

/// The documented answer of BzCtrl.
pub(crate) fn created() -> Answer {
    Answer::json(
        201,
        r#"{"title":"Potential Customs claim","taskType":"INCIDENT","description":"Operation started without proper approvals",
        "taskLink":"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03","tags":["ORDER 777"]}"#,
    )
}

/// A problem of the relay, with more members if need be, such as `"errors":[]`.
pub(crate) fn problem(code: Code, members: &str) -> Answer {
    let (status, code, comma) = (code.status(), code.as_str(), if members.is_empty() { "" } else { "," });
    Answer::of(
        status,
        "application/problem+json",
        format!(
            r#"{{"type":"https://relay.example.com/problems/{code}","title":"x","status":{status},"code":"{code}"{comma}{members}}}"#
        ),
    )
}

/// The page of a proxy that stands between.
pub(crate) fn html(status: u16) -> Answer {
    Answer::of(status, "text/html", format!("<html><h1>{status} of a proxy</h1></html>"))
}
