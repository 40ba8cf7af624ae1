//! The form: holds the state, hands events to `reduce` and effects to the world, and moves the focus.

use std::rc::Rc;

use bzctrl_contract::{Field, Kind};
use web_sys::{HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent};
use yew::prelude::*;

use super::parts::{Message, Parts, Press};
use super::{actions, context_line, created, field, notice, question, summary};
use crate::config::{Config, Theme};
use crate::form::event::{Effect, Event as FormEvent, Phase, Target};
use crate::form::state::State;
use crate::form::world::{Answerer, World};
use crate::text;

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
    shown: bool,
    /// Which opening in this place it is: late answers to an earlier one are not for it.
    opening: u32,
    /// Which drawing of the fields it is: none keeps what the browser alone knew of an earlier one, such as half a date.
    edition: u32,
}

impl Component for Form {
    type Message = Message;
    type Properties = FormProperties;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.link().send_message(Message::Event(FormEvent::Opened));
        Self { state: fresh(ctx), root: NodeRef::default(), focus: None, shown: false, opening: 0, edition: 0 }
    }

    /// The next opening, in the same place.
    fn changed(&mut self, ctx: &Context<Self>, _last: &FormProperties) -> bool {
        let Self { root, opening, edition, .. } = self;
        let (root, opening, edition) = (root.clone(), *opening + 1, *edition + 1);
        *self = Self { root, opening, edition, ..<Self as Component>::create(ctx) };
        true
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let world = &ctx.props().world;
        let event = match message {
            Message::Event(event) => event,
            Message::Answer(opening, event) if opening == self.opening => event,
            Message::Answer(..) => return false,
            Message::Press(press) => match press {
                Press::Submit => {
                    self.look_for_half_typed();
                    FormEvent::Submit(world.moment())
                }
                Press::SendAgain => FormEvent::SendAgain(world.moment()),
                Press::Leave => FormEvent::Leave,
                Press::StartAnew => FormEvent::StartAnew,
                Press::Close => FormEvent::Close,
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
        self.shown &= !matches!(event, FormEvent::Reopened);
        self.edition += u32::from(matches!(event, FormEvent::StartAnew));
        let effects = self.state.reduce(event);
        let (link, opening) = (ctx.link().clone(), self.opening);
        let answer: Answerer = Rc::new(move |event| link.send_message(Message::Answer(opening, event)));
        for effect in effects {
            match effect {
                Effect::Focus(target) => self.focus = Some(target),
                Effect::Close(_) => {
                    if let Some(dialog) = self.dialog(ctx) {
                        dialog.close();
                    }
                }
                Effect::AnnounceProblem => world.tell(&self.state, &notice::title(&self.state)),
                _ => {}
            }
            world.run(effect, &self.state, &answer);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let send = ctx.link().callback(|message| message);
        let parts = Parts { state: &self.state, send: &send };
        let theme = match ctx.props().config.theme {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let content = html! {
            <form
                class="form" part="form" novalidate=true aria-labelledby="heading"
                onsubmit={parts.read(not_by_the_browser)} onkeydown={parts.read(keys)}
            >
                {context_line::view(&parts)}
                <div class="body">{self.body(&parts)}</div>
                {actions::view(&parts)}
                {question::view(&parts)}
            </form>
        };
        if !ctx.props().modal {
            return html! { <div class="page" data-theme={theme} ref={self.root.clone()}>{content}</div> };
        }
        html! {
            <dialog
                class="dialog" part="dialog" data-theme={theme} aria-labelledby="heading" ref={self.root.clone()}
                onmousedown={parts.read(beside)}
                onclose={parts.read(closed)}
                oncancel={parts.read(cancelled)}
            >
                {content}
            </dialog>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _first: bool) {
        if !self.shown {
            self.shown = true;
            if let Some(dialog) = self.dialog(ctx) {
                // One that was taken out of the page while it was open still says so. It throws where the dialog is not in
                // a page; then there is nothing to show it in.
                drop(dialog.remove_attribute("open"));
                drop(dialog.show_modal());
            }
        }
        if let Some(target) = self.focus.take() {
            self.move_focus(target);
        }
    }
}

fn fresh(ctx: &Context<Form>) -> State {
    let FormProperties { config, world, .. } = ctx.props();
    State::new(config.clone(), world.numbers(), world.kept())
}

impl Form {
    fn body(&self, parts: &Parts<'_>) -> Html {
        let state = parts.state;
        if let Phase::Created(made) = &state.phase {
            return created::view(made);
        }
        html! {
            <>
                <div class="news">
                    {notice::view(parts)}
                    {summary::view(parts)}
                </div>
                <p class="needed">{text::NEEDED}</p>
                <div class="fields" key={self.edition}>
                    { for Field::all().filter(|field| state.shows(*field)).map(|field| field::view(parts, field)) }
                </div>
            </>
        }
    }

    fn dialog(&self, ctx: &Context<Self>) -> Option<HtmlDialogElement> {
        if ctx.props().modal { self.root.cast() } else { None }
    }

    fn element(&self, selector: &str) -> Option<HtmlElement> {
        let found = self.root.cast::<HtmlElement>()?.query_selector(selector).ok()??;
        wasm_bindgen::JsCast::dyn_into(found).ok()
    }

    fn control(&self, field: Field) -> Option<HtmlElement> {
        self.element(&["[name=", field.wire(), "]"].concat())
    }

    fn move_focus(&self, target: Target) {
        let found = match target {
            Target::First => self.control(Field::Title),
            Target::Field(field) => self.control(field),
            Target::Notice => self.element(".news [tabindex]"),
            Target::Created => self.element("a[part~=task-link]").or_else(|| self.element(".created [tabindex]")),
            Target::Question => self.element(".question [part=accent]"),
        };
        if let Some(element) = found {
            drop(element.focus());
        }
    }

    /// Half a date has no value and, while the focus is in it, has not been left.
    fn look_for_half_typed(&mut self) {
        for field in Field::all().filter(|field| matches!(field.spec().kind, Kind::Date)) {
            let control = self.control(field);
            let input = control.and_then(|control| wasm_bindgen::JsCast::dyn_into::<HtmlInputElement>(control).ok());
            if let Some(input) = input {
                self.state.reduce(FormEvent::Left(field, input.validity().bad_input()));
            }
        }
    }
}

/// The form is sent by us alone, also where the browser may not (a frame without `allow-forms`).
fn not_by_the_browser(event: SubmitEvent) -> Option<Message> {
    event.prevent_default();
    None
}

/// The browser has closed the dialog. The word comes late: by then the next form may stand in it.
fn closed(event: Event) -> Option<Message> {
    let dialog = event.target_dyn_into::<HtmlDialogElement>()?;
    (!dialog.open()).then_some(Message::Press(Press::CloseNow))
}

/// The browser wants to close the dialog: the form decides.
fn cancelled(event: Event) -> Option<Message> {
    event.prevent_default();
    Some(Message::Press(Press::Close))
}

/// Enter never submits from a one-line field: barcode scanners end with it. Ctrl or ⌘ with Enter does. Escape closes,
/// taken here since a second one would close a dialog by itself.
fn keys(event: KeyboardEvent) -> Option<Message> {
    if event.is_composing() {
        return None;
    }
    match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            Some(Message::Press(Press::Submit))
        }
        "Enter" => {
            let in_line = event.target_dyn_into::<HtmlInputElement>();
            if in_line.is_some() {
                event.prevent_default();
            }
            None
        }
        "Escape" => {
            event.prevent_default();
            Some(Message::Press(Press::Close))
        }
        _ => None,
    }
}

/// A press beside the dialog: on its backdrop, which is the dialog itself. The form fills the dialog, so that no other
/// press reaches it.
fn beside(event: MouseEvent) -> Option<Message> {
    let beside = event.target_dyn_into::<HtmlDialogElement>().is_some();
    // The second press of the double click that opened it is not meant for it.
    (beside && event.detail() < 2).then_some(Message::Press(Press::Close))
}
