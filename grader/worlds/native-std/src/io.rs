//! [`std::io`] without pipes: they would be a way to block that the model has no word for.

pub use ::std::io::{
    BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind, IntoInnerError,
    IoSlice, IoSliceMut, IsTerminal, LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink,
    Split, Stderr, StderrLock, Stdin, StdinLock, Stdout, StdoutLock, Take, Write, WriterPanicked,
    copy, empty, prelude, read_to_string, repeat, sink, stderr, stdin, stdout,
};
