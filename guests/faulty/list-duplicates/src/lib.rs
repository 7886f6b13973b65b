//! Wrong: a page of tasks begins with the row that the page before it ended with.
//! Caught by `tasks/list-gives-each-once` (`tasks.list.page`).

use faulty_base::{Defect, Inner, faulty};
use wirt_sdk::contract::tasks::{Task, TaskCursor, TaskFilter, TaskPage, Tasks};
use wirt_sdk::contract::{Answer, StoreId};

struct ListDuplicates;

impl Defect for ListDuplicates {
    fn list(
        &mut self,
        inner: &mut Inner,
        store: &StoreId,
        filter: &TaskFilter,
        after: Option<&TaskCursor>,
        limit: u32,
    ) -> Answer<TaskPage> {
        // A page of one would never get on: that one stays right.
        let Some(after) = after.filter(|_| limit > 1) else {
            return Tasks::list(inner, store, filter, after, limit);
        };
        let mut page = Tasks::list(inner, store, filter, Some(after), limit - 1)?;
        if let Some(task) = Tasks::get(inner, store, &after.task_id)? {
            page.tasks.insert(0, Task { outcome: None, failure: None, ..task });
        }
        Ok(page)
    }
}

wirt_sdk::export_store!(|| faulty("faulty-list-duplicates", ListDuplicates));
