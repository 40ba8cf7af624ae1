//! How it looks, in each state: at three widths, in light, dark and forced colours, from left to right and from right to left, held
//! against the pictures in docs/looks. What has changed lies in target/looks afterwards; `cargo xtask looks` takes it into docs/looks.

/// Pictures are of one engine; colours are forced by Chromium's driver alone.
mod only_in_chromium {
    use serde_json::json;

    use crate::{
        form::Form,
        stage::{Answer, Browser, Key, Looks, Stage, Tab, Trouble},
    };

    const PAGE: &str = "hosts/looks.html?policy=none";

    /// Two that were reported, at times that do not pass.
    const REGISTERED: &str = r#"{"tasks":[
        {"state":"created","todoType":"INCIDENT","title":"Seal of EXAU 151080 9 torn","reporter":"colleague@example.com",
         "taskLink":"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-01","at":"2026-03-05T07:12:00Z"},
        {"state":"unknown","todoType":"TASK","title":"Ask the haulier for the number of the new seal","at":"2026-03-04T15:40:00Z"}]}"#;
    const REJECTED: &str = r#"{"status":422,"code":"upstream-rejected","detail":"The workspace EXA-CON-BUS-WOR takes no incidents on Thursdays."}"#;
    const UNKNOWN: &str = r#"{"status":504,"code":"outcome-unknown"}"#;
    const CREATED: &str = r#"{"title":"Seal torn","taskType":"INCIDENT","description":"At gate 4","tags":["ORDER 777"],
        "taskLink":"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-02"}"#;

    const fn answered(status: u16, body: &'static str) -> Trouble {
        Trouble::IsAnswered(Answer { status, media_type: "application/json", body, retry_after: None })
    }

    async fn open<'a>(tab: &'a Tab, language: &str) -> Form<'a> {
        tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
        tab.read(&format!("void (document.documentElement.lang = '{language}', first.open().catch(() => {{}}))")).await;
        let form = Form::shown(tab).await;
        form.token_has_come().await;
        form
    }

    /// What the file of a language says.
    fn said(language: &str, key: &str, english: &'static str) -> &'static str {
        let arabic =
            || include_str!("../../src/text/ar.txt").lines().find_map(|it| it.strip_prefix(key)?.strip_prefix(" = "));
        if language == "en" { english } else { arabic().unwrap() }
    }

    /// Each state of the form, in the order in which a user meets them.
    async fn looks_as_it_did(language: &'static str) {
        let stage = Stage::behind_a_proxy().await;
        let proxy = stage.proxy.as_ref().unwrap();
        let browser = Browser::start().await;
        let tab = &browser.tab;
        tab.go(&stage.host.page(PAGE)).await;
        let Some(mut looks) = Looks::on(&browser, language).await else { return };
        let meets = |trouble| proxy.troubles("tasks", trouble);

        meets(answered(200, REGISTERED));
        let form = open(tab, language).await;
        // Among words from right to left the number is isolated.
        let two = if language == "ar" { "\u{2068}2\u{2069}" } else { "2" };
        let registered = said(language, "registered", "Reported: {count}").replace("{count}", two);
        form.says(&registered).await;
        looks.take("incident").await;
        form.unfold(&registered).await;
        looks.take("registered").await;
        form.fill("title", " ").await;

        form.submit().await;
        form.alert(&said(language, "problems.other", "There are {count} problems").replace("{count}", two)).await;
        looks.take("errors").await;
        form.choose("todoType", "TASK").await;
        looks.take("task").await;
        form.choose("todoType", "INCIDENT").await;

        form.correct("title", "Seal torn").await;
        form.fill("description", "At gate 4, EXAU 151080 9.\nThe new one is EX 4471.").await;
        form.correct("financialImpact", "1250").await;
        form.choose("impact", "HIGH").await;
        form.fill_date("reminderDate", "2026-12-03").await;
        form.choose("priority", "MEDIUM").await;
        looks.take("filled").await;

        tab.read("first.close()").await;
        form.says(said(language, "close-question", "Close the form?")).await;
        looks.take("question").await;
        form.press(said(language, "close-as-draft", "Keep as draft and close")).await;
        let form = open(tab, language).await;
        form.button(said(language, "start-anew", "Start anew")).await;
        looks.take("restored").await;

        meets(Trouble::IsAnswered(Answer::problem(422, REJECTED)));
        form.submit().await;
        form.alert(said(language, "rejected.heading", "BzCtrl refused it")).await;
        looks.take("refused").await;
        meets(Trouble::IsAnswered(Answer::page(502).after(30)));
        tab.waits_for_nothing().await;
        form.submit().await;
        form.alert(said(language, "answer-lost.heading", "The answer was lost on the way")).await;
        form.button(said(language, "try-now", "Try now")).await;
        looks.take("waiting").await;
        meets(Trouble::IsAnswered(Answer::problem(504, UNKNOWN)));
        form.press(said(language, "try-now", "Try now")).await;
        form.alert(said(language, "outcome-unknown.heading", "BzCtrl did not say what became of it")).await;
        looks.take("unknown").await;
        meets(Trouble::Hangs);
        form.press(said(language, "send-again", "Send again")).await;
        form.button(said(language, "sending", "Sending…")).await;
        looks.take("sending").await;
        // What hangs goes on to the relay; the next of its answers is a todo.
        tab.go(&stage.host.page(PAGE)).await;
        proxy.is_well();
        looks.is_still().await;
        tab.read("sessionStorage.clear()").await;
        let form = open(tab, language).await;
        form.fill("title", "Seal torn").await;
        form.fill("description", "At gate 4").await;
        meets(answered(201, CREATED));
        form.submit().await;
        form.link().await;
        looks.take("created").await;
        looks.held();
    }

    #[tokio::test]
    async fn the_form_looks_as_it_did() {
        looks_as_it_did("en").await;
    }

    #[tokio::test]
    async fn the_form_looks_as_it_did_from_right_to_left() {
        looks_as_it_did("ar").await;
    }

    /// The element's own button, and what is told at it.
    #[tokio::test]
    async fn what_stands_in_the_page_looks_as_it_did() {
        let stage = Stage::behind_a_proxy().await;
        let proxy = stage.proxy.as_ref().unwrap();
        let browser = Browser::start().await;
        let tab = &browser.tab;
        proxy.troubles("bzctrl_widget.js", Trouble::Fails);
        tab.go(&stage.host.page(PAGE)).await;
        let Some(mut looks) = Looks::on(&browser, "page").await else { return };
        tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
        looks.take_page("button").await;
        for id in ["first", "last"] {
            tab.read(&format!("{id}.open().catch(() => {{}})")).await;
            looks.take_page(&format!("told-{id}")).await;
            tab.strike(&[Key::Escape]).await;
        }
        assert_eq!(tab.heard("bzctrl-error").await.len(), 2);
        looks.held();
    }

    /// The themes that are there to be copied.
    #[tokio::test]
    async fn the_themes_look_as_they_did() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        tab.go(&stage.host.page(PAGE)).await;
        let Some(mut looks) = Looks::on(&browser, "theme").await else { return };
        for (theme, scheme) in [("bank", "light"), ("terminal", "dark"), ("contrast", "light")] {
            // A page of its own.
            tab.go(&stage.host.page(PAGE)).await;
            looks.is_still().await;
            let wears = json!({ "rel": "stylesheet", "href": format!("/www/themes/{theme}.css") });
            tab.read(&format!(
                "new Promise((onload) => {{
                    first.setAttribute('theme', '{scheme}');
                    document.head.append(Object.assign(document.createElement('link'), {wears}, {{ onload }}));
                }}).then(() => true)"
            ))
            .await;
            let form = open(tab, "en").await;
            form.correct("financialImpact", "12.34.5x").await;
            form.choose("impact", "HIGH").await;
            form.fill("title", "Seal torn").await;
            looks.take_one(theme, 640).await;
            tab.read("first.forget()").await;
        }
        looks.held();
    }
}
