//! Whose draft it is: a duplicated tab has a copy of what was kept, and frames of one tab share it. A form that opens asks
//! whether another holds what it has found. Where the browser has no way to ask, the relay still catches a key that is used twice.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use super::{clock, member, set_member, storage, window};

/// How another form holds a draft.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// In a tab of its own, of which this one's is a copy.
    Elsewhere,
    /// In the same tab: what one of them keeps, the other one reads.
    Here,
}

/// Held while the form is open, or sends.
pub(super) struct Claim {
    channel: JsValue,
    _hears: Closure<dyn Fn(Event)>,
}

const CHANNEL: &str = "bzctrl";
/// What a holder puts into its tab's storage for a moment, so that the one who asks sees whether it is the same.
const MARK: &str = "bzctrl?";

impl Claim {
    /// Claims what is kept under a name, and asks whether somebody else does. `held` is told, and says whether it has moved on to
    /// another name.
    pub(super) fn new(name: Rc<RefCell<String>>, held: impl Fn(Held) -> bool + 'static) -> Option<Self> {
        // By name, since each of web-sys's classes costs the page its glue.
        let window = window()?;
        let class: Function = member(&window, "BroadcastChannel").dyn_into().ok()?;
        let channel = Reflect::construct(&class, &Array::of1(&CHANNEL.into())).ok()?;
        let own = clock::random().iter().map(|byte| char::from(b'a' + byte % 26)).collect::<String>();
        let (answers, asks, asked_by) = (channel.clone(), name.borrow().clone(), own.clone());
        let hears = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            // Anything may be said on a channel.
            let Ok(words) = member(&event, "data").dyn_into::<Array>() else { return };
            let said: Vec<_> = words.iter().filter_map(|text| text.as_string()).collect();
            let said: Vec<_> = said.iter().map(String::as_str).collect();
            match said[..] {
                ["held?", asked, by] if asked == *name.borrow() => {
                    storage::put(MARK, by);
                    spawn_local(async {
                        clock::sleep(1000).await;
                        storage::remove(MARK);
                    });
                    say(&answers, &["held", asked, by]);
                }
                ["held", asked, by] if by == own && asked == *name.borrow() => {
                    let moved = held(if storage::take(MARK, by) { Held::Here } else { Held::Elsewhere });
                    if moved {
                        say(&answers, &["held?", &name.borrow(), &own]);
                    }
                }
                _ => {}
            }
        });
        set_member(&channel, "onmessage", hears.as_ref());
        say(&channel, &["held?", &asks, &asked_by]);
        Some(Self { channel, _hears: hears })
    }
}

fn say(channel: &JsValue, words: &[&str]) {
    let words: Array = words.iter().copied().map(JsValue::from_str).collect();
    call(channel, "postMessage", &words);
}

fn call(of: &JsValue, name: &str, with: &JsValue) {
    if let Ok(method) = member(of, name).dyn_into::<Function>() {
        drop(method.call1(of, with));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        call(&self.channel, "close", &JsValue::UNDEFINED);
    }
}
