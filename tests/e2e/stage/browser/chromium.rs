//! What only Chromium's driver can have: a page that is printed or frozen, a network that is gone, a tab that crashes, a browser that
//! is killed and comes back.

use std::{
    collections::HashMap,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Browser, USUAL};
use crate::stage::{
    PATIENCE,
    engine::{Wishes, has_tabs_of_before},
};

impl Browser {
    /// With what an earlier browser has left in a folder: the tabs that it had are there again.
    pub(crate) async fn with_profile(folder: &Path) -> Self {
        let restores = has_tabs_of_before(folder);
        let browser = Self::with(Wishes { profile: Some(folder), ..USUAL }).await;
        let deadline = Instant::now() + PATIENCE;
        // The driver's own tab is there too.
        while restores && !browser.tab.address().await.starts_with("http") {
            assert!(Instant::now() < deadline, "the tab does not come back");
            for tab in browser.tab.client.windows().await.unwrap() {
                browser.tab.client.switch_to_window(tab).await.unwrap();
                if browser.tab.address().await.starts_with("http") {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        browser
    }

    /// From now on colours are the system's few, as in Windows' contrast themes.
    pub(crate) async fn forces_colours(&self) {
        let forced = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
        self.devtools("Emulation.setEmulatedMedia", &forced).await;
    }

    /// From now on its user has a phone, and fingers.
    pub(crate) async fn is_touched(&self) {
        self.devtools("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true })).await;
        self.stands_in((390, 844)).await;
    }

    /// From now on the page stands in a window of this size, as after turning a phone or zooming in.
    pub(crate) async fn stands_in(&self, (width, height): (u32, u32)) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &screen).await;
    }

    /// From now on the user's system is light or dark, or forces its own few colours.
    pub(crate) async fn is_themed(&self, theme: &str) {
        let [scheme, forced] = match theme {
            "forced" => ["light", "active"],
            scheme => [scheme, "none"],
        };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme }, { "name": "forced-colors", "value": forced }
        ]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
    }

    /// All that assistive technology is told of the page, as the browser's own list of nodes.
    pub(crate) async fn told_to_assistive_technology(&self) -> Vec<Value> {
        let Value::Array(nodes) = self.devtools("Accessibility.getFullAXTree", &json!({})).await["nodes"].take() else {
            panic!("the browser has no accessibility tree")
        };
        nodes
    }

    /// From now on its window is so large, and its user has it light, dark, or in forced colours. Nothing moves for fun.
    pub(crate) async fn looks_as(&self, width: u32, height: u32, colours: &str) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &screen).await;
        let scheme = if colours == "dark" { "dark" } else { "light" };
        let forced = if colours == "forced" { "active" } else { "none" };
        let features =
            [("prefers-color-scheme", scheme), ("forced-colors", forced), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
        self.is_drawn().await;
    }

    /// Returns once what has changed is drawn.
    async fn is_drawn(&self) {
        let drawn = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))";
        self.tab.read(drawn).await;
    }

    /// Its user lives in this zone of time.
    pub(crate) async fn lives_in(&self, zone: &str) {
        self.devtools("Emulation.setTimezoneOverride", &json!({ "timezoneId": zone })).await;
    }

    /// A picture of an element, and a little of what is around it, at half its size: a PNG in base 64.
    pub(crate) async fn shot(&self, element: &str) -> String {
        let place = "(() => {
            const { left, top, right, bottom } = ELEMENT.getBoundingClientRect();
            const [x, y] = [Math.max(0, left - 12), Math.max(0, top - 12)];
            const [width, height] = [Math.min(innerWidth, right + 12) - x, Math.min(innerHeight, bottom + 12) - y];
            return { x, y, width, height, scale: 0.5 };
        })()";
        let clip = self.tab.read(&place.replace("ELEMENT", element)).await;
        let shot = self.devtools("Page.captureScreenshot", &json!({ "format": "png", "clip": clip })).await;
        shot["data"].as_str().unwrap().to_owned()
    }

    /// From now on the page stands as it is printed.
    pub(crate) async fn prints(&self) {
        self.devtools("Emulation.setEmulatedMedia", &json!({ "media": "print" })).await;
    }

    /// The network is gone, or there again, and the browser knows.
    pub(crate) async fn is_offline(&self, offline: bool) {
        // The driver would hold all later tabs to it.
        self.next.take();
        let conditions = json!({ "offline": offline, "latency": 0, "throughput": -1 });
        let conditions = json!({ "network_conditions": conditions });
        self.driver.command(self.session(), "chromium/network_conditions", &conditions).await;
    }

    /// The browser freezes the page, as it does with one in the background, or lets it go on.
    pub(crate) async fn freezes(&self, frozen: bool) {
        let state = json!({ "state": if frozen { "frozen" } else { "active" } });
        self.devtools("Page.setWebLifecycleState", &state).await;
    }

    /// What the page weighs, by the browser's own names, once all that can be dropped is.
    pub(crate) async fn weight(&self) -> HashMap<String, f64> {
        self.devtools("Performance.enable", &json!({})).await;
        for _ in 0..3 {
            self.devtools("HeapProfiler.collectGarbage", &json!({})).await;
        }
        let metrics = self.devtools("Performance.getMetrics", &json!({})).await;
        let metrics = metrics["metrics"].as_array().unwrap().iter();
        metrics.map(|it| (it["name"].as_str().unwrap().to_owned(), it["value"].as_f64().unwrap())).collect()
    }

    async fn devtools(&self, command: &str, params: &Value) -> Value {
        let command = json!({ "cmd": command, "params": params });
        self.driver.command(self.session(), "goog/cdp/execute", &command).await
    }

    /// The page's process dies, and its user loads the tab again.
    pub(crate) async fn crashes(&mut self) {
        let command = json!({ "cmd": "Page.crash", "params": {} });
        self.driver.ask(self.session(), "goog/cdp/execute", &command).await;
        // The driver is done with a session whose tab has crashed; the browser is not.
        self.next.take();
        let enters = self.driver.enters(&self.started["goog:chromeOptions"]["debuggerAddress"]);
        self.tab.client.persist().await.unwrap();
        self.tab.client = self.driver.client(enters).await.expect("the browser still runs");
        self.sessions.push(self.tab.client.session_id().await.unwrap().unwrap());
        self.tab.client.refresh().await.unwrap();
        self.tab.arrived().await;
    }

    /// It is ended as by `kill -9`, or a pulled plug.
    pub(crate) fn dies(self) {
        self.next.take();
        assert!(Command::new("kill").args(["-9", &self.process().to_string()]).status().unwrap().success());
    }
}
