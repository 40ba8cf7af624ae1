//! What a relay answers: as `crates/relay/src/routes/key_answer.rs` has it.

use bzctrl_contract::Code;

use crate::data::{Data, State};
use crate::forms::Said;
use crate::relay::store::transitions::{KeyLookup, Row};

/// A problem that tells of nothing but its code.
pub(crate) fn problem(code: Code) -> Said {
    Said::Problem { code, todo: None, replaced_by: None }
}

/// The answer to a request for a key that has a row, or that the store cannot vouch for.
pub(crate) fn of_lookup(found: &KeyLookup, content: Option<u8>) -> Said {
    let row = match found {
        KeyLookup::Claimable => return problem(Code::UpstreamUnavailable),
        KeyLookup::Unverifiable => return problem(Code::KeyUnknown),
        KeyLookup::Found(row) => row,
    };
    let todo = todo_of(State::read(&row.state));
    if let Row { replaced_by: Some(new), .. } = row {
        return Said::Problem { code: Code::KeyReplaced, todo, replaced_by: todo_of(State::read(new)) };
    }
    if content.is_some_and(|content| !Data::is_of(content, row)) {
        return Said::Problem { code: Code::KeyReused, todo, replaced_by: None };
    }
    match of_state(State::read(&row.state)) {
        Said::Created { todo, .. } => Said::Created { todo, replayed: true },
        said => said,
    }
}

/// The answer to the request that has sent it.
pub(crate) fn of_state(state: State) -> Said {
    match state {
        State::Created(todo) => Said::Created { todo, replayed: false },
        State::Free => problem(Code::UpstreamUnavailable),
        State::Sending => problem(Code::InProgress),
        State::Rejected => problem(Code::UpstreamRejected),
        State::Unknown => problem(Code::OutcomeUnknown),
    }
}

fn todo_of(state: State) -> Option<u8> {
    if let State::Created(todo) = state { todo } else { None }
}
