//! The form: holds the state, hands events to `reduce` and effects to the world, and moves the focus.

use std::rc::Rc;

use bzctrl_contract::{Field, Kind};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::guard::{Guard, Place};
use super::later::{self, Later};
use super::modal::{self, is, is_key};
use super::parts::{Message, Parts, Press};
use super::{actions, context_line, field};
use crate::config::{Config, Theme};
use crate::form::event::{Effect, Event as FormEvent, Moment, Phase, Target};
use crate::form::state::State;
use crate::form::world::{Answerer, World};
use crate::text::{self, Words};

/// What a form needs: the host's settings, and a world to act in.
#[derive(Clone, Properties)]
pub(crate) struct FormProperties {
    /// The host's settings.
    pub(crate) config: Rc<Config>,
    /// Where effects are done.
    pub(crate) world: Rc<dyn World>,
    /// Whether it stands in a modal dialog of its own.
    pub(crate) modal: bool,
}

impl PartialEq for FormProperties {
    /// Each opening has a world of its own.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.world, &other.world)
    }
}

/// [`FormProperties`]
pub(crate) struct Form {
    state: State,
    root: NodeRef,
    focus: Option<Target>,
    guard: Guard,
    /// The dialog that is listened to. In the same place a form may have stood in the page.
    heard: Option<HtmlDialogElement>,
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
    lacks: bool,
    /// Which opening in this place it is: late answers to an earlier one are not for it.
    opening: u32,
    /// Which drawing of the controls it is: none keeps what the browser alone knew of an earlier one, such as half a date, or what
    /// could be undone.
    edition: u32,
}

/// What a control holds, and whether the browser alone knows what that is, as of half a date.
type Held = (Field, String, bool);

impl Component for Form {
    type Message = Message;
    type Properties = FormProperties;

    fn create(ctx: &Context<Self>) -> Self {
        let mut form = Self::begin(ctx);
        form.opens(ctx);
        form
    }

    /// The next opening, in the same place.
    fn changed(&mut self, ctx: &Context<Self>, _last: &FormProperties) -> bool {
        // What stands in the controls was typed into the last one.
        let held = self.held();
        let Self { root, guard, heard, opening, edition, parked, .. } = self;
        let (root, guard, heard) = (root.clone(), guard.clone(), heard.take());
        // Nobody has typed into one that was parked: its fields stay.
        let (opening, edition) = (*opening + 1, *edition + u32::from(!*parked));
        *self = Self { root, guard, heard, held, opening, edition, ..Self::begin(ctx) };
        self.opens(ctx);
        true
    }

