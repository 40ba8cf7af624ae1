//! The engines of browsers: how each is started, and all that only one of them is asked for.

use std::{
    env,
    ffi::OsString,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, error::NewSessionError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use super::{
    PATIENCE,
    kept::Guard,
    program::{Program, root},
};

/// The arguments that all tests of this workspace start browsers with.
const SETTINGS: &str = include_str!("../../../webdriver.json");

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    Chromium,
    /// The oldest that is promised.
    Chromium109,
    Firefox,
    WebKit,
}

/// What a journey wants of its browser.
#[derive(Clone, PartialEq)]
pub(super) struct Wishes<'a> {
    pub(super) size: (u32, u32),
    /// As in `Accept-Language`, the first one first.
    pub(super) languages: &'static str,
    /// WebDriver otherwise switches it off.
    pub(super) popup_blocker: bool,
    /// A name that leads to 127.0.0.1. WebKit's browser can be given none.
    pub(super) local_name: Option<&'static str>,
    /// A folder for what it keeps, which outlives it. What an earlier one had open is opened again. Only Chromium is given one.
    pub(super) profile: Option<&'a Path>,
}

impl Wishes<'_> {
    /// The same, if a browser that is started for them can be kept for the next journey that has them.
    pub(super) fn of_many(&self, engine: Engine) -> Option<Wishes<'static>> {
        let Self { size, languages, popup_blocker, local_name, profile } = *self;
        let of_many = engine.is_kept() && size.0 >= LEAST_WIDTH && local_name.is_none() && profile.is_none();
        of_many.then_some(Wishes { size, languages, popup_blocker, local_name: None, profile: None })
    }
}

/// A driver that runs, and what its browser needs around it.
pub(super) struct Driver {
    pub(super) engine: Engine,
    /// Host and port.
    pub(super) address: String,
    pub(super) capabilities: Map<String, Value>,
    program: Program,
    _screen: Option<Program>,
    _guard: Option<Guard>,
}

impl Engine {
    /// The one that this run is in: `ENGINE` names it, else it is Chromium.
    pub(crate) fn of_this_run() -> Self {
        match env::var("ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("chromium-109") => Self::Chromium109,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("ENGINE={other}: chromium, chromium-109, firefox and webkit are known"),
        }
    }

    /// Whether a browser runs on for the next journey. WebKit's cannot be made to forget; the old Chromium opens no second tab in time.
    pub(super) fn is_kept(self) -> bool {
        matches!(self, Self::Chromium | Self::Firefox)
    }

    /// The driver with a browser. One that does not come up (WebKit's driver now and then hangs up instead) says nothing of what
    /// is to be seen in it: the next one is started.
    pub(super) async fn start(self, wishes: &Wishes<'_>) -> (Driver, Client) {
        for _ in 0..3 {
            let driver = self.driver(wishes);
            match driver.client(driver.capabilities.clone()).await {
                Ok(client) => return (driver, client),
                Err(reason) => eprintln!("{self:?} did not start: {reason}"),
            }
        }
        panic!("{self:?} did not start three times")
    }

    fn driver(self, wishes: &Wishes<'_>) -> Driver {
        match self {
            Self::Chromium | Self::Chromium109 => chromium(self, wishes),
            Self::Firefox => firefox(wishes),
            Self::WebKit => webkit(wishes),
        }
    }

    /// The keys that make a date, given as `2099-12-31`, in this engine's own control for dates.
    pub(super) fn keys_of_date(self, date: &str) -> String {
        let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { panic!("{date} is no date") };
        match self {
            Self::Chromium | Self::Chromium109 => [month, day, year].concat(),
            // Its driver sets the value at once.
            Self::Firefox => date.to_owned(),
            // In the user's language, as everything there.
            Self::WebKit => [day, month, year].join("/"),
        }
    }

    /// Whether Control and a letter, typed into an element, do what they do in menus. WebKit's driver never lets Control
    /// go again; there key actions do it, and there alone.
    pub(super) fn types_chords(self) -> bool {
        self != Self::WebKit
    }

