//! What the form asks of the world around it. The platform is one; a test can be another.

use std::rc::Rc;

use super::event::{Effect, Event, Moment};
use super::restore::Kept;
use super::state::State;
use bzctrl_contract::{Date, Numbers};

/// Takes the events that come of an effect.
pub(crate) type Answerer = Rc<dyn Fn(Event)>;

/// Times and days in the words of a language.
pub(crate) struct Calendar {
    /// A time, in seconds since 1970.
    pub(crate) time: fn(u32, &str) -> String,
    /// A day of the calendar, as `2026-12-03`.
    pub(crate) day: fn(&str, &str) -> String,
    /// The days that are chosen most: today, tomorrow, next Monday.
    pub(crate) next_days: fn() -> [Date; 3],
}

/// The world: it does effects, and answers with events.
pub(crate) trait World {
    /// Now, today, and some chance: of a press, which the second act alone follows.
    fn moment(&self) -> Option<Moment>;
    /// Whether somebody has opened the form: it may be drawn before that, and is not shown then.
    fn is_open(&self) -> bool;
    /// Whether the form takes the focus when it opens.
    fn takes_focus(&self) -> bool;
    /// How numbers are written where the user lives, by one who reads this language: only the second act reads them.
    fn numbers(&self, language: &str) -> Option<Numbers>;
    /// The wall clock, in ms, which is there from the start.
    fn wall_clock(&self) -> f64;
    /// What it knows of times and days, once the second act is here.
    fn calendar(&self) -> Option<&'static Calendar>;
    /// What was kept of this form in this tab.
    fn kept(&self) -> Kept;
    /// Does an effect of a state. `answer` takes the events that come of it.
    fn run(&self, effect: Effect, state: &State, answer: &Answerer);
    /// Opens a tab for the todo that is about to be made, with these words in it.
    fn reserve_tab(&self, words: &str);
    /// A line for the developer of the page.
    fn tell_developer(&self, line: &str);
    /// Tells the host of the notice that the user sees, under this title.
    fn tell(&self, state: &State, title: &str);
}