    fn destroy(&mut self, ctx: &Context<Self>) {
        self.happens(ctx, FormEvent::KeepNow);
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let world = &ctx.props().world;
        let typed = self.typed();
        // A choice may bring other fields.
        let brings_fields = |event: &FormEvent| matches!(event, FormEvent::Typed(Field::TodoType, _));
        self.only_typed = matches!(message, Message::Changed) && !typed.iter().any(brings_fields);
        for event in typed {
            self.happens(ctx, event);
        }
        let message = match message {
            Message::Answer(opening, event) if opening == self.opening => Message::Event(event),
            Message::Closed if self.shown && self.dialog(ctx).is_some_and(|dialog| !is(&dialog, modal::STANDS)) => {
                Message::Event(FormEvent::CloseNow)
            }
            // The word comes late: by then the next form may stand here, or be about to.
            Message::Answer(..) | Message::Closed => return false,
            message => message,
        };
        let Some(later) = later::get() else { return self.wait(ctx, message) };
        self.lacks = false;
        for effect in std::mem::take(&mut self.undone) {
            self.act(ctx, effect, Some(later));
        }
        for early in std::mem::take(&mut self.early) {
            <Self as Component>::update(self, ctx, early);
        }
        let event = match message {
            Message::Later | Message::Changed | Message::Answer(..) | Message::Closed => return true,
            Message::Event(event) => event,
            Message::Press(press) => match press {
                Press::Submit => {
                    for event in self.left_in_dates() {
                        self.happens(ctx, event);
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
                Press::Stay => FormEvent::Stay,
                Press::Clear(field) => {
                    // The button goes with what it clears.
                    self.focus = Some(Target::Field(field));
                    FormEvent::Typed(field, String::new())
                }
                Press::GoTo(field) => FormEvent::GoTo(field),
            },
        };
        self.happens(ctx, event);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let send = ctx.link().callback(|message| message);
        let parts =
            Parts { state: &self.state, send: &send, guard: &self.guard, waits: self.waits(), edition: self.edition };
        let modal = ctx.props().modal;
        let theme = match ctx.props().config.theme {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let content = html! {
            // No form of the browser's, which it could send by itself; and a press between the controls leaves the focus here.
            <div
                class="form" part="form" role="form" tabindex="-1" aria-labelledby="heading" onkeydown={keys(&parts, modal)}
                oninput={parts.read(|_: InputEvent| Some(Message::Changed))}
                onchange={parts.read(|_: Event| Some(Message::Changed))}
            >
                {context_line::view(&parts)}
                <div class="body">{self.body(&parts)}</div>
                {actions::view(&parts)}
                {later::get().map(|later| (later.question)(&parts)).unwrap_or_default()}
            </div>
        };
        if !modal {
            return html! { <div class="page" data-theme={theme} ref={self.root.clone()}>{content}</div> };
        }
        html! {
            <dialog
                class="dialog" part="dialog" data-theme={theme} aria-labelledby="heading" ref={self.root.clone()}
                onclose={parts.read(closed)}
                oncancel={parts.read(cancelled)}
            >
                {content}
            </dialog>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _first: bool) {
        if !self.only_typed {
            self.held = self.held();
        }
        let dialog = self.dialog(ctx).filter(|dialog| self.heard.as_ref() != Some(dialog));
        if let Some((dialog, later)) = dialog.zip(later::get()) {
            (later.listen)(&dialog, self.guard.clone(), ctx.link().callback(|message| message));
            self.heard = Some(dialog);
        }
        let mut shown = None;
        if !self.shown && !self.parked && !self.state.is_closed() {
            self.shown = true;
            self.guard.rise(Place::Question);
            shown = self.dialog(ctx);
            shown.iter().for_each(modal::show);
        }
        let offer = actions::offer(&self.state);
        let last = std::mem::replace(&mut self.offered, offer);
        // A button that is busy takes no press, and what stands beside it is as it was.
        let busy = matches!(self.state.phase, Phase::Sending(_)) && offer.1 == last.1;
        if offer != last && !busy {
            let asked = offer.1 != last.1;
            self.guard.rise(if asked { Place::Question } else { Place::Form });
        }
        let target = self.focus.take();
        target.into_iter().for_each(|target| self.move_focus(target));
        if shown.is_some_and(|dialog| modal::is_kept_from_the_focus(&dialog)) {
            target.into_iter().for_each(|target| self.move_focus(target));
        }
    }
}

fn fresh(ctx: &Context<Form>) -> State {
    let FormProperties { config, world, .. } = ctx.props();
    State::new(config.clone(), world.numbers(), world.kept())
}

impl Form {
    fn begin(ctx: &Context<Self>) -> Self {
        later::wait(ctx.link().callback(|message| message));
        Self {
            state: fresh(ctx),
            root: NodeRef::default(),
            focus: None,
            guard: Guard::default(),
            heard: None,
            offered: actions::Offer::default(),
            held: Vec::new(),
            only_typed: false,
            shown: false,
            parked: false,
            early: Vec::new(),
            pressed: f64::INFINITY,
            undone: Vec::new(),
            lacks: false,
            opening: 0,
            edition: 0,
        }
    }

    /// It is drawn with all that follows from its opening, so that it is drawn once.
    fn opens(&mut self, ctx: &Context<Self>) {
        self.parked = !ctx.props().world.is_open();
        if !self.parked {
            self.happens(ctx, FormEvent::Opened);
        }
    }

    /// An event changes the state, and what follows from it is done.
    fn happens(&mut self, ctx: &Context<Self>, event: FormEvent) {
        let world = &ctx.props().world;
        self.shown &= !matches!(event, FormEvent::Reopened | FormEvent::PutBack);
        self.edition += u32::from(matches!(event, FormEvent::StartAnew | FormEvent::IsAnothers(_)));
        let opens_quietly = matches!(event, FormEvent::Opened) && !world.takes_focus();
        let later = later::get();
        let effects = match (self.state.reduce_at_once(event), later) {
            (Ok(effects), _) => effects,
            (Err(event), Some(later)) => (later.reduce)(&mut self.state, event),
            (Err(event), None) => return self.early.push(Message::Event(event)),
        };
        for effect in effects {
            if !matches!(effect, Effect::Focus(_) if opens_quietly) {
                self.act(ctx, effect, later);
            }
        }
    }

    /// Does an effect, or keeps it for when the second act is here.
    fn act(&mut self, ctx: &Context<Self>, effect: Effect, later: Option<&Later>) {
        let world = &ctx.props().world;
        match (effect, later) {
            (Effect::Focus(target), _) => self.focus = Some(target),
            (Effect::AnnounceOpen | Effect::Keep | Effect::KeepSoon | Effect::Forget, _) => {}
            (Effect::Close(_), _) => {
                if let Some(dialog) = self.dialog(ctx) {
                    drop(dialog.remove_attribute("popover"));
                    dialog.close();
                }
            }
            (effect, None) => return self.undone.push(effect),
            (Effect::ReserveTab, _) => world.reserve_tab(&Words(&ctx.props().config.texts).of(text::TAB_WAITS)),
            (Effect::FetchToken, Some(later)) => {
                for line in (later.mistakes)(Words(&ctx.props().config.texts)) {
                    world.tell_developer(&line);
                }
            }
            (Effect::AnnounceProblem, Some(later)) => world.tell(&self.state, &(later.title)(&self.state)),
            _ => {}
        }
        let (link, opening) = (ctx.link().clone(), self.opening);
        let answer: Answerer = Rc::new(move |event| link.send_message(Message::Answer(opening, event)));
        world.run(effect, &self.state, &answer);
    }

    /// Whether a Submit waits for the second act.
    fn waits(&self) -> bool {
        self.early.iter().any(|early| matches!(early, Message::Press(Press::Submit)))
    }

    /// What happens before the second act is here.
    fn wait(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            // There is nobody to ask whether to close. What was typed is kept; what was pressed is not followed any more.
            Message::Event(FormEvent::Close | FormEvent::CloseNow) | Message::Press(Press::Close | Press::Away) => {
                self.early.clear();
                self.happens(ctx, FormEvent::CloseNow);
            }
            Message::Event(event) => self.happens(ctx, event),
            Message::Changed => {}
            Message::Later => self.lacks = self.waits(),
            message => {
                if matches!(message, Message::Press(Press::Submit)) && !self.waits() {
                    self.pressed = ctx.props().world.wall_clock();
                }
                self.early.push(message);
            }
        }
        true
    }

    fn body(&self, parts: &Parts<'_>) -> Html {
        let state = parts.state;
        if let Phase::Created(made) = &state.phase {
            return later::get().map(|later| (later.created)(parts, made)).unwrap_or_default();
        }
        html! {
            <>
                <div class="news">
                    if self.lacks {
                        <div class="notice" data-tone="unsure" role="alert" part="status">
                            <h3>{parts.say(text::NOT_LOADED)}</h3>
                            <p>{parts.say(text::NOT_LOADED_MEANS)}</p>
                        </div>
                    }
                    {later::get().map(|later| (later.notice)(parts)).unwrap_or_default()}
                    {later::get().map(|later| (later.summary)(parts)).unwrap_or_default()}
                </div>
                <p class="needed">{parts.say(text::NEEDED)}</p>
                <div class="fields">
                    { for Field::all().filter(|field| state.shows(*field)).map(|field| field::view(parts, field)) }
                </div>
            </>
        }
    }

    fn dialog(&self, ctx: &Context<Self>) -> Option<HtmlDialogElement> {
        // What was drawn last may be another form's, which stood in the page.
        let drawn = self.root.cast::<Element>().filter(|drawn| ctx.props().modal && is(drawn, "dialog"))?;
        Some(drawn.unchecked_into())
    }

    fn element(&self, selector: &str) -> Option<HtmlElement> {
        let found = self.root.cast::<Element>()?.query_selector(selector).ok()??;
        Some(found.unchecked_into())
    }

    fn control(&self, field: Field) -> Option<HtmlElement> {
        self.element(&["[name=", field.wire(), "]"].concat())
    }

    /// The first control that can be typed into. Where the page has locked them all: what can be pressed.
    fn first(&self) -> Option<HtmlElement> {
        let locked = self.state.config.locked;
        let typed = |field: &Field| !matches!(field.spec().kind, Kind::Choice(_)) && !locked.has(*field);
        let first = Field::all().filter(typed).find_map(|field| self.control(field));
        first.or_else(|| self.element("[type=submit]"))
    }

    fn move_focus(&self, target: Target) {
        let found = match target {
            Target::First => self.first(),
            Target::Field(field) => self.control(field),
            Target::Notice => self.element(".news [tabindex]"),
            Target::Created => self.element("a[part~=task-link]").or_else(|| self.element(".created [tabindex]")),
            Target::Question => self.element(".question [part=accent]"),
        };
        if let Some(element) = found {
            drop(element.focus());
        }
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

/// The browser has closed the dialog.
fn closed(_: Event) -> Option<Message> {
    Some(Message::Closed)
}

/// The browser wants to close the dialog: the form decides. What is cancelled in the dialog is not the dialog.
fn cancelled(event: Event) -> Option<Message> {
    event.target_dyn_into::<Element>().filter(|target| is(target, "dialog"))?;
    event.prevent_default();
    Some(Message::Press(Press::Away))
}

/// Enter never submits from a one-line field: barcode scanners end with it. Ctrl or ⌘ with Enter does. Escape closes,
/// taken here since a second one would close a dialog by itself. A key that is held down says the same but once.
fn keys(parts: &Parts<'_>, modal: bool) -> Callback<KeyboardEvent> {
    let guard = parts.guard.clone();
    parts.read(move |event: KeyboardEvent| {
        // What an input method is told is not for the form; Safari says so by the key code alone. Fillers send keys that
        // are none.
        if !is_key(&event) || event.is_composing() || event.key_code() == 229 {
            return None;
        }
        let target = event.target_dyn_into::<Element>();
        let is_in = |name: &str| target.as_ref().is_some_and(|target| is(target, name));
        let key = event.key();
        let submits = event.ctrl_key() || event.meta_key();
        let message = match key.as_str() {
            "Enter" if submits => guard.lets(&event, Place::Form).then_some(Message::Press(Press::Submit)),
            "Enter" if is_in("textarea") => return None,
            "Enter" if event.repeat() || is_in("input") => None,
            "Escape" if modal => Some(Message::Press(Press::Away)),
            _ => return None,
        };
        event.prevent_default();
        message.filter(|_| !event.repeat())
    })
}
