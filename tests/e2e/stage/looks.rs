//! Pictures of what stands on the screen, beside those that were taken before. They are taken at half their size, and laid side by side:
//! a state is one picture, which people can look at. The browser itself draws, packs and compares them.

use std::{env, fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Browser,
    program::{root, target},
};

/// Width and height of the windows.
const SIZES: [(u32, u32); 3] = [(320, 800), (640, 900), (1280, 900)];
const COLOURS: [&str; 3] = ["light", "dark", "forced"];

/// So much of a picture may differ: a caret, a rounded corner. A word that has moved is ten times as much.
const TOLERANCE: f64 = 0.0015;

/// By which pictures are compared at all: what the fonts of this machine make of some words.
const FONTS: &str = "
    (() => {
        const pen = new OffscreenCanvas(1, 1).getContext('2d');
        const font = 'system-ui, -apple-system, \"Segoe UI\", Roboto, \"Noto Sans\", sans-serif';
        return ['16px', '600 20px', '600 14px', '13.3px'].flatMap((size) => {
            pen.font = `${size} ${font}`;
            return ['Report incident 1,250.00', 'الإبلاغ عن حادث'].map((words) => pen.measureText(words).width.toFixed(1));
        }).join(' ');
    })()
";

/// Nothing blinks, moves or waits for its turn: what runs to and fro while it is sent stands in its middle.
const STILL: &str = "
    (() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`
            * { caret-color: transparent !important }
            ::after { animation-play-state: paused !important; animation-delay: -.4s !important }`);
        const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function (how) {
            const root = attach.call(this, how);
            // What is worn later is worn besides.
            const worn = Object.getOwnPropertyDescriptor(ShadowRoot.prototype, 'adoptedStyleSheets');
            Object.defineProperty(root, 'adoptedStyleSheets', {
                get: () => worn.get.call(root),
                set: (all) => worn.set.call(root, [...all, sheet]),
            });
            return root;
        };
    })()
";

/// Lays pictures side by side, colours below each other, and says what of them differs from an earlier one.
const LAY: &str = "
    (async (shots, before) => {
        const picture = async (address) => createImageBitmap(await (await fetch(address)).blob());
        const rows = await Promise.all(shots.map((row) => Promise.all(row.map((png) => picture(`data:image/png;base64,${png}`)))));
        const gap = 6;
        const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].width)));
        const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
        const sum = (all) => all.reduce((sum, it) => sum + it + gap, gap);
        const canvas = new OffscreenCanvas(sum(widths), sum(heights));
        const pen = canvas.getContext('2d');
        pen.fillStyle = '#8a8f98';
        pen.fillRect(0, 0, canvas.width, canvas.height);
        const cells = rows.flatMap((row, y) => row.map((it, x) => {
            const cell = [sum(widths.slice(0, x)), sum(heights.slice(0, y)), it.width, it.height];
            pen.drawImage(it, cell[0], cell[1]);
            return cell;
        }));
        const packed = await canvas.convertToBlob({ type: 'image/webp', quality: 0.5 });
        const text = await new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result.split(',')[1]);
            reader.readAsDataURL(packed);
        });
        if (!before) return { text, differs: ['there is none yet'] };
        const [now, then] = [await createImageBitmap(packed), await picture(`data:image/webp;base64,${before}`)];
        if (now.width !== then.width || now.height !== then.height)
            return { text, differs: [`it is ${now.width} by ${now.height} pixels, and was ${then.width} by ${then.height}`] };
        const pixels = (it) => {
            const pen = new OffscreenCanvas(it.width, it.height).getContext('2d', { willReadFrequently: true });
            pen.drawImage(it, 0, 0);
            return (cell) => pen.getImageData(...cell).data;
        };
        const [ours, theirs] = [pixels(now), pixels(then)];
        const differs = cells.map((cell) => {
            const [a, b] = [ours(cell), theirs(cell)];
            let count = 0;
            for (let at = 0; at < a.length; at += 4)
                if (Math.max(...[0, 1, 2].map((it) => Math.abs(a[at + it] - b[at + it]))) > 48) count++;
            return (count * 4) / a.length;
        });
        return { text, differs };
    })
";

pub(crate) struct Looks<'a> {
    browser: &'a Browser,
    name: &'static str,
    wrong: Vec<String>,
}

