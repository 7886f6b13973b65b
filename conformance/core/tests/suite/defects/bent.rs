//! A ledger, and two text plugins, in which single calls can be bent.

use std::cell::RefCell;
use std::rc::Rc;

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Durability, Store};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{
    Answer, AttachmentId, EpochMs, Interface, Interfaces, Plugin, StoreId, TaskId, embedder,
};
use wirt_ledger::{Ledger, Memory};

use crate::subjects::{Cells, Native, Words, ledgers};

/// What bent calls remember, across instances.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) calls: u32,
    pub(super) open: bool,
    pub(super) closed: u32,
    pub(super) stores: Vec<StoreId>,
    pub(super) tasks: Vec<TaskId>,
    pub(super) gone: Vec<AttachmentId>,
    pub(super) extra: Vec<(TaskId, Event)>,
}

/// What a bent call works with.
pub(super) struct Inner {
    pub(super) ledger: Ledger<Memory>,
    pub(super) fresh: Rc<RefCell<dyn FnMut() -> Ledger<Memory>>>,
    pub(super) notes: Rc<RefCell<Notes>>,
    /// Set and read by bends alone.
    pub(super) in_batch: bool,
}

macro_rules! bendable {
    ($($trait:ident { $($method:ident as $field:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* })*) => {
        /// How each call is answered.
        #[derive(Clone, Copy)]
        pub(super) struct Bend {
            $($(pub(super) $field: fn(&mut Inner, $($ty),*) -> Answer<$out>,)*)*
        }

        /// As the ledger answers.
        pub(super) const STRAIGHT: Bend = Bend {
            $($($field: |it, $($arg),*| $trait::$method(&mut it.ledger, $($arg),*),)*)*
        };

        $(impl $trait for Bent {
            $(fn $method(&mut self, $($arg: $ty),*) -> Answer<$out> {
                (self.bend.$field)(&mut self.inner, $($arg),*)
            })*
        })*
    };
}

bendable! {
    Store {
        describe as describe() -> Description;
        close as close() -> ();
        check as check(after: Option<&str>, budget: u32) -> CheckPage;
    }
    Batching {
        begin as begin() -> ();
        flush as flush() -> ();
    }
    Tasks {
        create as create(store: &StoreId, task: &NewTask) -> ();
        get as row(store: &StoreId, task: &TaskId) -> Option<Task>;
        list as rows(store: &StoreId, filter: &TaskFilter, after: Option<&TaskCursor>, limit: u32)
            -> TaskPage;
        list_unclosed as unclosed(store: &StoreId, after: Option<&TaskId>, limit: u32)
            -> Vec<TaskId>;
        update_status as update(store: &StoreId, task: &TaskId, change: &TaskChange) -> Updated;
        append_event as append(store: &StoreId, task: &TaskId, event: &NewEvent) -> Appended;
        start as start(store: &StoreId, task: &TaskId, at: EpochMs, payload: &str) -> Started;
        finish as finish(store: &StoreId, task: &TaskId, closing: &Closing) -> Finished;
        list_events as events(store: &StoreId, task: &TaskId, from: u64, limit: u32) -> Vec<Event>;
        max_seq as last(store: &StoreId, task: &TaskId) -> u64;
    }
    Attachments {
        put as put(store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Attachment;
        get as bytes(store: &StoreId, id: &AttachmentId) -> Vec<u8>;
        head as head(store: &StoreId, id: &AttachmentId) -> Option<Attachment>;
        delete as delete(store: &StoreId, id: &AttachmentId) -> bool;
        list as attachments(store: &StoreId, after: Option<&AttachmentId>, limit: u32)
            -> Vec<Attachment>;
    }
}

/// A store with a defect.
pub(super) struct Bent {
    inner: Inner,
    bend: Bend,
}

impl Plugin for Bent {
    fn interfaces(&self) -> Interfaces {
        self.inner.ledger.interfaces()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }

    fn tasks(&mut self) -> Answer<&mut dyn Tasks> {
        Ok(self)
    }

    fn attachments(&mut self) -> Answer<&mut dyn Attachments> {
        Ok(self)
    }
}

/// A subject over ledgers of this durability, bent.
pub(super) fn bent(name: &str, durability: Durability, bend: Bend) -> Native {
    let fresh: Rc<RefCell<dyn FnMut() -> Ledger<Memory>>> =
        Rc::new(RefCell::new(ledgers(durability)));
    let notes = Rc::<RefCell<Notes>>::default();
    Native::new(name, move || {
        let ledger = (fresh.borrow_mut())();
        let (fresh, notes) = (Rc::clone(&fresh), Rc::clone(&notes));
        Box::new(Bent { inner: Inner { ledger, fresh, notes, in_batch: false }, bend })
    })
}

/// One list a text.
type Tokens = Vec<Vec<Token>>;
/// One vector a text.
type Vectors = Vec<Vec<f32>>;

/// How a tokenizer's calls are answered; the number counts calls of the instance's life.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) describe: fn(u32) -> Answer<tokenizer::Description>,
    pub(super) documents: fn(u32, &[String]) -> Answer<Tokens>,
    pub(super) query: fn(u32, &str) -> Answer<Vec<Token>>,
}

pub(super) const CUT: Cut = Cut {
    describe: |_| Words.describe(),
    documents: |_, texts| Words.documents(texts),
    query: |_, text| Words.query(text),
};

/// A tokenizer with a defect.
pub(super) struct BentWords(pub(super) Cut, pub(super) u32);

impl Tokenizer for BentWords {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        self.1 += 1;
        (self.0.describe)(self.1)
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        self.1 += 1;
        (self.0.documents)(self.1, texts)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        self.1 += 1;
        (self.0.query)(self.1, text)
    }
}

impl Plugin for BentWords {
    fn interfaces(&self) -> Interfaces {
        [Interface::Tokenizer].into_iter().collect()
    }

    fn tokenizer(&mut self) -> Answer<&mut dyn Tokenizer> {
        Ok(self)
    }
}

/// How an embedder's calls are answered.
#[derive(Clone, Copy)]
pub(super) struct Embed {
    pub(super) describe: fn(u32) -> Answer<embedder::Description>,
    pub(super) documents: fn(u32, &[String]) -> Answer<Vectors>,
    pub(super) query: fn(u32, &str) -> Answer<Vec<f32>>,
}

pub(super) const EMBED: Embed = Embed {
    describe: |_| embedder::Embedder::describe(&mut Cells),
    documents: |_, texts| embedder::Embedder::documents(&mut Cells, texts),
    query: |_, text| embedder::Embedder::query(&mut Cells, text),
};

/// An embedder with a defect.
pub(super) struct BentCells(pub(super) Embed, pub(super) u32);

impl embedder::Embedder for BentCells {
    fn describe(&mut self) -> Answer<embedder::Description> {
        self.1 += 1;
        (self.0.describe)(self.1)
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        self.1 += 1;
        (self.0.documents)(self.1, texts)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        self.1 += 1;
        (self.0.query)(self.1, text)
    }
}

impl Plugin for BentCells {
    fn interfaces(&self) -> Interfaces {
        [Interface::Embedder].into_iter().collect()
    }

    fn embedder(&mut self) -> Answer<&mut dyn embedder::Embedder> {
        Ok(self)
    }
}
