//! The store while something else is wrong with its file, its disk or the load: nobody waits long, and nothing is sent twice.

mod copies;
mod epochs;
mod faults;
pub(crate) mod load;
mod losses;
mod names;
mod put_back;
mod size;
mod witness;
