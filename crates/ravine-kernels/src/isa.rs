use std::sync::OnceLock;

/// An instruction set that this CPU has: values other than [`Isa::SCALAR`] come only from detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(pub(crate) Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// Plain scalar arithmetic, on every CPU.
    pub const SCALAR: Self = Self(Set::Scalar);

    /// The sets that this CPU has, from the plainest to the widest.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "other architectures have nothing else")]
        let mut sets = vec![Self::SCALAR];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Self(Set::Avx2));
            }
            if is_x86_feature_detected!("avx512f") && sets.len() == 2 {
                sets.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        sets.push(Self(Set::Neon));
        sets
    }

    /// The set in use: the one that `RAVINE_ISA` names where this CPU has it, else the widest.
    pub fn chosen() -> Self {
        static CHOSEN: OnceLock<Isa> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            let sets = Self::available();
            let asked = std::env::var("RAVINE_ISA").unwrap_or_default();
            let named = sets.iter().find(|isa| isa.name() == asked);
            named.or(sets.last()).copied().unwrap_or(Self::SCALAR)
        })
    }

    /// `scalar`, `avx2`, `avx512` or `neon`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        }
    }
}
