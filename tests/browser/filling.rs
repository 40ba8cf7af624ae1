//! Filling the form: fields, typing, checks, the summary.

use bzctrl_contract::{Field, FilledBy, Kind, TodoType};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlTextAreaElement};

use crate::page::{Form, Page, document, next_year};

#[wasm_bindgen_test]
async fn the_form_has_each_field_that_a_user_fills_under_its_wire_name() {
    let page = Page::new().await;
    let form = page.open().await;
    for todo_type in [TodoType::Incident, TodoType::Task] {
        form.choose("todoType", todo_type.wire()).await;
        let asked: Vec<_> = Field::all().filter(|field| field.asked_of_user(todo_type)).map(Field::wire).collect();
        let mut fields = form.fields();
        fields.sort_by_key(|name| Field::by_wire(name));
        assert_eq!(fields, asked);
        assert_eq!(form.fields()[..3], ["todoType", "title", "description"], "what needs no thought comes first");
    }
    for field in Field::all().filter(|field| field.spec().filled_by == FilledBy::Host) {
        assert!(form.find(&format!("[name={}]", field.wire())).is_none());
    }
}

#[wasm_bindgen_test]
async fn each_field_is_drawn_by_its_kind_and_has_a_label() {
    let page = Page::new().await;
    let form = page.open().await;
    for todo_type in [TodoType::Incident, TodoType::Task] {
        form.choose("todoType", todo_type.wire()).await;
        for field in Field::all().filter(|field| field.asked_of_user(todo_type)) {
            let name = field.wire();
            let control = form.control(name);
            let drawn = (control.tag_name().to_lowercase(), control.get_attribute("type").unwrap_or_default());
            let (tag, of_type) = match field.spec().kind {
                Kind::Choice(_) => ("input", "radio"),
                Kind::Text(_) => ("textarea", ""),
                Kind::Date => ("input", "date"),
                _ => ("input", "text"),
            };
            assert_eq!(drawn, (tag.to_owned(), of_type.to_owned()), "{name}");
            if let Kind::Choice(choices) = field.spec().kind {
                assert_eq!(form.words_of(name), choices.offered(), "{name}");
            } else {
                let label = form.find(&format!("label[for='{}']", control.id())).expect("a label");
                assert_eq!(label.inner_text().contains('*'), field.spec().required, "{name}");
                assert_eq!(control.get_attribute("aria-required").is_some(), field.spec().required, "{name}");
            }
            assert!(!control.has_attribute("maxlength"), "long text is told, never cut");
        }
    }
}

#[wasm_bindgen_test]
async fn it_opens_with_the_focus_in_the_title_and_the_context_in_sight() {
    let page = Page::new().await;
    let form = page.open().await;
    assert_eq!(form.focus(), "title");
    let text = form.text();
    for given in ["Report incident", "ORDER 777", "725462", "EXA-CON-BUS-WOR", "user@example.com"] {
        assert!(text.contains(given), "{given} is not in {text}");
    }
    assert_eq!(form.value("status"), "IN PROGRESS");
    assert_eq!(form.value("todoType"), "INCIDENT");
    assert_eq!(form.value("priority"), "");
}

#[wasm_bindgen_test]
async fn nothing_is_checked_while_typing_only_when_the_field_is_left() {
    let page = Page::new().await;
    let form = page.open().await;
    form.leave("title").await;
    assert_eq!(form.error("title"), "", "nothing was typed yet");
    form.type_into("financialImpact", "12x").await;
    assert_eq!(form.error("financialImpact"), "");
    form.leave("financialImpact").await;
    assert_eq!(form.error("financialImpact"), "Enter an amount in euros, such as 1,250.00");
    assert_eq!(form.control("financialImpact").get_attribute("aria-invalid").as_deref(), Some("true"));
    assert_eq!(form.error("title"), "", "another field's turn has not come");
    assert_eq!(form.alert(), "", "no summary before a Submit");
    form.type_into("financialImpact", "12").await;
    form.leave("financialImpact").await;
    assert_eq!(form.error("financialImpact"), "");
    assert_eq!(form.control("financialImpact").get_attribute("aria-invalid"), None);
}

