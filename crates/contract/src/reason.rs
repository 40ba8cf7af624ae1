//! The reason of a no, as text for the user: whatever framework wrote the answer, its sentence is found.

use crate::json::Json;

/// At most so many bytes.
const LONGEST: usize = 2048;

/// Where frameworks put their sentence, the most telling first: a list of what is wrong before the words over it, and any
/// sentence before a title that says "Bad Request".
const SENTENCES: [&str; 7] = ["errors", "message", "msg", "error_description", "detail", "title", "error"];

/// The sentence of a JSON answer, or what else the body says; nothing of a page.
#[must_use]
pub fn reason(body: &str) -> String {
    let said = match Json::parse(body) {
        Some(json) => sentence(&json).unwrap_or_else(|| body.to_owned()),
        None if body.trim_start().starts_with('<') => String::new(),
        None => body.to_owned(),
    };
    let mut reason = String::new();
    for character in said.trim().chars() {
        if reason.len() + character.len_utf8() > LONGEST {
            break;
        }
        reason.push(if character.is_control() { ' ' } else { character });
    }
    reason
}

/// What a value says; of an object, the first of its members that says something.
fn sentence(json: &Json) -> Option<String> {
    match json {
        Json::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Json::List(items) => one_after_the_other(items.iter().filter_map(sentence)),
        Json::Object(_) => SENTENCES.iter().find_map(|name| match (*name, json.get(name)?) {
            // By field: what is wrong with it.
            ("errors", Json::Object(fields)) => one_after_the_other(
                fields.iter().filter_map(|(field, wrong)| Some([field, ": ", &sentence(wrong)?].concat())),
            ),
            (_, said) => sentence(said),
        }),
        _ => None,
    }
}

fn one_after_the_other(sentences: impl Iterator<Item = String>) -> Option<String> {
    let mut all = String::new();
    for sentence in sentences {
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(&sentence);
    }
    Some(all).filter(|all| !all.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_of_every_framework_is_found() {
        for (body, said) in [
            // Spring, Rails, Express.
            (
                r#"{"timestamp":1,"status":400,"error":"Bad Request","message":"title too long","path":"/x"}"#,
                "title too long",
            ),
            (r#"{"error":"Title is too long"}"#, "Title is too long"),
            (r#"{"error":{"code":400,"message":"Title is too long"}}"#, "Title is too long"),
            // NestJS.
            (
                r#"{"statusCode":400,"message":["title too long","no such status"],"error":"Bad Request"}"#,
                "title too long; no such status",
            ),
            // ASP.NET, Laravel.
            (
                r#"{"title":"One or more validation errors occurred.","status":400,"errors":{"title":["too long","too odd"],"status":["unknown"]}}"#,
                "title: too long; too odd; status: unknown",
            ),
            (r#"{"message":"The given data was invalid.","errors":{"message":"is required"}}"#, "message: is required"),
            // JSON:API, GraphQL.
            (
                r#"{"errors":[{"status":"422","title":"Invalid","detail":"Title is too long"},{"message":"No such status"}]}"#,
                "Title is too long; No such status",
            ),
            // FastAPI.
            (r#"{"detail":[{"loc":["body","title"],"msg":"field required","type":"value_error"}]}"#, "field required"),
            (r#"{"detail":"Not allowed"}"#, "Not allowed"),
            // RFC 6749, RFC 9457.
            (r#"{"error":"invalid_request","error_description":"Title is too long"}"#, "Title is too long"),
            (
                r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"Title is too long"}"#,
                "Title is too long",
            ),
            (r#"{"type":"about:blank","title":"Title is too long","status":400}"#, "Title is too long"),
            // What says nothing stands back.
            (r#"{"errors":[],"message":"","detail":null,"title":{},"error":"no"}"#, "no"),
            (r#"["too long",7,"too odd"]"#, "too long; too odd"),
            ("\"plain\"", "plain"),
            ("plain words\n", "plain words"),
            (r#"{"code":7}"#, r#"{"code":7}"#),
            ("{\"message\":\"cut o", "{\"message\":\"cut o"),
            ("<html><body>No</body></html>", ""),
            ("", ""),
        ] {
            assert_eq!(reason(body), said, "{body}");
        }
    }

    #[test]
    fn the_reason_is_text_of_two_kilobytes_at_most() {
        assert_eq!(reason("a\x1b[31mb"), "a [31mb");
        assert_eq!(reason(r#"{"message":"a\u0000b"}"#), "a b");
        assert_eq!(reason(&"é".repeat(3000)).len(), 2048);
        assert_eq!(reason(&["x", &"é".repeat(3000)].concat()).len(), 2047);
    }
}
