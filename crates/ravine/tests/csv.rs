//! Separated values: whatever the bytes, an answer or a refusal, and the same however they come; what was written is read.

use proptest::prelude::*;
use ravine::Features;
use ravine::csv::{self, Csv, Field, Kind, Missing, Summary, Table};
use std::io::Read;
use std::sync::atomic::AtomicBool;

/// Gives a few bytes at a time, as pipes do.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// All columns as features but the last, which is the target.
fn plan(head: &csv::Head, missing: Missing) -> Csv {
    let mut features: Vec<Field> = (0..head.fields.len()).map(|number| Field { number, kind: Kind::Auto }).collect();
    let target = if features.len() > 1 { features.pop() } else { None };
    let (name, names) = ("bytes".into(), head.fields.clone());
    Csv { name, delimiter: head.delimiter, header: head.names, names, features, target, missing }
}

fn read(source: impl Read, csv: &Csv) -> Result<Table<f32>, String> {
    csv::read(source, csv, &AtomicBool::new(false)).map_err(|error| error.to_string())
}

fn floats(features: &Features<f32>) -> Vec<f32> {
    match features {
        Features::Floats(floats) => floats.clone(),
        Features::Entries(entries) => entries.columns.iter().map(|&column| column as f32).collect(),
        Features::Bytes(_) => panic!("expected no bytes"),
    }
}

/// Reads bytes at once and in a trickle: both come to the same.
fn try_bytes(bytes: &[u8], missing: Missing, step: usize) {
    let Ok(head) = csv::head(bytes, "bytes", None) else { return };
    let csv = plan(&head, missing);
    match (read(bytes, &csv), read(Trickle(bytes, step), &csv)) {
        (Ok(one), Ok(other)) => {
            assert_eq!((one.rows, one.inputs, &one.columns), (other.rows, other.inputs, &other.columns));
            let (one, other) = (floats(&one.features), floats(&other.features));
            assert!(one.iter().all(|x| x.is_finite()) && one == other);
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        _ => panic!("expected the same of bytes that come at once and of those that do not"),
    }
}

fn policy() -> impl Strategy<Value = Missing> {
    prop_oneof![Just(Missing::Error), Just(Missing::Drop), Just(Missing::Mean)]
}

/// Bytes that mean something more often than chance would have it.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling = prop_oneof![
        8 => prop::sample::select(b",,,\"\n\n\r;\t 0123456789.-eNA?".to_vec()),
        1 => any::<u8>(),
    ];
    prop::collection::vec(telling, 0..64)
}

