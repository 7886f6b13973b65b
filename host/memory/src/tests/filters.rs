//! Filters as they come from JSON, and their bounds.

use serde_json::json;
use wirt_contract::EpochMs;

use super::{LOG, log};
use crate::{
    Filter, Is, Kind, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, Mode, OwnerType, Query, SearchError, When,
    testing::Trial,
};

#[test]
fn json_says_what_the_types_say() {
    let filter = Filter::And(vec![
        Filter::owner("ann"),
        Filter::OwnerType(Is::Ne(OwnerType::Agent)),
        Filter::Timestamp(When::Gte(EpochMs(5))),
        Filter::Or(vec![
            Filter::Kind(Is::In(vec![Kind::Episode, Kind::Note])),
            Filter::Sender(Is::Eq("bob".into())),
        ]),
    ]);
    let json = json!({"and": [
        {"owner_id": {"eq": "ann"}},
        {"owner_type": {"ne": "agent"}},
        {"timestamp": {"gte": 5}},
        {"or": [{"kind": {"in": ["episode", "note"]}}, {"sender": {"eq": "bob"}}]},
    ]});
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    assert_eq!(serde_json::from_value::<Filter>(json).unwrap(), filter);
    for wrong in [
        json!({"owner": {"eq": "ann"}}),
        json!({"owner_id": "ann"}),
        json!({"owner_id": {"gt": "ann"}}),
        json!({"owner_id": {"eq": "ann", "ne": "bob"}}),
        json!({"owner_id": {"eq": "ann"}, "app_id": {"eq": "a"}}),
        json!({"kind": {"eq": "poem"}}),
        json!({"timestamp": {"eq": "2026-05-18"}}),
        json!({"timestamp": {"eq": -1}}),
        json!([]),
    ] {
        assert!(serde_json::from_value::<Filter>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn filters_are_bounded_and_not_empty() {
    let mut trial = Trial::new();
    trial.write(LOG, log("u", &[(1, "cello")]));
    trial.sync();
    let mut told = |filter: &Filter| {
        let query = Query { text: "cello", k: 1, mode: Mode::Hybrid, filter: Some(filter) };
        trial.try_search(&query)
    };
    let nested = |depth| (1..depth).fold(Filter::owner("u"), |inner, _| Filter::And(vec![inner]));
    assert_eq!(told(&nested(MAX_FILTER_DEPTH)).unwrap().len(), 1);
    let deep = told(&nested(MAX_FILTER_DEPTH + 1));
    assert!(matches!(deep, Err(SearchError::FilterTooDeep { max: MAX_FILTER_DEPTH })));
    let any = |count| Filter::OwnerId(Is::In(vec!["u".into(); count]));
    assert_eq!(told(&any(MAX_FILTER_SIZE - 1)).unwrap().len(), 1);
    let large = told(&Filter::Or(vec![any(MAX_FILTER_SIZE / 2); 2]));
    assert!(matches!(large, Err(SearchError::FilterTooLarge { max: MAX_FILTER_SIZE, .. })));
    for (filter, name) in [
        (Filter::And(vec![]), "and"),
        (Filter::Or(vec![Filter::Or(vec![])]), "or"),
        (Filter::Kind(Is::In(vec![])), "in"),
        (Filter::Timestamp(When::In(vec![])), "in"),
    ] {
        let empty = told(&filter);
        assert!(matches!(empty, Err(SearchError::FilterEmpty { list }) if list == name));
    }
}

#[test]
fn hits_of_a_filter_keep_their_place_and_owner() {
    let mut trial = Trial::new();
    trial.write(LOG, log("u", &[(1, "cello"), (2, "tea")]));
    trial.write(&LOG.replace("users/u", "users/w"), log("w", &[(1, "cello")]));
    trial.sync();
    let filter = Filter::And(vec![
        Filter::owner("u"),
        Filter::AppId(Is::Eq("a".into())),
        Filter::OwnerType(Is::Eq(OwnerType::User)),
        // What the log's entries say: 2026-05-18T07:04:26Z.
        Filter::Timestamp(When::Eq(EpochMs(1_779_087_866_000))),
    ]);
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        let query = Query { text: "cello", k: 10, mode, filter: Some(&filter) };
        let hit = trial.try_search(&query).unwrap().remove(0);
        assert_eq!((hit.path.as_str(), hit.kind), (LOG, Kind::AtomicFact), "{mode:?}");
        assert_eq!((hit.line, hit.owner_id.as_deref()), (5, Some("u")), "{mode:?}");
    }
}
