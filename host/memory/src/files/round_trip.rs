//! Tests of writing and reading together: what is written reads back equal, for every kind, and
//! from any number of writers.

use std::{fs, path::Path, process::Command};

use proptest::{collection::vec, option, prelude::*, test_runner::TestCaseError};
use wirt_contract::EpochMs;

use super::{
    NewContent, NewEntry, NewProfile, NewSkill, append, daily_log::LogKind, entries, log_entry,
    read, write_profile, write_skill,
};
use crate::{
    entry::{Details, Entry, Kind, Number, OwnerType},
    error::AppendError,
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
    entries(kind, path, &read(&root.join(path)).unwrap()).unwrap()
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

const ROOT_OF_ANOTHER: &str = "WIRT_TEST_ROOT_OF_ANOTHER_PROCESS";

#[test]
#[ignore = "a process of its own runs this for the test below"]
fn another_process_appends() {
    let root = std::env::var(ROOT_OF_ANOTHER).unwrap();
    append_some(Path::new(&root), &std::process::id().to_string());
}

#[test]
fn appends_of_processes_and_threads_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    let another = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "files::round_trip::another_process_appends"])
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

// ---- What random entries come to.

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("default".to_owned()),
        Just("007".to_owned()),
        Just("no".to_owned()),
        "[A-Za-z0-9_.-]{1,12}".prop_filter("a name of a folder", |id| id != "." && id != ".."),
    ]
}

fn inline() -> impl Strategy<Value = String> {
    "[^\\n\\r]{1,20}|[#\\[*:'\"<!-]{1,8}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("something", |text| !text.is_empty())
}

fn sender() -> impl Strategy<Value = String> {
    inline().prop_filter("an item", |text| !text.contains([',', '[', ']']))
}

/// Texts full of what the format is made of.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[\\n\\r]{1,3}",
        Just("###".to_owned()),
        Just("## x\n".to_owned()),
        Just("---\n".to_owned()),
        Just("\n**timestamp**: never\n".to_owned()),
        Just("<!-- entr".to_owned()),
        Just(" -->".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn time() -> impl Strategy<Value = EpochMs> {
    (0..253_402_300_799_999_u64).prop_map(EpochMs)
}

fn number() -> impl Strategy<Value = Number> {
    any::<f64>().prop_filter_map("finite", Number::new)
}

fn content() -> impl Strategy<Value = NewContent> {
    let senders = || vec(sender(), 0..4);
    prop_oneof![
        (senders(), option::of(text()), option::of(text()), text()).prop_map(
            |(sender_ids, subject, summary, content)| NewContent::Episode {
                sender_ids,
                subject,
                summary,
                content
            }
        ),
        (senders(), text())
            .prop_map(|(sender_ids, fact)| NewContent::AtomicFact { sender_ids, fact }),
        (
            senders(),
            option::of(time()),
            option::of(time()),
            option::of(any::<i32>()),
            text(),
            option::of(text())
        )
            .prop_map(
                |(sender_ids, start_time, end_time, duration_days, foresight, evidence)| {
                    NewContent::Foresight {
                        sender_ids,
                        start_time,
                        end_time,
                        duration_days,
                        foresight,
                        evidence,
                    }
                }
            ),
        (number(), text(), text(), option::of(text())).prop_map(
            |(quality_score, task_intent, approach, key_insight)| NewContent::AgentCase {
                quality_score,
                task_intent,
                approach,
                key_insight
            }
        ),
    ]
}

fn any_entry() -> impl Strategy<Value = NewEntry> {
    let ids = (id(), id(), id());
    (ids, time(), option::of(inline()), option::of(inline()), option::of(inline()), content())
        .prop_map(
            |(
                (app_id, project_id, owner_id),
                timestamp,
                session_id,
                parent_type,
                parent_id,
                content,
            )| {
                NewEntry {
                    app_id,
                    project_id,
                    owner_id,
                    timestamp,
                    session_id,
                    parent_type,
                    parent_id,
                    content,
                }
            },
        )
}

/// Line breaks as they are written.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_matches('\n').to_owned()
}

