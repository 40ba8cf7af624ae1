//! What a failure that the user sees means for the developer of the page: one line, with its code and what to do. Nothing is in
//! it that was typed, answered, or given by the page.

use bzctrl_contract::Code;

use crate::config::attribute;
use crate::form::submit::Notice;

/// The line, for a page of this origin. The page needs none where it has refused itself.
pub(super) fn advice(notice: &Notice, origin: &str) -> Option<String> {
    let told = [notice.code(), ": "].concat();
    let (what, then) = match notice {
        // The page has said so itself; the user sees it; the request itself has told it, with the directive.
        Notice::HostRefused(_) | Notice::Offline | Notice::Blocked => return None,
        Notice::NotAdmitted | Notice::Problem(Code::OriginDenied) => {
            ("the relay does not admit this page; add this to the tenant's origins in the relay's settings: ", origin)
        }
        Notice::Rejected { status, .. } => {
            return Some([&told, "BzCtrl answered ", &status.to_string(), "; its reason stands in the form"].concat());
        }
        Notice::TokenUnusable(Some(member)) => {
            return Some(
                [&told, "the token answer has no usable ", member, "; docs/EMBEDDING.md says what it has to be"]
                    .concat(),
            );
        }
        Notice::PageLacks(field) => {
            return Some([&told, "give a valid ", &attribute(*field), ", by the page or by the relay"].concat());
        }
        Notice::Problem(code) | Notice::Outcome { code, .. } => (by_code(*code), ""),
        other => (by_itself(other), ""),
    };
    Some([&told, what, then].concat())
}

/// Of what is no answer of the relay's.
fn by_itself(notice: &Notice) -> &'static str {
    match notice {
        Notice::NoRelay => {
            "the token endpoint, or `assertion-endpoint`, does not answer; see in the network panel whether `relay` or \
             `token-endpoint` is its address, and whether the page's policy has it in connect-src"
        }
        Notice::TokenUnusable(_) => {
            "what the token endpoint answers is no token; docs/EMBEDDING.md says what it has to be, under \"An endpoint of your own\""
        }
        Notice::NoTaskEndpoint => {
            "nobody says where todos go; set `task-endpoint` or `environment`, or let the token answer name a task_endpoint"
        }
        Notice::WrongEnvironment => "`environment` is not the one of the token answer; correct the one that is wrong",
        Notice::SignedOut => {
            "the user's sign-in has ended: no assertion comes from `assertion` or `assertion-endpoint`, or the relay's address \
             answers by a redirect, as a sign-in proxy does; `credentials` has to be include where either is of another origin"
        }
        Notice::Late => "a press could not go on within two minutes, as on a machine that slept; nothing was sent",
        Notice::HostSilent => "what was given to waitFor has not settled in 10 s",
        Notice::Busy => "BzCtrl takes no more requests for now; wait a minute",
        Notice::Lost => {
            "no answer of the relay came; it is asked again by itself. See its request in the network panel"
        }
        _ => "the todo may exist, and nobody has said so; look for it in BzCtrl",
    }
}

/// Of what the relay says.
fn by_code(code: Code) -> &'static str {
    match code {
        Code::WorkspaceDenied => {
            "add the page's `domain-work-space` to the tenant's workspaces in the relay's settings, or correct it"
        }
        Code::IdentityDenied => "the relay does not accept who the user is; see its log",
        Code::UpstreamCredentials => "BzCtrl refuses the relay's account; correct it in the relay's settings",
        Code::UpstreamUnavailable => "the relay does not reach BzCtrl; see the relay's log",
        Code::TokenExpired | Code::TokenInvalid => {
            "a token that was just given is refused; where several programs are the relay, they need one key_file"
        }
        Code::InvalidTask => {
            "the relay refuses fields that the form lets pass, and the form names them; are both of one release?"
        }
        Code::TooLarge => "the request is larger than the relay takes, or what stands before it",
        Code::RateLimited => "too many requests; wait a minute",
        Code::InvalidRequest | Code::KeyInvalid | Code::WrongMediaType | Code::NotFound | Code::MethodNotAllowed => {
            "the relay does not know such a request; does it ask for an assertion (`assertion-endpoint`), is it of another release, or \
             does something on the way change it?"
        }
        Code::OutcomeUnknown | Code::KeyUnknown | Code::KeyReplaced | Code::KeyReused | Code::InProgress => {
            "the todo may exist; look for it in BzCtrl, or for its key in the relay's log"
        }
        Code::OriginDenied | Code::StoreUnavailable | Code::Internal | Code::UpstreamRejected => {
            "the relay has a fault; see its log"
        }
    }
}
