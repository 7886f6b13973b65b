//! Tests of writing and reading together: what is written reads back equal, for every kind, and
//! from any number of writers.

mod random;

use std::{fs, path::Path, process::Command};

use wirt_contract::EpochMs;

use super::{
    NewContent, NewEntry, NewProfile, NewSkill, append, daily_log::LogKind, entries, log_entry,
    read, write_profile, write_skill,
};
use crate::{
    entry::{Details, Entry, Kind, Number, OwnerType},
    testing::Trial,
};

/// The sample of the format's description, as it stands there.
const SAMPLE: &str = "---
id: atomic_fact_log_u_alice_2026-05-18
type: atomic_fact_daily
file_type: atomic_fact_daily
schema_version: 1
user_id: u_alice
track: user
date: '2026-05-18'
entry_count: 2
last_appended_at: '2026-11-21T11:15:12.029259+00:00'
---
<!-- entry:af_20260518_00000001 -->
## af_20260518_00000001

**owner_id**: u_alice
**session_id**: s_0
**timestamp**: 2026-05-18T07:04:26+00:00
**parent_id**: mc_0
**sender_ids**: [u_alice, u_bob]

### Fact
Alice plays the cello.
<!-- /entry:af_20260518_00000001 -->
";
const SAMPLE_PATH: &str =
    "default_app/default_project/users/u_alice/.atomic_facts/atomic_fact-2026-05-18.md";
const MORNING: EpochMs = EpochMs(1_779_087_866_000);
const NOW: EpochMs = EpochMs(1_795_259_712_029);

fn new_entry(owner: &str, content: NewContent) -> NewEntry {
    NewEntry {
        app_id: "default".into(),
        project_id: "default".into(),
        owner_id: owner.into(),
        timestamp: MORNING,
        session_id: Some("s_0".into()),
        parent_type: None,
        parent_id: Some("mc_0".into()),
        content,
    }
}

fn fact(text: &str) -> NewEntry {
    let sender_ids = vec!["u_alice".into(), "u_bob".into()];
    new_entry("u_alice", NewContent::AtomicFact { sender_ids, fact: text.into() })
}

fn read_back(root: &Path, kind: Kind, path: &str) -> Vec<Entry> {
    entries(kind, path, &read(kind, &root.join(path)).unwrap()).unwrap()
}

#[test]
fn the_sample_reads_as_described() {
    let found = log_entry::entries(LogKind::AtomicFact, SAMPLE_PATH, SAMPLE).unwrap();
    let [entry] = &found[..] else { panic!("{found:?}") };
    let expected = Entry {
        path: SAMPLE_PATH.into(),
        line: 12,
        entry_id: "af_20260518_00000001".into(),
        kind: Kind::AtomicFact,
        app_id: Some("default".into()),
        project_id: Some("default".into()),
        owner_type: Some(OwnerType::User),
        owner_id: Some("u_alice".into()),
        session_id: Some("s_0".into()),
        timestamp: Some(MORNING),
        parent_type: None,
        parent_id: Some("mc_0".into()),
        sender_ids: vec!["u_alice".into(), "u_bob".into()],
        content_sha256: String::new(),
        title: String::new(),
        headings: vec![],
        tags: vec![],
        aliases: vec![],
        links: vec![],
        text: "Alice plays the cello.".into(),
        details: Details::Plain,
    };
    assert_eq!(entry, &expected);
}

#[test]
fn the_sample_is_what_is_written() {
    let root = tempfile::tempdir().unwrap();
    let written = append(root.path(), &fact("Alice plays the cello."), NOW).unwrap();
    assert_eq!(written.path, SAMPLE_PATH);
    let expected = SAMPLE.replace("entry_count: 2", "entry_count: 1").replace(".029259", ".029000");
    assert_eq!(fs::read_to_string(root.path().join(SAMPLE_PATH)).unwrap(), expected);
    // The count of the sample is ahead of its entries: its numbers are not given out again.
    fs::write(root.path().join(SAMPLE_PATH), SAMPLE).unwrap();
    let written = append(root.path(), &fact("Bob does not."), NOW).unwrap();
    assert_eq!(written.entry_id, "af_20260518_00000003");
}

