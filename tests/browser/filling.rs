use bzctrl_contract::{Field, FilledBy, TodoType};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::Page;

#[wasm_bindgen_test]
async fn the_form_has_each_field_that_a_user_fills_under_its_wire_name() {
    let page = Page::new();
    let form = page.open().await;
        &format!("focus {}", web_sys::window().unwrap().document().unwrap().has_focus().unwrap()).into(),
    );
    for todo_type in [TodoType::Incident, TodoType::Task] {
        form.choose(Field::TodoType.wire(), todo_type.wire()).await;
        let asked: Vec<_> = Field::all().filter(|field| field.asked_of_user(todo_type)).map(Field::wire).collect();
        assert_eq!(form.fields(), asked);
    }
    for field in Field::all().filter(|field| field.spec().filled_by == FilledBy::Host) {
        assert!(form.find(&format!("[name={}]", field.wire())).is_none());
    }
}
