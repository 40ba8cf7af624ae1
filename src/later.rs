//! The second act. What a form needs only once it stands (checking, sending, and all that follows) is a module of its own
//! in what ships: it is fetched as soon as the form stands, so that nobody waits for it. Here is the seam between the two: one
//! function, which gives the tables of what the second act does. What is reached through them alone is in the second module.
//!
//! Without the feature `split`, as in a Yew application and in tests, both acts are one module.

use crate::platform::later::Later as Platform;
use crate::view::later::Later as View;

/// What the second act does.
pub(crate) struct Act {
    view: View,
    platform: Platform,
}

static ACT: Act = Act { view: View::ACT, platform: Platform::ACT };

/// The second act is here: its tables are handed to the rooms.
pub(crate) fn has_come() {
    let Act { view, platform } = act();
    crate::view::later::take(view);
    // It looks after what is open: by then the views have to know theirs.
    crate::platform::later::take(platform);
}

/// It could not be had, and is tried again.
pub(crate) fn has_not_come() {
    crate::view::later::lack();
}

#[cfg(not(all(target_arch = "wasm32", feature = "split")))]
fn act() -> &'static Act {
    &ACT
}

#[cfg(all(target_arch = "wasm32", feature = "split"))]
use split::act;

/// A call that leads into the second module, by the names that the tool that parts them looks for.
#[cfg(all(target_arch = "wasm32", feature = "split"))]
#[allow(unsafe_code, improper_ctypes, improper_ctypes_definitions)]
mod split {
    use super::{ACT, Act};

    #[link(wasm_import_module = "__wasm_split_placeholder__")]
    unsafe extern "C" {
        #[link_name = "__wasm_split_00later00_import_00000000000000000000000000000000_act"]
        pub(super) safe fn act() -> &'static Act;
    }

    #[unsafe(export_name = "__wasm_split_00later00_export_00000000000000000000000000000000_act")]
    extern "C" fn act_of_module() -> &'static Act {
        &ACT
    }
}
