//! The index against a plain model of it: random writes, merges and filters, every ranking.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::{collection::vec, option, prelude::*};
use wirt_contract::EpochMs;

use super::{plain_bm25, plain_cosine};
use crate::{
    Details, Entry, Filter, Is, Kind, Mode, OwnerType, Query, When,
    index::{Change, DocChange, FileRow, Index, Meta, PluginId, Terms, unit},
    testing::{DIMENSION, Trial, buckets, words},
};

/// Some of a day, so that times fall on several days and on their edges.
const TICK_MS: u64 = 21_600_000;

#[derive(Debug, Clone)]
struct Fact {
    words: Vec<u8>,
    owner: Option<u8>,
    kind: Kind,
    session: Option<u8>,
    parent: Option<u8>,
    at: Option<u8>,
    senders: Vec<u8>,
    has_vector: bool,
}

#[derive(Debug, Clone)]
enum Step {
    /// The path holds these from now on.
    Write(u8, Vec<Fact>),
    Merge,
    /// A merge that is cut off before the base is switched.
    Build,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Note), Just(Kind::Episode), Just(Kind::UserProfile)]
}

fn fact() -> impl Strategy<Value = Fact> {
    let fields = (option::of(0..3_u8), kind(), option::of(0..3_u8), option::of(0..2_u8));
    let more = (option::of(0..12_u8), vec(0..3_u8, 0..3), prop::bool::weighted(0.8));
    (vec(0..12_u8, 0..6), fields, more).prop_map(
        |(words, (owner, kind, session, parent), (at, senders, has_vector))| Fact {
            words,
            owner,
            kind,
            session,
            parent,
            at,
            senders,
            has_vector,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5_u8, vec(fact(), 0..5)).prop_map(|(path, facts)| Step::Write(path, facts)),
        1 => Just(Step::Merge),
        1 => Just(Step::Build),
    ]
}

fn is_text() -> impl Strategy<Value = Is<String>> {
    let text = || (0..4_u8).prop_map(|number| format!("x{number}"));
    prop_oneof![
        text().prop_map(Is::Eq),
        text().prop_map(Is::Ne),
        vec(text(), 1..3).prop_map(Is::In),
    ]
}

fn when() -> impl Strategy<Value = When> {
    // Also next to a time that is there.
    let at = || (0..13_u64, 0..3_u64).prop_map(|(at, by)| EpochMs((at * TICK_MS + by).max(1) - 1));
    prop_oneof![
        at().prop_map(When::Eq),
        at().prop_map(When::Ne),
        at().prop_map(When::Gt),
        at().prop_map(When::Gte),
        at().prop_map(When::Lt),
        at().prop_map(When::Lte),
        vec(at(), 1..3).prop_map(When::In),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let owner = prop_oneof![Just(OwnerType::User), Just(OwnerType::Agent)];
    let leaf = prop_oneof![
        1 => is_text().prop_map(Filter::OwnerId),
        1 => owner.prop_map(|owner| Filter::OwnerType(Is::Ne(owner))),
        1 => is_text().prop_map(Filter::SessionId),
        1 => is_text().prop_map(Filter::ParentId),
        1 => is_text().prop_map(Filter::ParentType),
        1 => is_text().prop_map(Filter::AppId),
        1 => is_text().prop_map(Filter::ProjectId),
        1 => is_text().prop_map(Filter::Sender),
        1 => vec(kind(), 1..3).prop_map(|kinds| Filter::Kind(Is::In(kinds))),
        6 => when().prop_map(Filter::Timestamp),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Filter::And),
            vec(inner, 1..3).prop_map(Filter::Or),
        ]
    })
}

fn name(number: u8) -> String {
    format!("x{number}")
}

