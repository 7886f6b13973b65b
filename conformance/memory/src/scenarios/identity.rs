//! What an entry is, and what it stands on: its path, its skill's references, the plugins.

use std::cell::Cell;

use wirt_conformance::Stop;
use wirt_contract::Answer;
use wirt_memory::{
    Filter, IndexError, Is, NewEntry, NewSkill, Outcome, Plugins, SearchError, write_skill,
};

use super::ours;
use crate::{
    Scenario, Subject,
    expect::{failed, given, holds, same},
    facts::{DAY, fact, log_of},
    place::{BEGIN, Place},
};

pub(super) const SCENARIOS: &[Scenario] = &[
    ours("memory/same-owner-same-day-in-two-projects-keeps-two-rows", two_projects),
    ours("memory/changed-skill-reference-is-seen", skill_reference),
    ours("memory/another-embedder-means-a-rebuild", another_embedder),
];

/// Two projects of one owner have a log each of one day, with the same ids in both: each keeps its
/// own entries, and a search in one finds nothing of the other.
fn two_projects(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let projects = [("red", "plays the cello"), ("blue", "plays the piano")];
    let mut paths = Vec::new();
    place.live(subject, |run| {
        let mut ids = Vec::new();
        for (project, words) in projects {
            let new = NewEntry { project_id: project.to_owned(), ..fact("u_both", 0, words) };
            let written = place.append(&new)?;
            paths.push(written.path);
            ids.push(written.entry_id);
        }
        holds(ids.first() == ids.last(), "the same id in both", || format!("{ids:?}"))?;
        run.touched(&paths)?;
        for (path, (project, words)) in paths.iter().zip(projects) {
            let rows = run.has_rows(path, 1)?;
            let says: Vec<_> =
                rows.iter().map(|row| (row.project_id.as_deref(), row.text.as_str())).collect();
            same("the project's entry", &says, &[(Some(project), words)])?;
        }
        run.is_at_rest()
    })?;
    for (path, (project, _)) in paths.iter().zip(projects) {
        let only = Filter::ProjectId(Is::Eq(project.to_owned()));
        let hits = given("a search", place.search(subject, "plays", Some(&only)))?;
        let found: Vec<&str> = hits.iter().map(|hit| hit.path.as_str()).collect();
        same(&format!("found in {project}"), &found, &[path.as_str()])?;
    }
    Ok(())
}

/// A skill's reference is edited, and later one more is added: its skill says so, whether the edit
/// is told of or a scan finds it.
fn skill_reference(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = "default_app/default_project/agents/a_1/skills/skill_tuning/SKILL.md";
    let reference = path.replace("SKILL.md", "references/strings.md");
    let another = path.replace("SKILL.md", "references/pegs.md");
    let skill = NewSkill {
        app_id: "default".to_owned(),
        project_id: "default".to_owned(),
        agent_id: "a_1".to_owned(),
        name: "tuning".to_owned(),
        description: "Tunes an instrument.".to_owned(),
        confidence: None,
        maturity_score: None,
        source_case_ids: Vec::new(),
        cluster_id: None,
        body: "Begin with the lowest string.".to_owned(),
    };
    place.live(subject, |run| {
        let written = write_skill(&place.root(), &skill, BEGIN);
        same("the skill's file", &given("a skill is written", written)?.path.as_str(), &path)?;
        place.write(&reference, "Gut sounds warm.\n")?;
        run.touched(&[path, &reference])?;
        let says = |rows: &[wirt_memory::Entry], words: &str, other: &str| {
            let is_said = |text: &str| text.contains(words) && !text.contains(other);
            holds(rows.iter().all(|row| is_said(&row.text)), words, || format!("{rows:?}"))
        };
        says(&run.has_rows(path, 1)?, "Gut sounds warm", "Steel")?;
        place.write(&reference, "Steel sounds bright.\n")?;
        run.touched(&[&reference])?;
        run.ended(path, &Outcome::Changed)?;
        says(&run.has_rows(path, 1)?, "Steel sounds bright", "Gut")?;
        place.write(&another, "Pegs want chalk.\n")?;
        run.scan()?;
        run.ended(path, &Outcome::Changed)?;
        says(&run.has_rows(path, 1)?, "Pegs want chalk", "Gut")?;
        run.has_rows(&reference, 0)?;
        run.is_at_rest()
    })?;
    same("files with the words", &place.found(subject, "chalk")?, &[path.to_owned()].into())?;
    same("files with the old words", &place.found(subject, "gut")?, &[].into())
}

/// An index that another embedder built is refused by searches, and built from nothing by the next
/// cascade: every text is embedded again.
fn another_embedder(subject: &mut Subject<'_>) -> Result<(), Stop> {
    let place = Place::new(subject)?;
    let path = log_of("u_moved", DAY);
    place.append_facts("u_moved", 3, "plays the cello")?;
    place.live(subject, |run| run.has_rows(&path, 3).map(drop))?;
    let other = format!("{}-other", subject.plugins.embedder_digest);
    let Subject { plugins, keeper, scratch } = subject;
    let plugins = Plugins {
        tokenizer: &mut *plugins.tokenizer,
        tokenizer_digest: plugins.tokenizer_digest,
        embedder: &mut *plugins.embedder,
        embedder_digest: &other,
    };
    let mut subject = Subject { plugins, keeper: &mut **keeper, scratch };
    match place.search(&mut subject, "cello", None) {
        Err(SearchError::Index(IndexError::OtherPlugin { role: "embedder", .. })) => {}
        other => return failed("a search that is refused", format!("{other:?}")),
    }
    let asked = Cell::new(0);
    let between = |texts: &[String]| -> Answer<()> {
        asked.set(asked.get() + texts.len());
        Ok(())
    };
    subject.gated(between, |subject| {
        place.live(subject, |run| {
            let why = run.rebuilt().map(str::to_owned);
            holds(why.as_ref().is_some_and(|why| why.contains("embedder")), "a rebuild", || {
                format!("it was rebuilt because: {why:?}")
            })?;
            run.ended(&path, &Outcome::New)?;
            run.has_rows(&path, 3)?;
            same("texts embedded", &asked.get(), &3)?;
            run.is_at_rest()
        })
    })?;
    same("files with the words", &place.found(&mut subject, "cello")?, &[path].into())
}
