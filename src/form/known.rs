//! What the relay knows of an order, beside what the user is about to report of it.

use super::event::KnownTodo;

/// The one of what is known that a title is much like: nobody means to report the same thing twice.
pub(super) fn alike(title: &str, known: &[KnownTodo]) -> Option<usize> {
    let words = words(title);
    known.iter().position(|todo| are_alike(&words, &self::words(&todo.title)))
}

/// Two titles are much alike where at least three of five of all their words stand in both.
fn are_alike(one: &[&str], other: &[&str]) -> bool {
    let shared = one.iter().filter(|word| other.iter().any(|it| it.eq_ignore_ascii_case(word))).count();
    let all = one.len() + other.len() - shared;
    shared > 0 && shared * 5 >= all * 3
}

/// The words of a title, each once.
fn words(title: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in title.split(|it: char| it.is_whitespace() || it.is_ascii_punctuation()) {
        if !word.is_empty() && !words.iter().any(|it| it.eq_ignore_ascii_case(word)) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_alike(title: &str, other: &str) -> bool {
        let todo =
            KnownTodo { created: true, title: other.to_owned(), link: None, sent_at: String::new(), reporter: None };
        alike(title, &[todo]).is_some()
    }

    #[test]
    fn a_title_is_like_another_by_its_words() {
        let seal = "Seal of MSKU 123456-5 is broken";
        for title in
            [seal, "seal of MSKU 123456-5 is BROKEN!", "Seal broken: MSKU 123456-5", "MSKU 123456-5: seal broken again"]
        {
            assert!(is_alike(title, seal), "{title}");
        }
        for title in ["", "Seal", "Seal of TCLU 654321-0 is torn", "Door of MSKU 123456-5 does not close", "- !"] {
            assert!(!is_alike(title, seal), "{title}");
        }
        assert!(!is_alike("", "") && !is_alike("!", "!"), "no word is like no word");
    }
}
