//! A future that a case polls by hand, to see when it is woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Calls a function at each wake.
struct Bell<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for Bell<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

pub(crate) struct Hand<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    waker: Waker,
}

impl<'a, T> Hand<'a, T> {
    pub(crate) fn new(
        future: impl Future<Output = T> + 'a,
        on_wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { future: Box::pin(future), waker: Waker::from(Arc::new(Bell(on_wake))) }
    }

    /// Polls once; what it gives, if it is done. Not to be polled again then.
    pub(crate) fn poll(&mut self) -> Option<T> {
        match self.future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }
}
