//! English. Each sentence has a key, by which a host may put its own in its place; `docs/TEXTS.md` lists them all. In braces
//! stands what is filled in: `{todo}` is "incident" or "task".

use bzctrl_contract::{Code, FIELDS, Field};

use super::{Claim, Entry, NoticeText, Sentence, Told, Word, Words, told, words};
use crate::config::language::LANGUAGE_ITSELF;
use crate::form::event::KnownTodo;
use crate::form::state::Standing;
use crate::form::submit::Notice;

mod saying;

/// A field's label.
fn label(field: Field) -> &'static str {
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

/// The words that the form offers, and as users know them.
pub(super) const CHOICES: [(&str, &str); 7] = [
    ("INCIDENT", "Incident"),
    ("TASK", "Task"),
    ("HIGH", "High"),
    ("MEDIUM", "Medium"),
    ("LOW", "Low"),
    ("IN PROGRESS", "In progress"),
    ("DONE", "Done"),
];

/// How many keys there are before the words': those of the language itself, the labels, and the choices.
const BEFORE_WORDS: usize = BEFORE_LABELS + FIELDS.len() + CHOICES.len();
const BEFORE_LABELS: usize = LANGUAGE_ITSELF.len();

words! {
    /// Said once in the form: what the mark means.
    NEEDED = "needed", "Fields marked * are needed";
    /// After the label of what is needed.
    MARK = "mark", "*";
    /// Before an amount.
    CURRENCY = "currency", "EUR";
    /// What the amount's field tells.
    AMOUNT_HINT = "amount-hint", "Amount in EUR";
    /// What a field with a scanned code tells.
    SEPARATED = "separated", "Separators of the scan are sent as ␝";
    /// Before the amount as it was read.
    READ_AS = "read-as", "Read as";
    /// A day to choose.
    TODAY = "today", "Today";
    /// A day to choose.
    TOMORROW = "tomorrow", "Tomorrow";
    /// A day to choose: the next Monday that is not today.
    NEXT_MONDAY = "next-monday", "Monday";
    /// How else it is submitted, beside the buttons.
    KEYS = "keys", "Ctrl + Enter submits";
    /// Empties a choice.
    CLEAR = "clear", "Clear";
    /// The submit button.
    SUBMIT = "submit", "Submit";
    /// The submit button while it is busy.
    SENDING = "sending", "Sending…";
    /// Said while it is sent.
    SENDS = "sends", "The {todo} is being sent.";
    /// Said while it is asked for again.
    ASKS_AGAIN = "asks-again", "Asking again.";
    /// Said while the page is asked.
    ASKS_PAGE = "asks-page", "This page checks it first.";
    /// A part of the form that it needs from now on could not be fetched, and a press waits for it.
    NOT_LOADED = "not-loaded", "A part of the form has not loaded yet";
    /// What that means.
    NOT_LOADED_MEANS = "not-loaded-means", "It is tried again by itself, then sending goes on. What you typed is kept.";
    /// The submit button while it waits.
    TRY_NOW = "try-now", "Try now";
    /// Ends the wait.
    STOP = "stop", "Stop";
    /// The submit button of what may exist.
    ASK_AGAIN = "ask-again", "Ask again";
    /// Sends an unknown one again.
    SEND_AGAIN = "send-again", "Send again";
    /// Asks the relay what it knows by now of an unknown one.
    LOOK_AGAIN = "look-again", "Look again";
    /// Over what the relay knows of an order.
    KNOWN_OF_ORDER = "known-of-order", "What is known of this order";
    /// How many todos of this order are registered already, in the head of the form.
    REGISTERED = "registered", "Reported: {count}";
    /// Said of a title that is much like that of another todo of the order.
    ALIKE = "alike", "Much like “{title}”, reported {at}";
    /// Of one of its todos: it exists.
    KNOWN_CREATED = "known-created", "Created";
    /// Of one of its todos: nobody knows.
    KNOWN_UNKNOWN = "known-unknown", "Nobody knows whether it was created";
    /// Leaves an unknown one.
    LEAVE = "leave", "It is there, close";
    /// Said while it asks again by itself.
    ASKS_BY_ITSELF = "asks-by-itself", "Trying again by itself.";
    /// How long it is until then.
    NEXT_TRY = "next-try", "Next try in {seconds} s";
    /// Said while what was sent before may exist.
    SENT_BEFORE = "sent-before", "An earlier one may exist";
    /// The cancel button.
    CANCEL = "cancel", "Cancel";
    /// The close buttons.
    CLOSE = "close", "Close";
    /// After a created todo.
    ANOTHER = "another", "Report another";
    /// A restored draft.
    RESTORED = "restored", "Draft restored";
    /// Drops a restored draft.
    START_ANEW = "start-anew", "Start anew";
    /// The question.
    CLOSE_QUESTION = "close-question", "Close the form?";
    /// Closes it, what was typed is kept.
    CLOSE_AS_DRAFT = "close-as-draft", "Keep as draft and close";
    /// Closes it, what was typed is dropped.
    DISCARD = "discard", "Discard";
    /// What closing means for what was typed.
    CLOSE_KEEPS = "close-keeps", "What you typed is kept in this tab until you come back.";
    /// The same where the browser keeps nothing.
    CLOSE_LOSES = "close-loses", "This browser does not keep what you typed: it is lost then.";
    /// What closing means while it may exist.
    CLOSE_UNSURE = "close-unsure", "Nobody knows yet whether it was created.";
    /// Back to the form.
    STAY = "stay", "Back";
    /// The tab has opened.
    OPENED = "opened", "It has opened in a new tab.";
    /// In a tab that waits for the todo.
    TAB_WAITS = "tab-waits", "BzCtrl opens here as soon as it is created.";
    /// The tab was blocked.
    BLOCKED = "blocked", "The browser did not let it open by itself. Follow the link.";
    /// BzCtrl gave no link that may be opened.
    NO_LINK = "no-link", "BzCtrl gave no usable link to it. Look for it by its title.";
    /// The created todo's link, by its name in BzCtrl.
    OPEN_TODO = "open-todo", "Open {name} in BzCtrl";
    /// The same where it has no name.
    OPEN_UNNAMED = "open-todo.unnamed", "Open it in BzCtrl";
    /// Copies that link.
    COPY_LINK = "copy-link", "Copy link";
    /// It was copied.
    COPIED = "copied", "The link is copied.";
    /// The browser does not copy it.
    SELECTED = "selected", "This browser does not copy it. The link is selected: press Ctrl + C.";
    /// It had been made before.
    REPLAYED = "replayed", "It had been created already. Nothing was created twice.";
    /// Where BzCtrl is.
    OPEN_BZCTRL = "open-bzctrl", "Look in BzCtrl";
    /// By what one that may exist is found: its title.
    LOOK_FOR = "look-for", "Look for “{title}”.";
    /// The same, and when it was sent.
    LOOK_FOR_SENT = "look-for.sent", "Look for “{title}”, sent {time}.";
    /// The environment's chip: after the name.
    TEST = "test", "test";
    /// "incident" inside a sentence.
    INCIDENT_NOUN = "noun.incident", "incident";
    /// "task" inside a sentence.
    TASK_NOUN = "noun.task", "task";
    /// The heading of the form.
    REPORT_INCIDENT = "heading.incident", "Report incident";
    /// The heading of the form for a task.
    CREATE_TASK = "heading.task", "Create task";
    /// The heading over a created incident.
    INCIDENT_CREATED = "created.incident", "Incident created";
    /// The heading over a created task.
    TASK_CREATED = "created.task", "Task created";
    /// The heading of the summary of errors, of one.
    ONE_PROBLEM = "problems.one", "There is 1 problem";
    /// The heading of the summary of errors.
    PROBLEMS = "problems.other", "There are {count} problems";
    /// A title is missing.
    NO_TITLE = "fault.missing.title", "Enter a title";
    /// A description is missing.
    NO_DESCRIPTION = "fault.missing.description", "Describe what happened or what is to be done";
    /// Another field is missing.
    MISSING = "fault.missing", "Enter the {field}";
    /// A text is too long.
    TOO_LONG = "fault.too-long", "Too long: at most {most} characters. Shorten it; nothing is cut.";
    /// A text is too long, by so much.
    TOO_LONG_BY = "fault.too-long.other", "Remove {over} characters: at most {most} fit. Nothing is cut.";
    /// A text is too long, by one.
    TOO_LONG_BY_ONE = "fault.too-long.one", "Remove 1 character: at most {most} fit. Nothing is cut.";
    /// How long a text is that may not get much longer.
    COUNTER = "counter", "{count} of {most} characters";
    /// A list is too long.
    TOO_MANY = "fault.too-many", "Too many: at most {most} entries. Shorten it; nothing is cut.";
    /// No amount.
    NOT_AN_AMOUNT = "fault.not-an-amount", "Enter an amount in euros, such as {example}";
    /// A negative amount.
    NEGATIVE = "fault.negative", "Enter an amount of zero or more, such as {example}";
    /// More than two decimals.
    TOO_PRECISE = "fault.too-precise", "Enter euros with two decimals at most, such as {example}";
    /// An amount beyond what BzCtrl takes.
    TOO_LARGE = "fault.too-large", "Enter an amount below {most}";
    /// Half a date.
    NOT_A_DATE = "fault.not-a-date", "Enter a whole date: day, month and year";
    /// A day that is over.
    PAST_DATE = "fault.past-date", "Choose today or a later day";
    /// A day that is far away.
    FAR_DATE = "fault.far-date", "Choose a day within ten years";
    /// No e-mail address.
    NOT_AN_EMAIL = "fault.not-an-email", "The {field} must be an e-mail address";
    /// None of the words.
    NOT_A_CHOICE = "fault.not-a-choice", "Choose one of the words for {field}";
    /// What the relay alone finds wrong.
    NOT_TAKEN = "fault.not-taken", "The relay does not take this {field}";
    /// Of what did not get as far as being sent.
    NOT_SENT = "not-sent", "Nothing was sent so far. What you typed is kept.";
    /// The same, while one that was sent before may exist.
    NOT_SENT_THIS_TIME = "not-sent.this-time", "Nothing was sent this time. The {todo} may exist from before.";
    /// Of a refusal.
    REFUSED = "refused", "It was not accepted. What you typed is kept.";
    /// The same, while one that was sent before may exist.
    REFUSED_THIS_TIME = "refused.this-time", "This time it was not accepted. The {todo} may exist from before.";
    /// Of what nobody knows.
    MAY_EXIST = "may-exist", "The {todo} may or may not have been created.";
    /// Where the next press asks under the same key.
    ASKING_IS_SAFE = "asking-is-safe", "Asking again cannot create it twice.";
    /// What BzCtrl said.
    REJECTED = "rejected.meaning", "No {todo} was created. BzCtrl says: {reason}\nChange what it asks for, then submit again.";
    /// What BzCtrl said of what was sent again.
    REJECTED_AGAIN = "rejected.again", "No {todo} was created this time; one that was sent before may exist. BzCtrl says: {reason}\nChange what it asks for, then submit again.";
    /// BzCtrl said nothing.
    NO_REASON = "rejected.no-reason", "BzCtrl gave no reason.";
    /// Of the first of two.
    FIRST_EXISTS = "key-replaced.first", "The first one exists.";
    /// Of the first of two, perhaps.
    FIRST_MAY_EXIST = "key-replaced.first-perhaps", "The first one may exist.";
    /// Of the second of two.
    SECOND_EXISTS = "key-replaced.second", "The second one exists.";
    /// Of the second of two, perhaps.
    SECOND_MAY_EXIST = "key-replaced.second-perhaps", "The second one may exist too.";
}

