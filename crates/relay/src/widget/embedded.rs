//! The widget's files that are part of this program, put there by `build.rs`. It stands in for a folder.

use std::future::{Ready, ready};
use std::io::{self, Cursor, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File as OpenFile, Metadata};

include!(concat!(env!("OUT_DIR"), "/widget.rs"));

/// A file of the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    /// Its folder and its name.
    pub(super) path: &'static str,
    nanos: u32,
    pub(super) bytes: &'static [u8],
}

#[cfg(test)]
impl File {
    pub(super) const fn new(path: &'static str, bytes: &'static [u8]) -> Self {
        Self { path, nanos: 0, bytes }
    }
}

/// Some files, as a folder. In the program they are [`FILES`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Embedded(pub(super) &'static [File]);

impl Embedded {
    fn file(self, path: &Path) -> io::Result<File> {
        let path = path.strip_prefix(".").unwrap_or(path);
        self.0.iter().find(|file| Path::new(file.path) == path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Whether there is such a file. What is compressed has no address of its own.
    pub(super) fn has(self, path: &str) -> bool {
        let is_compressed = path.ends_with(".br") || path.ends_with(".gz");
        !is_compressed && self.0.iter().any(|file| file.path == path)
    }
}

impl Backend for Embedded {
    type File = Opened;
    type Metadata = File;
    type OpenFuture = Ready<io::Result<Opened>>;
    type MetadataFuture = Ready<io::Result<File>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(self.file(&path).map(|file| Opened { file, at: Cursor::new(file.bytes) }))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(self.file(&path))
    }
}

impl Metadata for File {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(SystemTime::UNIX_EPOCH + Duration::new(RELEASED, self.nanos))
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// A file that is read.
#[derive(Debug)]
pub(super) struct Opened {
    file: File,
    at: Cursor<&'static [u8]>,
}

impl OpenFile for Opened {
    type Metadata = File;
    type MetadataFuture<'a> = Ready<io::Result<File>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.file))
    }
}

impl AsyncRead for Opened {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.at).poll_read(context, into)
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.at).start_seek(to)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.at).poll_complete(context)
    }
}
