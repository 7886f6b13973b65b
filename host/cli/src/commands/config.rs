//! `wirt config`: look at wirt.toml.

use std::path::Path;

use wirt_contract::Interface;

use crate::args::Config;
use crate::config;
use crate::config::resolve::{FILE, Plan};
use crate::host::gate::Admitted;
use crate::host::plugins::Plugins;
use crate::{Exit, terminal};

pub(crate) fn run(command: &Config, file: Option<&Path>) -> anyhow::Result<Exit> {
    match command {
        Config::Schema => terminal::line(config::schema()?)?,
        Config::Check => check(&Plan::load(file)?)?,
    }
    Ok(Exit::Ok)
}

/// Resolves and gates everything the file names, as a service would at its start.
fn check(plan: &Plan) -> anyhow::Result<()> {
    match &plan.file {
        Some(file) => terminal::line(file.display())?,
        None => terminal::line(format_args!("no {FILE} here: the defaults"))?,
    }
    let plugins = Plugins::new(plan.edition)?;
    let mut clean = true;
    for store in plan.stores.values() {
        let contracts: Vec<Interface> = plan
            .bound
            .iter()
            .filter(|(_, bound)| **bound == store.name)
            .map(|(contract, _)| *contract)
            .collect();
        let roles: Vec<Interface> = contracts.iter().copied().chain([Interface::Store]).collect();
        let (_, admitted) = plugins.judge(&store.plugin, &roles)?;
        clean &= admitted == Admitted::Conformant;
        let names: Vec<&str> = contracts.iter().map(|contract| contract.name()).collect();
        let serves = if names.is_empty() { "nothing".into() } else { names.join(", ") };
        let folder = match &store.folder {
            Some(folder) => folder.display().to_string(),
            None => format!("stores/{} in the state folder", store.name),
        };
        terminal::line(format_args!(
            "  store {}: {} serves {serves}; folder {folder}",
            store.name, store.plugin.source
        ))?;
    }
    for (role, plan) in
        [(Interface::Tokenizer, &plan.tokenizer), (Interface::Embedder, &plan.embedder)]
    {
        let (_, admitted) = plugins.judge(plan, &[role])?;
        clean &= admitted == Admitted::Conformant;
        terminal::line(format_args!("  {role}: {}", plan.source))?;
    }
    terminal::line(if clean {
        "every plugin is conformant"
    } else {
        "not every plugin is conformant; the warnings name those let in all the same"
    })?;
    Ok(())
}
