//! Orders, with the form beside the one that is open.

use bzctrl_widget::config::Config;
use bzctrl_widget::{CreatedTodo, Field, TodoForm};
use yew::prelude::*;

#[component]
fn Orders() -> Html {
    let order = use_state(|| None::<AttrValue>);
    let todos = use_state(Vec::<CreatedTodo>::new);
    let open = |it: Option<&'static str>| {
        let order = order.clone();
        move |_: MouseEvent| order.set(it.map(AttrValue::from))
    };
    let on_created = {
        let todos = todos.clone();
        move |todo| todos.set([&todos[..], &[todo]].concat())
    };
    let on_close = {
        let order = order.clone();
        move |_| order.set(None)
    };
    html! {
        <>
            <nav>
                <button type="button" onclick={open(Some("ORDER 777"))}>{"ORDER 777"}</button>
                <button type="button" onclick={open(Some("ORDER 778"))}>{"ORDER 778"}</button>
                <button type="button" onclick={open(None)}>{"All orders"}</button>
            </nav>
            <h1>{order.as_deref().unwrap_or("All orders")}</h1>
            if let Some(order) = &*order {
                <TodoForm key={order.as_str()} config={config(order)} {on_created} {on_close} />
            }
            <ul id="links">
                { for todos.iter().map(|todo| match &todo.task_link {
                    Some(link) => html! { <li><a href={link.as_str().to_owned()}>{&todo.title}</a></li> },
                    None => html! { <li>{&todo.title}</li> },
                }) }
            </ul>
        </>
    }
}

fn config(order: &str) -> Config {
    let mut config = Config { token_endpoint: format!("{}/v1/token", relay()), ..Config::default() };
    config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
    config.given.set(Field::Reporter, "user@example.com");
    config.given.set(Field::OrderId, order);
    config
}

/// The page says where the relay is.
fn relay() -> String {
    let body = web_sys::window().and_then(|window| window.document()?.body());
    body.and_then(|body| body.get_attribute("data-relay")).unwrap_or_default()
}

fn main() {
    yew::Renderer::<Orders>::new().render();
}