#[test]
fn each_kind_of_log_has_its_keys_and_sections_in_order() {
    let root = tempfile::tempdir().unwrap();
    let block = |entry: &NewEntry| {
        let path = append(root.path(), entry, NOW).unwrap().path;
        let text = fs::read_to_string(root.path().join(&path)).unwrap();
        let (head, block) = text.split_once("\n---\n").unwrap();
        (path, head.to_owned(), block.to_owned())
    };
    let content = NewContent::Episode {
        sender_ids: vec![],
        subject: Some("Music".into()),
        summary: None,
        content: "They played.".into(),
    };
    let mut episode = new_entry("u", content);
    episode.parent_type = Some("memcell".into());
    let (path, head, text) = block(&episode);
    assert_eq!(path, "default_app/default_project/users/u/episodes/episode-2026-05-18.md");
    assert!(head.starts_with("---\nid: episode_log_u_2026-05-18\ntype: episode_daily\n"), "{head}");
    assert_eq!(
        text,
        "<!-- entry:ep_20260518_00000001 -->\n## ep_20260518_00000001\n\n**owner_id**: \
         u\n**session_id**: s_0\n**timestamp**: 2026-05-18T07:04:26+00:00\n**parent_type**: \
         memcell\n**parent_id**: mc_0\n**sender_ids**: []\n\n### Subject\nMusic\n\n### \
         Content\nThey played.\n<!-- /entry:ep_20260518_00000001 -->\n"
    );
    let content = NewContent::Foresight {
        sender_ids: vec!["a".into()],
        start_time: Some(EpochMs(MORNING.0 + 1)),
        end_time: None,
        duration_days: Some(7),
        foresight: "Buys strings.".into(),
        evidence: Some("One broke.".into()),
    };
    let (path, _, text) = block(&new_entry("u", content));
    assert_eq!(path, "default_app/default_project/users/u/.foresights/foresight-2026-05-18.md");
    assert_eq!(
        text,
        "<!-- entry:fs_20260518_00000001 -->\n## fs_20260518_00000001\n\n**owner_id**: \
         u\n**session_id**: s_0\n**timestamp**: 2026-05-18T07:04:26+00:00\n**parent_id**: \
         mc_0\n**sender_ids**: [a]\n**start_time**: \
         2026-05-18T07:04:26.001000+00:00\n**end_time**: \n**duration_days**: 7\n\n### \
         Foresight\nBuys strings.\n\n### Evidence\nOne broke.\n<!-- /entry:fs_20260518_00000001 \
         -->\n"
    );
    let content = NewContent::AgentCase {
        quality_score: Number::new(0.8).unwrap(),
        task_intent: "Tune it.".into(),
        approach: "By ear.".into(),
        key_insight: Some("Warm up.".into()),
    };
    let (path, head, text) = block(&new_entry("007", content));
    assert_eq!(path, "default_app/default_project/agents/007/.cases/agent_case-2026-05-18.md");
    assert!(head.contains("\nagent_id: '007'\ntrack: agent\n"), "{head}");
    assert_eq!(
        text,
        "<!-- entry:ac_20260518_00000001 -->\n## ac_20260518_00000001\n\n**owner_id**: \
         007\n**session_id**: s_0\n**timestamp**: 2026-05-18T07:04:26+00:00\n**parent_id**: \
         mc_0\n**quality_score**: 0.8\n\n### TaskIntent\nTune it.\n\n### Approach\nBy ear.\n\n### \
         KeyInsight\nWarm up.\n<!-- /entry:ac_20260518_00000001 -->\n"
    );
}

#[test]
fn a_full_file_takes_no_more() {
    let root = tempfile::tempdir().unwrap();
    let huge = "x".repeat(usize::try_from(super::read::MAX_FILE_BYTES).unwrap());
    let error = append(root.path(), &fact(&huge), NOW).unwrap_err();
    assert!(error.to_string().contains("bytes, expected at most 33554432"), "{error}");
    append(root.path(), &fact("x"), NOW).unwrap();
    let at = root.path().join(SAMPLE_PATH);
    let last =
        fs::read_to_string(&at).unwrap().replace("count: 1\n", &format!("count: {}\n", u64::MAX));
    fs::write(&at, last).unwrap();
    let error = append(root.path(), &fact("x"), NOW).unwrap_err();
    assert!(error.to_string().contains("entry_count"), "{error}");
}

#[test]
fn a_log_with_windows_line_ends_goes_on() {
    let root = tempfile::tempdir().unwrap();
    append(root.path(), &fact("one\ntwo"), NOW).unwrap();
    let at = root.path().join(SAMPLE_PATH);
    fs::write(&at, fs::read_to_string(&at).unwrap().replace('\n', "\r\n")).unwrap();
    append(root.path(), &fact("three"), NOW).unwrap();
    let texts: Vec<String> = read_back(root.path(), Kind::AtomicFact, SAMPLE_PATH)
        .into_iter()
        .map(|entry| entry.text)
        .collect();
    assert_eq!(texts, ["one\ntwo", "three"]);
    assert!(fs::read_to_string(&at).unwrap().contains("entry_count: 2\r\n"));
}