fn entry(path: &str, line: u32, fact: &Fact) -> Entry {
    let words: Vec<String> = fact.words.iter().map(|word| format!("w{word}")).collect();
    let mut entry = Entry {
        path: path.to_owned(),
        line,
        entry_id: format!("e{line}"),
        kind: fact.kind,
        app_id: fact.owner.map(name),
        project_id: fact.session.map(name),
        owner_type: fact.owner.map(|owner| match owner {
            0 => OwnerType::Agent,
            _ => OwnerType::User,
        }),
        owner_id: fact.owner.map(name),
        session_id: fact.session.map(name),
        timestamp: fact.at.map(|at| EpochMs(u64::from(at) * TICK_MS)),
        parent_type: fact.parent.map(|parent| name(parent + 1)),
        parent_id: fact.parent.map(name),
        sender_ids: fact.senders.iter().copied().map(name).collect(),
        content_sha256: String::new(),
        title: String::new(),
        headings: Vec::new(),
        tags: Vec::new(),
        aliases: Vec::new(),
        links: Vec::new(),
        text: words.join(" "),
        // The index does not look at them.
        details: Details::Plain,
    };
    entry.seal();
    entry
}

fn terms(text: &str) -> Terms {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let words = words(text);
    let len = u32::try_from(words.len()).unwrap();
    for word in words {
        *counts.entry(word.term).or_default() += 1;
    }
    Terms { len, counts: counts.into_iter().collect() }
}

/// An entry of the model, with its vector if it has one.
type Known = (Entry, Option<Vec<f32>>);

fn write(index: &Index, path: &str, facts: &[Fact]) -> Vec<Known> {
    let members = index.read().unwrap().members(path).unwrap();
    let (mut known, mut changes) = (Vec::new(), Vec::new());
    for (line, fact) in (1..).zip(facts) {
        let entry = entry(path, line, fact);
        let vector = fact.has_vector.then(|| buckets(&entry.text));
        changes.push(DocChange::Put {
            doc: members.iter().find(|old| old.entry_id == entry.entry_id).map(|old| old.doc),
            entry: Box::new(entry.clone()),
            terms: terms(&entry.text),
            vector: vector.as_deref().map(unit),
        });
        known.push((entry, vector));
    }
    let row =
        FileRow { path: path.into(), kind: Kind::Note, digest: None, stat: None, failed: None };
    let change = Change { path: path.into(), row: Some(row), entries: Some(changes) };
    index.apply(vec![change]).unwrap();
    known
}

/// Puts what the index is of into a trial that has never synced.
pub(super) fn start(trial: &mut Trial, base_from: u64) {
    trial.memory.index = trial.memory.index.clone().with_base_from(base_from);
    trial.memory.index.reset(&meta(trial)).unwrap();
}

pub(super) fn meta(trial: &Trial) -> Meta {
    let plugin = |name: &str, digest: &str| PluginId { name: name.into(), digest: digest.into() };
    Meta {
        root: trial.memory.root.to_string_lossy().into_owned(),
        tokenizer: plugin("words", "t1"),
        embedder: plugin("buckets", "e1"),
        dimension: DIMENSION,
        next_doc: 0,
        docs: 0,
        total_len: 0,
    }
}

fn lets_through(filter: &Filter, entry: &Entry) -> bool {
    let one = |field: &Option<String>, is: &Is<String>| {
        let has = |value: &String| field.as_ref() == Some(value);
        match is {
            Is::Eq(value) => has(value),
            Is::Ne(value) => !has(value),
            Is::In(values) => values.iter().any(has),
        }
    };
    match filter {
        Filter::And(all) => all.iter().all(|filter| lets_through(filter, entry)),
        Filter::Or(any) => any.iter().any(|filter| lets_through(filter, entry)),
        Filter::OwnerId(is) => one(&entry.owner_id, is),
        Filter::OwnerType(Is::Ne(owner)) => entry.owner_type != Some(*owner),
        Filter::SessionId(is) => one(&entry.session_id, is),
        Filter::ParentId(is) => one(&entry.parent_id, is),
        Filter::ParentType(is) => one(&entry.parent_type, is),
        Filter::AppId(is) => one(&entry.app_id, is),
        Filter::ProjectId(is) => one(&entry.project_id, is),
        Filter::Sender(Is::Eq(sender)) => entry.sender_ids.contains(sender),
        Filter::Sender(Is::Ne(sender)) => !entry.sender_ids.contains(sender),
        Filter::Sender(Is::In(senders)) => {
            senders.iter().any(|sender| entry.sender_ids.contains(sender))
        }
        Filter::Kind(Is::In(kinds)) => kinds.contains(&entry.kind),
        Filter::Timestamp(When::Ne(at)) => entry.timestamp != Some(*at),
        Filter::Timestamp(when) => entry.timestamp.is_some_and(|found| match when {
            When::Eq(at) => found == *at,
            When::Gt(at) => found > *at,
            When::Gte(at) => found >= *at,
            When::Lt(at) => found < *at,
            When::Lte(at) => found <= *at,
            When::In(times) => times.contains(&found),
            When::Ne(_) => unreachable!(),
        }),
        other => unreachable!("{other:?}"),
    }
}

