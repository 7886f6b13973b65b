//! Pages of entries.

use std::ops::ControlFlow;

use wirt_contract::Error;
use wirt_contract::work_queue::Entry;

use super::held::Claims;
use super::rows::{Header, Queue};
use crate::call::Call;
use crate::limits::{PAGE_BYTES, page};

pub(super) fn entries(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    list(call, queue, after, limit, |_, _| Ok(true))
}

pub(super) fn pending(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    let mut claims = Claims::default();
    list(call, queue, after, limit, |call, header| Ok(!claims.is_live(call, queue, header)?))
}

fn list(
    call: &mut Call<'_>,
    queue: Queue<'_>,
    after: Option<u64>,
    limit: u32,
    mut is_wanted: impl FnMut(&mut Call<'_>, &Header) -> Result<bool, Error>,
) -> Result<Vec<Entry>, Error> {
    let limit = page(limit)?;
    let mut listed = Vec::new();
    let mut bytes = 0;
    queue.walk(call, after, |call, header| {
        if !is_wanted(call, &header)? {
            return Ok(ControlFlow::Continue(()));
        }
        let entry = queue.entry(call, header)?;
        // The ids too: an entry may be many items of nothing.
        let size = entry.items.iter().map(|item| item.item_id.len() + item.work.body.len());
        bytes += size.sum::<usize>();
        if bytes > PAGE_BYTES && !listed.is_empty() {
            return Ok(ControlFlow::Break(()));
        }
        listed.push(entry);
        Ok(if listed.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(listed)
}
