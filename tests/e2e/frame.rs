//! The frame of the form holds still under the pointer, and what is told is in sight, by real presses in real windows.

use crate::{
    desk::Desk,
    form::Form,
    stage::{Answer, Browser, Key, Stage, Trouble},
};

/// Whether what the form tells is in sight, whole, and nothing lies over it.
const IN_SIGHT: &str = "(() => {
    const root = document.querySelector('bzctrl-dialog').shadowRoot;
    const alert = root.querySelector('[role=alert]');
    const { left, top, right, bottom } = alert.getBoundingClientRect();
    const hit = (x, y) => alert.contains(root.elementFromPoint(x, y));
    return [top >= 0, bottom <= innerHeight, hit(left + 8, top + 8), hit(right - 8, bottom - 8)].join();
})()";

/// A form with an amount that is none: the field says so as soon as it is left.
async fn with_half_an_amount<'a>(desk: &Desk<'a>) -> Form<'a> {
    let form = desk.incident("Seal torn").await;
    form.token_has_come().await;
    form.fill("financialImpact", "12.34.5x").await;
    form
}

/// What it says, and the choice that the press was for.
async fn is_told_and_chosen(form: &Form<'_>) {
    form.is_told("financialImpact", "Enter an amount").await;
    assert_eq!(form.chosen("status").await, "DONE");
}

#[tokio::test]
async fn while_the_pointer_is_down_nothing_moves_under_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let form = with_half_an_amount(&desk).await;
    let told =
        "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('#field-financialImpact-error').textContent";
    browser.tab.hold(&form.word("status", "DONE").await).await;
    assert_eq!(browser.tab.read(told).await, "", "the pointer is down");
    browser.tab.let_go().await;
    is_told_and_chosen(&form).await;
}

/// Where everything stands that is read, typed into or pressed.
const PLACES: &str = "(() => {
    const root = document.querySelector('bzctrl-dialog').shadowRoot;
    return [...root.querySelectorAll('h2, dd, .close, .label, input, textarea, .segments, .actions, .actions > button')].map((it) => {
        const { left, top, width } = it.getBoundingClientRect();
        const name = it.matches('.actions') ? '' : it.name ?? it.textContent.trim();
        return [it.localName, name, ...[left, top, width].map(Math.round)].join(' ');
    });
})()";

/// A todo that is registered for the order.
const LIST: Answer = Answer {
    status: 200,
    media_type: "application/json",
    body: r#"{"tasks":[{"state":"created","todoType":"INCIDENT","title":"Another","at":"2026-03-05T07:12:00Z"}]}"#,
    retry_after: None,
};

#[tokio::test]
async fn what_comes_while_the_form_stands_moves_nothing() {
    for (size, language, ahead) in
        [((320, 800), "de", true), ((320, 480), "fr", false), ((500, 400), "en", true), ((844, 400), "nl", true)]
    {
        what_comes_moves_nothing(size, language, ahead).await;
    }
}

/// The second part is on its way for as long as the window says so.
const LATE: &str = "(() => {
    const { fetch } = window;
    window.late = true;
    window.fetch = (what, ...how) => String(what).includes('_later.wasm') && window.late ? Promise.reject('late') : fetch(what, ...how);
})()";
const COMES: &str = "void (window.late = false)";

/// A restored draft's form stands, drawn ahead or not, and then the second part comes, the token, and what is registered for the
/// order.
async fn what_comes_moves_nothing(size: (u32, u32), language: &str, ahead: bool) {
    let stage = Stage::behind_a_proxy().await;
    let proxy = stage.proxy.as_ref().unwrap();
    proxy.troubles("tasks", Trouble::IsAnswered(LIST));
    let browser = Browser::of_size(size).await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    let open = format!(
        "(() => {{ const todo = document.querySelector('bzctrl-todo'); todo.lang = '{language}'; todo.open().catch(() => {{}}); }})()"
    );
    // A draft that is restored; the token, what is registered and the second part are still on their way.
    tab.read(&open).await;
    let form = Form::shown(tab).await;
    form.token_has_come().await;
    form.fill("title", "Seal torn").await;
    tab.wait_for("Object.keys(sessionStorage).join()").await;
    tab.reload().await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    proxy.troubles("token", Trouble::Hangs);
    tab.read(LATE).await;
    if ahead {
        let drawn = "await customElements.get('bzctrl-todo').preload().then(() => new Promise((done) => setTimeout(done, 500)))";
        tab.read(drawn).await;
    }
    tab.read(&open).await;
    let form = Form::shown(tab).await;
    assert_eq!(form.value("title").await, "Seal torn");
    let before = tab.read(PLACES).await;
    tab.read(COMES).await;
    proxy.is_well_with("token");
    form.token_has_come().await;
    let all = "(({ shadowRoot: it }) => it.querySelector('.restored') && it.querySelector('.register') ? 'all' : '')";
    tab.wait_for(&format!("{all}(document.querySelector('bzctrl-dialog'))")).await;
    assert_eq!(tab.read(PLACES).await, before, "{size:?}, {language}, {ahead}");
}