impl<'a> Looks<'a> {
    /// The page stands still. None where this machine has other fonts than that of the pictures: that is said, and nothing compared.
    pub(crate) async fn on(browser: &'a Browser, name: &'static str) -> Option<Self> {
        let looks = Self { browser, name, wrong: Vec::new() };
        looks.is_still().await;
        let (fonts, kept) = (browser.tab.read(FONTS).await, folder().join("fonts.txt"));
        let (fonts, not_compared) = (format!("{}\n", fonts.as_str().unwrap()), compared_in().join("not-compared"));
        fs::create_dir_all(compared_in()).unwrap();
        if blesses() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(kept, fonts).unwrap();
        } else if fs::read_to_string(kept).unwrap() != fonts {
            let reason = "looks: this machine's fonts are others than those of docs/looks";
            println!("{reason}");
            fs::write(not_compared, reason).unwrap();
            return None;
        }
        let _ = fs::remove_file(not_compared);
        Some(looks)
    }

    /// Nothing moves in a page that has just come.
    pub(crate) async fn is_still(&self) {
        self.browser.tab.read(STILL).await;
        self.browser.lives_in("Europe/Amsterdam").await;
        self.browser.looks_as(1280, 900, "light").await;
    }

    /// The dialog, at all widths and in all colours.
    pub(crate) async fn take(&mut self, state: &str) {
        let name = format!("{state}-{}", self.name);
        self.lay(&name, &SIZES, &COLOURS, "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('dialog')")
            .await;
    }

    /// The same, at one width and in the colours that it has.
    pub(crate) async fn take_one(&mut self, state: &str, width: u32) {
        let name = format!("{}-{state}", self.name);
        let dialog = "document.querySelector('bzctrl-dialog').shadowRoot.querySelector('dialog')";
        self.lay(&name, &[(width, 900)], &["light"], dialog).await;
    }

    /// The page's beginning, at all widths and in all colours.
    pub(crate) async fn take_page(&mut self, state: &str) {
        let name = format!("{}-{state}", self.name);
        let window = "{ getBoundingClientRect: () => ({ left: 0, top: 0, right: innerWidth, bottom: innerHeight }) }";
        self.lay(&name, &SIZES.map(|(width, _)| (width, 160)), &COLOURS, &format!("({window})")).await;
    }

    async fn lay(&mut self, name: &str, sizes: &[(u32, u32)], colours: &[&str], of: &str) {
        let mut shots = Vec::new();
        for colour in colours {
            let mut row = Vec::new();
            for (width, height) in sizes {
                self.browser.looks_as(*width, *height, colour).await;
                row.push(self.browser.shot(of).await);
            }
            shots.push(row);
        }
        self.browser.looks_as(1280, 900, "light").await;
        let kept = folder().join(format!("{name}.webp"));
        let before = fs::read(&kept).map(|bytes| STANDARD.encode(bytes)).unwrap_or_default();
        let laid = self.browser.tab.read(&format!("{LAY}({}, {})", json!(shots), json!(before))).await;
        let differs = laid["differs"].as_array().unwrap();
        let cell = |at: usize| format!("{} pixels, {}", sizes[at % sizes.len()].0, colours[at / sizes.len()]);
        let told = differs.iter().enumerate().filter_map(|(at, it)| match it {
            Value::String(text) => Some(text.clone()),
            it => it.as_f64().filter(|it| *it > TOLERANCE).map(|it| format!("{} (by {:.2} %)", cell(at), it * 100.0)),
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return;
        }
        let picture = STANDARD.decode(laid["text"].as_str().unwrap()).unwrap();
        if blesses() {
            fs::write(kept, picture).unwrap();
        } else {
            fs::write(compared_in().join(format!("{name}.webp")), picture).unwrap();
            self.wrong.push(format!("{name}: {}", told.join("; ")));
        }
    }

    /// All is as it was.
    pub(crate) fn held(self) {
        let wrong = self.wrong.join("\n");
        assert!(
            wrong.is_empty(),
            "it looks otherwise than in docs/looks:\n{wrong}\nLook at target/looks; `cargo xtask looks` takes it over."
        );
    }
}

/// The pictures that are kept.
fn folder() -> PathBuf {
    root().join("docs/looks")
}

/// Where those go that differ.
fn compared_in() -> PathBuf {
    target().join("looks")
}

fn blesses() -> bool {
    env::var_os("BLESS").is_some()
}
