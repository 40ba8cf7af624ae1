//! A stand-in for BzCtrl: the two documented requests at the documented paths, answered in the documented shapes.
//!
//! For the demo, for tests, and for integrators without an account. It is stricter than BzCtrl need be, so that what
//! it accepts was built to the letter: content types, grant, credentials, bearer and its expiry, unknown and repeated
//! members, each field's type and value, known workspaces. It says on each of its pages that it is not BzCtrl.
//!
//! Everything is kept in memory, the credentials of recorded requests too: it is made for loopback, and listens
//! elsewhere only when told to expose itself.
//!
//! | request | what it does |
//! | --- | --- |
//! | `POST /bzctrl-core-api/oauth/token` | a bearer token for a form-encoded password grant |
//! | `POST /bzctrl-core-api/api/v1/task/add-task` | stores a todo, numbers it in its workspace, answers its link |
//! | `GET /app/` | the list of todos; `/app/#/todo/{number}` is one todo: what `taskLink` opens |
//! | `GET /sandbox/requests` | what came to the two API paths: `[{method, path, headers, body, status}]`, oldest first. `path` is the target as sent, `headers` an object of lower-case names, `body` the raw text, `status` `null` while, or if, there is no answer |
//! | `GET /sandbox/todos` | the stored todos, oldest first: the fields as sent, and `id`, `taskLink`, `tags`, `receivedAt`, `dueDate` (when it came in as done), `request` (the raw body) |
//! | `POST /sandbox/faults` | appends to the queue of what goes wrong next: see [`Fault`] |
//! | `GET /sandbox/faults` | what is left of that queue |
//! | `DELETE /sandbox/faults` | empties that queue |
//! | `DELETE /sandbox` | forgets todos, numbers, requests and faults; tokens stay valid |
//!
//! In tests, start it inside the process:
//!
//! ```no_run
//! # async fn start() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let running = tokio::spawn(bzctrl_sandbox::serve(listener, bzctrl_sandbox::Options::default()));
//! // … requests to http://{address} …
//! running.abort();
//! # Ok(())
//! # }
//! ```

mod add_task;
mod answer;
mod cors;
mod exchange;
mod faults;
mod media_type;
mod oauth;
mod observe;
mod options;
mod pages;
mod requests;
mod sandbox;
mod server;
mod todos;
mod tokens;

pub use faults::{BodyKind, Endpoint, Fault, QueuedFault};
pub use options::{Options, Origin};
pub use server::{ServeError, serve};
