//! Orders, with the widget's element beside the one that is open.

use gloo_events::EventListener;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CustomEvent;
use yew::prelude::*;

/// What is kept of a created todo.
#[derive(Clone)]
struct Created {
    title: String,
    link: Option<String>,
}

#[component]
fn Orders() -> Html {
    let order = use_state(|| None::<AttrValue>);
    let todos = use_mut_ref(Vec::<Created>::new);
    let redraw = use_force_update();
    let open = |it: Option<&'static str>| {
        let order = order.clone();
        move |_: MouseEvent| order.set(it.map(AttrValue::from))
    };
    // Heard from the document, links come also from an element that has left the page by then.
    let kept = todos.clone();
    use_effect_with((), move |()| {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            EventListener::new(&document, "bzctrl-created", move |event| {
                if let Some(created) = event.dyn_ref().and_then(read) {
                    kept.borrow_mut().push(created);
                    redraw.force_update();
                }
            })
        });
        move || drop(listener)
    });
    html! {
        <>
            <nav>
                <button type="button" onclick={open(Some("ORDER 777"))}>{"ORDER 777"}</button>
                <button type="button" onclick={open(Some("ORDER 778"))}>{"ORDER 778"}</button>
                <button type="button" onclick={open(None)}>{"All orders"}</button>
            </nav>
            <h1>{order.as_deref().unwrap_or("All orders")}</h1>
            if let Some(order) = &*order {
                <bzctrl-todo domain-work-space="EXA-CON-BUS-WOR" reporter="user@example.com" order-id={order}>
                    <button type="button">{"Report incident"}</button>
                </bzctrl-todo>
            }
            <ul id="links">
                { for todos.borrow().iter().cloned().map(|Created { title, link }| match link {
                    Some(link) => html! { <li><a href={link}>{title}</a></li> },
                    None => html! { <li>{title}</li> },
                }) }
            </ul>
        </>
    }
}

fn read(event: &CustomEvent) -> Option<Created> {
    let detail: JsValue = event.detail();
    let text = |name: &str| Reflect::get(&detail, &name.into()).ok()?.as_string();
    Some(Created { title: text("title")?, link: text("taskLink") })
}

fn main() {
    yew::Renderer::<Orders>::new().render();
}
