//! The widget's form, as its user sees it: reached through the open shadow root by the names that the embedding API
//! promises.

use std::time::{Duration, Instant};

use fantoccini::elements::Element;

use crate::stage::{Key, PATIENCE, Tab};

/// Where the form is: that of one which goes on out of sight may stand there too.
const ROOT: &str = "((all) => all.find((it) => it.querySelector('dialog[open]')) ?? all[0])(
    [...document.querySelectorAll('bzctrl-dialog, bzctrl-form')].map((it) => it.shadowRoot).filter(Boolean))";
/// How long what has just appeared takes no press, and a little more.
const A_LOOK: Duration = Duration::from_millis(1100);

pub(crate) struct Form<'a> {
    tab: &'a Tab,
}

impl<'a> Form<'a> {
    /// The form that is open, once it can be typed into.
    pub(crate) async fn shown(tab: &'a Tab) -> Self {
        let form = Self { tab };
        form.wait_for("querySelector('dialog[open] [name=title]')?.name").await;
        form
    }

    /// The form that stands in a page of its own, once it can be typed into.
    pub(crate) async fn standing(tab: &'a Tab) -> Self {
        let form = Self { tab };
        form.wait_for("querySelector('.page [name=title]')?.name").await;
        form
    }

    async fn find(&self, selector: &str) -> Element {
        self.tab.element(&format!("{ROOT}?.querySelector({selector:?})")).await
    }

    async fn wait_for(&self, text: &str) -> String {
        self.tab.wait_for(&format!("{ROOT}?.{text}")).await
    }

