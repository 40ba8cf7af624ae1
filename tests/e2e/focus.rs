//! Where the focus is when the form comes into sight, or back: what is typed then goes where its user believes it to go.

use crate::{
    desk::Desk,
    form::Form,
    stage::{Browser, Key, Stage, Tab},
};

/// Keeps it as a draft, by the question.
async fn is_kept_as_a_draft(tab: &Tab, form: Form<'_>) {
    tab.strike(&[Key::Escape]).await;
    form.press("Keep as draft and close").await;
    form.is_gone().await;
}

mod in_every_engine {
    use super::*;

    #[tokio::test]
    async fn what_is_typed_at_once_into_a_form_that_opens_again_stands_behind_what_was_kept() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
        let form = desk.report_incident().await;
        form.token_has_come().await;
        form.fill("title", "Seal").await;
        // What had the focus before the question is still there in the next form.
        form.choose("impact", "HIGH").await;
        is_kept_as_a_draft(tab, form).await;

        let form = desk.report_incident().await;
        form.token_has_come().await;
        form.has_focus("title").await;
        tab.types(" torn").await;
        assert_eq!((form.value("title").await, form.chosen("impact").await), ("Seal torn".into(), "HIGH".into()));
        is_kept_as_a_draft(tab, form).await;

        tab.reload().await;
        let form = desk.report_incident().await;
        form.has_focus("title").await;
        tab.types("!").await;
        assert_eq!(form.value("title").await, "Seal torn!");
    }

    #[tokio::test]
    async fn a_form_that_a_page_takes_away_comes_back_where_its_user_was() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
        let form = desk.report_incident().await;
        form.token_has_come().await;
        form.fill("title", "Seal torn").await;
        form.fill("description", "At gate ").await;
        for (sweeps, letter) in [("it.remove()", "4"), ("document.body.append(it)", "2")] {
            tab.read(&format!("void ((it) => {sweeps})(document.querySelector('bzctrl-dialog'))")).await;
            form.has_focus("description").await;
            tab.types(letter).await;
        }
        assert_eq!(
            (form.value("title").await, form.value("description").await),
            ("Seal torn".into(), "At gate 42".into())
        );
        // The question has it, if that stands there.
        tab.strike(&[Key::Escape]).await;
        form.says("Close the form?").await;
        let asked = form.focus().await;
        tab.read("document.querySelector('bzctrl-dialog').remove()").await;
        form.has_focus(&asked).await;
        tab.strike(&[Key::Escape]).await;
        form.has_focus("description").await;
    }

    #[tokio::test]
    async fn what_is_folded_away_gives_the_focus_to_what_unfolds_it() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
        desk.links_open_by("never").await;
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.link().await;
        form.finish().await;

        let form = desk.report_incident().await;
        form.says("Reported: 1").await;
        form.unfold("Reported: 1").await;
        let link = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('.register a')";
        tab.focus(&tab.element(link).await).await;
        tab.strike(&[Key::Escape]).await;
        form.has_focus("summary").await;
    }

    #[tokio::test]
    async fn a_form_that_opens_with_a_doubt_has_the_focus_on_what_it_tells() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
        let proxy = stage.proxy.as_ref().unwrap();
        proxy.loses_answers(usize::MAX);
        let form = desk.incident("Seal torn").await;
        form.submit().await;
        form.alert("The answer was lost on the way").await;
        for ahead in [true, false] {
            tab.reload().await;
            if !ahead {
                desk.loads_nothing_early().await;
            }
            let form = desk.report_incident().await;
            form.alert("The last submission was interrupted").await;
            form.has_focus("status").await;
        }
    }
}