told! {
    REJECTED_BY_BZCTRL = "rejected", NotMade, "BzCtrl refused it", "";
    LOST = "answer-lost", MayExist, "The answer was lost on the way", "";
    UNKNOWN = "answer-never-came", MayExist, "No usable answer came from BzCtrl", "Look in BzCtrl before you send it again: that could create it twice.";
    FORGOTTEN = "forgotten", MayExist, "The last submission was interrupted", "What was typed is gone. Look in BzCtrl.";
    INTERRUPTED = "interrupted", MayExist, "The last submission was interrupted", "";
    EARLIER = "earlier", MayExist, "One that was sent before may exist", "Look in BzCtrl before you submit this one.";
    LATE = "not-in-time", NotSent, "It took too long to send it", "Press again to send it.";
    OFFLINE = "offline", NotSent, "This computer is offline", "Check the network.";
    FORBIDDEN = "blocked-by-policy", NotSent, "This page's own policy does not let it be sent", "Tell those who run this page; the browser's console says which rule it is.";
    BUSY = "busy", Refused, "BzCtrl is busy", "Wait a minute, then submit again.";
    SIGNED_OUT = "signed-out", Refused, "You have been signed out", "Sign in again in another tab, then try again here.";
    NO_RELAY = "relay-unreachable", NotSent, "No connection to the relay", "Check the network.";
    ORIGIN_DENIED = "origin-denied", Refused, "This page may not use the relay", "Ask those who run this page: the relay has to admit its address.";
    UNUSABLE = "answer-unusable", Refused, "The relay's answer cannot be used", "Ask those who run the relay.";
    NO_TASK_ENDPOINT = "no-task-endpoint", NotSent, "This page does not say where to send it", "Ask those who run this page to set the task endpoint.";
    WRONG_ENVIRONMENT = "environment-mismatch", NotSent, "This page and the relay mean different environments of BzCtrl", "Ask those who run this page: a real one must not end up in a test system.";
    PAGE_LACKS = "setting-missing", NotSent, "This page gives no usable {field}", "Ask those who run this page, or try again from another screen.";
    HOST_REFUSED = "host-refused", NotSent, "This page does not let it be sent", "";
    HOST_SILENT = "host-silent", NotSent, "This page has not said whether it may be sent", "Try again.";
    KEY_REPLACED = "key-replaced", Outcome, "It was sent again from somewhere else", "Look in BzCtrl before you send it again.";
    OTHER_TEXT_EXISTS = "key-reused.exists", Outcome, "It was sent before, with another text", "That {todo} exists. Open it, or send this text as a new one.";
    OTHER_TEXT = "key-reused", Outcome, "It was sent before, with another text", "That {todo} may exist. Look in BzCtrl before you send this text as a new one.";
    OUTCOME_UNKNOWN = "outcome-unknown", MayExist, "BzCtrl did not say what became of it", "Look in BzCtrl before you send it again.";
    KEY_UNKNOWN = "key-unknown", MayExist, "The relay cannot say what became of it", "Look in BzCtrl before you send it again.";
    IN_PROGRESS = "in-progress", MayExist, "It is being sent right now", "The relay waits for BzCtrl's answer.";
    UPSTREAM_UNAVAILABLE = "upstream-unavailable", NotSent, "BzCtrl cannot be reached", "Try again in a while.";
    UPSTREAM_CREDENTIALS = "upstream-credentials", NotSent, "BzCtrl refuses the relay's account", "Ask those who run the relay to renew its credentials.";
    INVALID_TASK = "invalid-task", Refused, "The relay asks for corrections", "Correct the fields that are named, then submit again.";
    INVALID_REQUEST = "invalid-request", Refused, "A fault of this form", "The relay does not understand what it sends. Tell those who run this page.";
    TOKEN_INVALID = "token-invalid", Refused, "This page's token is refused", "Try once more; if it stays so, ask those who run the relay.";
    IDENTITY_DENIED = "identity-denied", Refused, "The relay does not accept who you are", "Sign in again, or ask those who run this page.";
    WORKSPACE_DENIED = "workspace-denied", Refused, "This page may not write into that workspace", "Ask those who run this page to correct the workspace.";
    BODY_TOO_LARGE = "too-large", Refused, "It is too large", "Shorten the description, then submit again.";
    WRONG_MEDIA_TYPE = "wrong-media-type", Refused, "A fault of this form", "The relay does not take what it sends. Tell those who run this page.";
    RATE_LIMITED = "rate-limited", Refused, "Too many requests at once", "Wait a minute, then try again.";
    STORE_UNAVAILABLE = "store-unavailable", Refused, "The relay is out of order for a moment", "Try again in a while.";
    INTERNAL = "internal", Refused, "The relay has a fault", "Try again; if it stays so, tell those who run it.";
}

