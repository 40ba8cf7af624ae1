//! Openings: which form an `open()` gives, who speaks for it, and what becomes of it when the page changes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Error, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event};

use crate::page::{Answer, HANDS, Page, Word, body, created, document, json, values, word};

#[wasm_bindgen_test]
async fn a_second_form_over_an_open_one_is_refused_as_busy_and_its_developer_is_told() {
    let page = Page::new().await;
    let (form, first) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.type_into("title", "Seal").await;
    let others = [
        page.another_todo("ORDER 778").asks_to_open(&JsValue::UNDEFINED),
        page.todo.asks_to_open(&values("title", "Another title")),
    ];
    page.settles().await;
    for other in others {
        assert_eq!(word(&other).await, Word::Broken("busy".to_owned()));
    }
    assert_eq!((page.open_forms(), form.value("title").as_str()), (1, "Seal"));
    assert_eq!(word(&first).await, Word::Pending);
    assert_eq!(page.hears.lines(), ["bzctrl-todo: another form is open; it has to be closed first"; 2]);
}

#[wasm_bindgen_test]
async fn a_form_opens_also_where_what_it_asks_of_the_page_makes_the_page_ask_in_turn() {
    let page = Page::new().await;
    page.open().await;
    page.todo.close().await;
    let turns = Rc::new(Cell::new(0));
    let count = turns.clone();
    let ask = Closure::<dyn Fn()>::new(move || {
        count.set(count.get() + 1);
        bzctrl_widget::page::forget();
    });
    Reflect::set(&js_sys::global(), &"askInTurn".into(), ask.as_ref()).unwrap();
    let changed = page.runs(
        "globalThis.own = EventTarget.prototype.dispatchEvent; \
         EventTarget.prototype.dispatchEvent = function (event) { if (event.type === 'drop') askInTurn(); return own.call(this, event) }",
        "EventTarget.prototype.dispatchEvent = own; delete globalThis.own; delete globalThis.askInTurn",
    );
    let form = page.open().await;
    drop(changed);
    assert!(form.is_open() && turns.get() > 0);
}

#[wasm_bindgen_test]
async fn a_page_whose_own_code_opens_and_closes_forms_while_one_is_put_into_it_has_that_one_and_no_other() {
    let page = Page::new().await;
    // What earlier tests have left in the page is put there anew.
    page.loses_what_it_does_not_know();
    let other = Rc::new(page.another_todo("ORDER 778"));
    let words: Rc<RefCell<Vec<Promise>>> = Rc::default();
    let (noted, asks, again) = (words.clone(), other.clone(), Cell::new(false));
    page.at_each_place(move || {
        if !again.replace(true) {
            noted.borrow_mut().push(asks.asks_to_open(&JsValue::UNDEFINED));
            bzctrl_widget::page::close(Some(asks.element()));
        }
    });
    let (form, first) = page.todo.open_with(&JsValue::UNDEFINED).await;
    let [refused] = &words.take()[..] else { panic!("the page's own code did not run") };
    assert_eq!(word(refused).await, Word::Broken("busy".to_owned()));
    assert_eq!((page.open_forms(), word(&first).await), (1, Word::Pending));
    assert!(form.text().contains("ORDER 777"), "{}", form.text());
    form.fill().await;
    form.submit().await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn the_element_that_asked_last_speaks_and_every_promise_settles() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let (form, first) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    let new = page.another_todo("ORDER 777");
    new.says("id", "new");
    page.todo.is_removed();
    let second = new.asks_to_open(&JsValue::UNDEFINED);
    page.settles().await;
    assert_eq!(page.open_forms(), 1);
    let heard = Rc::new(RefCell::new(String::new()));
    let noted = heard.clone();
    page.hears.at("created", move |event| {
        *noted.borrow_mut() = event.target().unwrap().unchecked_into::<Element>().id();
    });
    page.relay.answers_at_last(created()).await;
    assert_eq!(*heard.borrow(), "new");
    assert!(matches!(word(&first).await, Word::Kept(made) if made.contains("taskLink")));
    assert!(matches!(word(&second).await, Word::Kept(made) if made.contains("taskLink")));
}

#[wasm_bindgen_test]
async fn a_page_that_moves_on_closes_the_form_and_the_next_one_has_what_was_typed() {
    let page = Page::new().await;
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.type_into("title", "Seal").await;
    page.todo.is_removed();
    page.loses_what_it_does_not_know();
    page.settles().await;
    assert_eq!(word(&promise).await, Word::Kept("null".to_owned()));
    assert_eq!(page.hears.events(), ["open", "close"]);
    let new = page.another_todo("ORDER 777");
    let form = new.open().await;
    assert_eq!(form.value("title"), "Seal");
    form.fill().await;
    form.submit().await;
    assert_eq!(page.hears.sender("created"), "bzctrl-todo");
}

