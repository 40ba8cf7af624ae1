//! A form that lives: its state, its controls and the world that it acts in. Two draw it: `first` for as long as the second
//! act is on its way, then `todo_form`, the Yew component.

use std::rc::Rc;

use bzctrl_contract::{Field, Kind, Numbers};
use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement};
use yew::Callback;

use super::guard::{Guard, Place};
use super::later;
use super::modal::{self, is};
use super::parts::{Message, Press};
use super::{actions, notice};
use crate::config::Config;
use crate::form::event::{Effect, Event as FormEvent, Moment, Phase, Target};
use crate::form::state::State;
use crate::form::world::{Answerer, World};
use crate::text::{self, Words};

/// What a form is opened with: the host's settings, a world to act in, and where it is drawn.
#[derive(Clone)]
pub(crate) struct Opening {
    /// The host's settings.
    pub(crate) config: Rc<Config>,
    /// Where effects are done.
    pub(crate) world: Rc<dyn World>,
    /// Whether it stands in a modal dialog of its own.
    pub(crate) modal: bool,
    /// The element that it is drawn in.
    pub(crate) root: Element,
}

/// [`Opening`], and what came of it.
pub(crate) struct Live {
    pub(super) opening: Opening,
    pub(super) state: State,
    pub(super) guard: Guard,
    focus: Option<Target>,
    /// What could be pressed when it last changed.
    offered: actions::Offer,
    /// What the controls were last seen to hold.
    held: Vec<Held>,
    /// Since then nothing has happened but typing, which draws no control anew.
    only_typed: bool,
    shown: bool,
    /// Nobody has opened it yet.
    parked: bool,
    /// What happened, and what is to be done, before the second act was here.
    early: Vec<Message>,
    /// When Submit was pressed before that, by the wall clock.
    pressed: f64,
    undone: Vec<Effect>,
    /// It could not be had when something waited for it.
    pub(super) lacks: bool,
    /// Which opening in this place it is: late answers to an earlier one are not for it.
    number: u32,
    /// Which drawing of the controls it is: none keeps what the browser alone knew of an earlier one, such as half a date, or what
    /// could be undone.
    edition: usize,
}

/// What a control holds, and whether the browser alone knows what that is, as of half a date.
type Held = (Field, String, bool);

impl Live {
    pub(super) fn new(opening: Opening) -> Self {
        let Opening { config, world, .. } = &opening;
        Self {
            state: State::new(config.clone(), world.numbers(config.tag()).unwrap_or(Numbers::POINT), world.kept()),
            opening,
            guard: Guard::default(),
            focus: None,
            offered: actions::Offer::default(),
            held: Vec::new(),
            only_typed: false,
            shown: false,
            parked: false,
            early: Vec::new(),
            pressed: f64::INFINITY,
            undone: Vec::new(),
            lacks: false,
            number: 0,
            edition: 0,
        }
    }

    /// It is drawn with all that follows from its opening, so that it is drawn once.
    pub(super) fn opens(&mut self, send: &Callback<Message>) {
        let Opening { config, root, .. } = &self.opening;
        for (name, says) in [("lang", config.tag()), ("dir", config.direction())] {
            drop(root.set_attribute(name, says));
        }
        self.parked = !self.opening.world.is_open();
        if !self.parked {
            self.happens(send, FormEvent::Opened);
        }
    }

    /// The next opening, in the same place.
    pub(super) fn opens_anew(&mut self, send: &Callback<Message>, opening: Opening) {
        // What stands in the controls was typed into the last one. Nobody has typed into one that was parked: its fields stay.
        let (held, edition) = (self.held(), self.edition + usize::from(!self.parked));
        let (guard, number) = (self.guard.clone(), self.number + 1);
        *self = Self { guard, held, number, edition, ..Self::new(opening) };
        self.opens(send);
    }

