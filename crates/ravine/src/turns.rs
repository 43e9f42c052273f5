use crate::sync::{Condvar, Mutex, lock, wait_while};

/// Takes turns in order of arrival: two runs that both waited for all threads would wait for ever.
pub(crate) struct Turns {
    /// Who is served, and the ticket of who comes next.
    tickets: Mutex<(u64, u64)>,
    changed: Condvar,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { tickets: Mutex::new((0, 0)), changed: Condvar::new() }
    }

    /// Does the work when all who came before are done, also by a panic.
    pub(crate) fn take<R>(&self, work: impl FnOnce() -> R) -> R {
        let mut tickets = lock(&self.tickets);
        let mine = tickets.1;
        tickets.1 += 1;
        wait_while(&self.changed, tickets, |(serving, _)| *serving != mine);
        let _turn = Turn(self);
        work()
    }
}

struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.tickets).0 += 1;
        self.0.changed.notify_all();
    }
}
