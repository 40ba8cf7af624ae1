//! English.

use bzctrl_contract::{Code, Fault, Field, Kind, TodoType};

use super::{NoticeText, Tone};
use crate::form::submit::Notice;

/// A field's label.
pub(crate) fn label(field: Field) -> &'static str {
    match field {
        Field::TodoType => "Type",
        Field::DomainWorkSpace => "Workspace",
        Field::Title => "Title",
        Field::Description => "Description",
        Field::Result => "Result",
        Field::FinancialImpact => "Potential financial impact",
        Field::Impact => "Impact",
        Field::Likelihood => "Likelihood",
        Field::Status => "Status",
        Field::Priority => "Priority",
        Field::Assignee => "Assignee",
        Field::Reporter => "Reporter",
        Field::Category => "Category",
        Field::SubCategory => "Subcategory",
        Field::Lrn => "LRN",
        Field::OrderId => "Order",
        Field::ReminderDate => "Reminder",
    }
}

/// A choice's word, as users know it.
pub(crate) fn choice(word: &'static str) -> &'static str {
    match word {
        "INCIDENT" => "Incident",
        "TASK" => "Task",
        "HIGH" => "High",
        "MEDIUM" => "Medium",
        "LOW" => "Low",
        "TO DO" => "To do",
        "IN PROGRESS" => "In progress",
        "DONE" => "Done",
        "EXPIRED" => "Expired",
        other => other,
    }
}

/// What is wrong with a field, and what to do.
pub(crate) fn fault(field: Field, fault: Fault) -> String {
    let label = label(field).to_ascii_lowercase();
    let at_most = |what: &str, most: usize, unit: &str| {
        [what, ": at most ", &number(most), " ", unit, ". Shorten it; nothing is cut."].concat()
    };
    match fault {
        Fault::Missing => match field {
            Field::Title => "Enter a title".to_owned(),
            Field::Description => "Describe what happened or what is to be done".to_owned(),
            _ => ["Enter the ", &label].concat(),
        },
        Fault::TooLong => match field.spec().kind {
            Kind::Line(most) | Kind::Text(most) | Kind::Email(most) | Kind::List(_, most) => {
                at_most("Too long", most, "characters")
            }
            _ => "Too long".to_owned(),
        },
        Fault::TooMany => match field.spec().kind {
            Kind::List(most, _) => at_most("Too many", most, "entries"),
            _ => "Too many".to_owned(),
        },
        Fault::NotAnAmount => "Enter an amount in euros, such as 1,250.00".to_owned(),
        Fault::Negative => "Enter an amount of zero or more, such as 1,250.00".to_owned(),
        Fault::TooPrecise => "Enter euros with two decimals at most, such as 1,250.00".to_owned(),
        Fault::TooLarge => "Enter an amount below 1,000,000,000,000,000".to_owned(),
        Fault::NotADate => "Enter a whole date: day, month and year".to_owned(),
        Fault::PastDate => "Choose today or a later day".to_owned(),
        Fault::FarDate => "Choose a day within ten years".to_owned(),
        Fault::NotAnEmail => ["The ", &label, " must be an e-mail address"].concat(),
        Fault::NotAChoice => ["Choose one of the words for ", &label].concat(),
        Fault::Untidy | Fault::WrongType | Fault::OtherTodoType | Fault::UnknownField | Fault::Repeated => {
            ["The relay does not take this ", &label].concat()
        }
    }
}

fn number(of: usize) -> String {
    let digits = of.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "incident" or "task", inside a sentence.
fn noun(todo_type: TodoType) -> &'static str {
    match todo_type {
        TodoType::Incident => "incident",
        TodoType::Task => "task",
    }
}

/// What a notice says: what happened, whether the todo may exist, what the user can do now. In the sentences `_` stands
/// for "incident" or "task".
pub(crate) fn notice_text(notice: &Notice, todo_type: TodoType, undecided: bool) -> NoticeText {
    let it = noun(todo_type);
    let text = |heading: &str, meaning: &str, tone| {
        let mut said = String::new();
        for (at, part) in meaning.split('_').enumerate() {
            said.push_str(if at > 0 { it } else { "" });
            said.push_str(part);
        }
        NoticeText { heading: heading.to_owned(), meaning: said, tone }
    };
    let no = |heading: &str, meaning: &str| text(heading, meaning, Tone::No);
    let unsure = |heading: &str, meaning: &str| text(heading, meaning, Tone::Unsure);
    // Of this request alone: the todo is as undecided as it was.
    let refused = |heading: &str, then: &str| {
        if undecided {
            unsure(heading, &["This time it was not accepted. The _ may exist from before. ", then].concat())
        } else {
            no(heading, &["It was not accepted. What you typed is kept. ", then].concat())
        }
    };
    match notice {
        Notice::Rejected { reason, earlier, .. } => {
            let reason = reason.trim();
            let said = if reason.is_empty() { "BzCtrl gave no reason." } else { reason };
            let earlier = if *earlier { " this time; the first one may exist" } else { "" };
            let then = "\nChange what it asks for, then submit again.";
            let meaning = ["No ", it, " was created", earlier, ". BzCtrl says: ", said, then].concat();
            NoticeText { heading: "BzCtrl refused it".to_owned(), meaning, tone: Tone::No }
        }
        Notice::Lost => unsure(
            "The answer was lost on the way",
            "The _ may or may not have been created. Asking again cannot create it twice.",
        ),
        Notice::Unknown => unsure(
            "BzCtrl's answer never came",
            "The _ may or may not have been created. Look in BzCtrl before you send it again: that could create it twice.",
        ),
        Notice::Forgotten => unsure(
            "The last submission was interrupted",
            "The _ may or may not have been created, and what was typed is gone. Look in BzCtrl.",
        ),
        Notice::Interrupted => unsure(
            "The last submission was interrupted",
            "The _ may or may not have been created. Asking again cannot create it twice.",
        ),
        Notice::Busy => {
            no("BzCtrl is busy", "It did not take the _. What you typed is kept. Wait a minute, then submit again.")
        }
        Notice::SignedOut => refused("You have been signed out", "Sign in again in another tab, then try again here."),
        Notice::NoRelay if undecided => {
            unsure("No connection to the relay", "The _ may exist from before. Asking again cannot create it twice.")
        }
        Notice::NoRelay => {
            no("No connection to the relay", "Nothing was sent. What you typed is kept. Check the network.")
        }
        Notice::NotAdmitted => refused(
            "This page may not use the relay",
            "Ask those who run this page: the relay has to admit its address.",
        ),
        Notice::TokenUnusable => refused("The relay's answer cannot be used", "Ask those who run the relay."),
        Notice::NoTaskEndpoint => {
            refused("This page does not say where to send it", "Ask those who run this page to set the task endpoint.")
        }
        Notice::WrongEnvironment => refused(
            "This page and the relay mean different environments of BzCtrl",
            "Ask those who run this page: a real one must not end up in a test system.",
        ),
        Notice::PageLacks(field) => refused(
            &["This page gives no usable ", &label(*field).to_ascii_lowercase()].concat(),
            "Ask those who run this page, or try again from another screen.",
        ),
        Notice::HostRefused(message) => {
            let heading = if message.is_empty() { "This page does not let it be sent" } else { message.as_str() };
            no(heading, "Nothing was sent. What you typed is kept.")
        }
        Notice::HostSilent => {
            no("This page has not said whether it may be sent", "Nothing was sent. What you typed is kept. Try again.")
        }
        Notice::Outcome { code: Code::KeyReplaced, link, replaced_link } => {
            let first = if link.is_some() { "The first one exists. " } else { "The first one may exist. " };
            let second =
                if replaced_link.is_some() { "The second one exists." } else { "The second one may exist too." };
            unsure(
                "It was sent again from somewhere else",
                &[first, second, " Look in BzCtrl before you send it again."].concat(),
            )
        }
        Notice::Outcome { link: Some(_), .. } => {
            unsure("It was sent before, with another text", "That _ exists. Open it, or send this text as a new one.")
        }
        Notice::Outcome { .. } => unsure(
            "It was sent before, with another text",
            "That _ may exist. Look in BzCtrl before you send this text as a new one.",
        ),
        Notice::Problem(code) => match code {
            Code::OutcomeUnknown => unsure(
                "BzCtrl did not answer in time",
                "The _ may or may not have been created. Look in BzCtrl before you send it again.",
            ),
            Code::KeyUnknown => unsure(
                "The relay cannot say what became of it",
                "The _ may or may not have been created. Look in BzCtrl before you send it again.",
            ),
            Code::InProgress => unsure(
                "It is being sent right now",
                "The relay waits for BzCtrl's answer. Asking again cannot create it twice.",
            ),
            Code::UpstreamUnavailable => no(
                "BzCtrl cannot be reached",
                "The _ has not been sent so far. What you typed is kept. Try again in a while.",
            ),
            Code::UpstreamCredentials => no(
                "BzCtrl refuses the relay's account",
                "Nothing was sent. What you typed is kept. Ask those who run the relay to renew its credentials.",
            ),
            Code::InvalidTask => {
                refused("The relay asks for corrections", "Correct the fields that are named, then submit again.")
            }
            Code::KeyInvalid | Code::InvalidRequest | Code::NotFound | Code::MethodNotAllowed => refused(
                "A fault of this form",
                "The relay does not understand what it sends. Tell those who run this page.",
            ),
            Code::TokenExpired | Code::TokenInvalid => refused(
                "The relay refuses this page's token",
                "Try once more; if it stays so, ask those who run the relay.",
            ),
            Code::OriginDenied => refused(
                "This page may not use the relay",
                "Ask those who run this page: the relay has to admit its address.",
            ),
            Code::IdentityDenied => {
                refused("The relay does not accept who you are", "Sign in again, or ask those who run this page.")
            }
            Code::WorkspaceDenied => refused(
                "This page may not write into that workspace",
                "Ask those who run this page to correct the workspace.",
            ),
            Code::TooLarge => refused("It is too large", "Shorten the description, then submit again."),
            Code::WrongMediaType => {
                refused("A fault of this form", "The relay does not take what it sends. Tell those who run this page.")
            }
            Code::RateLimited => refused("Too many requests at once", "Wait a minute, then try again."),
            Code::StoreUnavailable => refused("The relay is out of order for a moment", "Try again in a while."),
            Code::Internal => refused("The relay has a fault", "Try again; if it stays so, tell those who run it."),
            // These come with an outcome, or as what BzCtrl said.
            Code::KeyReplaced | Code::KeyReused | Code::UpstreamRejected => {
                refused("The relay's answer cannot be used", "Ask those who run the relay.")
            }
        },
    }
}

/// The heading of the form.
pub(crate) fn heading(todo_type: TodoType) -> &'static str {
    match todo_type {
        TodoType::Incident => "Report incident",
        TodoType::Task => "Create task",
    }
}

