//! A page that is open all day opens the form again and again: what it costs stays what the first openings have cost.

/// The figures are the browser's own, which only Chromium's driver gives.
mod only_in_chromium {
    use crate::{
        desk::Desk,
        stage::{Browser, Stage},
    };

    /// Keeps the memory of the form's code in sight, which no other script can reach.
    const WATCH_MEMORY: &str = "(() => {
        const own = WebAssembly.instantiateStreaming;
        WebAssembly.instantiateStreaming = async (...all) => {
            const made = await own.apply(WebAssembly, all);
            window.formMemory ??= Object.values(made.instance.exports).find((it) => it instanceof WebAssembly.Memory);
            return made;
        };
    })()";

    /// Opens the form and closes it ten times.
    const OPEN_AND_CLOSE: &str = "await (async () => {
        const todo = document.querySelector('#report-incident');
        const heard = (kind) => new Promise((hears) => todo.addEventListener(kind, hears, { once: true }));
        const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        for (let times = 0; times < 10; times++) {
            const closed = heard('bzctrl-close');
            todo.open();
            // It is painted, and then modal.
            for (let frames = 0; frames < 3; frames++) await frame();
            todo.close();
            await closed;
        }
    })()";

    #[tokio::test]
    async fn a_hundred_openings_leave_a_page_as_light_as_the_first_ones() {
        let stage = Stage::set().await;
        let browser = Browser::start().await;
        let tab = &browser.tab;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        tab.read(WATCH_MEMORY).await;
        let form = desk.report_incident().await;
        // All of the form's code is here.
        form.token_has_come().await;
        form.close().await;

        let open = async |tens: u32| {
            for _ in 0..tens {
                tab.read(OPEN_AND_CLOSE).await;
            }
            let memory = tab.read("window.formMemory.buffer.byteLength").await.as_f64().unwrap();
            (browser.weight().await, memory)
        };
        let (before, memory_before) = open(1).await;
        let (after, memory_after) = open(10).await;
        assert_eq!(memory_after, memory_before, "the memory of the form's code has grown");
        for what in ["Nodes", "JSEventListeners", "Documents"] {
            let (before, after) = (before[what], after[what]);
            // A handful is the page's own and the browser's.
            assert!(after <= before + 10.0, "{what}: {before}, and {after} a hundred openings later");
        }
        let grown = after["JSHeapUsedSize"] - before["JSHeapUsedSize"];
        assert!(grown < 200_000.0, "a hundred openings keep {grown} bytes");
        assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
    }
}
