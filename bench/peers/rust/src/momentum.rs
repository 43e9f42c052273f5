//! v ← 0.9v + g, p ← p − 0.01v by the loop that one would write, and a copy; each thread has its share of the elements.
use crate::measure::{many, spread};
use rayon::prelude::*;

pub fn step(length: usize, threads: usize) -> impl FnMut() -> String {
    let (mut parameter, mut velocity, gradient) = (vec![1.0; length], vec![0.0; length], vec![0.5; length]);
    let share = length.div_ceil(threads);
    let mut steps = 0;
    move || {
        let (seconds, made) = many(|| {
            let own =
                parameter.par_chunks_mut(share).zip(velocity.par_chunks_mut(share)).zip(gradient.par_chunks(share));
            own.for_each(|((parameter, velocity), gradient)| plain(parameter, velocity, gradient));
        });
        steps += made;
        let values = spread(length, |at| parameter[at]);
        format!(r#"{{"seconds":{seconds},"steps":{steps},"values":{values}}}"#)
    }
}

fn plain(parameter: &mut [f32], velocity: &mut [f32], gradient: &[f32]) {
    for ((p, v), g) in parameter.iter_mut().zip(velocity).zip(gradient) {
        *v = 0.9 * *v + g;
        *p -= 0.01 * *v;
    }
}

pub fn copy(length: usize, threads: usize) -> impl FnMut() -> String {
    let (from, mut to) = (vec![1.0; length], vec![0.0; length]);
    let share = length.div_ceil(threads);
    move || {
        let (seconds, _) = many(|| {
            to.par_chunks_mut(share).zip(from.par_chunks(share)).for_each(|(to, from)| to.copy_from_slice(from));
        });
        let values = spread(length, |at| to[at]);
        format!(r#"{{"seconds":{seconds},"steps":0,"values":{values},"bytes":8,"part":"8 bytes an element"}}"#)
    }
}