#[tokio::test]
async fn the_order_desk_keeps_what_came_of_it_in_sight_and_breaks_no_number() {
    let stage = Stage::set().await;
    let browser = Browser::of_size((1280, 720)).await;
    Desk::open(&browser, &stage.host.page("")).await;
    let seen = "(() => {
        const follow_up = document.querySelector('.follow-up').getBoundingClientRect();
        const lines = (it) => {
            const text = new Range();
            text.selectNodeContents(it);
            return text.getClientRects().length;
        };
        const one_line = [...document.querySelectorAll('.containers td:first-child')].every((it) => lines(it) === 1);
        return [follow_up.bottom <= innerHeight, one_line].join();
    })()";
    assert_eq!(browser.tab.read(seen).await, "true,true");
}

mod in_every_engine {
    use super::*;

    #[tokio::test]
    async fn in_a_wide_window_what_comes_while_the_form_stands_moves_nothing() {
        what_comes_moves_nothing((1280, 900), "fr", true).await;
    }

    #[tokio::test]
    async fn on_the_order_desk_nothing_moves_as_the_second_part_comes() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        browser.tab.read(LATE).await;
        let form = desk.create_task().await;
        let before = browser.tab.read(PLACES).await;
        browser.tab.read(COMES).await;
        form.token_has_come().await;
        assert_eq!(browser.tab.read(PLACES).await, before);
    }

    #[tokio::test]
    async fn a_press_on_what_a_choice_is_called_and_then_elsewhere_changes_nothing() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
        let form = desk.report_incident().await;
        form.token_has_come().await;
        form.fill("title", "Seal torn").await;
        for field in ["impact", "status"] {
            let called = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('#field-NAME-label')";
            tab.press(&tab.element(&called.replace("NAME", field)).await).await;
            form.fill("description", "At gate 4").await;
        }
        form.submit().await;
        form.link().await;
        assert_eq!(stage.sandbox.todos().await.len(), 1);
    }

    #[tokio::test]
    async fn an_error_that_a_press_brings_does_not_take_the_press_away() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = with_half_an_amount(&desk).await;
        form.choose("status", "DONE").await;
        is_told_and_chosen(&form).await;
    }

    #[tokio::test]
    async fn with_the_relay_gone_the_notice_is_in_sight_in_a_low_window_and_on_a_phone() {
        for size in [(1280, 600), (500, 640), (500, 400)] {
            let mut stage = Stage::set().await;
            let browser = Browser::of_size(size).await;
            browser.tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
            browser.tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
            browser.tab.read("void document.querySelector('bzctrl-todo').open().catch(() => {})").await;
            let form = Form::shown(&browser.tab).await;
            form.token_has_come().await;
            form.fill("title", "Seal torn").await;
            form.fill("description", &["At gate 4"; 9].join("\n")).await;
            // From here what stood on top of the body would be out of sight.
            let down = "(() => { document.querySelector('bzctrl-dialog').shadowRoot.querySelector('.body').scrollTop = 9999; })()";
            browser.tab.read(down).await;
            stage.relay.kill();
            form.submit().await;
            form.alert("The answer was lost on the way").await;
            // What stands on top of the body is out of sight: there nobody would see it.
            let on_top = "(({ shadowRoot: it }) => it.querySelector('.needed').getBoundingClientRect().bottom
                < it.querySelector('.body').getBoundingClientRect().top)(document.querySelector('bzctrl-dialog'))";
            // Zoomed in to 400 % it all scrolls.
            assert!(size.1 < 480 || browser.tab.read(on_top).await == true, "{size:?}");
            assert_eq!(browser.tab.read(IN_SIGHT).await, "true,true,true,true", "{size:?}");
        }
    }

    #[tokio::test]
    async fn the_link_is_copied_on_plain_http_without_asking() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        let link = form.link().await;
        browser.tab.comes_to_front().await;
        form.press("Copy link").await;
        form.says("The link is copied.").await;
        form.press("Report another").await;
        form.has_focus("title").await;
        browser.tab.strike(&[Key::Control, Key::Letter('v')]).await;
        assert_eq!(form.value("title").await, link);
    }

    #[tokio::test]
    async fn in_a_low_window_submit_stays_in_sight_and_there_is_room_to_type() {
        let stage = Stage::set().await;
        let browser = Browser::of_size((900, 420)).await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.report_incident().await;
        form.token_has_come().await;
        let seen = "(() => {
            const at = (part) => document.querySelector('bzctrl-dialog').shadowRoot.querySelector(part).getBoundingClientRect();
            const [submit, head, body] = [at('[type=submit]'), at('.head'), at('.body')];
            return [submit.top > 0 && submit.bottom <= innerHeight, head.height < 50, body.height > innerHeight / 3].join();
        })()";
        assert_eq!(browser.tab.read(seen).await, "true,true,true");
    }
}