#[wasm_bindgen_test]
async fn a_failed_submit_shows_a_summary_with_links_and_has_the_focus_there() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("financialImpact", "-5").await;
    form.submit().await;
    assert!(form.alert().starts_with("There are 3 problems"), "{}", form.alert());
    assert!(form.focus().starts_with("There are 3 problems"), "{}", form.focus());
    assert_eq!(
        form.links("[role=alert]"),
        [
            "Title: Enter a title",
            "Description: Describe what happened or what is to be done",
            "Potential financial impact: Enter an amount of zero or more, such as 1,250.00",
        ]
    );
    form.follow("Description").await;
    assert_eq!(form.focus(), "description");
    assert_eq!(form.error("description"), "Describe what happened or what is to be done");
    assert!(page.relay.todos().is_empty());
    assert_eq!(page.hears.events(), ["open"], "a form that is not filled is no failure that a host hears of");
}

#[wasm_bindgen_test]
async fn the_summary_goes_when_all_is_mended() {
    let page = Page::new().await;
    let form = page.open().await;
    form.submit().await;
    assert!(form.alert().starts_with("There are 2 problems"));
    form.type_into("title", "Seal broken").await;
    form.leave("title").await;
    assert!(form.alert().starts_with("There is 1 problem"), "{}", form.alert());
    form.type_into("description", "It is.").await;
    form.leave("description").await;
    assert_eq!(form.alert(), "");
    form.submit().await;
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_look_at_the_task_loses_nothing_of_the_incident() {
    let page = Page::new().await;
    let form = page.open().await;
    form.type_into("financialImpact", "1 250,5").await;
    form.choose("impact", "HIGH").await;
    form.type_into("title", "Seal broken").await;
    form.choose("todoType", "TASK").await;
    assert!(form.text().contains("Create task"));
    assert!(form.find("[name=financialImpact]").is_none());
    form.type_into("result", "A new seal").await;
    assert_eq!(form.value("title"), "Seal broken");
    form.choose("todoType", "INCIDENT").await;
    assert_eq!(form.value("financialImpact"), "1 250,5", "as it was typed");
    assert_eq!(form.value("impact"), "HIGH");
    form.choose("todoType", "TASK").await;
    assert_eq!(form.value("result"), "A new seal");
}

#[wasm_bindgen_test]
async fn an_amount_is_shown_back_as_it_was_read() {
    let page = Page::new().await;
    let form = page.open().await;
    assert_eq!(form.hint("financialImpact"), "Amount in EUR");
    for (typed, read) in [
        ("1.234.567,80", "Read as EUR 1,234,567.80"),
        ("€ 1234", "Read as EUR 1,234.00"),
        ("1,250", "Read as EUR 1,250.00"),
        ("1'234.5", "Read as EUR 1,234.50"),
        ("+1,250.00", "Read as EUR 1,250.00"),
        ("1 250 euro", "Read as EUR 1,250.00"),
        ("\u{202d}1250\u{202c}", "Read as EUR 1,250.00"),
        ("１２５０", "Read as EUR 1,250.00"),
        ("١٢٥٠", "Read as EUR 1,250.00"),
        ("much", "Amount in EUR"),
    ] {
        form.type_into("financialImpact", typed).await;
        assert_eq!(form.hint("financialImpact"), read, "{typed}");
        assert_eq!(form.value("financialImpact"), typed, "what is typed stays as it is");
    }
}

#[wasm_bindgen_test]
async fn the_first_language_decides_how_an_amount_is_read() {
    let (german, english, swiss) = ("Read as EUR 1.500,00", "Amount in EUR", "Amount in EUR");
    for (languages, read) in [
        (&["de", "en-US", "en"][..], german),
        (&["de-AT", "en"], "Read as EUR 1\u{a0}500,00"),
        (&["nl-BE"], german),
        (&["de-CH", "de"], swiss),
        (&["en", "de-DE"], english),
        (&["en-DE", "de"], german),
        (&["sr-Latn-RS", "en"], german),
        (&["zh-Hant-TW"], english),
        (&["de-u-nu-arab", "en"], german),
        (&["ar-EG", "de"], english),
        (&["de-DE-x-private"], german),
        // Nonsense leaves the word to the next.
        (&["en_US", "", "x-klingon", "de"], german),
        // The browser of the tests speaks English.
        (&["*"], english),
        (&[], english),
    ] {
        let page = Page::new().await;
        page.speaks(languages);
        let form = page.open().await;
        form.type_into("financialImpact", "1.500").await;
        assert_eq!(form.hint("financialImpact"), read, "{languages:?}");
    }
}

#[wasm_bindgen_test]
async fn a_scanners_separators_are_told_and_become_signs_when_the_field_is_left() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    for name in ["title", "description"] {
        assert_eq!(form.hint(name), "");
        form.type_into(name, "P1250\u{1d}Q7").await;
        assert_eq!(form.hint(name), "Separators of the scan are sent as ␝", "{name}");
        form.leave(name).await;
        assert_eq!(form.value(name), "P1250␝Q7");
        assert_eq!(form.hint(name), "Separators of the scan are sent as ␝", "{name}");
    }
    form.type_into("financialImpact", "12\u{1d}50").await;
    form.leave("financialImpact").await;
    assert_eq!(form.error("financialImpact"), "Enter an amount in euros, such as 1,250.00");
    form.type_into("financialImpact", "").await;
    form.submit().await;
    let body = &page.relay.todo().body;
    assert!(body.contains(r#""title":"P1250␝Q7","description":"P1250␝Q7""#), "{body}");
}

#[wasm_bindgen_test]
async fn a_title_in_which_nothing_can_be_seen_is_missing() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.type_into("title", "\u{200b}").await;
    form.submit().await;
    assert_eq!(form.error("title"), "Enter a title");
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn a_reminder_that_is_too_far_to_be_meant_is_told_at_submit() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.type_into("reminderDate", "3931-01-01").await;
    form.submit().await;
    assert_eq!(form.error("reminderDate"), "Choose a day within ten years");
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn a_reminder_in_the_past_is_told_though_the_page_has_refused_it_before() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.hears.at("submit", |event| event.prevent_default());
    form.submit().await;
    assert!(form.alert().starts_with("This page does not let it be sent"), "{}", form.alert());
    form.type_into("reminderDate", "2020-02-29").await;
    form.submit().await;
    assert_eq!(form.error("reminderDate"), "Choose today or a later day");
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn a_date_that_is_half_typed_is_told_and_not_sent() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    half_typed(&form, "reminderDate", true);
    form.leave("reminderDate").await;
    assert_eq!(form.error("reminderDate"), "Enter a whole date: day, month and year");
    form.submit().await;
    assert!(form.alert().starts_with("There is 1 problem"), "{}", form.alert());
    assert!(page.relay.todos().is_empty());
    half_typed(&form, "reminderDate", false);
    form.type_into("reminderDate", &next_year()).await;
    form.submit().await;
    assert_eq!(page.relay.todos().len(), 1);
}

#[wasm_bindgen_test]
async fn a_date_that_is_half_typed_is_told_though_the_field_was_not_left() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    half_typed(&form, "reminderDate", true);
    form.submit().await;
    assert_eq!(form.error("reminderDate"), "Enter a whole date: day, month and year");
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn a_reminder_in_the_past_is_told_at_submit() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.type_into("reminderDate", "2020-02-29").await;
    form.submit().await;
    assert_eq!(
        form.links("[role=alert]"),
        ["Reminder: Choose today or a later day"],
        "{} {:?} {}",
        form.text(),
        page.relay.todos(),
        form.value("reminderDate")
    );
    assert_eq!(form.error("reminderDate"), "Choose today or a later day");
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn long_text_is_told_and_never_cut() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    let long = "ü".repeat(256);
    form.type_into("title", &long).await;
    form.submit().await;
    assert_eq!(form.error("title"), "Remove 1 character: at most 255 fit. Nothing is cut.");
    assert_eq!(form.value("title"), long);
}

