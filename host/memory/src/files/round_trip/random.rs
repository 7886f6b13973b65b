//! Random entries, skills and profiles, full of what the formats are made of: each is written and
//! reads back equal, or is refused and nothing is written.

use std::fs;

use proptest::{collection::vec, option, prelude::*, test_runner::TestCaseError};
use wirt_contract::EpochMs;

use super::{MORNING, NOW, read_back};
use crate::{
    entry::{Details, Entry, Kind, Number, OwnerType},
    error::AppendError,
    files::{
        NewContent, NewEntry, NewProfile, NewSkill, append, kinds::known_kind, write_profile,
        write_skill,
    },
};

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
        prop_assert_eq!(known_kind(&written.path), Some(expected.kind));
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
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_appended_reads_back(new in any_entry()) {
        check_entry(&new)?;
    }

    #[test]
    fn a_skill_that_is_written_reads_back(new in skill()) {
        let root = tempfile::tempdir().unwrap();
        let written = write_skill(root.path(), &new, MORNING).unwrap();
        prop_assert_eq!(&write_skill(root.path(), &new, NOW).unwrap(), &written);
        prop_assert_eq!(known_kind(&written.path), Some(Kind::AgentSkill));
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
        prop_assert_eq!(known_kind(&written.path), Some(Kind::UserProfile));
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