fn joined(texts: &[Option<&String>]) -> String {
    texts.iter().flatten().map(|text| lines(text)).collect::<Vec<_>>().join("\n\n")
}

/// Whether a text may be written, said another way than the code does.
fn is_writable(text: &str) -> bool {
    let lines = format!("\n{}", lines(text));
    !lines.trim().is_empty()
        && !lines.contains("\n### ")
        && !lines.contains("<!-- entry:")
        && !lines.contains("<!-- /entry:")
}

/// What an entry reads back as, but for where it stands; `None` where it may not be written.
fn expected(new: &NewEntry) -> Option<Entry> {
    let (kind, senders, title, texts, details): (_, &[String], _, Vec<Option<&String>>, _) =
        match &new.content {
            NewContent::Episode { sender_ids, subject, summary, content } => {
                if subject.as_ref().is_some_and(|subject| !is_writable(subject)) {
                    return None;
                }
                let texts = vec![summary.as_ref(), Some(content)];
                let title = subject.as_deref().map(lines).unwrap_or_default();
                (Kind::Episode, sender_ids, title, texts, Details::Plain)
            }
            NewContent::AtomicFact { sender_ids, fact } => {
                (Kind::AtomicFact, sender_ids, String::new(), vec![Some(fact)], Details::Plain)
            }
            NewContent::Foresight {
                sender_ids,
                start_time,
                end_time,
                duration_days,
                foresight,
                evidence,
            } => {
                let details = Details::Foresight {
                    start_time: *start_time,
                    end_time: *end_time,
                    duration_days: *duration_days,
                };
                let texts = vec![Some(foresight), evidence.as_ref()];
                (Kind::Foresight, sender_ids, String::new(), texts, details)
            }
            NewContent::AgentCase { quality_score, task_intent, approach, key_insight } => {
                let details = Details::AgentCase { quality_score: *quality_score };
                let texts = vec![Some(task_intent), Some(approach), key_insight.as_ref()];
                (Kind::AgentCase, &[], String::new(), texts, details)
            }
        };
    if !texts.iter().flatten().all(|text| is_writable(text)) {
        return None;
    }
    let agent = kind == Kind::AgentCase;
    Some(Entry {
        path: String::new(),
        line: 0,
        entry_id: String::new(),
        kind,
        app_id: Some(new.app_id.clone()),
        project_id: Some(new.project_id.clone()),
        owner_type: Some(if agent { OwnerType::Agent } else { OwnerType::User }),
        owner_id: Some(new.owner_id.clone()),
        session_id: new.session_id.clone(),
        timestamp: Some(new.timestamp),
        parent_type: new.parent_type.clone(),
        parent_id: new.parent_id.clone(),
        sender_ids: senders.to_vec(),
        content_sha256: String::new(),
        title,
        headings: vec![],
        tags: vec![],
        aliases: vec![],
        links: vec![],
        text: joined(&texts),
        details,
    })
}

fn without_place(mut entry: Entry) -> Entry {
    (entry.path, entry.line, entry.entry_id) = (String::new(), 0, String::new());
    entry.content_sha256 = String::new();
    entry
}

fn check_entry(new: &NewEntry) -> Result<(), TestCaseError> {
    let root = tempfile::tempdir().unwrap();
    let Some(expected) = expected(new) else {
        let error = append(root.path(), new, NOW).unwrap_err();
        prop_assert!(matches!(error, AppendError::Field { .. }), "{error}");
        prop_assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        return Ok(());
    };
    for number in 1..=2 {
        let written = append(root.path(), new, NOW).unwrap();
        prop_assert_eq!(super::kinds::known_kind(&written.path), Some(expected.kind));
        let entries = read_back(root.path(), expected.kind, &written.path);
        prop_assert_eq!(entries.len(), number);
        for entry in &entries {
            prop_assert_eq!(&without_place(entry.clone()), &expected);
        }
        prop_assert_eq!(&entries[number - 1].entry_id, &written.entry_id);
    }
    Ok(())
}

