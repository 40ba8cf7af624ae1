//! What an answer of BzCtrl means: one function, the protocol's table. Whatever is not known for certain is unknown.

use std::fmt;

use bzctrl_contract::{CreatedTodo, Field, Todo, UpstreamAnswer, reason};
use serde_json::Value;
use url::Url;

use super::Created;
use super::lenient;
use super::send::{Answer, Response};
use crate::config::Environment;

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Created(Created),
    Rejected(UpstreamAnswer),
    Unknown,
    NotSent {
        retry_after: Option<u64>,
    },
    /// One new token, one more send.
    TokenRefused,
}

impl Verdict {
    /// Its name, in the log and in the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Rejected(_) => "rejected",
            Self::Unknown => "unknown",
            Self::NotSent { .. } => "not-sent",
            Self::TokenRefused => "token-refused",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The longest that a page is asked to wait, whatever BzCtrl says.
const LONGEST_PAUSE: u64 = 60;

/// Judges the answer to a todo.
pub(super) fn verdict(todo: &Todo, answer: &Answer, environment: &Environment) -> Verdict {
    let response = match answer {
        Answer::NotConnected(_) => return Verdict::NotSent { retry_after: None },
        Answer::Lost(_) => return Verdict::Unknown,
        Answer::Whole(response) => response,
    };
    match response.status {
        429 => Verdict::NotSent { retry_after: response.retry_after.map(|seconds| seconds.clamp(1, LONGEST_PAUSE)) },
        401 => Verdict::TokenRefused,
        200..=299 => created(todo, response, environment).map_or(Verdict::Unknown, Verdict::Created),
        // A redirect that keeps the method is never followed: the address is wrong.
        400 | 403 | 404 | 405 | 413 | 414 | 415 | 422 | 431 | 301 | 307 | 308 => Verdict::Rejected(UpstreamAnswer {
            status: response.status,
            reason: reason(&String::from_utf8_lossy(&response.body)),
        }),
        _ => Verdict::Unknown,
    }
}

/// The todo, if the answer is a JSON object that has a link, or that speaks of what was sent.
fn created(todo: &Todo, response: &Response, environment: &Environment) -> Option<Created> {
    let mut answer = lenient::json(&response.body)?;
    let members = serde_json::from_str::<Value>(&answer).ok().filter(Value::is_object)?;
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let said = CreatedTodo {
        title: text(Field::Title.wire()),
        task_type: text("taskType"),
        task_link: text("taskLink"),
        ..CreatedTodo::default()
    };
    let echoes = said.title.as_deref() == Some(todo.text(Field::Title))
        || said.task_type.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(todo.todo_type().wire()));
    let link = said.task_link.as_deref().and_then(lenient::link);
    let is_created = link.is_some() || echoes;
    // By a link to BzCtrl's first page it is created, and nobody finds it.
    let link = link.filter(|link| !Url::parse(link.as_str()).is_ok_and(|link| environment.is_first_page(&link)));
    // Whoever hears of the answer believes links of one shape, and opens them: it has this one, or none that looks so.
    if link != said.link()
        && let Some(told) = lenient::with_link(&answer, link.as_ref())
    {
        answer = told;
    }
    let task_link = link.map(|link| link.as_str().to_owned());
    is_created.then_some(Created { answer, task_link })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn todo() -> Todo {
        let body = r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken","description":"At gate 4",
            "status":"IN PROGRESS","assignee":"a@example.com","reporter":"a@example.com","orderID":"ORDER 777"}"#;
        Todo::read(&serde_json::from_str(body).unwrap()).unwrap()
    }

    fn judged(answer: &Answer) -> Verdict {
        let url = |path: &str| Url::parse(&format!("https://www.bzctrl.com/{path}")).unwrap();
        let (token_endpoint, task_endpoint, app_url) = (url("token"), url("add-task"), url("app/"));
        verdict(&todo(), answer, &Environment { name: "prod".to_owned(), token_endpoint, task_endpoint, app_url })
    }

    fn of(status: u16, body: &str) -> Verdict {
        judged(&Answer::Whole(Response { status, retry_after: None, body: body.into() }))
    }

    fn created(body: &str, link: Option<&str>) -> Verdict {
        Verdict::Created(Created { answer: body.to_owned(), task_link: link.map(str::to_owned) })
    }

    #[test]
    fn every_row_of_the_table_is_judged_as_written() {
        const LINK: &str = "https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03";
        let with_link = format!(r#"{{"taskLink":"{LINK}"}}"#);
        for status in [200, 201, 202, 299] {
            assert_eq!(of(status, &with_link), created(&with_link, Some(LINK)), "{status}");
        }
        let echoes = [
            r#"{"title":"Seal broken"}"#,
            r#"{"taskType":"INCIDENT"}"#,
            r#"{"title":"Seal broken","taskLink":null,"tags":7}"#,
            r#"{"title":"Seal broken","taskLink":"javascript:alert(1)"}"#,
        ];
        for body in echoes {
            assert_eq!(of(200, body), created(body, None), "{body}");
        }
        let says_nothing = [
            "",
            "{}",
            "[]",
            "null",
            "\"created\"",
            "<html>",
            "{\"taskLink\":\"/app\"}",
            r#"{"title":"Another"}"#,
            r#"{"taskType":"TASK"}"#,
            "{\"taskLink\":\"https://x",
        ];
        for body in says_nothing {
            assert_eq!(of(200, body), Verdict::Unknown, "{body}");
        }
        for status in [400, 403, 404, 405, 413, 414, 415, 422, 431, 301, 307, 308] {
            let said = UpstreamAnswer { status, reason: "no such workspace".to_owned() };
            assert_eq!(of(status, r#"{"message":"no such workspace"}"#), Verdict::Rejected(said), "{status}");
        }
        for status in [
            302, 303, 304, 402, 406, 407, 408, 409, 410, 417, 418, 421, 423, 425, 426, 428, 451, 500, 501, 502, 503,
            504, 511, 599,
        ] {
            assert_eq!(of(status, &with_link), Verdict::Unknown, "{status}");
        }
        assert_eq!(of(401, ""), Verdict::TokenRefused);
        assert_eq!(of(429, ""), Verdict::NotSent { retry_after: None });
        assert_eq!(judged(&Answer::NotConnected(String::new())), Verdict::NotSent { retry_after: None });
        assert_eq!(judged(&Answer::Lost(String::new())), Verdict::Unknown);
    }

    #[test]
    fn a_link_to_bzctrls_first_page_says_that_it_is_created_and_leads_to_no_todo() {
        for page in ["", "/", "/app", "/app/", "/app/#", "/app/#/", "/app/?", "/app/#!/"] {
            let body = format!(r#"{{"taskLink":"https://www.bzctrl.com{page}"}}"#);
            assert_eq!(of(200, &body), created(r#"{"taskLink":null}"#, None), "{page}");
        }
        for page in ["/app/?id=7", "/app/7", "/app/#/todo/A-1", "/todo/A-1", "/app/#!todo"] {
            let link = format!("https://www.bzctrl.com{page}");
            let body = format!(r#"{{"taskLink":"{link}"}}"#);
            assert_eq!(of(200, &body), created(&body, Some(&link)), "{page}");
        }
    }

    #[test]
    fn a_pause_that_bzctrl_asks_for_is_kept_within_reason() {
        for (asked, kept) in [(Some(7), Some(7)), (Some(0), Some(1)), (Some(86_400), Some(60)), (None, None)] {
            let answer = Answer::Whole(Response { status: 429, retry_after: asked, body: Vec::new() });
            assert_eq!(judged(&answer), Verdict::NotSent { retry_after: kept });
        }
    }

    #[test]
    fn bzctrls_reason_is_its_sentence_whatever_framework_wrote_it() {
        for body in [r#"{"message":["title too long"],"error":"Bad Request"}"#, r#"{"detail":"title too long"}"#] {
            let said = UpstreamAnswer { status: 400, reason: "title too long".to_owned() };
            assert_eq!(of(400, body), Verdict::Rejected(said), "{body}");
        }
        let nothing = UpstreamAnswer { status: 400, reason: String::new() };
        assert_eq!(of(400, "<html>No</html>"), Verdict::Rejected(nothing));
    }
}