    /// What a message means for this opening, if anything. What was typed since the last one comes first.
    pub(super) fn hears(&mut self, send: &Callback<Message>, message: Message) -> Option<Message> {
        let typed = self.typed();
        // A choice may bring other fields.
        let brings_fields = |event: &FormEvent| matches!(event, FormEvent::Typed(Field::TodoType, _));
        self.only_typed = matches!(message, Message::Changed) && !typed.iter().any(brings_fields);
        for event in typed {
            self.happens(send, event);
        }
        match message {
            Message::Answer(number, event) if number == self.number => Some(Message::Event(event)),
            Message::Closed if self.shown && self.dialog().is_some_and(|dialog| !is(&dialog, modal::STANDS)) => {
                Some(Message::Event(FormEvent::CloseNow))
            }
            // The word comes late: by then the next form may stand here, or be about to.
            Message::Answer(..) | Message::Closed => None,
            message => Some(message),
        }
    }

    /// What follows from a message until the second act is here. Says whether something else than a text has changed.
    pub(super) fn hears_early(&mut self, send: &Callback<Message>, message: Message) -> bool {
        let brings_fields = self.state.todo_type();
        self.hears(send, message).is_some_and(|message| self.waits_with(send, message))
            || self.state.todo_type() != brings_fields
    }

    /// Yew draws it from now on: what stands there already, or all of it anew.
    pub(super) fn is_taken_over(&mut self, stands: bool) {
        let Opening { config, world, .. } = &self.opening;
        if let Some(numbers) = world.numbers(config.tag()) {
            self.state.reads(numbers);
        }
        // What is typed meanwhile is still to be looked for.
        self.only_typed = true;
        if !stands && self.shown {
            self.shown = false;
            self.focus = Some(Target::First);
        }
    }

    /// What follows from a message once the second act is here.
    pub(super) fn follows(&mut self, send: &Callback<Message>, message: Message) -> bool {
        self.lacks = false;
        let takes_focus = self.shown && !self.state.editable() && self.opening.world.takes_focus();
        if matches!(message, Message::Later) && takes_focus {
            // What is told, which the first act does not draw. Where somebody may type already it is an alert alone.
            self.focus = Some(self.state.first_target());
        }
        for effect in std::mem::take(&mut self.undone) {
            self.act(send, effect);
        }
        for early in std::mem::take(&mut self.early) {
            self.follows(send, early);
        }
        let world = self.opening.world.clone();
        let event = match message {
            Message::Later | Message::Changed | Message::Released | Message::Answer(..) | Message::Closed => {
                return true;
            }
            Message::Event(event) => {
                if let (FormEvent::Left(field, _), Some(moment)) = (&event, world.moment())
                    && matches!(field.spec().kind, Kind::Date)
                {
                    self.happens(send, FormEvent::Today(moment.today));
                }
                event
            }
            // The question is answered before anything else.
            Message::Press(Press::Submit) if self.state.closing => return false,
            Message::Press(press) => match press {
                Press::Submit => {
                    for event in self.left_in_dates() {
                        self.happens(send, event);
                    }
                    let Some(moment) = world.moment() else { return false };
                    let pressed = std::mem::replace(&mut self.pressed, f64::INFINITY);
                    FormEvent::Submit(Moment { age: (world.wall_clock() - pressed).max(0.0), ..moment })
                }
                Press::SendAgain => {
                    let Some(moment) = world.moment() else { return false };
                    FormEvent::SendAgain(moment)
                }
                Press::Leave => FormEvent::Leave,
                Press::Stop => FormEvent::Stop,
                Press::StartAnew => FormEvent::StartAnew,
                // Whoever wants to be rid of the question does not mean to be rid of the form.
                Press::Away if self.state.closing => FormEvent::Stay,
                Press::Close | Press::Away => FormEvent::Close,
                Press::CloseNow => FormEvent::CloseNow,
                Press::Discard => FormEvent::Discard,
                Press::Copy => FormEvent::Copied(self.copies()),
                Press::Stay => FormEvent::Stay,
                Press::Clear(field) => {
                    // The button goes with what it clears.
                    self.focus = Some(Target::Field(field));
                    FormEvent::Typed(field, String::new())
                }
                Press::Choose(field, date) => {
                    // The button goes, and what it has chosen is read.
                    self.focus = Some(Target::Field(field));
                    FormEvent::Typed(field, date.to_string())
                }
                Press::GoTo(field) => FormEvent::GoTo(field),
            },
        };
        self.happens(send, event);
        true
    }