#[wasm_bindgen_test]
async fn a_page_that_moves_on_over_a_submission_hears_of_it_by_the_element_that_asks_next() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    page.todo.is_removed();
    page.loses_what_it_does_not_know();
    page.settles().await;
    assert_eq!(word(&promise).await, Word::Broken("outcome-unknown".to_owned()));
    let (form, second) = page.another_todo("ORDER 777").open_with(&JsValue::UNDEFINED).await;
    assert_eq!(form.value("title"), "Seal broken");
    page.relay.answers_at_last(created()).await;
    assert_eq!(page.hears.sender("created"), "bzctrl-todo");
    assert!(matches!(word(&second).await, Word::Kept(made) if made.contains("taskLink")));
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_form_that_is_swept_away_beside_its_element_comes_back_by_itself() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("title", "Seal").await;
    page.loses_what_it_does_not_know();
    assert_eq!(page.open_forms(), 0);
    page.settles().await;
    assert!(form.dialog().matches(":modal").unwrap());
    assert_eq!((form.value("title").as_str(), form.focus().as_str()), ("Seal", "title"));
    assert_eq!(page.hears.events(), ["open"]);
}

#[wasm_bindgen_test]
async fn another_order_on_the_same_element_is_another_form_though_the_first_one_still_sends() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.todo.close().await;
    form.closes_all_the_same().await;
    page.todo.says("order-id", "ORDER 778");
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    assert!(form.text().contains("ORDER 778"), "{}", form.text());
    assert_eq!(form.value("title"), "");
    page.relay.answers_at_last(created()).await;
    assert!(json(&page.hears.detail("created")).contains("ORDER 777"));
    assert_eq!(word(&promise).await, Word::Pending);
}

#[wasm_bindgen_test]
async fn open_within_the_close_event_opens_anew() {
    let page = Page::new().await;
    let (form, first) = page.todo.open_with(&JsValue::UNDEFINED).await;
    let second: Rc<RefCell<Option<Promise>>> = Rc::default();
    let (noted, element) = (second.clone(), page.todo.element().clone());
    page.hears.at("close", move |_| {
        if noted.borrow().is_none() {
            *noted.borrow_mut() = Some(bzctrl_widget::page::open(
                element.clone(),
                &JsValue::UNDEFINED,
                "https://relay.example.com/",
                &JsValue::UNDEFINED,
            ));
        }
    });
    form.press("Cancel").await;
    page.settles().await;
    let second = second.borrow().clone().unwrap();
    assert!(JsValue::from(first.clone()) != JsValue::from(second.clone()));
    assert_eq!((word(&first).await, word(&second).await), (Word::Kept("null".to_owned()), Word::Pending));
    assert_eq!(page.open_forms(), 1);
    page.todo.close().await;
    assert_eq!(page.open_forms(), 0);
}

#[wasm_bindgen_test]
async fn a_close_that_follows_an_open_at_once_is_heard_fifty_times() {
    let page = Page::new().await;
    for round in 0..50 {
        let closed = page.todo.asks_to_open(&JsValue::UNDEFINED);
        page.todo.close().await;
        let open = page.todo.asks_to_open(&JsValue::UNDEFINED);
        page.settles().await;
        assert_eq!(
            (word(&closed).await, word(&open).await),
            (Word::Kept("null".to_owned()), Word::Pending),
            "round {round}, {:?}",
            page.hears.events()
        );
        assert_eq!(page.open_forms(), 1);
        page.todo.close().await;
        assert_eq!((word(&open).await, page.open_forms()), (Word::Kept("null".to_owned()), 0));
    }
}

#[wasm_bindgen_test]
async fn nothing_that_happens_inside_is_heard_outside() {
    let page = Page::new().await;
    let form = page.open().await;
    let heard = page.hears.hands();
    for kind in HANDS {
        let init = Object::new();
        for member in ["bubbles", "composed"] {
            Reflect::set(&init, &member.into(), &true.into()).unwrap();
        }
        let event = Event::new_with_event_init_dict(kind, init.unchecked_ref()).unwrap();
        form.control("title").dispatch_event(&event).unwrap();
    }
    form.type_into("description", "It is.").await;
    form.press("Cancel").await;
    assert_eq!(*heard.borrow(), [""; 0]);
    // The probe hears what is the page's own.
    page.todo.button().click();
    assert_eq!(*heard.borrow(), ["click"]);
}

#[wasm_bindgen_test]
async fn a_form_that_the_page_hides_is_told_and_leaves_no_dead_page() {
    let page = Page::new().await;
    body().set_attribute("style", "display: none").unwrap();
    let promise = page.todo.asks_to_open(&JsValue::UNDEFINED);
    page.settles().await;
    page.passes(1_000.0).await;
    body().remove_attribute("style").unwrap();
    assert_eq!(word(&promise).await, Word::Broken("load-failed".to_owned()));
    assert_eq!(page.open_forms(), 0);
    assert!(json(&page.hears.detail("error")).contains("load-failed"));
    assert_eq!(page.hears.lines().len(), 1);
}

#[wasm_bindgen_test]
async fn a_host_that_asks_for_time_is_waited_for_and_may_refuse() {
    let page = Page::new().await;
    let (promise, resolve, reject) = deferred();
    let waits = promise.clone();
    page.hears.at("submit", move |event| wait_for(&event.detail(), &waits));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.text().contains("This page checks it first."), "{}", form.text());
    assert_eq!(page.relay.todos().len(), 0);
    reject.call1(&JsValue::NULL, &Error::new("Order 777 is closed.")).unwrap();
    page.settles().await;
    assert!(form.alert().starts_with("Order 777 is closed."), "{}", form.alert());
    assert_eq!(page.relay.todos().len(), 0);
    drop((promise, resolve));
}

