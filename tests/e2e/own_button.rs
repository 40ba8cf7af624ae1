//! What the element draws into the page by itself: its button, and what is told at it.

mod worst {
    use serde_json::json;

    use crate::stage::{Browser, Stage, Tab, Trouble};

    /// The host's toolbar, one button at each end of it.
    async fn toolbar(tab: &Tab, stage: &Stage) {
        tab.go(&stage.host.page("hosts/looks.html")).await;
        tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    }

    #[tokio::test]
    async fn the_elements_own_button_has_the_pages_letters_and_room_for_a_finger_and_what_the_page_says_of_it_wins() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        toolbar(tab, &stage).await;
        let drawn = "(() => {
            const button = first.shadowRoot.querySelector('button');
            const [its, page] = [getComputedStyle(button), getComputedStyle(document.body)];
            const own = [its.fontFamily === page.fontFamily, its.fontSize === page.fontSize, button.offsetHeight > 30];
            const sheet = new CSSStyleSheet();
            sheet.replaceSync('bzctrl-todo::part(button) { font: 700 20px serif; padding: 1px 40px }');
            document.adoptedStyleSheets = [sheet];
            return [...own, its.font.includes('20px'), its.paddingLeft, its.paddingTop].join();
        })()";
        assert_eq!(tab.read(drawn).await, "true,true,true,true,40px,1px");
        assert_eq!(tab.violations().await, json!([]));
    }

    #[tokio::test]
    async fn a_failed_load_is_told_at_its_button_within_the_window_and_moves_nothing_of_the_page() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        toolbar(tab, &stage).await;
        // What knows no popovers has it beside the button.
        if tab.read("'popover' in HTMLElement.prototype").await == false {
            return;
        }
        stage.proxy.as_ref().unwrap().troubles("bzctrl_widget.js", Trouble::Fails);
        let places = "[...document.querySelectorAll('header, header *')].map((it) => JSON.stringify(it.getBoundingClientRect()))";
        let before = tab.read(places).await;
        for id in ["first", "last"] {
            tab.press(&tab.element(&format!("{id}.shadowRoot.querySelector('button')")).await).await;
            let shown = "ID.shadowRoot.querySelector('[role=alert]').matches(':popover-open') ? 'yes' : ''";
            tab.wait_for(&shown.replace("ID", id)).await;
            let told = "(() => {
                const at = (selector) => ID.shadowRoot.querySelector(selector).getBoundingClientRect();
                const [alert, button] = [at('[role=alert]'), at('button')];
                const inside = alert.left >= 0 && alert.top >= 0 && alert.right <= innerWidth && alert.bottom <= innerHeight;
                const beside = alert.top >= button.bottom - 1 && alert.top < button.bottom + 16
                    && alert.left < button.right && alert.right > button.left;
                return [inside, beside || !CSS.supports('position-area: bottom')].join();
            })()";
            assert_eq!(tab.read(&told.replace("ID", id)).await, "true,true", "{id}");
        }
        assert_eq!(tab.read(places).await, before);
        assert_eq!(tab.heard("bzctrl-error").await.len(), 2);
        // The next press works, and nothing is told any more.
        stage.proxy.as_ref().unwrap().is_well();
        tab.press(&tab.element("first.shadowRoot.querySelector('button')").await).await;
        crate::form::Form::shown(tab).await;
        assert_eq!(
            tab.read("document.querySelector('#first').shadowRoot.querySelector('[role=alert]').textContent").await,
            ""
        );
        assert_eq!(tab.violations().await, json!([]));
    }
}
