use crate::sync::AtomicUsize;
use std::ops::Range;
use std::sync::atomic::Ordering;

/// How many tiles of each worker's share are claimed, for even and for odd phases: one half is set back while the other is in use.
pub(crate) struct Claims([Box<[Claim]>; 2]);

/// On a cache line of its own.
#[repr(align(128))]
struct Claim(AtomicUsize);

impl Claims {
    pub(crate) fn new(workers: usize) -> Self {
        // One worker alone claims nothing.
        let claims = if workers == 1 { 0 } else { workers };
        Self([(); 2].map(|()| (0..claims).map(|_| Claim(AtomicUsize::new(0))).collect()))
    }

    /// The next tile of a share that nobody has claimed.
    pub(crate) fn next(&self, half: usize, owner: usize, share: Range<usize>) -> Option<usize> {
        share.clone().nth(self.0[half][owner].0.fetch_add(1, Ordering::Relaxed))
    }

    /// Begins a half anew. It is nobody's while a phase of the other one is computed: all have left the phase before, and none begins the
    /// next before this one ends.
    pub(crate) fn set_back(&self, half: usize, owner: usize) {
        self.0[half][owner].0.store(0, Ordering::Relaxed);
    }
}