/// The heading over a created todo.
pub(crate) fn created(todo_type: TodoType) -> &'static str {
    match todo_type {
        TodoType::Incident => "Incident created",
        TodoType::Task => "Task created",
    }
}

/// The heading of the summary of errors.
pub(crate) fn problems(count: usize) -> String {
    match count {
        1 => "There is 1 problem".to_owned(),
        _ => ["There are ", &count.to_string(), " problems"].concat(),
    }
}

/// Said once in the form: what the mark means.
pub(crate) const NEEDED: &str = "* is needed";
/// After the label of what is needed.
pub(crate) const MARK: &str = " *";
/// Before an amount.
pub(crate) const CURRENCY: &str = "EUR";
/// What the amount's field tells.
pub(crate) const AMOUNT_HINT: &str = "Amount in EUR";
/// What a field with a scanned code tells.
pub(crate) const SEPARATED: &str = "Separators of the scan are sent as ␝";
/// Before the amount as it was read.
pub(crate) const READ_AS: &str = "Read as ";
/// Empties a choice.
pub(crate) const CLEAR: &str = "Clear";
/// The submit button.
pub(crate) const SUBMIT: &str = "Submit";
/// The submit button while it is busy.
pub(crate) const SENDING: &str = "Sending…";
/// Said while the page is asked.
pub(crate) const ASKS_PAGE: &str = "This page checks it first.";
/// A part of the form that it needs from now on could not be fetched, and a press waits for it.
pub(crate) const NOT_LOADED: &str = "A part of the form has not loaded yet";
/// What that means.
pub(crate) const NOT_LOADED_MEANS: &str = "It is tried again, and then your press is followed. What you typed is kept.";
/// The submit button while it waits.
pub(crate) const TRY_NOW: &str = "Try now";
/// The submit button of what may exist.
pub(crate) const ASK_AGAIN: &str = "Ask again";
/// Sends an unknown one again.
pub(crate) const SEND_AGAIN: &str = "Send again";
/// Leaves an unknown one.
pub(crate) const LEAVE: &str = "I have seen it, leave it";
/// Said while it asks again by itself.
pub(crate) const ASKS_BY_ITSELF: &str = " Trying again by itself.";
/// The cancel button.
pub(crate) const CANCEL: &str = "Cancel";
/// The close buttons.
pub(crate) const CLOSE: &str = "Close";
/// After a created todo.
pub(crate) const ANOTHER: &str = "Report another";
/// A restored draft.
pub(crate) const RESTORED: &str = "Draft restored";
/// Drops a restored draft.
pub(crate) const START_ANEW: &str = "Start anew";
/// The question.
pub(crate) const CLOSE_QUESTION: &str = "Close the form?";
/// What closing means for what was typed.
pub(crate) const CLOSE_KEEPS: &str = "What you typed is kept in this tab until you come back.";
/// What closing means while it may exist.
pub(crate) const CLOSE_UNSURE: &str =
    "Nobody knows yet whether it was created. What you typed is kept, and you can ask again later.";
/// Back to the form.
pub(crate) const STAY: &str = "Back to the form";
/// The tab has opened.
pub(crate) const OPENED: &str = "It has opened in a new tab.";
/// In a tab that waits for the todo.
pub(crate) const TAB_WAITS: &str = "BzCtrl opens here as soon as it is created.";
/// The tab was blocked.
pub(crate) const BLOCKED: &str = "The browser did not let it open by itself. Follow the link.";
/// BzCtrl gave no link that may be opened.
pub(crate) const NO_LINK: &str = "BzCtrl gave no usable link to it. Look for it by its title.";
/// It had been made before.
pub(crate) const REPLAYED: &str = "It had been created already; nothing was created twice.";
/// Where BzCtrl is.
pub(crate) const OPEN_BZCTRL: &str = "Look in BzCtrl";
/// The environment's chip: after the name.
pub(crate) const TEST: &str = " · test";
