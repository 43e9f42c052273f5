use super::marks::Marks;
use super::place::{Place, received, refused};
use crate::error::{Error, Result};
use std::io::{ErrorKind, Read};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are asked for at once.
const PIECE: usize = 1 << 20;
/// Bytes that a record may have: one that does not end must not fill the memory.
const LONGEST: usize = 1 << 24;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A field of a record, by its bytes in the buffer; quotes are outside of it.
#[derive(Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
    quoted: bool,
    /// Whether there are doubled quotes in it.
    doubled: bool,
}

/// The records of a text by RFC 4180, one at a time: fields between delimiters, in quotes where they contain delimiters, quotes (doubled)
/// or newlines; a record ends with LF, CRLF or CR. Empty lines are passed over, and a byte-order mark. A quote within a field that does
/// not begin with one is a character as any.
pub(super) struct Records<'a, R> {
    source: R,
    delimiter: u8,
    place: &'a Place,
    stop: &'a AtomicBool,
    buffer: Vec<u8>,
    marks: Marks,
    /// What of the buffer has been read and not been given.
    start: usize,
    end: usize,
    /// Whether the source has no more.
    ended: bool,
    fields: Vec<Field>,
    /// Whether one of them stands in quotes.
    quotes: bool,
    /// Newlines before `start`.
    newlines: usize,
}

/// One record.
pub(super) struct Record<'a> {
    bytes: &'a [u8],
    fields: &'a [Field],
    /// Where it begins, from 1.
    pub(super) line: usize,
}

/// What a look at the buffer came to.
enum Found {
    /// A record, and where the next begins.
    Whole(usize),
    /// The beginning of one.
    Part,
}

impl<'a, R: Read> Records<'a, R> {
    /// # Errors
    /// [`Error::File`]
    pub(super) fn new(source: R, delimiter: u8, place: &'a Place, stop: &'a AtomicBool) -> Result<Self> {
        let (buffer, marks, fields) = (vec![0; PIECE], Marks::NONE, Vec::new());
        let (start, end, ended, quotes, newlines) = (0, 0, false, false, 0);
        let mut records =
            Self { source, delimiter, place, stop, buffer, marks, start, end, ended, fields, quotes, newlines };
        records.read()?;
        if records.buffer[..records.end].starts_with(BOM) {
            records.start = BOM.len();
        }
        Ok(records)
    }

    /// The next record, if there is one.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Data`] for a quote that is not closed, text behind one, a record without end
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>> {
        loop {
            let line = self.newlines + 1;
            match self.look()? {
                Found::Part if self.ended => return Ok(None),
                Found::Part => self.read()?,
                Found::Whole(next) => {
                    self.start = next;
                    self.newlines += 1;
                    if self.quotes {
                        self.newlines += self.within();
                        self.unquote();
                    }
                    if !self.empty() {
                        return Ok(Some(Record { bytes: &self.buffer, fields: &self.fields, line }));
                    }
                }
            }
        }
    }

