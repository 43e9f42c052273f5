//! candle, the matrix product crates and plain loops as a peer: see ../protocol.md. usage: peers THREADS DATA
mod measure;
mod mlp;
mod momentum;
mod product;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::{env, fs, io};

/// Does a job once and gives its figures as JSON.
type Job = Box<dyn FnMut() -> String>;

const JOBS: &str = r#"{"version":"candle 0.11, gemm 0.19, matrixmultiply 0.3, faer 0.24",
"jobs":{"mnist":["candle"],"matmul":["gemm","matrixmultiply","faer"],"momentum":["loop","copy"]}}"#;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().collect();
    let (threads, data) = (arguments[1].parse().expect("a number of threads"), Path::new(&arguments[2]));
    let mut ready: HashMap<String, Job> = HashMap::new();
    let mut out = io::stdout().lock();
    writeln!(out, "{}", JOBS.replace('\n', ""))?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let job = ready.entry(line.clone()).or_insert_with(|| prepare(&line, threads, data));
        writeln!(out, "{}", job())?;
        out.flush()?;
    }
    Ok(())
}

fn prepare(line: &str, threads: usize, data: &Path) -> Job {
    let words: Vec<&str> = line.split(' ').collect();
    let sizes: Vec<usize> = words[2..].iter().map(|word| word.parse().expect("a size")).collect();
    match words[0] {
        "mnist" => Box::new(mlp::prepare(data, sizes[0])),
        "matmul" => product::prepare(words[1], [sizes[0], sizes[1], sizes[2]], threads, data),
        "momentum" if words[1] == "copy" => Box::new(momentum::copy(sizes[0], threads)),
        "momentum" => Box::new(momentum::step(sizes[0], threads)),
        unknown => panic!("no job {unknown}"),
    }
}

/// The numbers of a file of f32.
fn numbers(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).expect("a file of numbers");
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}