#[test]
fn every_kind_is_found_and_a_change_of_a_reference_is_seen() {
    let mut trial = Trial::new();
    let root = trial.root.path().to_owned();
    append(&root, &fact("apple"), NOW).unwrap();
    let episode = NewContent::Episode {
        sender_ids: vec![],
        subject: Some("banana".into()),
        summary: None,
        content: "Told.".into(),
    };
    append(&root, &new_entry("u_alice", episode), NOW).unwrap();
    let foresight = NewContent::Foresight {
        sender_ids: vec![],
        start_time: None,
        end_time: None,
        duration_days: None,
        foresight: "Expected.".into(),
        evidence: Some("cherry".into()),
    };
    append(&root, &new_entry("u_alice", foresight), NOW).unwrap();
    let case = NewContent::AgentCase {
        quality_score: Number::new(1.0).unwrap(),
        task_intent: "Wanted.".into(),
        approach: "Done.".into(),
        key_insight: Some("damson".into()),
    };
    append(&root, &new_entry("b", case), NOW).unwrap();
    let skill = NewSkill {
        app_id: "default".into(),
        project_id: "default".into(),
        agent_id: "b".into(),
        name: "elder".into(),
        description: "Of use.".into(),
        confidence: None,
        maturity_score: None,
        source_case_ids: vec![],
        cluster_id: None,
        body: "How to.".into(),
    };
    let skill = write_skill(&root, &skill, NOW).unwrap().path;
    let profile = NewProfile {
        app_id: "default".into(),
        project_id: "default".into(),
        user_id: "u_alice".into(),
        summary: "Known.".into(),
        explicit_info: vec!["fig".into()],
        implicit_traits: vec![],
        timestamp: NOW,
    };
    write_profile(&root, &profile).unwrap();
    let report = trial.sync();
    assert_eq!((report.files, report.entries, report.failed.len()), (6, 6, 0), "{report:?}");
    let names = ["atomic_fact-", "episode-", "foresight-", "agent_case-", "SKILL.md", "user.md"];
    for (word, name) in ["apple", "banana", "cherry", "damson", "elder", "fig"].iter().zip(names) {
        let paths = trial.paths(word);
        assert!(paths.len() == 1 && paths.first().unwrap().contains(name), "{word}: {paths:?}");
    }
    assert!(trial.verify().is_equal());
    assert_eq!(trial.sync().unchanged, 6);
    let reference = skill.replace("SKILL.md", "references/more.md");
    for (text, found) in [("grape", true), ("hazel", false)] {
        trial.write(&reference, text);
        assert_eq!(trial.sync().changed, 1);
        assert_eq!(trial.paths("grape").contains(&skill), found);
    }
    fs::remove_file(trial.at(&reference)).unwrap();
    assert_eq!((trial.sync().changed, trial.paths("hazel").len()), (1, 0));
    assert!(trial.verify().is_equal());
}

/// Appends twelve facts; names itself in them.
fn append_some(root: &Path, writer: &str) {
    for number in 0..12 {
        append(root, &fact(&format!("{writer} {number}")), NOW).unwrap();
    }
}

const THIS_TEST: &str = "files::round_trip::appends_of_processes_and_threads_lose_nothing";
const ROOT_OF_ANOTHER: &str = "WIRT_TEST_ROOT_OF_ANOTHER_PROCESS";

/// The other processes are this test once more, told by their environment what they are.
#[test]
fn appends_of_processes_and_threads_lose_nothing() {
    if let Some(root) = std::env::var_os(ROOT_OF_ANOTHER) {
        return append_some(Path::new(&root), &std::process::id().to_string());
    }
    let root = tempfile::tempdir().unwrap();
    let another = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", THIS_TEST])
            .env(ROOT_OF_ANOTHER, root.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let processes = [another(), another()];
    std::thread::scope(|scope| {
        for writer in ["one", "two"] {
            scope.spawn(|| append_some(root.path(), writer));
        }
    });
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let entries = read_back(root.path(), Kind::AtomicFact, SAMPLE_PATH);
    let ids: Vec<String> = entries.iter().map(|entry| entry.entry_id.clone()).collect();
    let expected: Vec<String> = (1..=48).map(|n| format!("af_20260518_{n:08}")).collect();
    assert_eq!(ids, expected);
    let mut texts: Vec<String> = entries.into_iter().map(|entry| entry.text).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 48);
    let names = fs::read_dir(root.path().join(SAMPLE_PATH).parent().unwrap()).unwrap();
    assert_eq!(names.count(), 1, "no temporary file is left");
}