    /// Whether lengths on a zoomed page are what they would be without the zoom.
    pub(super) fn measures_in_zoom(self) -> bool {
        matches!(self, Self::Chromium109 | Self::WebKit)
    }

    /// Whether it keeps a page that is left, and shows that very one at Back. The old Chromium does not, without its window.
    pub(crate) fn keeps_pages(self) -> bool {
        self != Self::Chromium109
    }

    /// A text in pieces, and whether the driver can type each: what takes two units of UTF-16 gets lost on
    /// its way to WebKit and to Chromium 109.
    pub(super) fn typed(self, text: &str) -> Vec<(String, bool)> {
        let by_driver = |letter: &char| !matches!(self, Self::WebKit | Self::Chromium109) || *letter <= '\u{ffff}';
        let letters: Vec<char> = text.chars().collect();
        let pieces = letters.chunk_by(|one, next| by_driver(one) == by_driver(next));
        pieces.map(|piece| (piece.iter().collect(), by_driver(&piece[0]))).collect()
    }
}

/// No window of Chromium's is narrower by itself.
const LEAST_WIDTH: u32 = 500;

fn chromium(engine: Engine, wishes: &Wishes<'_>) -> Driver {
    let mut command = Command::new(program("CHROMEDRIVER", "chromedriver"));
    command.args(["--port=0", "--log-level=SEVERE"]).env("LANGUAGE", "en_US");

    let (mut options, (width, height)) = (settings("goog:chromeOptions"), wishes.size);
    let arguments = options["args"].as_array_mut().unwrap();
    arguments.push(json!(format!("--window-size={width},{height}")));
    if width < LEAST_WIDTH {
        let screen = json!({ "width": width, "height": height, "pixelRatio": 1, "mobile": false, "touch": false });
        options["mobileEmulation"] = json!({ "deviceMetrics": screen });
    }
    let arguments = options["args"].as_array_mut().unwrap();
    if let Some(name) = wishes.local_name {
        arguments.push(json!(format!("--host-resolver-rules=MAP {name} 127.0.0.1")));
    }
    if let Some(profile) = wishes.profile {
        arguments.push(json!(format!("--user-data-dir={}", profile.to_str().unwrap())));
        if has_tabs_of_before(profile) {
            // As its user has it by "Continue where you left off" or, after a crash, by pressing "Restore".
            arguments.extend([json!("--restore-last-session"), json!("--hide-crash-restore-bubble")]);
        }
    }
    if engine == Engine::Chromium109 {
        command.arg("--disable-build-check");
        assert!(env::var_os("CHROMIUM_109").is_some(), "CHROMIUM_109 names it");
        command.env("LANGUAGES", wishes.languages);
        arguments.push(json!("--remote-debugging-pipe"));
        options["binary"] = json!(root().join("tests/e2e/stage/chromium-109.mjs"));
    } else {
        name_program(&mut options, "CHROMIUM");
    }
    options["excludeSwitches"] = if wishes.popup_blocker { json!(["disable-popup-blocking"]) } else { json!([]) };
    options["prefs"] = json!({ "intl.accept_languages": wishes.languages });
    let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
    let (program, port, guard) = guarded(command, "started successfully on port ");
    Driver { _guard: Some(guard), ..Driver::new(engine, port, capabilities, program, None) }
}

/// Starts a driver, and has it ended with its browser, and with all that the two lay down, when this process ends.
fn guarded(mut command: Command, marker: &'static str) -> (Program, String, Guard) {
    let folder = tempfile::Builder::new().prefix("bzctrl-browser-").tempdir().unwrap().keep();
    command.env("TMPDIR", &folder).process_group(0);
    let (program, place) = Program::start(command, marker);
    let guard = Guard::over(program.id(), &folder).unwrap();
    (program, place, guard)
}

/// Whether a browser has left its tabs there.
pub(super) fn has_tabs_of_before(profile: &Path) -> bool {
    profile.join("Default").exists()
}

