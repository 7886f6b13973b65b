//! `wirt:persistence/tasks`.

use wirt_contract::{EpochMs, Plugin, StoreId, TaskId};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::tasks;
use crate::bindings::store::wirt::persistence::types::Error;

impl<G: Holds<dyn Plugin>> tasks::Guest for G {
    fn create(store: String, task: tasks::NewTask) -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.tasks()?.create(&StoreId::new(store), &task.into())?))
    }

    fn get(store: String, task_id: String) -> Result<Option<tasks::Task>, Error> {
        G::with(|plugin| {
            let task = plugin.tasks()?.get(&StoreId::new(store), &TaskId::new(task_id))?;
            Ok(task.map(Into::into))
        })
    }

    fn list(
        store: String,
        filter: tasks::TaskFilter,
        after: Option<tasks::TaskCursor>,
        limit: u32,
    ) -> Result<tasks::TaskPage, Error> {
        let after = after.map(Into::into);
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            Ok(tasks.list(&StoreId::new(store), &filter.into(), after.as_ref(), limit)?.into())
        })
    }

    fn list_unclosed(
        store: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let after = after.map(TaskId::new);
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let ids = tasks.list_unclosed(&StoreId::new(store), after.as_ref(), limit)?;
            Ok(ids.iter().map(|id| id.as_str().to_owned()).collect())
        })
    }

    fn update_status(
        store: String,
        task_id: String,
        change: tasks::TaskChange,
    ) -> Result<tasks::Updated, Error> {
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let (store, task) = (StoreId::new(store), TaskId::new(task_id));
            Ok(tasks.update_status(&store, &task, &change.into())?.into())
        })
    }

    fn append_event(
        store: String,
        task_id: String,
        event: tasks::NewEvent,
    ) -> Result<tasks::Appended, Error> {
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let (store, task) = (StoreId::new(store), TaskId::new(task_id));
            Ok(tasks.append_event(&store, &task, &event.into())?.into())
        })
    }

    fn start(
        store: String,
        task_id: String,
        at: u64,
        payload: String,
    ) -> Result<tasks::Started, Error> {
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let (store, task) = (StoreId::new(store), TaskId::new(task_id));
            Ok(tasks.start(&store, &task, EpochMs(at), &payload)?.into())
        })
    }

    fn finish(
        store: String,
        task_id: String,
        closing: tasks::Closing,
    ) -> Result<tasks::Finished, Error> {
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let (store, task) = (StoreId::new(store), TaskId::new(task_id));
            Ok(tasks.finish(&store, &task, &closing.into())?.into())
        })
    }

    fn list_events(
        store: String,
        task_id: String,
        from_seq: u64,
        limit: u32,
    ) -> Result<Vec<tasks::Event>, Error> {
        G::with(|plugin| {
            let tasks = plugin.tasks()?;
            let (store, task) = (StoreId::new(store), TaskId::new(task_id));
            let events = tasks.list_events(&store, &task, from_seq, limit)?;
            Ok(events.into_iter().map(Into::into).collect())
        })
    }

    fn max_seq(store: String, task_id: String) -> Result<u64, Error> {
        G::with(|plugin| {
            Ok(plugin.tasks()?.max_seq(&StoreId::new(store), &TaskId::new(task_id))?)
        })
    }
}
