//! Failures on their way out, and interfaces that a plugin lacks.

use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::{Answer, Error as Contract, Failure, Fault, FaultKind, Interfaces, Plugin};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::{
    artifacts, attachment_manifest, sessions, store, tasks, transfer, work_queue,
};
use crate::bindings::store::wirt::persistence::types::Error;

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
    let answer = <Errs as sessions::Guest>::load("s".to_owned());
    assert!(matches!(answer, Err(Error::Unsupported(_))));
    let answer = <Errs as work_queue::Guest>::list_entries("s".to_owned(), "a".to_owned(), None, 1);
    assert!(matches!(answer, Err(Error::Unsupported(_))));
    let answer =
        <Errs as attachment_manifest::Guest>::is_referenced("s".to_owned(), "a".to_owned());
    assert!(matches!(answer, Err(Error::Unsupported(_))));
    let answer = <Errs as artifacts::Guest>::delete("s".to_owned(), "m".to_owned());
    assert!(matches!(answer, Err(Error::Unsupported(_))));
    let answer = <Errs as transfer::Guest>::begin_import();
    assert!(matches!(answer, Err(Error::Unsupported(_))));
}

#[test]
#[should_panic(expected = "store.describe has no error to answer with: expired: lease")]
fn a_describe_that_fails_traps() {
    <Errs as store::Guest>::describe();
}

#[test]
#[should_panic(expected = "attachment-manifest.retention has no error to answer with")]
fn a_retention_that_fails_traps() {
    <Errs as attachment_manifest::Guest>::retention();
}
