//! Closing what nobody runs any more.

use wirt_contract::tasks::{Ending, Finished};
use wirt_contract::{Plugin, TaskId};

use super::closing::{self, finish, repeat};
use super::manager::TaskManager;
use super::tape::final_of;
use crate::store::CallError;

/// Rows looked at in one store call: one call may not hold up the rest of the queue.
const PAGE: u32 = 100;

/// What a repair wrote, confirmed by the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// Tasks that had not ended and are now failed, with `final`.
    pub failed: Vec<TaskId>,
    /// Tasks whose row or tape said how they ended, and that now say it in both.
    pub completed: Vec<TaskId>,
}

/// What is known of an unclosed task's ending.
enum Found {
    /// It was closed since it was listed.
    Closed,
    /// Its row or its tape says so.
    Known(Ending),
    /// Nothing does.
    Open,
}

impl TaskManager {
    /// Closes every task that is not closed and does not run here: to be called at start, before
    /// or while tasks are submitted. A task that others close meanwhile stays as they closed it.
    ///
    /// # Errors
    /// Where the store failed; what was repaired until then stays so, and a second repair goes on.
    pub async fn repair(&self) -> Result<Repaired, CallError> {
        let mut repaired = Repaired::default();
        let mut after: Option<TaskId> = None;
        // Ids ascend, so each round moves on and the list comes to an end.
        loop {
            let (store, from) = (self.store.clone(), after.clone());
            let list = move |plugin: &mut dyn Plugin| {
                plugin.tasks()?.list_unclosed(&store, from.as_ref(), PAGE)
            };
            let page = repeat(&self.client, list).await?;
            let Some(last) = page.last().filter(|last| after.as_ref() < Some(last)) else {
                return Ok(repaired);
            };
            after = Some(last.clone());
            for task in page {
                if self.live.find(&task).is_none() {
                    self.close_left(task, &mut repaired).await?;
                }
            }
        }
    }

    async fn close_left(&self, task: TaskId, repaired: &mut Repaired) -> Result<(), CallError> {
        let (store, id) = (self.store.clone(), task.clone());
        let look = move |plugin: &mut dyn Plugin| {
            let row = plugin.tasks()?.get(&store, &id)?;
            let in_row = row.and_then(|row| row.status.ending());
            Ok(match (in_row, final_of(plugin, &store, &id)?) {
                (Some(_), Some(_)) => Found::Closed,
                (Some(ending), None) | (None, Some(ending)) => Found::Known(ending),
                (None, None) => Found::Open,
            })
        };
        let at = (self.surroundings.clock)();
        let (closing, confirmed) = match repeat(&self.client, look).await? {
            Found::Closed => return Ok(()),
            Found::Known(ending) => (closing::completed(at, ending), &mut repaired.completed),
            Found::Open => (closing::server_restart(at), &mut repaired.failed),
        };
        if let (Finished::At(_), _) = finish(&self.client, &self.store, &task, closing).await? {
            confirmed.push(task);
        }
        Ok(())
    }
}
