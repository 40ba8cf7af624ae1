//! One form an element, one dialog a page: what is told to close makes room for what is opened next, and what stands keeps its
//! place.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Page, Word, body, values, word};

const NOTHING: &JsValue = &JsValue::UNDEFINED;

#[wasm_bindgen_test]
async fn a_form_that_was_told_to_close_makes_room_for_one_that_is_opened_in_the_same_turn() {
    for (way, closes_all, order) in [(0, false, "ORDER 778"), (1, true, "ORDER 778"), (2, false, "ORDER 777")] {
        let page = Page::new().await;
        let other = page.another_todo(order);
        let (_, first) = page.todo.open_with(NOTHING).await;
        bzctrl_widget::page::close((!closes_all).then_some(page.todo.element()));
        let second = other.asks_to_open(NOTHING);
        page.settles().await;
        assert_eq!(
            (word(&first).await, word(&second).await),
            (Word::Kept("null".to_owned()), Word::Pending),
            "way {way}"
        );
        assert_eq!(
            (page.open_forms(), page.hears.events()),
            (1, ["open", "close", "open"].map(str::to_owned).to_vec())
        );
        assert!(page.shown_form().text().contains(order));
        assert_eq!(page.hears.lines(), [""; 0]);
    }
}

#[wasm_bindgen_test]
async fn an_element_that_closes_its_form_shows_the_next_order_in_the_same_turn() {
    let page = Page::new().await;
    let (_, first) = page.todo.open_with(NOTHING).await;
    bzctrl_widget::page::close(Some(page.todo.element()));
    page.todo.says("order-id", "ORDER 778");
    let second = page.todo.asks_to_open(NOTHING);
    page.settles().await;
    assert_eq!((word(&first).await, word(&second).await), (Word::Kept("null".to_owned()), Word::Pending));
    assert!(page.open_forms() == 1 && page.shown_form().text().contains("ORDER 778"));
}

#[wasm_bindgen_test]
async fn a_form_that_asks_before_it_closes_keeps_the_next_one_out() {
    let page = Page::new().await;
    let (form, first) = page.todo.open_with(NOTHING).await;
    form.type_into("title", "Seal").await;
    bzctrl_widget::page::close(Some(page.todo.element()));
    bzctrl_widget::page::close(None);
    let others = [page.another_todo("ORDER 778").asks_to_open(NOTHING), page.todo.asks_to_open(NOTHING)];
    page.settles().await;
    assert!(form.text().contains("Close the form?"), "{}", form.text());
    assert_eq!(word(&first).await, Word::Pending);
    assert_eq!([word(&others[0]).await, word(&others[1]).await], [Word::Broken("busy".to_owned()), Word::Pending]);
}

#[wasm_bindgen_test]
async fn an_opening_that_waits_for_a_form_to_close_ends_when_the_page_ends_it() {
    for way in 0..3 {
        let page = Page::new().await;
        let (_, first) = page.todo.open_with(NOTHING).await;
        let other = page.another_todo("ORDER 778");
        bzctrl_widget::page::close(Some(page.todo.element()));
        let second = other.asks_to_open(NOTHING);
        match way {
            0 => bzctrl_widget::page::close(Some(other.element())),
            1 => bzctrl_widget::page::forget(),
            _ => other.is_removed(),
        }
        page.settles().await;
        let null = || Word::Kept("null".to_owned());
        assert_eq!((word(&first).await, word(&second).await, page.open_forms()), (null(), null(), 0), "way {way}");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_has_heard_of_the_todo_closes_the_form_and_opens_the_next() {
    for order in ["ORDER 777", "ORDER 778"] {
        let page = Page::new().await;
        let other = page.another_todo(order);
        let (element, next) = (page.todo.element().clone(), other.element().clone());
        let second: Rc<RefCell<Option<Promise>>> = Rc::default();
        let noted = second.clone();
        page.hears.at("created", move |_| {
            bzctrl_widget::page::close(Some(&element));
            *noted.borrow_mut() = Some(bzctrl_widget::page::open(
                next.clone(),
                NOTHING,
                "https://relay.example.com/",
                &JsValue::UNDEFINED,
            ));
        });
        let form = page.open().await;
        form.fill().await;
        form.submit().await;
        page.settles().await;
        let second = second.take().unwrap();
        assert_eq!((word(&second).await, page.open_forms()), (Word::Pending, 1), "{order}");
        let form = page.shown_form();
        assert!(form.text().contains(order) && form.is_editable(), "{}", form.text());
        assert_eq!(form.value("title"), "");
    }
}

#[wasm_bindgen_test]
async fn of_two_elements_in_the_page_that_show_one_order_each_has_something_to_press() {
    let page = Page::new().await;
    let [first, second] = [page.todo_in_the_page("ORDER 777"), page.todo_in_the_page("ORDER 777")];
    drop(first.asks_to_open(NOTHING));
    page.settles().await;
    assert!(first.forms() == 1 && !first.shows_its_button());
    let (promise, again) = (second.asks_to_open(NOTHING), first.asks_to_open(NOTHING));
    page.settles().await;
    // Who asked last has it.
    assert!(first.forms() == 1 && !first.shows_its_button());
    assert!(second.forms() == 0 && second.shows_its_button());
    let lines = page.hears.lines();
    assert!(lines.len() == 2 && lines[0].starts_with("bzctrl-todo: order-id "), "{lines:?}");
    first.is_removed();
    page.settles().await;
    assert_eq!(
        (word(&promise).await, word(&again).await),
        (Word::Kept("null".to_owned()), Word::Kept("null".to_owned()))
    );
    drop(second.asks_to_open(NOTHING));
    page.settles().await;
    assert!(second.forms() == 1 && !second.shows_its_button());
}

#[wasm_bindgen_test]
async fn an_element_holds_one_form_and_that_keeps_the_settings_that_it_opened_with() {
    for way in 0..3 {
        let page = Page::new().await;
        let todo = page.todo_in_the_page("ORDER 777");
        let first = todo.asks_to_open(NOTHING);
        page.settles().await;
        let second = match way {
            0 => todo.asks_to_open(&values("title", "Another title")),
            1 => {
                todo.says("order-id", "ORDER 778");
                todo.is_put_into(&body());
                todo.asks_to_open(NOTHING)
            }
            _ => {
                // Another element shows that order already.
                drop(page.todo_in_the_page("ORDER 778").asks_to_open(NOTHING));
                todo.says("order-id", "ORDER 778");
                todo.asks_to_open(NOTHING)
            }
        };
        page.settles().await;
        assert_eq!(
            (word(&first).await, word(&second).await),
            (Word::Pending, Word::Broken("busy".to_owned())),
            "way {way}"
        );
        assert_eq!(todo.forms(), 1, "way {way}");
    }
}

#[wasm_bindgen_test]
async fn a_dialog_stays_the_one_form_of_its_element_when_that_is_to_have_it_in_the_page() {
    let page = Page::new().await;
    let first = page.todo.asks_to_open(NOTHING);
    page.settles().await;
    page.todo.has_a_place_for_its_form();
    page.todo.is_put_into(&body());
    let second = page.todo.asks_to_open(NOTHING);
    page.settles().await;
    assert_eq!((word(&first).await, word(&second).await), (Word::Pending, Word::Broken("busy".to_owned())));
    assert_eq!((page.open_forms(), page.todo.forms()), (1, 0));
}
