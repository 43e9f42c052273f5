use super::Missing;
use super::place::{received, refused};
use crate::error::Result;
use std::collections::HashMap;
use std::rc::Rc;

/// Names that a column may have: a column of more is no category but a name of each row.
const MOST: usize = 1 << 20;
/// Names that are remembered by what little of them is quickly looked at.
const RECENT: usize = 64;

/// The names of a column, each with its number.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<Rc<str>, usize>,
    /// Whether they were listed, and no other may come.
    known: bool,
    /// At the place of their key those that came last: most columns have few names, and hashing them takes longer than all else.
    recent: Vec<Option<(Rc<str>, usize)>>,
}

impl Names {
    /// Names that were listed, in this order.
    pub(super) fn listed(names: &[String]) -> Self {
        let numbers = names.iter().enumerate().map(|(number, name)| (name.as_str().into(), number)).collect();
        Self { numbers, known: true, recent: Vec::new() }
    }

    /// The number of a name that came before, if it is still remembered.
    #[inline]
    pub(super) fn recent(&self, bytes: &[u8]) -> Option<usize> {
        let (name, number) = self.recent.get(key(bytes))?.as_ref()?;
        (name.as_bytes() == bytes).then_some(*number)
    }

    /// The number of a name, a new one if need be; none of a name that is not listed, where names may be missing.
    pub(super) fn number(&mut self, name: &str, missing: Missing, place: impl Fn() -> String) -> Result<Option<usize>> {
        let (kept, number) = match self.numbers.get_key_value(name) {
            Some((kept, &number)) => (Rc::clone(kept), number),
            None if self.known && missing == Missing::Mean => return Ok(None),
            None => self.add(name, place)?,
        };
        self.recent.resize(RECENT, None);
        self.recent[key(name.as_bytes())] = Some((kept, number));
        Ok(Some(number))
    }

    fn add(&mut self, name: &str, place: impl Fn() -> String) -> Result<(Rc<str>, usize)> {
        let number = self.numbers.len();
        if self.known {
            return Err(refused("one of the values that the column had before", &place(), &received(name.as_bytes())));
        }
        if number == MOST {
            let expected = format!("at most {MOST} different values (or the column in ignore)");
            return Err(refused(&expected, &place(), "received one more"));
        }
        let kept: Rc<str> = name.into();
        self.numbers.insert(Rc::clone(&kept), number);
        Ok((kept, number))
    }

    /// In order, and the place of each number: by value where all are numbers, else by their bytes; those that were listed stay in theirs.
    pub(super) fn ordered(&self) -> (Vec<String>, Vec<usize>) {
        let mut names: Vec<(&str, usize)> = self.numbers.iter().map(|(name, &number)| (&**name, number)).collect();
        let values: Option<Vec<f64>> = names.iter().map(|(name, _)| value(name)).collect();
        match values {
            _ if self.known => names.sort_unstable_by_key(|&(_, number)| number),
            Some(values) => {
                let mut valued: Vec<_> = values.into_iter().zip(names).collect();
                valued.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
                names = valued.into_iter().map(|(_, name)| name).collect();
            }
            None => names.sort_unstable(),
        }
        let mut places = vec![0; names.len()];
        for (place, &(_, number)) in names.iter().enumerate() {
            places[number] = place;
        }
        (names.into_iter().map(|(name, _)| name.into()).collect(), places)
    }
}

fn value(name: &str) -> Option<f64> {
    name.parse().ok().filter(|value: &f64| value.is_finite())
}

/// What is quickly looked at: how long a name is, and three of its bytes.
#[inline]
fn key(bytes: &[u8]) -> usize {
    let at = |place: usize| bytes.get(place).map_or(0, |&byte| usize::from(byte));
    let mixed = bytes.len() + 31 * at(0) + 7 * at(bytes.len() / 2) + 3 * at(bytes.len().wrapping_sub(1));
    mixed % RECENT
}