/// How often the properties are tried: RAVINE_CASES for the long form.
fn cases() -> u32 {
    std::env::var("RAVINE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(512)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn try_all(cases: u32) {
    let mut runner = proptest::test_runner::TestRunner::new(config(cases));
    let tried = runner.run(&(bytes(), policy(), 1usize..9), |(bytes, missing, step)| {
        try_bytes(&bytes, missing, step);
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
}

#[test]
fn any_bytes() {
    try_all(512);
}

#[test]
#[ignore = "the long form: npm run fuzz:csv"]
fn any_bytes_at_length() {
    try_all(cases());
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn numbers_as_the_standard_library_reads_them(numbers in prop::collection::vec("-?[0-9]{1,12}(\\.[0-9]{0,12})?(e-?[0-9]{1,2})?", 1..20)) {
        let text = format!("x\n{}\n", numbers.join("\n"));
        let head = csv::head(text.as_bytes(), "text", None).unwrap();
        let csv = plan(&head, Missing::Error);
        let expected: Vec<f32> = numbers.iter().map(|number| number.parse().unwrap()).collect();
        let read = read(text.as_bytes(), &csv);
        if expected.iter().all(|x| x.is_finite()) {
            prop_assert_eq!(floats(&read.unwrap().features), expected);
        } else {
            prop_assert!(read.is_err());
        }
    }
}

proptest! {
    #![proptest_config(config(2048))]

    #[test]
    fn short_cells_are_numbers_where_the_standard_library_says_so(cell in "-?[0-9.e+-]{1,8}") {
        let text = format!("number\n1\n{cell}\n");
        let head = csv::head(text.as_bytes(), "text", None).unwrap();
        let read = read(text.as_bytes(), &plan(&head, Missing::Error));
        match cell.parse().ok().filter(|x: &f32| x.is_finite()) {
            Some(number) => prop_assert_eq!(bits(&read.unwrap()), [1f32.to_bits(), number.to_bits()]),
            None => prop_assert!(read.is_err()),
        }
    }
}

fn bits(table: &Table<f32>) -> Vec<u32> {
    floats(&table.features).into_iter().map(f32::to_bits).collect()
}

/// Names that come again in any order, more of them than are remembered, quoted ones that would be missing out of quotes among them.
#[test]
fn names_that_come_again() {
    let names: Vec<String> =
        (0..300).map(|i| format!("n{}", i * 7919 % 300)).chain(["NA".into(), "near".into()]).collect();
    let rows: Vec<usize> = (0..3000).map(|i| i * i % names.len()).collect();
    let text: String = rows.iter().map(|&i| format!("\"{}\",NA\n", names[i])).collect();
    let text = format!("name,other\nx,y\nNA,y\n{text}");
    let head = csv::head(text.as_bytes(), "text", None).unwrap();
    let csv = Csv { target: None, features: vec![Field { number: 0, kind: Kind::Auto }], ..plan(&head, Missing::Mean) };
    let table = read(text.as_bytes(), &csv).unwrap();
    let [Summary::Names(known)] = &table.columns[..] else { panic!("expected names") };
    let Features::Entries(entries) = &table.features else { panic!("expected entries") };
    let read: Vec<&str> = entries.columns.iter().map(|&column| &*known[column as usize]).collect();
    let expected: Vec<&str> = ["x"].into_iter().chain(rows.iter().map(|&i| &*names[i])).collect();
    assert_eq!(read, expected);
    assert_eq!((entries.starts[1], entries.starts[2], entries.starts[3]), (1, 1, 2));
}

/// Rows become longer or shorter where they lie.
#[test]
fn names_beside_numbers() {
    for (text, inputs, expected) in [
        ("a,b,c\n1,x,5\n2,y,6\n3,x,7\n", 4, vec![1.0, 1.0, 0.0, 5.0, 2.0, 0.0, 1.0, 6.0, 3.0, 1.0, 0.0, 7.0]),
        ("a,b,c\n1,NA,5\n2,NA,6\n", 2, vec![1.0, 5.0, 2.0, 6.0]),
    ] {
        let head = csv::head(text.as_bytes(), "text", None).unwrap();
        let kinds = [Kind::Auto, Kind::Category(None), Kind::Auto].into_iter().enumerate();
        let features = kinds.map(|(number, kind)| Field { number, kind }).collect();
        let csv = Csv { target: None, features, ..plan(&head, Missing::Mean) };
        let table = read(text.as_bytes(), &csv).unwrap();
        assert_eq!((table.inputs, floats(&table.features)), (inputs, expected));
    }
}

/// Fields are looked for a block of bytes at a time: whatever stands before, the same.
#[test]
fn ends_at_any_place_of_a_block() {
    for before in 1..140 {
        let text = format!("{},b\r\n1,\"p,\"\"q\"\"\r\n\"\r\n\"2\",r\"s\n", "a".repeat(before));
        let head = csv::head(text.as_bytes(), "text", None).unwrap();
        for step in [1, 64, text.len()] {
            let table = read(Trickle(text.as_bytes(), step), &plan(&head, Missing::Error)).unwrap();
            assert_eq!(floats(&table.features), [1.0, 2.0]);
            assert_eq!(table.target, Some(Summary::Names(vec!["p,\"q\"\r\n".into(), "r\"s".into()])));
        }
    }
}

#[test]
fn records_longer_than_a_piece() {
    let long = "x".repeat(3 << 20);
    let text = format!("a,b\n1,\"{long}\"\n2,\"{long}\"\"\"\n");
    let head = csv::head(text.as_bytes(), "text", None).unwrap();
    let table = read(text.as_bytes(), &plan(&head, Missing::Error)).unwrap();
    assert_eq!(table.rows, 2);
    assert_eq!(table.target, Some(Summary::Names(vec![long.clone(), format!("{long}\"")])));
}

#[test]
fn fields_that_are_not_there() {
    let head = csv::head(&b"1,2\n"[..], "text", None).unwrap();
    let csv = Csv { features: vec![Field { number: 2, kind: Kind::Auto }], ..plan(&head, Missing::Error) };
    assert!(read(&b"1,2\n"[..], &csv).err().unwrap().contains("expected fields below 2 but received 2"));
}
