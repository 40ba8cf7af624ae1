//! How slowly a client may read what is there for it. Each byte that it takes would begin a plain time limit anew, so the waits are added
//! up, and bytes pay for them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a byte pays for: 4 kB in a second, as a body has to come.
const PER_BYTE: Duration = Duration::from_micros(250);

/// A stream to a client that is waited for with some patience.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    patience: Duration,
    /// How much of the patience is used up.
    used: Duration,
    /// Since when it is waited for.
    since: Option<Instant>,
    end: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, used: Duration::ZERO, since: None, end: None }
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    /// Waits, until the patience is at an end.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.since.is_none() {
            let now = Instant::now();
            let deadline = now + self.patience.saturating_sub(self.used);
            self.since = Some(now);
            match &mut self.end {
                Some(end) => end.as_mut().reset(deadline),
                None => self.end = Some(Box::pin(tokio::time::sleep_until(deadline))),
            }
        }
        match self.end.as_mut().map(|end| end.as_mut().poll(context)) {
            Some(Poll::Ready(())) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }

    fn has_taken(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.used += since.elapsed();
        }
        let paid = PER_BYTE.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.used = self.used.saturating_sub(paid);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.has_taken(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What a client is sent that takes so many bytes, each time after so long: how much it has got of a megabyte.
    async fn read_by(bytes: usize, pause: Duration) -> usize {
        let (mut client, server) = tokio::io::duplex(bytes);
        let writing = tokio::spawn(async move {
            let mut paced = Paced::new(server, Duration::from_secs(30));
            let _ = paced.write_all(&vec![7; 1_000_000]).await;
        });
        let (mut buffer, mut read) = (vec![0; bytes], 0);
        while !writing.is_finished() {
            tokio::time::sleep(pause).await;
            read += client.read(&mut buffer).await.unwrap();
        }
        read
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_too_slowly_is_let_go_however_often_and_who_reads_well_gets_all() {
        assert!(read_by(1, Duration::from_secs(1)).await <= 31, "a byte a second is no reading");
        assert!(read_by(1000, Duration::from_secs(1)).await < 50_000);
        assert!(read_by(100, Duration::from_millis(20)).await > 900_000, "5 kB in a second");
        assert!(read_by(100_000, Duration::from_secs(20)).await > 900_000, "in bursts, too");
    }
}
