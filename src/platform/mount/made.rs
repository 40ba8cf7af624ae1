//! The element that forms are drawn in, and what it wears. In what ships both are made by the glue (`www/start.js`): JavaScript says it
//! in fewer bytes (docs/decisions/0043).

#[cfg(feature = "split")]
pub(super) use by_the_glue::{place, wear};
#[cfg(not(feature = "split"))]
pub(super) use in_one_piece::{place, wear};

#[cfg(feature = "split")]
mod by_the_glue {
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::Element;

    #[wasm_bindgen]
    extern "C" {
        /// What all places wear, with what the second act brings.
        pub(in super::super) fn wear(more: &str);

        #[wasm_bindgen(js_name = makePlace)]
        fn make_place() -> Option<Element>;
    }

    /// A new place, which is not in the page yet. A page that ships has but one kind.
    pub(in super::super) fn place(_: &str) -> Option<Element> {
        make_place()
    }
}

/// A Yew application and the tests have no glue of ours.
#[cfg(not(feature = "split"))]
mod in_one_piece {
    use js_sys::Array;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{CssStyleSheet, Element, Event, ShadowRootInit, ShadowRootMode};

    use super::super::super::{document, set_member};
    use super::super::DIALOG_ELEMENT;

    /// Events of the form that would leave its shadow root. What the page hears of a form are the promised events alone.
    const KEPT_INSIDE: &str = "keydown keyup keypress beforeinput input paste copy cut compositionstart compositionupdate \
        compositionend pointerdown pointerup pointermove pointerover pointerout pointercancel mousedown mouseup mousemove \
        mouseover mouseout click dblclick auxclick contextmenu wheel touchstart touchmove touchend touchcancel focusin \
        focusout drag dragstart dragend dragenter dragover dragleave drop textInput pointerrawupdate DOMActivate DOMFocusIn \
        DOMFocusOut";

    /// The parts that hosts may style, of a form that stands in their element.
    const PARTS: &str = "dialog,form,field,label,control,error,actions,submit,busy,cancel,status,task-link,close,accent,another,\
        leave,quiet,clear,environment,context,again,done,copy,discard,look";

    thread_local! {
        static SHEET: Option<CssStyleSheet> = CssStyleSheet::new().ok();
        static KEEP: Closure<dyn Fn(Event)> = Closure::new(|event: Event| {
            event.stop_propagation();
            set_member(&event, "kept", &true.into());
        });
    }

    /// What all places wear, with what the second act brings.
    pub(in super::super) fn wear(more: &str) {
        SHEET.with(|sheet| sheet.as_ref().map(|sheet| sheet.replace_sync(&[crate::STYLE, more].concat())));
    }

    /// A new place in an element of this name, which is not in the page yet.
    pub(in super::super) fn place(name: &str) -> Option<Element> {
        let host = document()?.create_element(name).ok()?;
        // Page translators wrap text in elements, and Yew does not find its nodes again.
        host.set_attribute("translate", "no").ok()?;
        if name == DIALOG_ELEMENT {
            // A copy that a page's cache makes of it has no shadow root, and must not take room. The style sheet shows this
            // one.
            host.set_attribute("hidden", "").ok()?;
            // Turbo's refreshes leave it alone.
            host.set_attribute("data-turbo-permanent", "").ok()?;
            host.set_attribute("exportparts", PARTS).ok()?;
        }
        let shadow = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok()?;
        set_member(&shadow, "adoptedStyleSheets", &Array::of1(&SHEET.with(Clone::clone)?.into()));
        let root = document()?.create_element("div").ok()?;
        shadow.append_child(&root).ok()?;
        for kind in KEPT_INSIDE.split(' ') {
            KEEP.with(|keep| shadow.add_event_listener_with_callback(kind, keep.as_ref().unchecked_ref())).ok()?;
        }
        Some(host)
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn the_glue_keeps_the_same_events_inside_and_hands_out_the_same_parts() {
            let glue = include_str!("../../../www/start.js");
            for list in [super::KEPT_INSIDE, super::PARTS] {
                assert!(glue.contains(&format!("'{list}'")), "www/start.js lacks: {list}");
            }
        }
    }
}
