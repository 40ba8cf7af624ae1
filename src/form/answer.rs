//! Reads what a token endpoint, a relay or BzCtrl answered, member by member: what has another type than it should is not
//! there. By hand, since serde's readers would cost the page a tenth of all that it fetches (docs/decisions).

use bzctrl_contract::{
    Code, CreatedTodo, Field, Json, Mode, Outcome, Problem, ProblemField, TaskLink, TokenAnswer, UpstreamAnswer, Value,
    clean_line,
};

use super::event::KnownTodo;
use super::submit::{Answer, NoToken, Notice};

/// A whole answer, as the browser tells it.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Its status.
    pub(crate) status: u16,
    /// `Content-Type`.
    pub(crate) content_type: String,
    /// `Retry-After`, where it is a date: in seconds.
    pub(crate) retry_at: Option<u32>,
    /// `Retry-After`.
    pub(crate) retry_after: String,
    /// `Idempotency-Replayed`.
    pub(crate) replayed: String,
    /// Its body.
    pub(crate) body: String,
}

impl Received {
    /// The body, if it is a JSON object.
    fn json(&self) -> Option<Json> {
        Json::parse(&self.body).filter(|json| matches!(json, Json::Object(_)))
    }

    /// When to come back, in whole seconds: the first, where two stand between; and the longest, where one is beyond number.
    fn after(&self) -> Option<u32> {
        let text = self.retry_after.trim();
        let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        match rest.bytes().next() {
            _ if digits.is_empty() => self.retry_at,
            None | Some(b',') => Some(digits.parse().unwrap_or(u32::MAX)),
            Some(b'.') => Some(digits.parse().unwrap_or(u32::MAX).saturating_add(1)),
            Some(_) => None,
        }
    }
}

/// What the token endpoint answered. A known problem is a last word, and so is JSON that no second request would change. All
/// else comes from what stands between, such as a proxy or the portal of a network: the relay was not reached.
pub(crate) fn token(received: &Received) -> Result<Box<TokenAnswer>, NoToken> {
    read_token(received).map_err(|notice| NoToken { notice, after: received.after() })
}

fn read_token(received: &Received) -> Result<Box<TokenAnswer>, Notice> {
    let json = received.json().ok_or(Notice::NoRelay)?;
    match (received.status, json.text("code").as_deref().and_then(Code::parse)) {
        (200..=299, _) => token_answer(&json).ok_or(Notice::TokenUnusable(Some("access_token"))),
        (_, Some(code)) => Err(Notice::Problem(code)),
        (408 | 429 | 500.., None) => Err(Notice::NoRelay),
        (_, None) => Err(Notice::TokenUnusable(None)),
    }
}

/// The token answer, if it has a token.
fn token_answer(json: &Json) -> Option<Box<TokenAnswer>> {
    Some(Box::new(TokenAnswer {
        access_token: json.text("access_token").filter(|token| !token.is_empty())?,
        token_type: json.text("token_type").unwrap_or_default(),
        expires_in: json.number("expires_in").unwrap_or(TokenAnswer::USUAL_LIFE),
        scope: None,
        mode: json.text("mode").and_then(|mode| Mode::parse(&mode)).unwrap_or_default(),
        task_endpoint: json.text("task_endpoint"),
        app_url: json.text("app_url"),
        environment: json.text("environment"),
        key_epoch: json.text("key_epoch"),
        defaults: json.get("defaults").map(Json::members).unwrap_or_default(),
    }))
}

/// What the task endpoint answered.
pub(crate) fn task(received: Received) -> Answer {
    let (mut problem, mut todo) = (None, None);
    match received.json() {
        Some(json) if received.content_type.starts_with("application/problem+json") => {
            problem = Some(read_problem(&json))
        }
        Some(json) => todo = Some(created(&json)),
        None => {}
    }
    Answer {
        status: received.status,
        problem,
        todo,
        retry_after: received.after(),
        replayed: received.replayed == "true",
        text: received.body,
    }
}

fn read_problem(json: &Json) -> Problem {
    let replaced_by = json.get("replacedBy");
    let errors = json.get("errors").map(Json::items).unwrap_or_default();
    Problem {
        code: json.text("code").unwrap_or_default(),
        errors: errors
            .iter()
            .map(|error| ProblemField {
                field: error.text("field").unwrap_or_default(),
                code: error.text("code").unwrap_or_default(),
            })
            .collect(),
        task_link: json.text("taskLink"),
        replaced_by: replaced_by
            .and_then(|by| Some(Outcome { outcome: by.text("outcome")?, task_link: by.text("taskLink") })),
        upstream: json.get("upstream").map(|upstream| UpstreamAnswer {
            status: upstream.number("status").unwrap_or_default() as u16,
            reason: upstream.text("reason").unwrap_or_default(),
        }),
        ..Problem::default()
    }
}