    /// The delimiter that the first line has most of outside of quotes: of comma, semicolon and tab; the comma where it has none.
    pub(super) fn detect(&mut self) -> Result<u8> {
        while !self.ended && !self.buffer[self.start..self.end].contains(&b'\n') {
            self.read()?;
        }
        let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
        let mut quoted = false;
        for &byte in &self.buffer[self.start..self.end] {
            quoted ^= byte == b'"';
            match byte {
                b'\n' | b'\r' if !quoted => break,
                _ if quoted => (),
                _ => counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, count)| *count += 1),
            }
        }
        self.delimiter = counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter);
        Ok(self.delimiter)
    }

    /// Whether the record is an empty line.
    fn empty(&self) -> bool {
        match self.fields[..] {
            [Field { from, to, quoted: false, .. }] => self.buffer[from..to].trim_ascii().is_empty(),
            _ => false,
        }
    }

    /// Makes one quote of two.
    fn unquote(&mut self) {
        for field in self.fields.iter_mut().filter(|field| field.doubled) {
            let (mut at, mut to) = (field.from, field.from);
            while at < field.to {
                self.buffer[to] = self.buffer[at];
                at += if self.buffer[at] == b'"' { 2 } else { 1 };
                to += 1;
            }
            field.to = to;
        }
    }

    /// Newlines in the fields.
    fn within(&self) -> usize {
        let quoted = self.fields.iter().filter(|field| field.quoted);
        quoted.map(|field| newlines(&self.buffer[field.from..field.to])).sum()
    }

    /// Reads on, behind what has not been given; that comes to the front.
    fn read(&mut self) -> Result<()> {
        self.marks = Marks::NONE;
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == LONGEST {
            let expected = format!("a record of at most {LONGEST} bytes");
            return Err(refused(&expected, &self.place.line(self.newlines + 1), "it has more"));
        }
        if self.end == self.buffer.len() {
            self.buffer.resize((2 * self.end).min(LONGEST), 0);
        }
        self.fill()
    }

    fn fill(&mut self) -> Result<()> {
        while self.end < self.buffer.len() && !self.ended {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Data(format!("csv: expected to read {} but was stopped", self.place.file())));
            }
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                Err(error) => return Err(unreadable(self.place.file(), &error)),
            }
        }
        Ok(())
    }

    /// Cuts the record at `start` into its fields.
    fn look(&mut self) -> Result<Found> {
        self.fields.clear();
        self.quotes = false;
        let mut at = self.start;
        if at == self.end {
            return Ok(Found::Part);
        }
        self.marks.seek(&self.buffer, self.delimiter, at);
        loop {
            let Some((field, behind)) = self.field(at)? else { return Ok(Found::Part) };
            self.fields.push(field);
            match self.buffer[..self.end].get(behind) {
                Some(&byte) if byte == self.delimiter => at = behind + 1,
                Some(b'\r') if behind + 1 == self.end && !self.ended => return Ok(Found::Part),
                Some(b'\r') if self.buffer[..self.end].get(behind + 1) == Some(&b'\n') => {
                    return Ok(Found::Whole(behind + 2));
                }
                Some(_) => return Ok(Found::Whole(behind + 1)),
                None => return Ok(Found::Whole(behind)),
            }
        }
    }

    /// The next mark.
    #[inline]
    fn mark(&mut self) -> Option<usize> {
        self.marks.next(&self.buffer, self.delimiter).filter(|&place| place < self.end)
    }

    /// The field at a place, and the place behind it; none where its end is not there yet.
    #[inline]
    fn field(&mut self, from: usize) -> Result<Option<(Field, usize)>> {
        let to = loop {
            match self.mark() {
                Some(place) if self.buffer[place] != b'"' => break place,
                Some(place) if place == from => return self.quoted(from),
                Some(_) => (),
                None if self.ended => break self.end,
                None => return Ok(None),
            }
        };
        Ok(Some((Field { from, to, quoted: false, doubled: false }, to)))
    }

    /// Likewise one that begins with a quote at `open`, which was the last mark.
    fn quoted(&mut self, open: usize) -> Result<Option<(Field, usize)>> {
        let mut doubled = false;
        self.quotes = true;
        loop {
            let Some(close) = self.mark() else {
                return if self.ended { Err(self.unclosed(open)) } else { Ok(None) };
            };
            if self.buffer[close] != b'"' {
                continue;
            }
            let behind = close + 1;
            let again = match self.buffer[..self.end].get(behind) {
                None if !self.ended => return Ok(None),
                Some(&byte) if byte != b'"' && !self.ends(byte) => return Err(self.trailing(open, behind)),
                byte => byte == Some(&b'"'),
            };
            // That one is a mark, too.
            self.mark();
            if !again {
                return Ok(Some((Field { from: open + 1, to: close, quoted: true, doubled }, behind)));
            }
            doubled = true;
        }
    }

    /// Whether a field without quotes ends before such a byte.
    fn ends(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || byte == b'\r'
    }

    /// The line of a place in the record in hand.
    fn line_of(&self, at: usize) -> usize {
        self.newlines + 1 + newlines(&self.buffer[self.start..at])
    }

    fn unclosed(&self, open: usize) -> Error {
        let place = self.place.field(self.line_of(open), self.fields.len());
        refused("the quote to be closed", &place, "the file ends before it is")
    }

    fn trailing(&self, open: usize, from: usize) -> Error {
        let rest = &self.buffer[from..self.end];
        let rest = &rest[..rest.iter().position(|&byte| self.ends(byte)).unwrap_or(rest.len())];
        let place = self.place.field(self.line_of(open), self.fields.len());
        refused("a delimiter behind the closing quote", &place, &received(rest))
    }
}

impl Record<'_> {
    pub(super) fn fields(&self) -> usize {
        self.fields.len()
    }

    /// Whether a field stands in quotes.
    pub(super) fn quoted(&self, field: usize) -> bool {
        self.fields[field].quoted
    }

    /// The last eight bytes up to the end of a field, and how many are in it; none where its quotes or the beginning of all are nearer.
    #[inline]
    pub(super) fn word(&self, field: usize) -> Option<(u64, usize)> {
        let Field { from, to, quoted, .. } = self.fields[field];
        let word = self.bytes[..to].last_chunk()?;
        (!quoted).then_some((u64::from_le_bytes(*word), to - from))
    }

    /// The bytes of a field, without the blanks around it unless they are in quotes.
    #[inline]
    pub(super) fn bytes(&self, field: usize) -> &[u8] {
        let Field { from, to, quoted, .. } = self.fields[field];
        let bytes = &self.bytes[from..to];
        if quoted { bytes } else { bytes.trim_ascii() }
    }
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Error {
    Error::File(format!("csv: expected to read {file} but {error}"))
}
