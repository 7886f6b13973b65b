//! The component: which defect it has, and what it stands on.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use wirt_contract::EpochMs;
use wirt_contract::store::Durability;

use crate::{Bent, Data, World};

/// Names the case whose defect the store has.
const VARIABLE: &str = "WIRT_FAULT";
/// Where the host mounts the folder it grants a store.
const FOLDER: &str = "/data";

/// The store its environment asks for.
pub(crate) fn plugin() -> Bent {
    // What is no text cannot be a case's id, and so has no defect.
    let case = std::env::var_os(VARIABLE).map(|case| case.to_string_lossy().into_owned());
    Bent::for_case(world(), case.as_deref())
}

/// Durable in the folder where there is one. One that cannot be opened is met as an error of the
/// first call that needs it.
fn world() -> World {
    let folder = Path::new(FOLDER);
    if folder.is_dir() {
        World::new(Durability::Durable, Data::in_file(folder.join("data.log")), now)
    } else {
        World::new(Durability::Inline, Data::default(), now)
    }
}

fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    EpochMs(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
}
