//! The widget.
#![allow(missing_docs, dead_code)]
pub mod config;
mod form;
mod text;