fn skill() -> impl Strategy<Value = NewSkill> {
    let cases = vec(text(), 0..3);
    let numbers = (option::of(number()), option::of(number()));
    ((id(), id(), id(), id()), text(), numbers, cases, option::of(text()), text()).prop_map(
        |(
            (app_id, project_id, agent_id, name),
            description,
            (confidence, maturity_score),
            source_case_ids,
            cluster_id,
            body,
        )| NewSkill {
            app_id,
            project_id,
            agent_id,
            name,
            description,
            confidence,
            maturity_score,
            source_case_ids,
            cluster_id,
            body,
        },
    )
}

fn profile() -> impl Strategy<Value = NewProfile> {
    let items = || vec(text(), 0..3);
    ((id(), id(), id()), text(), items(), items(), time()).prop_map(
        |((app_id, project_id, user_id), summary, explicit_info, implicit_traits, timestamp)| {
            NewProfile {
                app_id,
                project_id,
                user_id,
                summary,
                explicit_info,
                implicit_traits,
                timestamp,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_appended_reads_back(new in any_entry()) {
        check_entry(&new)?;
    }

    #[test]
    fn a_skill_that_is_written_reads_back(new in skill()) {
        let root = tempfile::tempdir().unwrap();
        let written = write_skill(root.path(), &new, MORNING).unwrap();
        prop_assert_eq!(&write_skill(root.path(), &new, NOW).unwrap(), &written);
        prop_assert_eq!(super::kinds::known_kind(&written.path), Some(Kind::AgentSkill));
        let file = fs::read_to_string(root.path().join(&written.path)).unwrap();
        prop_assert!(file.contains("created_at: '2026-05-18T07:04:26+00:00'"), "{}", file);
        let found = read_back(root.path(), Kind::AgentSkill, &written.path);
        prop_assert_eq!(found.len(), 1);
        let entry = &found[0];
        prop_assert_eq!(&entry.entry_id, &written.entry_id);
        prop_assert_eq!(&entry.title, &new.name);
        prop_assert_eq!(entry.owner_id.as_ref(), Some(&new.agent_id));
        prop_assert_eq!(entry.timestamp, Some(NOW));
        let texts = [new.description.trim_matches(['\r', '\n']).to_owned(), lines(&new.body)];
        let texts: Vec<_> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
        prop_assert_eq!(&entry.text, &texts.join("\n\n"));
        prop_assert_eq!(&entry.details, &Details::AgentSkill {
            confidence: new.confidence,
            maturity_score: new.maturity_score,
            source_case_ids: new.source_case_ids.clone(),
            cluster_id: new.cluster_id.clone(),
        });
    }

    #[test]
    fn a_profile_that_is_written_reads_back(new in profile()) {
        let root = tempfile::tempdir().unwrap();
        let is_good = |items: &[String]| items.iter().all(|item| !item.is_empty());
        let written = write_profile(root.path(), &new);
        if !is_good(&new.explicit_info) || !is_good(&new.implicit_traits) {
            let is_refused = matches!(written, Err(AppendError::Field { .. }));
            prop_assert!(is_refused);
            return Ok(());
        }
        let written = written.unwrap();
        prop_assert_eq!(super::kinds::known_kind(&written.path), Some(Kind::UserProfile));
        let found = read_back(root.path(), Kind::UserProfile, &written.path);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].entry_id, &new.user_id);
        prop_assert_eq!(found[0].timestamp, Some(new.timestamp));
        prop_assert_eq!(&found[0].text, &new.summary);
        prop_assert_eq!(&found[0].details, &Details::UserProfile {
            explicit_info: new.explicit_info.clone(),
            implicit_traits: new.implicit_traits.clone(),
        });
    }
}
