//! `bzctrl-relay conform`: whether a company's own backend keeps to docs/PROTOCOL.md. It asks as a page asks, by HTTP alone, and
//! says of each rule what was sent, seen, and should be. It knows nothing of how this relay keeps the same rules.

mod backend;
mod doors;
mod doubts;
mod exchange;
mod judge;
mod keys;
mod options;
mod orders;
mod other_user;
mod restart;
mod rule;
mod sandbox;
mod todos;
mod token;
mod trial;

use std::io::Write;

use backend::Backend;
use judge::Judge;
pub use options::Options;
pub use rule::{Rule, UNSEEN};
use sandbox::Sandbox;
use token::NoToken;
use trial::Trial;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conforms {
    /// Every rule holds, and each that matters was tried.
    Yes,
    /// Those that were tried hold; of others nothing is known.
    AsFarAsTried,
    /// At least one does not.
    No,
    /// There was nothing to try them on.
    Untried,
}

/// Tries every rule, and tells of each.
///
/// # Errors
/// It cannot be written.
pub async fn run(options: &Options, out: &mut dyn Write) -> std::io::Result<Conforms> {
    writeln!(out, "{} as a page of {} sees it", options.url, options.origin)?;
    let (backend, sandbox) = match reach(options).await {
        Ok(reached) => reached,
        Err(why) => {
            writeln!(out, "nothing could be tried: {why}")?;
            return Ok(Conforms::Untried);
        }
    };
    let mut judge = Judge::default();
    options.limit(&mut judge);
    try_all(&backend, sandbox.as_ref(), &mut judge, out).await?;
    if backend.has_no_token_left().await {
        writeln!(
            out,
            "the token expired before the end, and no new one was given (an assertion is taken once: give --assertion-endpoint); what \
             fails by 401 may fail for this reason alone"
        )?;
    }
    if let Some(sandbox) = &sandbox
        && let Err(why) = sandbox.clear().await
    {
        writeln!(out, "what was to go wrong at {} may still go wrong there: {why}", sandbox.base)?;
    }
    judge.tell(out)
}

/// Whom all is asked of.
async fn reach(options: &Options) -> Result<(Backend<'_>, Option<Sandbox>), String> {
    let backend = Backend::new(options)?;
    backend.is_there().await?;
    let sandbox = match &options.sandbox {
        Some(url) => Some(Sandbox::at(url).await?),
        None => None,
    };
    Ok((backend, sandbox))
}

async fn try_all(
    backend: &Backend<'_>,
    sandbox: Option<&Sandbox>,
    judge: &mut Judge,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let answer = token::answer(backend, judge).await;
    if !matches!(answer, Err(NoToken::OriginDenied)) {
        doors::of_the_token(backend, judge).await;
    }
    let Ok(answer) = answer else { return Ok(()) };
    let Some(page) = token::sealed_page(backend, &answer, judge).await else { return Ok(()) };
    let mut trial = Trial::new(backend, page, sandbox);
    let mut first = None;
    if backend.options.creates_todos && trial.page.workspace.is_none() {
        judge.skip_rest_of_todos("give --workspace: the defaults of the token's answer name no domainWorkSpace");
    } else if backend.options.creates_todos {
        writeln!(out, "{}", todos::announce(&trial))?;
        // The first thing that is sent: only then is it known where todos go.
        match todos::created(&trial, judge).await {
            Ok(created) => first = created,
            Err(elsewhere) => {
                judge.skip_rest(&elsewhere);
                return Ok(());
            }
        }
    }
    // Only a backend that creates todos is shown any that it must not create.
    trial.complete = first.is_some();
    doors::of_todos(&trial, judge).await;
    keys::refused(&trial, judge).await;
    orders::of(&trial, first.as_ref(), judge).await;
    let Some(first) = first else { return Ok(()) };
    todos::at_most_one(&trial, &first, judge).await;
    orders::newest_first(&trial, &first, judge).await;
    other_user::all(&trial, &first, judge).await;
    if let Some(sandbox) = sandbox {
        doubts::all(&trial, sandbox, judge).await;
    }
    if let Some(command) = &backend.options.restart_command {
        restart::over(&trial, &first, command, judge).await;
    }
    Ok(())
}
