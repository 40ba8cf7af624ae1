//! What is promised, as what no state may be.

use stateright::Property;

use crate::data::State;
use crate::world::{Model, World};

/// How often a press asks by itself where each answer says to come back in 50 seconds: two minutes after it, it ends.
pub(crate) const ASKS_BY_ITSELF: u8 = 2;

/// All of it.
pub(crate) fn all() -> Vec<Property<Model>> {
    vec![
        Property::always("there are no more todos than knowing presses", |_, world: &World| {
            world.truth.todos.len() <= usize::from(world.truth.allowed)
        }),
        Property::always("what was said to be not created was not", |_, world: &World| {
            world.truth.todos.iter().all(|key| world.truth.denied & key.bit() == 0)
        }),
        Property::always("each todo is known to its user or to the store", |model: &Model, world: &World| {
            world.truth.todos.iter().all(|key| {
                let row = world.data.row(*key);
                let is_stored = row.is_some_and(|row| match row.state {
                    State::Sending | State::Created(_) | State::Unknown => true,
                    // It will be unknown as soon as it is found that the store was put back.
                    State::Free => world.put_back,
                    State::Rejected => false,
                });
                let told = (world.truth.told | world.truth.excused) & key.bit() != 0;
                is_stored || told || world.will_be_reported(*key) || world.is_before_a_user(model.forms, *key)
            })
        }),
        Property::always("what asks by itself ends", |_, world: &World| {
            world.tabs.iter().all(|tab| tab.asked <= ASKS_BY_ITSELF)
        }),
        Property::always("no key is in progress for ever", |_, world: &World| {
            // A lease ends by itself, a start gives up, and what was put back is found: but for these somebody has to conclude it.
            world.stopped.len() > 1
                || world.put_back
                || world.data.rows.iter().all(|(_, row)| row.state != State::Sending || world.is_in_hand(row.claim))
        }),
        Property::always("what was said to be unknown is not sent again", |_, world: &World| !world.truth.resent),
        Property::always("what is known is not sent again", |_, world: &World| !world.truth.known_resent),
        Property::always("what was said to be created stays so", |_, world: &World| {
            let created = |key| world.data.row(key).is_some_and(|row| matches!(row.state, State::Created(_)));
            world.truth.todos.iter().all(|key| world.truth.said_created & key.bit() == 0 || created(*key))
        }),
    ]
}
