//! Chromium as a user has it: a fresh one for each journey, its language and its pop-up blocker as the journey says.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, elements::Element, wd::WindowHandle};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{PATIENCE, program::Program};

/// The arguments that all tests of this workspace start the browser with.
const DRIVER_SETTINGS: &str = include_str!("../../../webdriver.json");

/// Runs in each page of the first tab before any script of its own, and writes down what a page would let pass unseen.
const WITNESS: &str = "
    window.violations = [];
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
        violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`));
    window.heard = [];
    for (const kind of ['open', 'submit', 'created', 'error', 'close'])
        addEventListener(`bzctrl-${kind}`, ({ type, detail }) => heard.push(JSON.parse(JSON.stringify({ type, ...detail }))));
";

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

pub(crate) struct Browser {
    pub(crate) tab: Tab,
    session: String,
    driver: String,
    _program: Program,
}

/// Its tab in front.
pub(crate) struct Tab(Client);

impl Browser {
    /// As a user in the Netherlands has it, texts in English.
    pub(crate) async fn start() -> Self {
        Self::with("1280,900", &[]).await
    }

    /// With its pop-up blocker, which WebDriver otherwise switches off.
    pub(crate) async fn that_blocks_popups() -> Self {
        Self::with("1280,900", &["disable-popup-blocking"]).await
    }

    /// On a screen of little height: a laptop whose user has enlarged everything.
    pub(crate) async fn on_a_low_screen() -> Self {
        Self::with("800,600", &[]).await
    }

    async fn with(size: &str, excluded: &[&str]) -> Self {
        let mut command = Command::new(env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into()));
        command.args(["--port=0", "--log-level=SEVERE"]).env("LANGUAGE", "en_US");
        let (program, port) = Program::start(command, "started successfully on port ");
        let driver = format!("127.0.0.1:{port}");

        let settings: Value = serde_json::from_str(DRIVER_SETTINGS).unwrap();
        let mut options = settings["goog:chromeOptions"].clone();
        options["args"].as_array_mut().unwrap().push(json!(format!("--window-size={size}")));
        options["excludeSwitches"] = json!(excluded);
        options["prefs"] = json!({ "intl.accept_languages": "nl-NL,nl,en" });
        if let Some(chromium) = env::var_os("CHROMIUM") {
            options["binary"] = json!(chromium.to_str().unwrap());
        }
        let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://{driver}"))
            .await
            .expect("the browser starts");
        let session = client.session_id().await.unwrap().unwrap();
        let browser = Self { tab: Tab(client), session, driver, _program: program };
        let witness = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": WITNESS } });
        browser.command("goog/cdp/execute", &witness).await;
        browser
    }

    /// A command of Chromium's own.
    async fn command(&self, name: &str, body: &Value) -> Value {
        let address = format!("http://{}/session/{}/{name}", self.driver, self.session);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.post(address).json(body).send().await.unwrap();
        let mut answer: Value = answer.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{name}: {answer}");
        answer["value"].take()
    }

    /// What stood in the console since the last call, of all tabs.
    pub(crate) async fn console(&self) -> Vec<String> {
        let lines = self.command("se/log", &json!({ "type": "browser" })).await;
        lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    /// To the tab that has opened beside the one in front, once it is on its way; from which one.
    pub(crate) async fn follow_to_new_tab(&self) -> WindowHandle {
        let from = self.tab.0.window().await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(new) = self.tab.0.windows().await.unwrap().into_iter().find(|tab| *tab != from) {
                self.tab.0.switch_to_window(new).await.unwrap();
                if self.tab.address().await != "about:blank" {
                    return from;
                }
                self.back_to(from.clone()).await;
            }
            assert!(Instant::now() < deadline, "no tab has opened and gone anywhere");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn back_to(&self, tab: WindowHandle) {
        self.tab.0.switch_to_window(tab).await.unwrap();
    }

    pub(crate) async fn count_tabs(&self) -> usize {
        self.tab.0.windows().await.unwrap().len()
    }
}

impl Drop for Browser {
    /// Closes the browser, also in a journey that failed: the driver alone would leave it running.
    fn drop(&mut self) {
        let Self { session, driver, .. } = &*self;
        let request = format!("DELETE /session/{session} HTTP/1.1\r\nHost: {driver}\r\nConnection: close\r\n\r\n");
        let _ = TcpStream::connect(driver).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(request.as_bytes())?;
            // It answers when the browser has gone, and keeps the connection.
            stream.read(&mut [0; 1024])
        });
    }
}

impl Tab {
    pub(crate) async fn go(&self, address: &str) {
        self.0.goto(address).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.0.refresh().await.unwrap();
    }

    pub(crate) async fn address(&self) -> String {
        self.0.current_url().await.unwrap().into()
    }

    /// What an expression is in this page, an `await` in it included.
    pub(crate) async fn read(&self, expression: &str) -> Value {
        let script = format!("return (async () => ({expression}))();");
        self.0.execute(&script, Vec::new()).await.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The text of an expression once it is one that is not empty.
    pub(crate) async fn wait_for(&self, expression: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
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
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
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
        self.read("violations").await
    }

    /// The events of the widget that the host has heard, one by one.
    pub(crate) async fn heard(&self, kind: &str) -> Vec<Value> {
        let events = self.read(&format!("heard.filter(({{ type }}) => type === {kind:?})")).await;
        events.as_array().unwrap().clone()
    }

    /// The element that an expression is, once it is there.
    pub(crate) async fn element(&self, expression: &str) -> Element {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.0.execute(&format!("return {expression};"), Vec::new()).await;
            match found {
                Ok(value) if !value.is_null() => {
                    return Element::from_element_id(self.0.clone(), reference(&value).to_owned().into());
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