#[wasm_bindgen_test]
async fn what_a_host_agrees_to_in_time_is_sent_once() {
    let page = Page::new().await;
    let (promise, resolve, _) = deferred();
    page.hears.at("submit", move |event| wait_for(&event.detail(), &promise));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.submit().await;
    resolve.call1(&JsValue::NULL, &JsValue::TRUE).unwrap();
    page.settles().await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_function_that_a_host_gives_to_wait_for_is_called_and_may_refuse() {
    for (script, refusal) in [
        ("return Promise.reject(new Error('Order 777 is closed.'))", "Order 777 is closed."),
        ("throw new Error('Order 777 is unknown.')", "Order 777 is unknown."),
    ] {
        let page = Page::new().await;
        page.hears.at("submit", move |event| {
            method(&event.detail(), "waitFor").call1(&event.detail(), &Function::new_no_args(script)).unwrap();
        });
        let form = page.open().await;
        form.fill().await;
        form.submit().await;
        assert!(form.alert().starts_with(refusal), "{}", form.alert());
        assert_eq!(page.relay.todos().len(), 0);
        assert_eq!(page.hears.lines(), [""; 0]);
    }
}

#[wasm_bindgen_test]
async fn what_a_host_gives_to_wait_for_by_mistake_is_told() {
    let page = Page::new().await;
    page.hears.at("submit", |event| drop(method(&event.detail(), "waitFor").call0(&event.detail()).unwrap()));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.todos().len(), 1);
    let lines = page.hears.lines();
    assert!(lines.len() == 1 && lines[0].starts_with("bzctrl-todo: waitFor was given neither"), "{lines:?}");
}

#[wasm_bindgen_test]
async fn a_host_that_stays_silent_for_ten_seconds_has_not_agreed() {
    let page = Page::new().await;
    let (promise, resolve, _) = deferred();
    page.hears.at("submit", move |event| wait_for(&event.detail(), &promise));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.passes(9_900.0).await;
    assert_eq!(form.buttons(), ["Cancel", "Sending…"]);
    page.passes(200.0).await;
    assert!(form.alert().contains("Nothing was sent"), "{}", form.alert());
    resolve.call0(&JsValue::NULL).unwrap();
    page.settles().await;
    assert_eq!(page.relay.todos().len(), 0);
}

#[wasm_bindgen_test]
async fn a_refusal_that_comes_too_late_says_what_to_do_instead() {
    let page = Page::new().await;
    let kept: Rc<RefCell<Option<Function>>> = Rc::default();
    let noted = kept.clone();
    page.hears.at("submit", move |event| *noted.borrow_mut() = Some(method(&event.detail(), "refuse")));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let refuse = kept.borrow().clone().unwrap();
    let error = refuse.call1(&JsValue::NULL, &"No".into()).unwrap_err();
    assert!(String::from(error.unchecked_into::<Error>().message()).contains("waitFor"));
}

#[wasm_bindgen_test]
async fn a_form_may_stand_in_the_page_and_gives_way_to_its_button_when_it_is_closed() {
    let page = Page::new().await;
    page.todo.says("inline", "");
    page.todo.element().attach_shadow(&web_sys::ShadowRootInit::new(web_sys::ShadowRootMode::Open)).unwrap();
    let shadow = page.todo.element().shadow_root().unwrap();
    let slot = document().create_element("slot").unwrap();
    shadow.append_child(&slot).unwrap();
    let promise = page.todo.asks_to_open(&JsValue::UNDEFINED);
    page.settles().await;
    let place = shadow.query_selector("bzctrl-dialog").unwrap().expect("the form is in the element");
    let form = place.shadow_root().unwrap();
    assert!(form.query_selector("dialog").unwrap().is_none());
    assert!(form.query_selector("[part~=form] [name=title]").unwrap().is_some());
    assert!(page.todo.button().get_bounding_client_rect().height() == 0.0, "the button stands beside the form");
    // A dialog may open over it.
    let other = page.another_todo("ORDER 778").open().await;
    other.press("Cancel").await;
    page.todo.close().await;
    assert_eq!(word(&promise).await, Word::Kept("null".to_owned()));
    assert!(page.todo.button().get_bounding_client_rect().height() > 0.0);
}

fn method(of: &JsValue, name: &str) -> Function {
    Reflect::get(of, &name.into()).unwrap().unchecked_into()
}

fn wait_for(detail: &JsValue, promise: &Promise) {
    method(detail, "waitFor").call1(detail, promise).unwrap();
}

fn deferred() -> (Promise, Function, Function) {
    let mut settle = None;
    let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
    let (resolve, reject) = settle.unwrap();
    // A promise that is broken is no fault of the page.
    let unheard = promise.clone();
    wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(unheard).await) });
    (promise, resolve, reject)
}