/// Colours are forced, and windows made as low as a phone on its side, by Chromium's driver alone.
mod only_in_chromium {
    use super::LIST;
    use crate::{
        desk::Desk,
        form::Form,
        stage::{Browser, Stage, Trouble},
    };

    #[tokio::test]
    async fn forced_colours_show_the_focus_of_a_chosen_word_and_where_the_dialog_ends() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        browser.forces_colours().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        let form = desk.report_incident().await;
        form.token_has_come().await;
        let drawn = "(() => {
            const root = document.querySelector('bzctrl-dialog').shadowRoot;
            const chosen = root.querySelector('[name=status]:checked + span');
            const quiet = getComputedStyle(chosen).outlineStyle;
            root.querySelector('[name=status]:checked').focus();
            const { outlineStyle, outlineWidth, outlineColor, backgroundColor } = getComputedStyle(chosen);
            const edge = getComputedStyle(root.querySelector('dialog')).borderTopWidth;
            return [quiet, outlineStyle, outlineWidth, outlineColor !== backgroundColor, edge].join();
        })()";
        assert_eq!(browser.tab.read(drawn).await, "none,solid,2px,true,1px");
    }

    #[tokio::test]
    async fn in_a_low_window_submit_stays_in_sight_there_is_room_to_type_and_what_is_registered_unfolds() {
        let stage = Stage::behind_a_proxy().await;
        stage.proxy.as_ref().unwrap().troubles("tasks", Trouble::IsAnswered(LIST));
        let browser = Browser::start().await;
        let tab = &browser.tab;
        for size in [(1280, 480), (844, 390), (844, 200), (320, 256)] {
            browser.looks_as(size.0, size.1, "light").await;
            tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
            tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
            tab.read("void document.querySelector('bzctrl-todo').open().catch(() => {})").await;
            let form = Form::shown(tab).await;
            form.says("Reported: 1").await;
            let seen = "(() => {
                const root = document.querySelector('bzctrl-dialog').shadowRoot;
                const seen = (part) => {
                    const { left, top, right, bottom } = root.querySelector(part).getBoundingClientRect();
                    const hit = root.elementFromPoint((left + right) / 2, (top + bottom) / 2);
                    return top >= 0 && bottom <= innerHeight && hit?.closest(part) !== null;
                };
                const [head, body] = ['.head', '.body'].map((part) => root.querySelector(part).getBoundingClientRect());
                // Where even that is not room enough, all of it scrolls.
                const scrolls = getComputedStyle(root.querySelector('.body')).overflowY === 'visible';
                const room = scrolls || (head.height < 50 && body.height > innerHeight / 3);
                return [seen('[type=submit]'), seen('[name=title]'), room].join();
            })()";
            assert_eq!(tab.read(seen).await, "true,true,true", "{size:?}");
            form.unfold("Reported: 1").await;
            let listed = "(({ shadowRoot: root }) => {
                const { left, top, height } = root.querySelector('.register li').getBoundingClientRect();
                return root.elementFromPoint(left + 4, top + Math.min(height, 20) / 2)?.closest('.register') !== null;
            })(document.querySelector('bzctrl-dialog'))";
            assert_eq!(tab.read(listed).await, true, "{size:?}");
        }
    }

    #[tokio::test]
    async fn on_touch_whatever_is_pressed_has_room_for_a_finger() {
        let stage = Stage::behind_a_proxy().await;
        stage.proxy.as_ref().unwrap().troubles("tasks", Trouble::IsAnswered(LIST));
        let browser = Browser::start().await;
        let tab = &browser.tab;
        browser.is_touched().await;
        tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
        tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
        tab.read("void document.querySelector('bzctrl-todo').open().catch(() => {})").await;
        let form = Form::shown(tab).await;
        form.says("Reported: 1").await;
        form.choose("impact", "HIGH").await;
        let small = "(({ shadowRoot: root }) => {
            if (!matchMedia('(pointer: coarse)').matches) return ['this is no touch'];
            const all = [...root.querySelectorAll('button, summary, input:not([type=radio]), .segments label')];
            const keys = [...root.querySelectorAll('.keys')].filter((it) => it.checkVisibility());
            // Of a word that is pressed, what is around it takes the press, too.
            const room = (it) => {
                const { left, right, top, bottom } = it.getBoundingClientRect();
                const around = parseFloat(getComputedStyle(it, '::before').insetBlockStart) || 0;
                return bottom - top - 2 * Math.min(0, around);
            };
            return [...all, ...keys].filter((it) => it.checkVisibility() && room(it) < 44)
                .map((it) => `${it.textContent || it.name} ${room(it)}`);
        })(document.querySelector('bzctrl-dialog'))";
        assert_eq!(tab.read(small).await, serde_json::json!([]));
    }

    #[tokio::test]
    async fn the_order_desks_two_buttons_stand_beside_each_other_in_any_window() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        Desk::open(&browser, &stage.host.page("")).await;
        // In narrow windows an order has the page to itself.
        browser.tab.read("void document.querySelector('#orders tr').click()").await;
        for width in [320, 390, 640, 768, 1024, 1280, 1920] {
            browser.looks_as(width, 900, "light").await;
            let stands = "(() => {
                const [report, create] = ['#report-incident', '#create-task'].map((it) => document.querySelector(it).getBoundingClientRect());
                return [report.width > 0, report.top === create.top, create.right <= innerWidth].join();
            })()";
            assert_eq!(browser.tab.read(stands).await, "true,true,true", "{width}");
        }
    }

    /// No machine of ours has a keyboard on its screen: what browsers say of one is what the page says here.
    #[tokio::test]
    async fn over_a_keyboard_on_the_screen_submit_stays_in_sight() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        for size in [(390, 844), (844, 390)] {
            browser.looks_as(size.0, size.1, "light").await;
            tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
            let keyboard = "(() => {
                const viewport = Object.assign(new EventTarget(), { scale: 1, height: innerHeight, offsetTop: 0 });
                Object.defineProperty(window, 'visualViewport', { value: viewport });
                window.covers = (pixels) => {
                    viewport.height = innerHeight - pixels;
                    viewport.dispatchEvent(new Event('resize'));
                };
            })()";
            tab.read(keyboard).await;
            tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
            tab.read("void document.querySelector('bzctrl-todo').open().catch(() => {})").await;
            let form = Form::shown(tab).await;
            form.token_has_come().await;
            let ends = "((pixels) => {
                covers(pixels);
                const root = document.querySelector('bzctrl-dialog').shadowRoot;
                const bottom = root.querySelector('[type=submit]').getBoundingClientRect().bottom;
                return [bottom <= innerHeight - pixels, bottom > innerHeight - pixels - 40].join();
            })";
            for pixels in [0, 150, 210, 0] {
                let told = tab.read(&format!("{ends}({pixels})")).await;
                assert_eq!(told, "true,true", "{size:?}, {pixels}");
            }
        }
    }
}