/// How many todos of an order are shown at most: the newest.
const SHOWN: usize = 20;

/// What the relay answered when it was asked what it knows of an order.
pub(crate) fn known(received: &Received) -> Vec<KnownTodo> {
    let json = received.json().filter(|_| received.status == 200);
    let todos = json.as_ref().and_then(|json| json.get("tasks")).map(Json::items).unwrap_or_default();
    todos.iter().filter_map(known_todo).take(SHOWN).collect()
}

fn known_todo(json: &Json) -> Option<KnownTodo> {
    let created = match json.text("state")?.as_str() {
        "created" => true,
        "unknown" => false,
        _ => return None,
    };
    Some(KnownTodo {
        created,
        title: clean_line(&json.text(Field::Title.wire())?),
        link: json.text("taskLink").as_deref().and_then(TaskLink::parse),
        sent_at: json.text("at").unwrap_or_default(),
        reporter: json.text(Field::Reporter.wire()),
    })
}

/// BzCtrl's own answer.
fn created(json: &Json) -> CreatedTodo {
    CreatedTodo {
        title: json.text("title"),
        task_type: json.text("taskType"),
        description: json.text("description"),
        task_link: json.text("taskLink"),
        tags: match json.get("tags").and_then(Json::value) {
            Some(Value::List(tags)) => Some(tags),
            _ => None,
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn received(status: u16, body: &str) -> Received {
        Received { status, body: body.to_owned(), ..Received::default() }
    }

    #[test]
    fn a_token_answer_is_read_for_all_that_it_says() {
        let body = r#"{"access_token":"t","expires_in":"120","mode":"sealed","task_endpoint":"/v1/tasks","key_epoch":"e",
            "environment":"acc","app_url":"https://x","defaults":{"reporter":"a@example.com","category":["a","b"],"lrn":null,"status":7}}"#;
        let answer = token(&received(200, body)).unwrap();
        assert_eq!((answer.access_token.as_str(), answer.expires_in, answer.mode), ("t", 120, Mode::Sealed));
        assert_eq!(answer.task_endpoint.as_deref(), Some("/v1/tasks"));
        assert_eq!((answer.key_epoch.as_deref(), answer.environment.as_deref()), (Some("e"), Some("acc")));
        assert_eq!(answer.defaults.texts().collect::<Vec<_>>(), [("reporter", "a@example.com")]);
        assert_eq!(answer.defaults.0.len(), 3);
        let plain = token(&received(200, r#"{"access_token":"t"}"#)).unwrap();
        assert_eq!((plain.expires_in, plain.mode), (TokenAnswer::USUAL_LIFE, Mode::Token));
    }

    #[test]
    fn what_stands_between_is_not_the_token_endpoint() {
        for (status, body) in [
            (200, "<html>Sign in to the network</html>"),
            (200, ""),
            (200, r#"{"access_token":"cut o"#),
            (200, "[]"),
            (204, ""),
            (404, "<html>Not found</html>"),
            (502, "<html>Bad gateway</html>"),
            (502, r#"{"message":"Bad gateway"}"#),
            (503, r#"{"status":503,"error":"Service Unavailable"}"#),
            (429, r#"{"error":"slow_down"}"#),
        ] {
            assert_eq!(token(&received(status, body)).unwrap_err().notice, Notice::NoRelay, "{status} {body}");
        }
    }

    #[test]
    fn a_known_problem_and_json_without_a_token_are_last_words() {
        let problem = r#"{"code":"origin-denied","error":"unauthorized_client"}"#;
        assert_eq!(token(&received(403, problem)).unwrap_err().notice, Notice::Problem(Code::OriginDenied));
        let busy = Received { retry_after: " 7".to_owned(), ..received(503, r#"{"code":"store-unavailable"}"#) };
        let told = NoToken { notice: Notice::Problem(Code::StoreUnavailable), after: Some(7) };
        assert_eq!(token(&busy).unwrap_err(), told);
        for (status, body) in [
            (200, r#"{"token_type":"Bearer"}"#),
            (200, r#"{"access_token":""}"#),
            (400, r#"{"error":"invalid_grant"}"#),
            (401, r#"{"code":"nobody-knows"}"#),
        ] {
            let lacks = (status == 200).then_some("access_token");
            assert_eq!(
                token(&received(status, body)).unwrap_err().notice,
                Notice::TokenUnusable(lacks),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn an_object_is_a_problem_by_its_media_type_alone() {
        let body = r#"{"code":"key-replaced","errors":[{"field":"title","code":"too-long"},7],"taskLink":"https://x/1",
            "replacedBy":{"outcome":"created","taskLink":"https://x/2"},"upstream":{"status":422,"reason":"no"}}"#;
        let answer = task(Received {
            content_type: "application/problem+json; charset=utf-8".to_owned(),
            retry_after: " 7 ".to_owned(),
            ..received(410, body)
        });
        assert!(answer.todo.is_none() && answer.retry_after == Some(7) && !answer.replayed);
        let problem = answer.problem.unwrap();
        assert_eq!(problem.code, "key-replaced");
        assert_eq!((problem.errors.len(), problem.errors[0].field.as_str()), (2, "title"));
        assert_eq!(problem.replaced_by.unwrap().task_link.as_deref(), Some("https://x/2"));
        assert_eq!(problem.upstream.unwrap(), UpstreamAnswer { status: 422, reason: "no".to_owned() });

        let made = r#"{"title":"Seal broken","taskType":"INCIDENT","taskLink":"https://x/1","tags":["a"]}"#;
        let answer = task(Received { replayed: "true".to_owned(), ..received(201, made) });
        assert!(answer.problem.is_none() && answer.replayed);
        let todo = answer.todo.unwrap();
        assert_eq!((todo.title.as_deref(), todo.tags), (Some("Seal broken"), Some(vec!["a".to_owned()])));
        assert!(task(received(201, "[]")).todo.is_none());
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let dated = "Thu, 26 Nov 2026 12:00:00 GMT";
        for (written, retry_at, after) in [
            ("7", None, Some(7)),
            ("7, 9", None, Some(7)),
            ("3.5", None, Some(4)),
            ("99999999999", None, Some(u32::MAX)),
            (dated, Some(20), Some(20)),
            ("-5", None, None),
            ("7 s", None, None),
            ("", None, None),
        ] {
            let answer = Received { retry_after: written.to_owned(), retry_at, ..received(503, "") };
            assert_eq!(answer.after(), after, "{written}");
        }
    }

    #[test]
    fn of_what_the_relay_knows_that_alone_is_shown_which_says_what_became_of_it() {
        let list = r#"{"tasks":[
            {"state":"created","todoType":"INCIDENT","title":"Seal\nbroken","taskLink":"https://x/1","at":"2026-11-26T12:03:04Z","reporter":"a@example.com"},
            {"state":"unknown","title":"Seal torn"},
            {"state":"created","title":"A script","taskLink":"javascript:alert(1)"},
            {"state":"of-a-later-version","title":"Seal lost"},{"title":"Nobody's"},{"state":"created"},7]}"#;
        let known = known(&received(200, list));
        let told: Vec<_> = known
            .iter()
            .map(|todo| {
                (todo.created, todo.title.as_str(), todo.link.as_ref().map(TaskLink::as_str), todo.sent_at.as_str())
            })
            .collect();
        assert_eq!(
            told,
            [
                (true, "Seal broken", Some("https://x/1"), "2026-11-26T12:03:04Z"),
                (false, "Seal torn", None, ""),
                (true, "A script", None, ""),
            ]
        );
    }

    #[test]
    fn of_a_long_list_the_newest_are_shown_and_what_is_no_list_is_empty() {
        let many: Vec<_> = (0..99).map(|at| format!(r#"{{"state":"unknown","title":"{at}"}}"#)).collect();
        let titles = known(&received(200, &format!(r#"{{"tasks":[{}]}}"#, many.join(","))));
        let newest: Vec<_> = (0..20).map(|at| at.to_string()).collect();
        assert_eq!(titles.iter().map(|todo| &*todo.title).collect::<Vec<_>>(), newest);
        for (status, body) in [
            (200, "<html>Sign in</html>"),
            (200, r#"{"tasks":{"state":"created","title":"x"}}"#),
            (200, "[]"),
            (401, r#"{"code":"token-expired"}"#),
            (502, r#"{"tasks":[{"state":"created","title":"x"}]}"#),
        ] {
            assert_eq!(known(&received(status, body)), [], "{status} {body}");
        }
    }
}