#[wasm_bindgen_test]
async fn a_choice_that_is_not_needed_can_be_taken_back() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.choose("priority", "LOW").await;
    assert_eq!(form.value("priority"), "LOW");
    form.press("Clear Priority").await;
    assert_eq!(form.value("priority"), "");
    form.submit().await;
    assert!(!page.relay.todos()[0].body.contains("priority"));
}

#[wasm_bindgen_test]
async fn what_the_host_gives_first_is_there_and_what_it_locks_stays() {
    let page = Page::new().await;
    page.todo.says("locked", "todoType title");
    page.todo.says("omit", "likelihood lrn");
    page.todo.says("prefill-title", "Customs hold");
    page.todo.says("prefill-financial-impact", "1250.50");
    page.todo.says("prefill-priority", "medium");
    let form = page.open().await;
    assert!(!form.fields().iter().any(|name| name == "todoType" || name == "likelihood"), "{:?}", form.fields());
    assert!(!form.text().contains("725462"), "an omitted field is not shown");
    assert!(form.control("title").has_attribute("readonly"));
    assert_eq!(form.value("title"), "Customs hold");
    assert_eq!(form.value("financialImpact"), "1250.50");
    assert_eq!(form.value("priority"), "MEDIUM");
    form.type_into("description", "It is held.").await;
    form.submit().await;
    assert!(page.relay.todos()[0].body.contains(r#""title":"Customs hold""#));
    assert!(!page.relay.todos()[0].body.contains("lrn"));
}

#[wasm_bindgen_test]
async fn an_input_keeps_its_text_focus_and_identity_while_errors_come_and_go_around_it() {
    let page = Page::new().await;
    let form = page.open().await;
    let names = ["title", "description", "financialImpact", "reminderDate"];
    let before: Vec<HtmlElement> = names.iter().map(|name| form.control(name)).collect();
    form.type_into("financialImpact", "12x").await;
    form.submit().await;
    form.type_into("financialImpact", "12").await;
    form.leave("financialImpact").await;
    form.type_into("title", "Seal bro").await;
    assert_eq!(form.focus(), "title");
    assert!(form.alert().starts_with("There are 2 problems"), "{}", form.alert());
    form.type_into("title", "Seal broken").await;
    assert_eq!((form.focus().as_str(), form.value("title").as_str()), ("title", "Seal broken"));
    form.type_into("description", "It is.").await;
    page.relay.answers([crate::page::problem(bzctrl_contract::Code::WorkspaceDenied, "")]);
    form.submit().await;
    assert!(!form.alert().is_empty());
    form.type_into("description", "It is broken.").await;
    for (name, before) in names.iter().zip(before) {
        assert!(before == form.control(name), "{name} was made anew");
    }
    assert_eq!(form.focus(), "description");
    assert_eq!(form.value("financialImpact"), "12");
}

#[wasm_bindgen_test]
async fn the_caret_stays_where_it_is_while_one_types() {
    let page = Page::new().await;
    let form = page.open().await;
    for name in ["title", "description"] {
        form.type_into(name, "Seal broken ").await;
        assert_eq!(form.types_at(name, 4, "s are").await, 9, "{name}");
        assert_eq!(form.value(name), "Seals are broken ", "{name}");
    }
}

/// As the browser says of half a date, which nothing but keys can type.
fn half_typed(form: &Form, name: &str, half: bool) {
    let (property, validity) = (Object::new(), Object::new());
    Reflect::set(&validity, &"badInput".into(), &half.into()).unwrap();
    Reflect::set(&property, &"value".into(), &validity).unwrap();
    Reflect::set(&property, &"configurable".into(), &true.into()).unwrap();
    Object::define_property(&form.control(name), &"validity".into(), &property);
}

#[wasm_bindgen_test]
async fn what_a_filler_puts_into_a_control_is_what_is_sent_whatever_it_says_of_it() {
    for said in [&["change"][..], &["input"], &["keydown", "keyup", "blur"], &[]] {
        let page = Page::new().await;
        let form = page.open().await;
        filler_puts(&page, &form, &[("title", "Seal broken"), ("description", "By a\nfiller")], said).await;
        filler_puts(&page, &form, &[("financialImpact", "12"), ("reminderDate", &next_year())], said).await;
        form.submit().await;
        let sent = page.relay.todo().body;
        for part in [r#""title":"Seal broken","description":"By a\nfiller","financialImpact":"12""#, &next_year()] {
            assert!(sent.contains(part), "{said:?}: {part} is not in {sent}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_a_filler_put_in_silently_stays_while_the_user_types_elsewhere() {
    let page = Page::new().await;
    let form = page.open().await;
    filler_puts(&page, &form, &[("title", "Seal broken")], &[]).await;
    form.type_into("description", "It is.").await;
    assert_eq!(form.value("title"), "Seal broken");
    form.press("Cancel").await;
    assert!(form.text().contains("Close the form?"), "it is something to lose");
}

#[wasm_bindgen_test]
async fn a_choice_that_a_filler_makes_is_the_one_that_is_sent() {
    for said in [&["change"][..], &["input", "change"], &[]] {
        let page = Page::new().await;
        let form = page.open().await;
        form.fill().await;
        for (name, word) in [("priority", "HIGH"), ("status", "DONE")] {
            let radio: HtmlInputElement = form.find(&format!("[name={name}][value={word}]")).unwrap().unchecked_into();
            radio.set_checked(true);
            said.iter().for_each(|kind| tell(&radio, kind));
            page.settles().await;
        }
        form.submit().await;
        let sent = page.relay.todo().body;
        assert!(sent.contains(r#""status":"DONE","priority":"HIGH""#), "{said:?}: {sent}");
    }
}

#[wasm_bindgen_test]
async fn what_a_filler_puts_into_a_locked_field_is_neither_sent_nor_shown() {
    let page = Page::new().await;
    page.todo.says("locked", "title");
    page.todo.says("prefill-title", "Customs hold");
    let form = page.open().await;
    filler_puts(&page, &form, &[("title", "Seal broken")], &["input", "change"]).await;
    assert_eq!(form.value("title"), "Customs hold");
    form.type_into("description", "It is held.").await;
    form.submit().await;
    assert!(page.relay.todo().body.contains("Customs hold"));
}

#[wasm_bindgen_test]
async fn a_control_that_the_browser_resets_when_a_user_comes_back_to_the_page_shows_what_was_typed() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    form.type_into("financialImpact", "12").await;
    form.type_into("reminderDate", &next_year()).await;
    // Safari resets inputs with autocomplete="off" so, as a form resets its controls.
    let around = document().create_element("form").unwrap();
    around.set_id("around");
    form.dialog().append_child(&around).unwrap();
    for (name, held) in [("title", "Seal broken"), ("financialImpact", "12"), ("reminderDate", &next_year())] {
        form.control(name).set_attribute("form", "around").unwrap();
        around.unchecked_ref::<HtmlFormElement>().reset();
        form.control(name).remove_attribute("form").unwrap();
        assert_eq!(form.value(name), held, "{name}");
    }
    around.remove();
    form.submit().await;
    assert!(page.relay.todo().body.contains("Seal broken"));
}

/// Puts texts into controls as scripts do, and tells of each by events of these kinds, which are no more than their kind.
async fn filler_puts(page: &Page, form: &Form, texts: &[(&str, &str)], said: &[&str]) {
    for (name, text) in texts {
        let control = form.control(name);
        match control.dyn_ref::<HtmlTextAreaElement>() {
            Some(area) => area.set_value(text),
            None => control.unchecked_ref::<HtmlInputElement>().set_value(text),
        }
        said.iter().for_each(|kind| tell(&control, kind));
        page.settles().await;
    }
}

fn tell(control: &HtmlElement, kind: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    control.dispatch_event(&Event::new_with_event_init_dict(kind, &init).unwrap()).unwrap();
}