/// The words for a notice.
fn told_of(notice: &Notice) -> Told {
    match notice {
        Notice::Rejected { .. } => REJECTED_BY_BZCTRL,
        Notice::Lost => LOST,
        Notice::Unknown => UNKNOWN,
        Notice::Forgotten => FORGOTTEN,
        Notice::Interrupted => INTERRUPTED,
        Notice::Busy => BUSY,
        Notice::SignedOut => SIGNED_OUT,
        Notice::Earlier => EARLIER,
        Notice::Late => LATE,
        Notice::Offline => OFFLINE,
        Notice::Blocked => FORBIDDEN,
        Notice::NoRelay => NO_RELAY,
        Notice::NotAdmitted | Notice::Problem(Code::OriginDenied) => ORIGIN_DENIED,
        Notice::NoTaskEndpoint => NO_TASK_ENDPOINT,
        Notice::WrongEnvironment => WRONG_ENVIRONMENT,
        Notice::PageLacks(_) => PAGE_LACKS,
        Notice::HostRefused(_) => HOST_REFUSED,
        Notice::HostSilent => HOST_SILENT,
        Notice::Outcome { code: Code::KeyReplaced, .. } => KEY_REPLACED,
        Notice::Outcome { link: Some(_), .. } => OTHER_TEXT_EXISTS,
        Notice::Outcome { .. } => OTHER_TEXT,
        Notice::Problem(code) => match code {
            Code::OutcomeUnknown => OUTCOME_UNKNOWN,
            Code::KeyUnknown => KEY_UNKNOWN,
            Code::InProgress => IN_PROGRESS,
            Code::UpstreamUnavailable => UPSTREAM_UNAVAILABLE,
            Code::UpstreamCredentials => UPSTREAM_CREDENTIALS,
            Code::InvalidTask => INVALID_TASK,
            Code::KeyInvalid | Code::InvalidRequest | Code::NotFound | Code::MethodNotAllowed => INVALID_REQUEST,
            Code::TokenExpired | Code::TokenInvalid => TOKEN_INVALID,
            Code::IdentityDenied => IDENTITY_DENIED,
            Code::WorkspaceDenied => WORKSPACE_DENIED,
            Code::TooLarge => BODY_TOO_LARGE,
            Code::WrongMediaType => WRONG_MEDIA_TYPE,
            Code::RateLimited => RATE_LIMITED,
            Code::StoreUnavailable => STORE_UNAVAILABLE,
            Code::Internal => INTERNAL,
            // These come with an outcome, or as what BzCtrl said.
            Code::KeyReplaced | Code::KeyReused | Code::UpstreamRejected | Code::OriginDenied => UNUSABLE,
        },
        Notice::TokenUnusable(_) => UNUSABLE,
    }
}

/// What a notice says of the todo.
#[cfg(test)]
pub(crate) fn claim(notice: &Notice, standing: Standing) -> Claim {
    told_of(notice).claim.beside(standing)
}

/// Every key that there is, and what it says.
pub(crate) fn keys() -> impl Iterator<Item = (String, &'static str)> {
    let labels = Field::all().map(|field| (["label.", field.wire()].concat(), label(field)));
    let choices = CHOICES.into_iter().map(|(word, own)| (["choice.", word].concat(), own));
    let words = WORDS.iter().map(|Word(word)| word.key_and_own()).map(|(key, own)| (key.to_owned(), own));
    let told = TOLD.iter().flat_map(|told| {
        [([told.key, ".heading"].concat(), told.heading), ([told.key, ".meaning"].concat(), told.meaning)]
    });
    let itself = LANGUAGE_ITSELF.into_iter().map(|(key, own)| (key.to_owned(), own));
    itself.chain(labels).chain(choices).chain(words).chain(told.filter(|(_, own)| !own.is_empty()))
}
