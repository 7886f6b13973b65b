//! Sums of tokens.

use std::collections::{BTreeMap, BTreeSet};

use wirt_contract::StoreId;
use wirt_contract::sessions::{
    CommitAnswer, NewCommit, Refusal, Sessions, Tokens, Usage, UsageCursor,
};

use super::super::Defect;
use super::{refusal, right};
use crate::{Bend, STRAIGHT};

/// Sources and models that were named.
#[derive(Default)]
struct Named(BTreeMap<StoreId, BTreeSet<UsageCursor>>);

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "takes tokens of reasoning for cached ones",
        cases: &["sessions/usage-is-summed"],
        bend: Bend {
            load_usage: |it, store, after, limit| {
                let mut page = it.ledger.load_usage(store, after, limit)?;
                for Usage { tokens, .. } in &mut page {
                    std::mem::swap(&mut tokens.cached_input, &mut tokens.reasoning);
                }
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "of one source and model the last use in a commit counts",
        cases: &["sessions/usage-is-summed-within-a-commit"],
        bend: Bend {
            commit: |it, store, commit| {
                let last: BTreeMap<UsageCursor, Tokens> =
                    commit.usage.iter().map(|usage| (usage.of.clone(), usage.tokens)).collect();
                let usage = last.into_iter().map(|(of, tokens)| Usage { of, tokens }).collect();
                right(it, store, &NewCommit { usage, ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "gives sums by model",
        cases: &["sessions/usage-by-source-then-model"],
        bend: Bend {
            load_usage: |it, store, after, limit| {
                let mut page = it.ledger.load_usage(store, after, limit)?;
                page.sort_by(|one, other| one.of.model.cmp(&other.of.model));
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "goes on only after a sum that is there",
        cases: &["sessions/usage-in-pages"],
        bend: Bend {
            load_usage: |it, store, after, limit| {
                let all = it.ledger.load_usage(store, None, u32::MAX)?;
                if after.is_some_and(|after| !all.iter().any(|usage| usage.of == *after)) {
                    return Ok(Vec::new());
                }
                it.ledger.load_usage(store, after, limit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "shows sums that are all zero",
        cases: &["sessions/usage-without-zeros"],
        bend: Bend {
            commit: |it, store, commit| {
                let named = commit.usage.iter().map(|usage| usage.of.clone());
                let mut notes = it.notes.borrow_mut();
                notes.of::<Named>().0.entry(store.clone()).or_default().extend(named);
                it.ledger.commit(store, commit)
            },
            load_usage: |it, store, after, limit| {
                let mut page = it.ledger.load_usage(store, after, limit)?;
                let all = it.ledger.load_usage(store, None, u32::MAX)?;
                let named = it.notes.borrow_mut().of::<Named>().0.get(store).cloned();
                for of in named.unwrap_or_default() {
                    let comes = after.is_none_or(|after| of > *after);
                    if comes && !all.iter().any(|usage| usage.of == of) {
                        page.push(Usage { of, tokens: Tokens::default() });
                    }
                }
                page.sort_by(|one, other| one.of.cmp(&other.of));
                page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps 63 bits of a sum",
        cases: &["sessions/usage-up-to-64-bits"],
        bend: Bend {
            commit: |it, store, commit| {
                let signed = |number: u64| i64::try_from(number).is_ok();
                for Usage { of, tokens } in &commit.usage {
                    if !signed(tokens.input) {
                        let over = Refusal::UsageOverflow(of.clone());
                        return Ok(CommitAnswer::Refused(over));
                    }
                }
                right(it, store, commit)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a sum that does not fit stays as it is",
        cases: &[
            "sessions/usage-overflow-is-refused",
            "sessions/usage-overflow-within-a-commit",
            "sessions/usage-alone-leaves-nothing",
        ],
        bend: Bend {
            commit: |it, store, commit| {
                let answer = right(it, store, commit);
                if !matches!(refusal(&answer), Some(Refusal::UsageOverflow(_))) {
                    return answer;
                }
                right(it, store, &NewCommit { usage: Vec::new(), ..commit.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a page of sums is as long as is asked",
        cases: &["sessions/usage-limit-is-cut"],
        bend: Bend {
            load_usage: |it, store, after, limit| {
                let mut all = it.ledger.load_usage(store, after, limit)?;
                while let Some(last) = all.last().map(|usage| usage.of.clone()) {
                    let page = it.ledger.load_usage(store, Some(&last), limit)?;
                    let full = u32::try_from(all.len()).is_ok_and(|length| length >= limit);
                    if page.is_empty() || full {
                        break;
                    }
                    all.extend(page);
                }
                Ok(all)
            },
            ..STRAIGHT
        },
    },
];