    /// Types into a field by real keys.
    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let control = self.find(&format!("[name={field}]")).await;
        self.tab.press(&control).await;
        self.tab.type_into(&control, text).await;
    }

    /// Types a date, given as `2099-12-31`, as this browser takes one.
    pub(crate) async fn fill_date(&self, field: &str, date: &str) {
        self.tab.type_date_into(&self.find(&format!("[name={field}]")).await, date).await;
    }

    /// Types over what stands in a field, and leaves it.
    pub(crate) async fn correct(&self, field: &str, text: &str) {
        let control = self.find(&format!("[name={field}]")).await;
        self.tab.press(&control).await;
        self.tab.type_over(&control, text).await;
        self.tab.strike(&[Key::Tab]).await;
    }

    /// Presses one of a field's words.
    pub(crate) async fn choose(&self, field: &str, word: &str) {
        self.tab.press(&self.word(field, word).await).await;
    }

    /// One of a field's words.
    pub(crate) async fn word(&self, field: &str, word: &str) -> Element {
        self.find(&format!("label:has([name={field}][value='{word}'])")).await
    }

    /// Which of a field's words is chosen.
    pub(crate) async fn chosen(&self, field: &str) -> String {
        self.wait_for(&format!("querySelector('[name={field}]:checked')?.value")).await
    }

    /// A user looks before a press: what has just appeared takes none for a second.
    async fn look(&self) {
        self.tab.comes_to_front().await;
        tokio::time::sleep(A_LOOK).await;
    }

    pub(crate) async fn submit(&self) {
        self.look().await;
        self.tab.press(&self.find("button[type=submit]").await).await;
    }

    /// Presses a button by its words.
    pub(crate) async fn press(&self, words: &str) {
        let button = format!("[...{ROOT}.querySelectorAll('button')].find((it) => it.textContent === {words:?})");
        let button = self.tab.element(&button).await;
        self.look().await;
        self.tab.press(&button).await;
    }

    /// Returns once a button with these words is there.
    pub(crate) async fn button(&self, words: &str) {
        let button =
            format!("[...{ROOT}.querySelectorAll('button')].find((it) => it.textContent === {words:?})?.textContent");
        self.tab.wait_for(&button).await;
    }

    /// The relay has given the form a token: it says which environment todos go to.
    pub(crate) async fn token_has_come(&self) {
        self.wait_for("querySelector('[part~=environment]')?.textContent").await;
    }

    /// Closes it, whatever was typed.
    pub(crate) async fn close(self) {
        self.look().await;
        self.tab.press(&self.find("[part~=cancel]").await).await;
        self.is_gone().await;
    }

    /// Has the page close it, and says yes to the question.
    pub(crate) async fn leave(self) {
        self.tab.read("document.querySelector('bzctrl-todo').close()").await;
        self.says("Close the form?").await;
        self.look().await;
        self.tab.press(&self.find(".question [part~=leave]").await).await;
        self.is_gone().await;
    }

    /// Closes what is said of a created todo.
    pub(crate) async fn finish(self) {
        self.press("Close").await;
        self.is_gone().await;
    }

    /// The created todo's link, once it is there.
    pub(crate) async fn link(&self) -> String {
        self.wait_for("querySelector('a[part~=task-link]')?.href").await
    }

    /// What is said once a todo is created.
    pub(crate) async fn said_of_created(&self) -> String {
        self.wait_for("querySelector('.created')?.closest('[part~=form]').textContent").await
    }

    /// What the user is told, once it has these words in it.
    pub(crate) async fn alert(&self, words: &str) -> String {
        let alert = "[...$.querySelectorAll('[role=alert]')].map((it) => it.textContent).find((it) => it.includes(#))";
        self.tab.wait_for(&alert.replace('$', ROOT).replace('#', &format!("{words:?}"))).await
    }

    /// Returns once these words stand in the form.
    pub(crate) async fn says(&self, words: &str) {
        // What is filled into a sentence from right to left has marks around it that nobody sees.
        let words = words.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "");
        let seen = r"textContent.replace(/[\u2066-\u2069]/g, '')";
        self.wait_for(&format!("{seen}.includes({words:?}) ? 'it does' : ''")).await;
    }

    /// For how many seconds it still waits, once it does.
    pub(crate) async fn seconds_to_next_try(&self) -> u32 {
        let foot = self.wait_for("querySelector('[role=timer]')?.textContent").await;
        let seconds = foot.strip_prefix("Next try in ").and_then(|rest| rest.strip_suffix(" s"));
        seconds.unwrap_or_else(|| panic!("{foot}")).parse().unwrap()
    }

    /// Whether it waits for a next try.
    pub(crate) async fn waits(&self) -> bool {
        self.tab.read(&format!("{ROOT}.querySelector('[role=timer]') !== null")).await == true
    }

    pub(crate) async fn has_alert(&self) -> bool {
        self.tab.read(&format!("{ROOT}.querySelector('[role=alert]') !== null")).await == true
    }

    /// Returns once its dialog is closed.
    pub(crate) async fn is_gone(&self) {
        self.wait_for("querySelector('dialog:not([open])')?.localName").await;
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, field: &str) -> String {
        self.find(&format!("[name={field}]")).await.prop("value").await.unwrap().unwrap()
    }

    /// Whether a field can be typed into.
    pub(crate) async fn is_editable(&self, field: &str) -> bool {
        self.find(&format!("[name={field}]")).await.prop("readOnly").await.unwrap().as_deref() == Some("false")
    }

    /// What is said of a field beside its label, by what assistive technology reads too.
    pub(crate) async fn description(&self, field: &str) -> String {
        let texts = "$.querySelector('[name=#]').getAttribute('aria-describedby').split(' ').map((id) => $.getElementById(id).textContent).join(' ')";
        let text = self.tab.read(&texts.replace('$', ROOT).replace('#', field)).await;
        text.as_str().unwrap().trim().to_owned()
    }

    /// Returns once a field's message has these words in it.
    pub(crate) async fn is_told(&self, field: &str, words: &str) {
        let told = format!("querySelector('#field-{field}-error')?.textContent.match({words:?})?.[0]");
        self.wait_for(&told).await;
    }

    pub(crate) async fn words_on_submit(&self) -> String {
        self.find("button[type=submit]").await.text().await.unwrap()
    }

    pub(crate) async fn is_marked_wrong(&self, field: &str) -> bool {
        self.find(&format!("[name={field}]")).await.attr("aria-invalid").await.unwrap().as_deref() == Some("true")
    }

    /// Returns once something has the focus: see [`Self::focus`].
    pub(crate) async fn has_focus(&self, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let focus = self.focus().await;
            if focus == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{focus} has the focus, not {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What has the focus: a field's name, an element's part, or its kind.
    pub(crate) async fn focus(&self) -> String {
        let focus = "(({ activeElement: it }) => it?.name || it?.getAttribute('part') || it?.localName || '')";
        self.tab.read(&format!("{focus}({ROOT})")).await.as_str().unwrap().to_owned()
    }

    /// Unfolds a list by the words on it, with the keyboard.
    pub(crate) async fn unfold(&self, words: &str) {
        let list = format!("[...{ROOT}.querySelectorAll('summary')].find((it) => it.textContent === {words:?})");
        let list = self.tab.element(&list).await;
        self.look().await;
        self.tab.focus(&list).await;
        self.tab.strike(&[Key::Enter]).await;
    }

    /// Follows a link of the form by its words, with the keyboard.
    pub(crate) async fn follow(&self, words: &str) {
        let link = format!("[...{ROOT}.querySelectorAll('a')].find((it) => it.textContent.includes({words:?}))");
        let link = self.tab.element(&link).await;
        self.look().await;
        self.tab.focus(&link).await;
        self.tab.strike(&[Key::Enter]).await;
    }
}