    fn waits_with(&mut self, send: &Callback<Message>, message: Message) -> bool {
        match message {
            // There is nobody to ask whether to close. What was typed is kept; what was pressed is not followed any more.
            Message::Event(FormEvent::Close | FormEvent::CloseNow) | Message::Press(Press::Close | Press::Away) => {
                self.early.clear();
                self.happens(send, FormEvent::CloseNow);
            }
            Message::Event(event) => {
                self.happens(send, event);
                return false;
            }
            Message::Changed | Message::Released => return false,
            Message::Later => {
                self.lacks = self.waits();
                return self.lacks;
            }
            message => {
                if matches!(message, Message::Press(Press::Submit)) && !self.waits() {
                    self.pressed = self.opening.world.wall_clock();
                }
                self.early.push(message);
            }
        }
        true
    }

    /// Whether a Submit waits for the second act.
    pub(super) fn waits(&self) -> bool {
        self.early.iter().any(|early| matches!(early, Message::Press(Press::Submit)))
    }

    /// Which drawing of the controls it is, as a key.
    pub(super) fn edition(&self) -> &'static str {
        ["a", "b", "c"][self.edition % 3]
    }

    /// It was drawn: it is shown, and the focus moves.
    pub(super) fn was_drawn(&mut self) {
        if !self.only_typed {
            self.held = self.held();
        }
        let mut shown = None;
        if !self.shown && !self.parked && !self.state.is_closed() {
            self.shown = true;
            shown = self.dialog();
            shown.iter().for_each(modal::show);
        }
        let offer = actions::offer(&self.state);
        let last = std::mem::replace(&mut self.offered, offer);
        // A button that is busy takes no press, and what stands beside it is as it was.
        let busy = matches!(self.state.phase, Phase::Sending(_)) && offer.1 == last.1;
        let asked = shown.is_some() || offer.1 != last.1;
        let changed = shown.is_some() || (offer.0 != last.0 && !busy);
        for (at, rises) in [(Place::Form, asked || changed), (Place::Question, asked), (Place::Keys, changed)] {
            if rises {
                self.guard.rise(at);
            }
        }
        let target = self.focus.take();
        target.into_iter().for_each(|target| self.move_focus(target));
        if shown.is_some_and(|dialog| modal::is_kept_from_the_focus(&dialog)) {
            target.into_iter().for_each(|target| self.move_focus(target));
        }
    }

    /// An event changes the state, and what follows from it is done.
    pub(super) fn happens(&mut self, send: &Callback<Message>, event: FormEvent) {
        self.shown &= !matches!(event, FormEvent::Reopened | FormEvent::PutBack);
        let begins = match &event {
            FormEvent::StartAnew => true,
            FormEvent::IsAnothers(own) => self.state.begins_with(own),
            _ => false,
        };
        self.edition += usize::from(begins);
        let opens_quietly = matches!(event, FormEvent::Opened) && !self.opening.world.takes_focus();
        let effects = match (self.state.reduce_at_once(event), later::get()) {
            (Ok(effects), _) => effects,
            (Err(event), Some(later)) => (later.reduce)(&mut self.state, event),
            (Err(event), None) => return self.early.push(Message::Event(event)),
        };
        for effect in effects {
            if !matches!(effect, Effect::Focus(_) if opens_quietly) {
                self.act(send, effect);
            }
        }
    }

    /// Does an effect, or keeps it for when the second act is here.
    fn act(&mut self, send: &Callback<Message>, effect: Effect) {
        let world = self.opening.world.clone();
        match (effect, later::get()) {
            (Effect::Focus(target), _) => self.focus = Some(target),
            (Effect::AnnounceOpen | Effect::Keep | Effect::KeepSoon | Effect::Forget, _) => {}
            (Effect::Close(_), _) => {
                if let Some(dialog) = self.dialog() {
                    drop(dialog.remove_attribute("popover"));
                    dialog.close();
                }
            }
            (effect, None) => return self.undone.push(effect),
            (effect, Some(later)) => (later.acts)(effect, &*world, &self.state),
        }
        let (send, number) = (send.clone(), self.number);
        let answer: Answerer = Rc::new(move |event| send.emit(Message::Answer(number, event)));
        world.run(effect, &self.state, &answer);
    }

    /// What has to be said and reserved beside an effect, once the second act is here.
    pub(super) fn acts(effect: Effect, world: &dyn World, state: &State) {
        let words = Words::of_form(state);
        match effect {
            Effect::ReserveTab => world.reserve_tab(&words.of(text::TAB_WAITS)),
            Effect::FetchToken => words.mistakes().iter().for_each(|line| world.tell_developer(line)),
            Effect::AnnounceProblem => world.tell(state, &notice::title(state)),
            _ => {}
        }
    }

    /// What was drawn last, in this opening or in the one before it.
    fn drawn(&self) -> Option<Element> {
        self.opening.root.first_element_child()
    }

    pub(super) fn dialog(&self) -> Option<HtmlDialogElement> {
        // It may be another form's, which stood in the page.
        let drawn = self.drawn().filter(|drawn| self.opening.modal && is(drawn, "dialog"))?;
        Some(drawn.unchecked_into())
    }

    fn element(&self, selector: &str) -> Option<HtmlElement> {
        let found = self.drawn()?.query_selector(selector).ok()??;
        Some(found.unchecked_into())
    }

    fn control(&self, field: Field) -> Option<HtmlElement> {
        self.element(&["[name=", field.wire(), "]"].concat())
    }

    /// The first control that can be typed into. Where there is none, since the page has locked them or something is under way:
    /// what can be pressed.
    fn first(&self) -> Option<HtmlElement> {
        self.element(":is([type=text],[type=date],textarea):not([readonly])")
            .or_else(|| self.element(".actions > button:last-of-type"))
    }

    fn move_focus(&self, target: Target) {
        let found = match target {
            Target::First => None,
            Target::Field(field) => self.control(field),
            Target::Notice => self.element(".news [tabindex]"),
            Target::Created => self.element(".created :is(a,[tabindex])"),
            Target::Question => self.element(".question [part=accent]"),
        };
        found.or_else(|| self.first()).iter().for_each(modal::gives_focus);
    }

    /// Copies the created todo's link in the way that needs no permission and works on plain http, too. Where the browser does
    /// not, the link stays selected.
    fn copies(&self) -> bool {
        let (Some(address), Some(document)) = (self.element(".address"), self.opening.root.owner_document()) else {
            return false;
        };
        let pressed = modal::focused(&address);
        drop(address.focus());
        address.unchecked_ref::<HtmlInputElement>().select();
        let copy =
            Reflect::get(&document, &"execCommand".into()).ok().and_then(|copy| copy.dyn_into::<Function>().ok());
        let copied =
            copy.and_then(|copy| copy.call1(&document, &"copy".into()).ok()).is_some_and(|copied| copied == true);
        if copied && let Some(pressed) = pressed {
            drop(pressed.unchecked_ref::<HtmlElement>().focus());
        }
        copied
    }

    /// What the controls hold: of a choice, the one that is chosen.
    fn held(&self) -> Vec<Held> {
        let held = |field: Field| {
            let control = self.element(&["[name=", field.wire(), "]:is(:checked,:not([type=radio]))"].concat())?;
            // A text area has these members too.
            let control: HtmlInputElement = control.unchecked_into();
            Some((field, control.value(), control.validity().bad_input()))
        };
        Field::all().filter_map(held).collect()
    }

    /// What was typed since the controls were last looked at, however it came there: fillers set a value and say little
    /// of it, or nothing. What stands in a control is what is sent.
    fn typed(&mut self) -> Vec<FormEvent> {
        let held = self.held();
        let before = std::mem::replace(&mut self.held, held);
        let changed = self.held.iter().filter(|held| !before.contains(held));
        changed.map(|(field, text, _)| FormEvent::Typed(*field, text.clone())).collect()
    }

    /// Half a date has no value and, while the focus is in it, has not been left.
    fn left_in_dates(&self) -> Vec<FormEvent> {
        let dates = self.held.iter().filter(|(field, ..)| matches!(field.spec().kind, Kind::Date));
        dates.map(|(field, _, half)| FormEvent::Left(*field, *half)).collect()
    }
}
