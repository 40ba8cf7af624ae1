//! A Rust file as its tokens: comments are gone, strings are told from code, and what is for tests alone is left out.

use std::str::FromStr;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A Rust file, flat: groups are opened and closed by tokens of their own.
pub(super) struct Source {
    /// From the workspace's root, with slashes.
    pub(super) file: String,
    /// Its tokens in order, without those under `#[cfg(test)]`.
    pub(super) tokens: Vec<Token>,
}

/// One token.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn read(file: &str, text: &str) -> Result<Self> {
        let stream = TokenStream::from_str(text).map_err(|error| anyhow!("{file} is no Rust: {error}"))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Self { file: file.to_owned(), tokens })
    }

    /// The places of a sequence of tokens.
    pub(super) fn places<'a>(&'a self, sequence: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
        let starts = 0..(self.tokens.len() + 1).saturating_sub(sequence.len());
        starts.filter(move |&start| self.tokens[start..].iter().zip(sequence).all(|(token, text)| token.text == *text))
    }

    /// The tokens from a place on, as text.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = (&str, usize)> {
        self.tokens.iter().skip(place).map(|token| (token.text.as_str(), token.line))
    }

    /// Whether the whole file is for tests.
    pub(super) fn is_for_tests(&self) -> bool {
        is_for_tests(&self.file)
    }
}

/// Whether a file is for tests: by its folder, or named for them beside what it tests.
pub(super) fn is_for_tests(file: &str) -> bool {
    file.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '#')
            && let Some(TokenTree::Group(attribute)) = trees.peek()
            && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
        {
            trees.next();
            skip_item(&mut trees);
            continue;
        }
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let end = group.span_close().start().line;
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: end });
            }
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

/// Passes over an item: up to its body, or to its semicolon.
fn skip_item(trees: &mut impl Iterator<Item = TokenTree>) {
    for tree in trees {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Source::read("src/a.rs", text).unwrap().tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(texts("a // b\n/* c */"), ["a"]);
    }

    #[test]
    fn what_is_for_tests_alone_is_left_out() {
        assert_eq!(texts("#[cfg(test)] mod tests { b } c"), ["c"]);
        assert_eq!(texts("#[cfg(test)] use a::b; c"), ["c"]);
        assert_eq!(texts("#[cfg(unix)] c"), ["#", "[", "cfg", "(", "unix", ")", "]", "c"]);
    }

    #[test]
    fn a_token_knows_its_line() {
        let source = Source::read("src/a.rs", "a\n(b\n)").unwrap();
        let lines: Vec<usize> = source.tokens.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 2, 3]);
    }
}
