//! What comes back for a todo, in the machine's words.

use bzctrl_contract::{Code, CreatedTodo, Outcome, Problem, ProblemField, UpstreamAnswer};

use super::Said;
use crate::form::submit::{Answer, Reply};

pub(super) fn reply(said: Said) -> Reply {
    let answer = |answer| Reply::Answer(Box::new(answer));
    match said {
        Said::Made { link, replayed } => {
            let title = Some("As it was made".to_owned());
            let todo = CreatedTodo { task_link: link, title, ..CreatedTodo::default() };
            answer(Answer { status: 201, todo: Some(todo), replayed, ..Answer::default() })
        }
        Said::Problem { code, link, replaced_by, after } => {
            let upstream =
                (code == Code::UpstreamRejected).then(|| UpstreamAnswer { status: 400, reason: "no".to_owned() });
            let replaced_by = replaced_by.map(|task_link| Outcome { outcome: "told".to_owned(), task_link });
            let wrong = ProblemField { field: "title".to_owned(), code: "too-long".to_owned() };
            let problem = Problem {
                code: code.as_str().to_owned(),
                errors: if code == Code::InvalidTask { vec![wrong] } else { Vec::new() },
                task_link: link,
                replaced_by,
                upstream,
                ..Problem::default()
            };
            answer(Answer { status: code.status(), problem: Some(problem), retry_after: after, ..Answer::default() })
        }
        Said::Plain(status) => answer(Answer { status, text: "<html>".to_owned(), ..Answer::default() }),
        Said::Redirect => Reply::Redirect,
        Said::Nothing => Reply::Nothing,
        Said::Offline => Reply::Offline,
        Said::Blocked => Reply::Blocked,
        Said::Unsent => Reply::Unsent,
    }
}