fn firefox(wishes: &Wishes<'_>) -> Driver {
    let mut command = Command::new(program("GECKODRIVER", "geckodriver"));
    // The console can be read from Firefox's own side alone.
    command.args(["--port=0", "--websocket-port=0", "--allow-system-access", "--log=info"]).env("LANGUAGE", "en_US");
    // Headless, it complains of much that is none of the page's.
    command.stderr(Stdio::null());
    let (program, address, guard) = guarded(command, "Listening on ");

    let mut options = settings("moz:firefoxOptions");
    options["prefs"] = json!({
        "intl.accept_languages": wishes.languages,
        "dom.disable_open_during_load": wishes.popup_blocker,
        "network.dns.localDomains": wishes.local_name.unwrap_or_default(),
    });
    name_program(&mut options, "FIREFOX");
    let port = address.rsplit(':').next().unwrap().to_owned();
    let capabilities = json!({ "moz:firefoxOptions": options });
    Driver { _guard: Some(guard), ..Driver::new(Engine::Firefox, port, capabilities, program, None) }
}

fn webkit(wishes: &Wishes<'_>) -> Driver {
    let (width, height) = wishes.size;
    let mut command = Command::new(env::var_os("XVFB").unwrap_or_else(|| "Xvfb".into()));
    command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")]);
    command.stderr(Stdio::null());
    let (screen, display) = Program::start(command, "");

    // It takes no port 0 and says nothing of the one that it listens on.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program("WEBKITDRIVER", "WebKitWebDriver"));
    command.args([format!("--port={port}")]).env("DISPLAY", format!(":{display}"));
    // It takes no list: the first language alone, of those that set-up has made (Debian's containers have none).
    command.env("LANG", format!("{}.UTF-8", wishes.languages.split(',').next().unwrap().replace('-', "_")));
    // A sandbox of its own needs rights that a container has not; it draws by the processor.
    command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1").env("LIBGL_ALWAYS_SOFTWARE", "1");
    command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1").env("NO_AT_BRIDGE", "1").env("GSETTINGS_BACKEND", "memory");
    let program = Program::run(command);
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "WebKitWebDriver does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }

    let mut options = settings("webkitgtk:browserOptions");
    let arguments = options["args"].as_array_mut().unwrap();
    arguments.push(json!(format!("--geometry={width}x{height}")));
    arguments.push(json!(format!("--javascript-can-open-windows-automatically={}", !wishes.popup_blocker)));
    arguments.push(json!("--enable-write-console-messages-to-stdout=true"));
    options["binary"] = json!(mini_browser().to_str().unwrap());
    let capabilities = json!({ "webkitgtk:browserOptions": options });
    Driver::new(Engine::WebKit, port.to_string(), capabilities, program, Some(screen))
}

impl Driver {
    fn new(engine: Engine, port: String, capabilities: Value, program: Program, screen: Option<Program>) -> Self {
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        Self { engine, address: format!("127.0.0.1:{port}"), capabilities, program, _screen: screen, _guard: None }
    }

    /// What a session wants that comes into a browser which runs.
    pub(super) fn enters(&self, browser: &Value) -> Map<String, Value> {
        let logs = self.capabilities["goog:loggingPrefs"].clone();
        let enters = json!({ "goog:chromeOptions": { "debuggerAddress": browser }, "goog:loggingPrefs": logs });
        let Value::Object(enters) = enters else { unreachable!() };
        enters
    }

    /// A session of its own.
    pub(super) async fn client(&self, capabilities: Map<String, Value>) -> Result<Client, NewSessionError> {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let driver = format!("http://{}", self.address);
        builder.capabilities(capabilities).connect(&driver).await
    }

    /// A session that a journey before has had.
    pub(super) async fn resumes(&self, session: &str) -> Result<Client, NewSessionError> {
        let driver = format!("http://{}", self.address);
        Client::with_existing_session(&driver, session, HttpConnector::new()).await
    }

    /// The browser forgets what pages have left, and the driver what it was told.
    pub(super) async fn forgets(&self, session: &str) {
        match self.engine {
            Engine::Chromium | Engine::Chromium109 => {
                for (command, params) in [
                    ("Network.clearBrowserCookies", json!({})),
                    ("Network.clearBrowserCache", json!({})),
                    ("Storage.clearDataForOrigin", json!({ "origin": "*", "storageTypes": "all" })),
                    ("Page.bringToFront", json!({})),
                ] {
                    self.command(session, "goog/cdp/execute", &json!({ "cmd": command, "params": params })).await;
                }
            }
            Engine::Firefox => {
                self.in_firefox(session, "execute/async", FIREFOX_FORGETS).await;
            }
            Engine::WebKit => {}
        }
        self.console(session).await;
    }

