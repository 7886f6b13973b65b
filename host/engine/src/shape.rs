//! Compares a component's functions with the contracts', before anything runs.
//!
//! The contracts' own types are read from the description that wasmtime's bindings carry, so
//! there is no second list of functions to keep.

use std::collections::BTreeMap;

use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wirt_contract::{Interface, Interfaces};

use crate::LoadError;
use crate::bindings::COMPONENT_TYPE;

/// Fails on the first function that is missing or of another type.
pub(crate) fn compare(
    name: &str,
    plugin: &Component,
    engine: &wasmtime::Engine,
    interfaces: &Interfaces,
) -> Result<(), LoadError> {
    let plugin: BTreeMap<String, ComponentInstance> = plugin
        .component_type()
        .exports(engine)
        .filter_map(|(export, item)| instance(item.ty).map(|item| (export.to_string(), item)))
        .collect();
    let host = host(engine).ok_or_else(|| LoadError::Damaged {
        name: name.into(),
        detail: "the host's own contracts cannot be read".into(),
    })?;
    for interface in interfaces.iter() {
        let misfit = |function: &str, found: String| LoadError::Shape {
            name: name.into(),
            interface: interface.qualified(),
            function: function.into(),
            found,
        };
        let Some(expected) = host.get(&interface.qualified()) else { continue };
        let found = plugin
            .iter()
            .find(|(export, _)| is(export, interface))
            .map(|(_, found)| functions(found, engine))
            .unwrap_or_default();
        for (function, expected) in functions(expected, engine) {
            match found.get(&function) {
                None => return Err(misfit(&function, "missing".into())),
                Some(found) => {
                    if let Some(difference) = difference(&expected, found) {
                        return Err(misfit(&function, difference));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether an export's name is this interface's, in whatever compatible version.
fn is(export: &str, interface: Interface) -> bool {
    export
        .strip_prefix(interface.package())
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split('@').next())
        == Some(interface.name())
}

/// The contracts' interfaces by name, from the world the bindings were made from: a component
/// that exports one component type, which exports the world.
fn host(engine: &wasmtime::Engine) -> Option<BTreeMap<String, ComponentInstance>> {
    let description = Component::new(engine, COMPONENT_TYPE).ok()?;
    let outer =
        description.component_type().exports(engine).find_map(|(_, item)| component(item.ty))?;
    let world = outer.exports(engine).find_map(|(_, item)| component(item.ty))?;
    Some(
        world
            .exports(engine)
            .filter_map(|(export, item)| instance(item.ty).map(|item| (export.to_string(), item)))
            .collect(),
    )
}

fn component(item: ComponentItem) -> Option<wasmtime::component::types::Component> {
    match item {
        ComponentItem::Component(component) => Some(component),
        _ => None,
    }
}

fn instance(item: ComponentItem) -> Option<ComponentInstance> {
    match item {
        ComponentItem::ComponentInstance(instance) => Some(instance),
        _ => None,
    }
}

fn functions(
    instance: &ComponentInstance,
    engine: &wasmtime::Engine,
) -> BTreeMap<String, ComponentFunc> {
    instance
        .exports(engine)
        .filter_map(|(name, item)| match item.ty {
            ComponentItem::ComponentFunc(function) => Some((name.to_string(), function)),
            _ => None,
        })
        .collect()
}

/// Says how a function differs, if it does. Parameters' names do not matter.
fn difference(expected: &ComponentFunc, found: &ComponentFunc) -> Option<String> {
    if expected.async_() != found.async_() {
        return Some("async, expected a plain func".into());
    }
    let (wanted, given) = (expected.params().len(), found.params().len());
    if wanted != given {
        return Some(format!("taking {given} parameters, expected {wanted}"));
    }
    let other =
        expected.params().zip(found.params()).find(|((_, expected), (_, found))| expected != found);
    if let Some(((parameter, _), _)) = other {
        return Some(format!("taking another type for `{parameter}`"));
    }
    let same = expected.results().len() == found.results().len()
        && expected.results().zip(found.results()).all(|(expected, found)| expected == found);
    (!same).then(|| "answering another type".into())
}
