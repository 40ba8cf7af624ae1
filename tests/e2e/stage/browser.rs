//! A browser as a user has it: as good as new for each journey, its language and its pop-up blocker as the journey says.

use std::{
    cell::Cell,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use fantoccini::{
    Client,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    elements::Element,
    wd::WindowHandle,
};
use serde_json::Value;

use super::{
    PATIENCE,
    engine::{Driver, Engine, Wishes},
    kept::Kept,
};

mod chromium;
mod keyboard;

pub(crate) use self::keyboard::Key;

/// All that a page holds and that outlives a glance: its nodes, shadow roots too, storage, cookies, addresses.
const HOLDINGS: &str = "
    [
        document.documentElement.outerHTML,
        ...[...document.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot?.innerHTML ?? []),
        ...[sessionStorage, localStorage].flatMap((storage) => Object.entries(storage).flat()),
        document.cookie, name, location.href, document.referrer, JSON.stringify(history.state),
        ...performance.getEntries().map((entry) => entry.name),
    ].join('\\n')
";

/// Where to press an element: in its middle, once it is in sight; else what is in the way there.
const AIM: &str = "
    const [element, inZoom] = arguments;
    element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const { left, top, width, height } = element.getBoundingClientRect();
    const zoom = inZoom ? getComputedStyle(document.documentElement).zoom : 1;
    const [x, y] = [left + width / 2, top + height / 2].map((at) => Math.floor(at * zoom));
    let hit = null;
    for (let root = document; root; root = hit?.shadowRoot) {
        const deeper = root.elementFromPoint(x, y);
        if (!deeper || deeper === hit) break;
        hit = deeper;
    }
    for (let it = hit; it; it = it.assignedSlot ?? it.parentNode ?? it.host) if (it === element) return `${x} ${y}`;
    return hit?.cloneNode().outerHTML ?? 'nothing';
";

/// Presses in one place that come sooner are one to browsers.
const DOUBLE_CLICK: Duration = Duration::from_millis(600);

/// What has not moved for so long does not move.
const AT_REST: Duration = Duration::from_millis(500);

pub(crate) struct Browser {
    pub(crate) tab: Tab,
    /// The last one is under way. The first one ends the browser.
    sessions: Vec<String>,
    driver: Arc<Driver>,
    /// What the driver said of it.
    started: Value,
    /// What it is kept for once this journey is over.
    next: Cell<Option<Wishes<'static>>>,
}

/// Its tab in front.
pub(crate) struct Tab {
    client: Client,
    engine: Engine,
    /// When and where the mouse has pressed last.
    pressed: Cell<Option<(Instant, [f64; 2])>>,
}

/// On a screen of a common size.
const USUAL: Wishes<'_> =
    Wishes { size: (1280, 900), languages: "nl-NL,nl,en", popup_blocker: false, local_name: None, profile: None };

impl Browser {
    /// As a user in the Netherlands has it, texts in English.
    pub(crate) async fn start() -> Self {
        Self::with(USUAL).await
    }

    /// With its pop-up blocker, which WebDriver otherwise switches off.
    pub(crate) async fn that_blocks_popups() -> Self {
        Self::with(Wishes { popup_blocker: true, ..USUAL }).await
    }

    /// On a screen of little height: a laptop whose user has enlarged everything.
    pub(crate) async fn on_a_low_screen() -> Self {
        Self::with(Wishes { size: (800, 600), ..USUAL }).await
    }

    /// On a screen of this size, about.
    pub(crate) async fn of_size(size: (u32, u32)) -> Self {
        Self::with(Wishes { size, ..USUAL }).await
    }

    /// With a name for this machine that is no secure context, as on a plant's own network.
    pub(crate) async fn that_knows(name: &'static str) -> Self {
        Self::with(Wishes { local_name: Some(name), ..USUAL }).await
    }

    async fn with(wishes: Wishes<'_>) -> Self {
        let engine = Engine::of_this_run();
        let next = wishes.of_many(engine);
        while let Some(kept) = next.as_ref().and_then(Kept::take) {
            if let Some(client) = kept.enter().await {
                let sessions = vec![kept.session];
                let tab = Tab { client, engine, pressed: Cell::default() };
                return Self { tab, sessions, driver: kept.driver, started: kept.started, next: next.into() };
            }
        }
        let (driver, client) = engine.start(&wishes).await;
        if next.is_some() {
            // Its session is not over when this journey is.
            client.persist().await.unwrap();
        }
        let session = client.session_id().await.unwrap().unwrap();
        let started = serde_json::to_value(client.capabilities()).unwrap();
        if !matches!(engine, Engine::Chromium | Engine::Chromium109) {
            client.set_window_size(wishes.size.0, wishes.size.1).await.unwrap();
        }
        let tab = Tab { client, engine, pressed: Cell::default() };
        Self { tab, sessions: vec![session], driver: driver.into(), started, next: next.into() }
    }

    /// What stood in the console since the last call, of all tabs.
    pub(crate) async fn console(&self) -> Vec<String> {
        self.driver.console(self.session()).await
    }

    fn session(&self) -> &str {
        self.sessions.last().unwrap()
    }

    /// To the tab that has opened beside the one in front, once it is on its way; from which one.
    pub(crate) async fn follow_to_new_tab(&self) -> WindowHandle {
        let from = self.tab.client.window().await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(new) = self.tab.client.windows().await.unwrap().into_iter().find(|tab| *tab != from) {
                self.tab.client.switch_to_window(new).await.unwrap();
                if self.tab.address().await != "about:blank" {
                    return from;
                }
                self.back_to(from.clone()).await;
            }
            assert!(Instant::now() < deadline, "no tab has opened and gone anywhere");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns once a second tab is there.
    pub(crate) async fn has_another_tab(&self) {
        self.has_tabs(2).await;
    }

    /// Returns once so many are there.
    pub(crate) async fn has_tabs(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.count_tabs().await < count {
            assert!(Instant::now() < deadline, "no tab has opened");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns once the tab in front is the only one: one that closes is listed a moment longer.
    pub(crate) async fn has_no_other_tab(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.count_tabs().await > 1 {
            assert!(Instant::now() < deadline, "another tab stays open");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Its number among the processes. WebKit's driver does not say it.
    pub(crate) fn process(&self) -> u64 {
        let name = if self.tab.engine == Engine::Firefox { "moz:processID" } else { "goog:processID" };
        self.started[name].as_u64().unwrap()
    }

    pub(crate) async fn back_to(&self, tab: WindowHandle) {
        self.tab.client.switch_to_window(tab).await.unwrap();
    }

    pub(crate) async fn count_tabs(&self) -> usize {
        self.tab.client.windows().await.unwrap().len()
    }
}

impl Drop for Browser {
    /// Keeps the browser, or closes it, also in a journey that failed: the driver alone would leave it running.
    fn drop(&mut self) {
        let Self { sessions, driver, started, next, .. } = self;
        let next = next.take().filter(|_| !thread::panicking());
        let stays = usize::from(next.is_some());
        for session in sessions.drain(stays..).rev() {
            driver.ends(&session);
        }
        if let Some(wishes) = next {
            let (driver, started) = (driver.clone(), started.take());
            Kept { driver, session: sessions.remove(0), started, wishes }.keep();
        }
    }
}

impl Tab {
    /// What stands on the screen, as PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    pub(crate) async fn go(&self, address: &str) {
        self.leave().await;
        self.client.goto(address).await.unwrap();
        self.arrived().await;
    }

    pub(crate) async fn reload(&self) {
        self.leave().await;
        self.client.refresh().await.unwrap();
        self.arrived().await;
    }

    /// Marks the page that is left: WebKit's driver does not always wait for the next one, and its scripts.
    async fn leave(&self) {
        self.client.execute("window.left = true", Vec::new()).await.unwrap();
    }

    async fn arrived(&self) {
        let deadline = Instant::now() + PATIENCE;
        let arrived = "return !window.left && document.readyState === 'complete'";
        // Between two pages there is nobody to ask.
        while !matches!(self.client.execute(arrived, Vec::new()).await, Ok(Value::Bool(true))) {
            assert!(Instant::now() < deadline, "the page does not load");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The browser's Back. The page may be the very one that was left.
    pub(crate) async fn back(&self) {
        let from = self.address().await;
        self.client.back().await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        while self.address().await == from {
            assert!(Instant::now() < deadline, "the page before does not come back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.client.execute("delete window.left", Vec::new()).await.unwrap();
        self.arrived().await;
    }

    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    /// What an expression is in this page, an `await` in it included.
    pub(crate) async fn read(&self, expression: &str) -> Value {
        // As text: a page may have a say in how the driver brings anything else.
        let script =
            format!("return (async () => (window.witness?.text ?? JSON.stringify)(await ({expression})) ?? null)();");
        match self.client.execute(&script, Vec::new()).await {
            Ok(Value::String(text)) => serde_json::from_str(&text).unwrap(),
            Ok(value) => value,
            Err(error) => panic!("{expression}: {error}"),
        }
    }

    /// From now on nothing happens because a second has passed, until the page is another: a countdown stands where it begins, and
    /// no request takes too long. What is looked at then stays as it is, on a busy machine too.
    pub(crate) async fn waits_for_nothing(&self) {
        let stops =
            "void (window.setTimeout = ((later) => (...what) => what[1] >= 1000 ? 0 : later(...what))(setTimeout))";
        self.read(stops).await;
    }

    /// The text of an expression once it is one that is not empty.
    pub(crate) async fn wait_for(&self, expression: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(25);
        loop {
            match self.read(expression).await {
                Value::String(text) if !text.is_empty() => return text,
                last => {
                    assert!(
                        Instant::now() < deadline,
                        "{expression} is still {last}\nThe page says: {}",
                        self.text().await
                    );
                }
            }
            // Each question takes the driver and the page away from what is waited for.
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(200));
        }
    }

    /// Presses the mouse on an element, at its middle: a press that another element would get is none on this one. Two in one
    /// place are two, and no double click, which selects what it meets.
    pub(crate) async fn press(&self, element: &Element) {
        let press = self.aimed(element).await.then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(press.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT })).await.unwrap();
    }

    /// Lets the mouse go where it is.
    pub(crate) async fn let_go(&self) {
        let up = MouseActions::new("mouse".to_owned()).then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(up).await.unwrap();
    }

    /// Presses the mouse on an element, and does not let it go.
    pub(crate) async fn hold(&self, element: &Element) {
        let press = self.aimed(element).await.then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(press).await.unwrap();
    }

    /// The mouse on its way to an element.
    async fn aimed(&self, element: &Element) -> MouseActions {
        let deadline = Instant::now() + PATIENCE;
        let [x, y] = loop {
            let of = vec![serde_json::to_value(element).unwrap(), self.engine.measures_in_zoom().into()];
            let aimed = self.client.execute(AIM, of).await.unwrap();
            let words = aimed.as_str().unwrap_or_default();
            match words.split(' ').map(str::parse::<f64>).collect::<Result<Vec<_>, _>>().as_deref() {
                Ok(&[x, y]) if self.makes_a_double_click([x, y]) => {}
                Ok(&[x, y]) => break [x, y],
                _ => assert!(Instant::now() < deadline, "a press would meet {words}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        self.pressed.set(Some((Instant::now(), [x, y])));
        MouseActions::new("mouse".to_owned()).then(PointerAction::MoveTo { duration: None, x, y })
    }

    /// Whether a press would come too soon after the last one in this place.
    fn makes_a_double_click(&self, at: [f64; 2]) -> bool {
        self.pressed.get().is_some_and(|(when, place)| {
            when.elapsed() < DOUBLE_CLICK && (0..2).all(|axis| (place[axis] - at[axis]).abs() < 10.0)
        })
    }

    /// Gives an element the focus, as Tab does in the end.
    pub(crate) async fn focus(&self, element: &Element) {
        let focus = "arguments[0].focus({ preventScroll: true })";
        self.client.execute(focus, vec![serde_json::to_value(element).unwrap()]).await.unwrap();
    }

    /// Scrolls an element into sight, as whoever presses it has done. The page is at rest then: Chromium 109 scrolls smoothly
    /// also when told to do it at once, and Firefox puts a page that stands between two pixels on one of them a frame later.
    pub(crate) async fn in_sight(&self, element: &Element) {
        let of = vec![serde_json::to_value(element).unwrap()];
        let scroll = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.client.execute(scroll, of.clone()).await.unwrap();
        let place = "const { x, y } = arguments[0].getBoundingClientRect(); return `${x} ${y} ${scrollX} ${scrollY}`";
        let (mut last, mut since) = (Value::Null, Instant::now());
        let deadline = since + PATIENCE;
        while since.elapsed() < AT_REST {
            let now = self.client.execute(place, of.clone()).await.unwrap();
            if now != last {
                assert!(Instant::now() < deadline, "it moves and moves: {now}");
                (last, since) = (now, Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Its user looks at it: a tab that has opened beside it has had its turn, and Firefox lets what lies behind wait.
    pub(crate) async fn comes_to_front(&self) {
        // In a frame the driver would leave it.
        if self.read("window.top === window").await == true {
            let tab = self.client.window().await.unwrap();
            self.client.switch_to_window(tab).await.unwrap();
        }
    }

    /// From now on everything is about the page in this page's only frame.
    pub(crate) async fn enter_frame(&self) {
        self.enter_frame_at(0).await;
    }

    /// The same of one of several frames.
    pub(crate) async fn enter_frame_at(&self, at: u16) {
        self.client.enter_frame(at).await.unwrap();
        self.arrived().await;
    }

    /// From now on everything is about the page that the frame is in.
    pub(crate) async fn leave_frame(&self) {
        self.client.clone().enter_parent_frame().await.unwrap();
    }

    /// All that this page holds where others could find it.
    pub(crate) async fn holdings(&self) -> String {
        self.read(HOLDINGS).await.as_str().unwrap().to_owned()
    }

    /// What stands in this page and in the widget's dialog.
    async fn text(&self) -> String {
        let text = "[document.body, document.querySelector('bzctrl-dialog')?.shadowRoot]
            .map((root) => root?.textContent.replace(/\\s+/g, ' ')).join('\\n')";
        self.read(text).await.to_string()
    }

    /// What the policy of this page forbade.
    pub(crate) async fn violations(&self) -> Value {
        self.read("witness.violations").await
    }

    /// The events of the widget that the host has heard, one by one.
    pub(crate) async fn heard(&self, kind: &str) -> Vec<Value> {
        let events = self.read(&format!("witness.heard.filter(({{ type }}) => type === {kind:?})")).await;
        events.as_array().unwrap().clone()
    }

    /// What the page's console was told since the last call, also where the driver cannot read it.
    pub(crate) async fn said(&self) -> Vec<String> {
        serde_json::from_value(self.read("witness.said.splice(0)").await).unwrap()
    }

    /// The element that an expression is, once it is there.
    pub(crate) async fn element(&self, expression: &str) -> Element {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.client.execute(&format!("return {expression};"), Vec::new()).await;
            match found {
                Ok(value) if !value.is_null() => {
                    return Element::from_element_id(self.client.clone(), reference(&value).to_owned().into());
                }
                _ => {
                    assert!(
                        Instant::now() < deadline,
                        "{expression} is not there\nThe page says: {}",
                        self.text().await
                    )
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// WebDriver's name of an element, as scripts return it.
fn reference(value: &Value) -> &str {
    value["element-6066-11e4-a52e-4f735466cecf"].as_str().unwrap_or_else(|| panic!("{value} is no element"))
}