    /// What a script comes to that is none of a page's.
    async fn in_firefox(&self, session: &str, how: &str, script: &str) -> Value {
        self.command(session, "moz/context", &json!({ "context": "chrome" })).await;
        let value = self.command(session, how, &json!({ "script": script, "args": [] })).await;
        self.command(session, "moz/context", &json!({ "context": "content" })).await;
        value
    }

    /// Ends a session, and with it the browser that it has started, if there is one.
    pub(super) fn ends(&self, session: &str) {
        let driver = &self.address;
        let request = format!("DELETE /session/{session} HTTP/1.1\r\nHost: {driver}\r\nConnection: close\r\n\r\n");
        let _ = TcpStream::connect(driver).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(request.as_bytes())?;
            // It answers when the browser has gone, and keeps the connection.
            stream.read(&mut [0; 1024])
        });
    }

    /// What stood in the console since the last call: what pages said, and what the engine said of them.
    pub(super) async fn console(&self, session: &str) -> Vec<String> {
        let texts =
            |lines: &Value| lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect();
        match self.engine {
            Engine::Chromium | Engine::Chromium109 => {
                let lines = self.command(session, "se/log", &json!({ "type": "browser" })).await;
                lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
            }
            Engine::Firefox => texts(&self.in_firefox(session, "execute/sync", FIREFOX_CONSOLE).await),
            Engine::WebKit => self
                .program
                .said()
                .into_iter()
                .filter_map(|line| Some(line.split_once("CONSOLE ")?.1.to_owned()))
                .collect(),
        }
    }

    /// A command of this engine's own.
    pub(super) async fn command(&self, session: &str, name: &str, body: &Value) -> Value {
        let answer = self.ask(session, name, body).await;
        assert!(answer["error"].is_null(), "{name}: {answer}");
        answer
    }

    /// The same, whatever is answered.
    pub(super) async fn ask(&self, session: &str, name: &str, body: &Value) -> Value {
        let address = format!("http://{}/session/{session}/{name}", self.address);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.post(address).json(body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    }
}

/// Messages that came from pages, and errors that are theirs.
const FIREFOX_CONSOLE: &str = "
    const ofPages = (address) => /^(https?|data|blob):/.test(address);
    const errors = Services.console.getMessageArray()
        .filter((message) => message instanceof Ci.nsIScriptError && ofPages(message.sourceName))
        .map(({ category, errorMessage, sourceName }) => `${category}: ${errorMessage} (${sourceName})`);
    Services.console.reset();
    const storage = Cc['@mozilla.org/consoleAPI-storage;1'].getService(Ci.nsIConsoleAPIStorage);
    const said = storage.getEvents()
        .filter(({ filename }) => ofPages(filename))
        .map(({ level, arguments: words, filename }) => `${level}: ${[...words].join(' ')} (${filename})`);
    storage.clearEvents();
    return [...errors, ...said];
";

/// Cookies, storage, caches, rights and whatever else pages can leave.
const FIREFOX_FORGETS: &str = "
    const [done] = arguments;
    Services.clearData.deleteData(Ci.nsIClearDataService.CLEAR_ALL, done);
";

/// Where a program is: as the variable says, else by the path.
fn program(variable: &str, name: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| name.into())
}

fn settings(engine: &str) -> Value {
    serde_json::from_str::<Value>(SETTINGS).unwrap()[engine].take()
}

fn name_program(options: &mut Value, variable: &str) {
    if let Some(program) = env::var_os(variable) {
        options["binary"] = json!(program.to_str().unwrap());
    }
}

/// WebKitGTK's own small browser: its driver's only one.
fn mini_browser() -> PathBuf {
    env::var_os("MINIBROWSER").expect("MINIBROWSER names it").into()
}
