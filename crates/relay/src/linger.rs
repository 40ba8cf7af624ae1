//! The end of a connection whose client still sends. Who closes a connection with bytes in it that nobody has read throws away, on the
//! client's side too, what was just answered: a page would hear of a broken connection where it was told that its body is too large. So
//! this side is closed, and what still comes is read and dropped, up to a bound.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// How long, and how much, is read of a client that does not close its side.
const LONGEST: Duration = Duration::from_secs(2);
const MOST: usize = 8 << 20;
/// How many are heard out at a time: a crowd takes no connection of the others by it, and is closed at once.
const AT_A_TIME: usize = 64;

/// The places of those that are heard out.
pub(crate) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_A_TIME))
}

/// A stream to a client that is heard out at its end.
#[derive(Debug)]
pub(crate) struct Lingering<S> {
    stream: S,
    places: Arc<Semaphore>,
    /// When it is over, and its place.
    end: Option<(Pin<Box<Sleep>>, OwnedSemaphorePermit)>,
    dropped: usize,
}

impl<S> Lingering<S> {
    pub(crate) fn new(stream: S, places: Arc<Semaphore>) -> Self {
        Self { stream, places, end: None, dropped: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.end.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            let Ok(place) = Arc::clone(&this.places).try_acquire_owned() else { return Poll::Ready(Ok(())) };
            this.end = Some((Box::pin(tokio::time::sleep(LONGEST)), place));
        }
        let mut scratch = [0; 8192];
        while this.dropped < MOST {
            let mut read = ReadBuf::new(&mut scratch);
            match Pin::new(&mut this.stream).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => this.dropped += read.filled().len(),
                // It has closed its side, or broken off.
                Poll::Ready(_) => break,
                Poll::Pending => {
                    let is_over = this.end.as_mut().is_none_or(|(end, _)| end.as_mut().poll(context).is_ready());
                    return if is_over { Poll::Ready(Ok(())) } else { Poll::Pending };
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
