use ravine_kernels::Isa;

/// Else this suite would pass by testing nothing but scalars.
#[test]
#[cfg(target_arch = "x86_64")]
fn every_set_of_this_cpu_is_available() {
    let sets: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    assert_eq!(sets.contains(&"avx2"), avx2);
    assert_eq!(sets.contains(&"avx512"), avx2 && is_x86_feature_detected!("avx512f"));
}

#[test]
#[cfg(target_arch = "aarch64")]
fn neon_is_always_available() {
    assert_eq!(Isa::available().into_iter().map(Isa::name).collect::<Vec<_>>(), ["scalar", "neon"]);
}

#[test]
fn scalars_come_first_and_the_widest_is_chosen() {
    let sets = Isa::available();
    assert_eq!(sets.first(), Some(&Isa::SCALAR));
    match std::env::var("RAVINE_ISA") {
        Ok(name) => assert!(Isa::chosen().name() == name || sets.iter().all(|isa| isa.name() != name)),
        Err(_) => assert_eq!(sets.last(), Some(&Isa::chosen())),
    }
}
