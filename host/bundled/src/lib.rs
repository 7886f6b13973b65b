//! The plugins that ship with Wirt, as component bytes. They are built from `guests/` by this
//! crate's build script and come in through the same door as anybody's: the engine loads them
//! and the gate tests them.

/// A component that was built with Wirt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// The plugin's name: its folder in `guests/`.
    pub name: &'static str,
    /// The component.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

/// The bundled plugin of this name, if there is one.
pub fn plugin(name: &str) -> Option<Bundled> {
    PLUGINS.iter().copied().find(|plugin| plugin.name == name)
}

/// The faulty plugin of this name, if there is one.
pub fn faulty(name: &str) -> Option<Bundled> {
    FAULTY.iter().copied().find(|plugin| plugin.name == name)
}
