//! Whatever the bytes of a file: a table of finite numbers, or a refusal.
#![no_main]

use libfuzzer_sys::{arbitrary, fuzz_target};
use ravine::csv::{self, Csv, Field, Kind, Missing};
use ravine::{Features, Values};
use std::sync::atomic::AtomicBool;

#[derive(arbitrary::Arbitrary, Debug)]
struct File<'a> {
    missing: u8,
    kinds: u8,
    target: bool,
    bytes: &'a [u8],
}

fuzz_target!(|file: File| {
    let File { missing, kinds, target, bytes } = file;
    let Ok(head) = csv::head(bytes, "bytes", None) else { return };
    let missing = [Missing::Error, Missing::Drop, Missing::Mean][usize::from(missing) % 3];
    let kind = |number: usize| match (usize::from(kinds) + number) % 4 {
        0 => Kind::Category(None),
        1 => Kind::Number { fill: Some(0.5) },
        _ => Kind::Auto,
    };
    let field = |number| Field { number, kind: kind(number) };
    let mut features: Vec<Field> = (0..head.fields.len()).map(field).collect();
    let target = if target && features.len() > 1 { features.pop() } else { None };
    let csv = Csv {
        name: "bytes".into(),
        delimiter: head.delimiter,
        header: head.names,
        names: head.fields,
        features,
        target,
        missing,
    };
    let Ok(table) = csv::read::<f32>(bytes, &csv, &AtomicBool::new(false)) else { return };
    match table.features {
        Features::Floats(floats) => {
            assert_eq!(floats.len(), table.rows * table.inputs);
            assert!(floats.iter().all(|float| float.is_finite()));
        }
        Features::Entries(entries) => {
            assert_eq!(entries.starts.len(), table.rows + 1);
            assert!(entries.columns.iter().all(|&column| (column as usize) < table.inputs));
            let Values::Floats(values) = entries.values else { panic!("expected floats of a file") };
            assert!(values.iter().all(|value| value.is_finite()));
        }
        Features::Bytes(_) => panic!("expected no bytes of a file"),
    }
});
