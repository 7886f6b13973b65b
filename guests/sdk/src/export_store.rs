//! The exports of a store plugin, over any [`Plugin`].

use wirt_contract::{AttachmentId, EpochMs, Plugin, StoreId, TaskId};

use crate::bindings::store::exports::wirt::persistence::{attachments, batching, store, tasks};
use crate::bindings::store::wirt::persistence::types::Error;
use crate::{Holds, trap};

/// Exports [`Plugin`]'s store, batching, tasks and attachments from this crate, built as a
/// `cdylib` for `wasm32-wasip2`. Takes an expression that can be called without arguments and
/// gives a [`Plugin`]; it is called once, at the first call that reaches the instance.
#[macro_export]
macro_rules! export_store {
    ($make:expr) => {
        $crate::__export!(dyn $crate::contract::Plugin, $make, store);
    };
}

impl<G: Holds<dyn Plugin>> store::Guest for G {
    fn describe() -> store::Description {
        G::with(|plugin| plugin.store()?.describe())
            .unwrap_or_else(|failure| trap("store.describe", &failure))
            .into()
    }

    fn close() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.store()?.close()?))
    }

    fn check(after: Option<String>, budget: u32) -> Result<store::CheckPage, Error> {
        G::with(|plugin| Ok(plugin.store()?.check(after.as_deref(), budget)?.into()))
    }
}

impl<G: Holds<dyn Plugin>> batching::Guest for G {
    fn begin() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.batching()?.begin()?))
    }

    fn flush() -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.batching()?.flush()?))
    }
}

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

impl<G: Holds<dyn Plugin>> attachments::Guest for G {
    fn put(
        store: String,
        bytes: Vec<u8>,
        metadata: attachments::Metadata,
    ) -> Result<attachments::Attachment, Error> {
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            Ok(attachments.put(&StoreId::new(store), &bytes, &metadata.into())?.into())
        })
    }

    fn get(store: String, id: String) -> Result<Vec<u8>, Error> {
        G::with(|plugin| {
            Ok(plugin.attachments()?.get(&StoreId::new(store), &AttachmentId::new(id))?)
        })
    }

    fn head(store: String, id: String) -> Result<Option<attachments::Attachment>, Error> {
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            let found = attachments.head(&StoreId::new(store), &AttachmentId::new(id))?;
            Ok(found.map(Into::into))
        })
    }

    fn delete(store: String, id: String) -> Result<bool, Error> {
        G::with(|plugin| {
            Ok(plugin.attachments()?.delete(&StoreId::new(store), &AttachmentId::new(id))?)
        })
    }

    fn list(
        store: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<attachments::Attachment>, Error> {
        let after = after.map(AttachmentId::new);
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            let page = attachments.list(&StoreId::new(store), after.as_ref(), limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use wirt_contract::store::{CheckPage, Description, Store};
    use wirt_contract::{Answer, Error as Contract, Failure, Fault, FaultKind, Interfaces};

    use super::*;

    /// Answers every call with the failure it holds, and has no tasks.
    struct Failing(Failure);

    impl Plugin for Failing {
        fn interfaces(&self) -> Interfaces {
            Interfaces::default()
        }

        fn store(&mut self) -> Result<&mut dyn Store, Failure> {
            Ok(self)
        }
    }

    impl Store for Failing {
        fn describe(&mut self) -> Answer<Description> {
            Err(self.0.clone())
        }

        fn close(&mut self) -> Answer<()> {
            Err(self.0.clone())
        }

        fn check(&mut self, _: Option<&str>, _: u32) -> Answer<CheckPage> {
            Err(self.0.clone())
        }
    }

    type Held = dyn Plugin;

    struct Faults;

    impl Holds<dyn Plugin> for Faults {
        fn with<R>(call: impl FnOnce(&mut Held) -> R) -> R {
            call(&mut Failing(Failure::Fault(Fault {
                kind: FaultKind::Trapped,
                function: "store.close".to_owned(),
                detail: "inner plugin".to_owned(),
            })))
        }
    }

    struct Errs;

    impl Holds<dyn Plugin> for Errs {
        fn with<R>(call: impl FnOnce(&mut Held) -> R) -> R {
            call(&mut Failing(Contract::Expired("lease".to_owned()).into()))
        }
    }

    #[test]
    fn a_fault_of_a_wrapped_plugin_is_a_backend_error() {
        let Err(Error::Backend(error)) = <Faults as store::Guest>::close() else {
            panic!("not a backend error");
        };
        assert!(error.message.contains("inner plugin"), "{}", error.message);
        assert!(!error.retryable);
    }

    #[test]
    fn an_error_keeps_its_kind() {
        let answer = <Errs as store::Guest>::check(None, 1);
        assert!(matches!(answer, Err(Error::Expired(line)) if line == "lease"));
    }

    #[test]
    fn an_interface_the_plugin_lacks_is_unsupported() {
        let answer = <Errs as tasks::Guest>::max_seq("s".to_owned(), "t".to_owned());
        assert!(matches!(answer, Err(Error::Unsupported(_))));
    }

    #[test]
    #[should_panic(expected = "store.describe has no error to answer with: expired: lease")]
    fn a_describe_that_fails_traps() {
        <Errs as store::Guest>::describe();
    }
}
