//! The whole way by the keyboard alone: whatever has the focus is in sight, and nothing needs a mouse.

use std::time::Duration;

use serde_json::json;

use super::{Language, states};
use crate::{
    form::Form,
    stage::{Browser, Key, Stage, Tab},
};

/// Why what has the focus cannot be seen, if so. Of a text area that is its beginning.
const UNSEEN: &str = "(({ shadowRoot: root }) => {
    const it = root.activeElement;
    if (!it) return 'nothing has the focus';
    const shown = it.matches('[type=radio]') ? it.closest('label') : it;
    const { left, top, right, bottom } = shown.getBoundingClientRect();
    const place = shown.closest('.body, .register ul, .notice')?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
    const [above, below] = [Math.max(top, place.top, 0), Math.min(bottom, place.bottom, innerHeight)];
    const room = Math.min(place.bottom, innerHeight) - Math.max(place.top, 0);
    const where = `${it.name || it.textContent} from ${Math.round(top)} to ${Math.round(bottom)}, in ${innerWidth}×${innerHeight}`;
    if (left < -1 || right > innerWidth + 1) return `beyond the window: ${where}`;
    if (below - above < Math.min(bottom - top, room, 24) - 3) return `out of sight: ${where}`;
    const hit = root.elementFromPoint((left + right) / 2, (above + below) / 2);
    return shown.contains(hit) || hit?.contains(shown) ? '' : `under ${hit?.className}: ${where}`;
})(document.querySelector('bzctrl-dialog'))";

/// Longer than any form's way from its first control to its last.
const MOST_STOPS: usize = 40;

async fn is_seen(tab: &Tab, where_: &str) {
    // It scrolls into sight a frame later.
    for tries in 0.. {
        let unseen = tab.read(UNSEEN).await;
        if unseen == "" {
            return;
        }
        assert!(tries < 10, "{where_}: {unseen}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// By Tab from here to an element, and what had the focus on the way; `at` is told of each.
async fn on_to(form: &Form<'_>, tab: &Tab, last: &str, where_: &str, mut at: impl AsyncFnMut(&str)) -> Vec<String> {
    let mut stops = Vec::new();
    for _ in 0..MOST_STOPS {
        tab.strike(&[Key::Tab]).await;
        let stop = form.focus().await;
        is_seen(tab, where_).await;
        at(&stop).await;
        let is_last = stop.split(' ').any(|part| part == last);
        stops.push(stop);
        if is_last {
            return stops;
        }
    }
    panic!("{where_}: Tab does not come to {last}: {stops:?}");
}

/// A look, before what has just appeared takes a press.
async fn a_look() {
    tokio::time::sleep(Duration::from_millis(1100)).await;
}

/// From the host's button to the created todo and back to the button.
pub(super) async fn goes_all_the_way(browser: &Browser, language: &Language, size: Option<(u32, u32)>) {
    let (tab, said) = (&browser.tab, |key: &str| language.said(key).to_owned());
    let where_ = &format!("{}, {size:?}", language.tag);
    let stage = Stage::whose_host_signs().await;
    if let Some(size) = size {
        browser.stands_in(size).await;
    }
    states::page(tab, &stage, language).await;
    tab.strike(&[Key::Tab]).await;
    tab.strike(&[Key::Enter]).await;
    let form = Form::shown(tab).await;
    form.token_has_come().await;
    form.has_focus("title").await;
    is_seen(tab, where_).await;
    tab.types("Seal").await;

    // Away, and back again.
    a_look().await;
    tab.strike(&[Key::Escape]).await;
    form.says(&said("close-question")).await;
    form.has_focus("accent").await;
    is_seen(tab, where_).await;
    a_look().await;
    tab.strike(&[Key::Escape]).await;
    form.has_focus("title").await;

    // Nothing is described yet: the summary leads to it.
    on_to(&form, tab, "submit", where_, async |_| {}).await;
    a_look().await;
    tab.strike(&[Key::Enter]).await;
    form.alert(&said("fault.missing.description")).await;
    is_seen(tab, where_).await;
    tab.strike(&[Key::Tab]).await;
    a_look().await;
    tab.strike(&[Key::Enter]).await;
    form.has_focus("description").await;
    is_seen(tab, where_).await;
    tab.types("Gate 4").await;

    let stops = on_to(&form, tab, "submit", where_, async |stop| match stop {
        "financialImpact" => tab.types("1250").await,
        "impact" => tab.strike(&[Key::Space]).await,
        "status" => tab.strike(&[Key::Right]).await,
        _ => {}
    })
    .await;
    for field in
        ["financialImpact", "impact", "clear", "likelihood", "priority", "status", "reminderDate", "quiet", "cancel"]
    {
        assert!(stops.iter().any(|stop| stop == field), "{where_}: {field} is not among {stops:?}");
    }
    a_look().await;
    tab.strike(&[Key::Enter]).await;
    form.says(&said("created.incident")).await;
    form.has_focus("task-link").await;
    is_seen(tab, where_).await;
    a_look().await;
    on_to(&form, tab, "copy", where_, async |_| {}).await;
    tab.strike(&[Key::Enter]).await;
    form.says(&said("copied")).await;
    form.has_focus("copy").await;
    on_to(&form, tab, "done", where_, async |_| {}).await;
    tab.strike(&[Key::Enter]).await;
    form.is_gone().await;
    assert_eq!(tab.wait_for("document.activeElement.localName").await, "button", "{where_}: the focus is back");
    let [todo] = &stage.sandbox.todos().await[..] else { panic!("{where_}: not one todo") };
    assert_eq!([&todo["impact"], &todo["status"], &todo["financialImpact"]], ["HIGH", "DONE", "1250"], "{where_}");
    assert_eq!(tab.read("witness.errors").await, json!([]));
}

/// At the order desk, from its filter to the link of the todo that is kept there.
pub(super) async fn works_at_the_desk(browser: &Browser) {
    let (tab, stage) = (&browser.tab, Stage::set().await);
    tab.go(&stage.host.page("")).await;
    let on_to = async |wanted: &str| {
        for _ in 0..MOST_STOPS {
            tab.strike(&[Key::Tab]).await;
            if tab.read(&format!("document.activeElement.matches('{wanted}')")).await == true {
                return;
            }
        }
        panic!("Tab does not come to {wanted}");
    };
    on_to("#filter").await;
    for _ in 0..2 {
        tab.strike(&[Key::Down]).await;
    }
    tab.strike(&[Key::Enter]).await;
    let order = tab.wait_for("location.hash && document.querySelector('#order-title').textContent").await;
    assert_eq!(tab.read("document.activeElement.textContent").await, order, "the second row's");
    on_to("#report-incident > button").await;
    tab.strike(&[Key::Enter]).await;
    let form = Form::shown(tab).await;
    form.token_has_come().await;
    form.has_focus("title").await;
    tab.types("Seal torn").await;
    tab.strike(&[Key::Tab]).await;
    tab.types("At gate 4").await;
    a_look().await;
    tab.strike(&[Key::Control, Key::Enter]).await;
    form.says("Incident created").await;
    form.has_focus("task-link").await;
    a_look().await;
    tab.strike(&[Key::Escape]).await;
    form.is_gone().await;
    let back = "document.activeElement.matches('#report-incident > button')";
    assert_eq!(tab.read(back).await, true, "the focus is back");
    on_to("#follow-up a").await;
    let [todo] = &stage.sandbox.todos().await[..] else { panic!("not one todo") };
    assert_eq!([&todo["title"], &todo["orderID"]], ["Seal torn", &*order]);
}