type Place = (String, u32);

/// What a search finds, checked for order, by place.
fn found(
    trial: &mut Trial,
    text: &str,
    mode: Mode,
    filter: Option<&Filter>,
) -> HashMap<Place, f64> {
    let hits = trial.try_search(&Query { text, k: 1_000, mode, filter }).unwrap();
    let order: Vec<_> = hits.iter().map(|hit| (-hit.score, &hit.path, hit.line)).collect();
    assert!(order.is_sorted(), "{order:?}");
    hits.iter().map(|hit| ((hit.path.clone(), hit.line), hit.score)).collect()
}

fn assert_same(found: &HashMap<Place, f64>, expected: &HashMap<Place, f64>, what: &str) {
    let places = |scores: &HashMap<Place, f64>| scores.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(places(found), places(expected), "{what}");
    for (place, score) in found {
        assert!((score - expected[place]).abs() < 1e-5, "{what}: {place:?} {score}");
    }
}

fn check(trial: &mut Trial, model: &BTreeMap<String, Vec<Known>>, filter: Option<&Filter>) {
    let query = "w1 w5 w5 nowhere";
    let all: Vec<&Known> = model.values().flatten().collect();
    let passes = |entry: &Entry| filter.is_none_or(|filter| lets_through(filter, entry));
    let texts: Vec<(String, String)> = all
        .iter()
        .map(|(entry, _)| (format!("{}:{}", entry.path, entry.line), entry.text.clone()))
        .collect();
    let scores = plain_bm25(&texts, query);
    let place = |entry: &Entry| (entry.path.clone(), entry.line);
    let by_words: HashMap<Place, f64> = all
        .iter()
        .filter(|(entry, _)| passes(entry))
        .filter_map(|(entry, _)| {
            Some((place(entry), *scores.get(&format!("{}:{}", entry.path, entry.line))?))
        })
        .collect();
    assert_same(&found(trial, query, Mode::Keyword, filter), &by_words, "keyword");
    let cosines: HashMap<Place, f64> = all
        .iter()
        .filter(|(entry, _)| passes(entry))
        .filter_map(|(entry, vector)| {
            Some((place(entry), plain_cosine(&buckets(query), vector.as_ref()?)))
        })
        .collect();
    assert_same(&found(trial, query, Mode::Vector, filter), &cosines, "vector");
    let either: BTreeSet<&Place> = by_words
        .keys()
        .chain(cosines.iter().filter(|(_, cosine)| **cosine > 0.0).map(|(place, _)| place))
        .collect();
    let hybrid = found(trial, query, Mode::Hybrid, filter);
    assert_eq!(hybrid.keys().collect::<BTreeSet<_>>(), either, "hybrid");
    assert!(hybrid.values().all(|score| (0.0..=1.0).contains(score)), "{hybrid:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn searches_find_what_a_plain_model_finds(
        steps in vec(step(), 1..14),
        filters in vec(filter(), 16),
        has_base in any::<bool>(),
    ) {
        let mut trial = Trial::new();
        start(&mut trial, if has_base { 4 } else { u64::MAX });
        let mut model = BTreeMap::new();
        for step in steps {
            let index = &trial.memory.index;
            match step {
                Step::Write(path, facts) => {
                    let path = format!("p{path}.md");
                    let known = write(index, &path, &facts);
                    model.insert(path, known);
                }
                Step::Merge => drop(index.merge(&|| false).unwrap()),
                Step::Build => drop(index.build_base(&|| false).unwrap()),
            }
            check(&mut trial, &model, None);
        }
        for filter in &filters {
            check(&mut trial, &model, Some(filter));
        }
    }
}
