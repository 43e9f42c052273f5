//! An epoch of the seed MLP in candle, whose optimizers have no momentum: v ← 0.9v + g, p ← p − 0.01v by tensor operations.
use crate::numbers;
use candle_core::{Device, Result, Tensor, Var};
use candle_nn::loss::cross_entropy;
use std::fs;
use std::path::Path;
use std::time::Instant;

const SIZES: [usize; 4] = [784, 512, 256, 10];

struct Network {
    features: Tensor,
    labels: Tensor,
    /// Weight [outputs, inputs] and bias of each layer.
    parameters: Vec<Var>,
    velocities: Vec<Tensor>,
    random: u64,
}

pub fn prepare(data: &Path, batch: usize) -> impl FnMut() -> String + use<> {
    let mut network = Network::new(data).expect("the data");
    move || {
        let start = Instant::now();
        match network.epoch(batch) {
            Ok(loss) => format!(r#"{{"seconds":{},"loss":{loss}}}"#, start.elapsed().as_secs_f64()),
            Err(error) => format!(r#"{{"error":{:?}}}"#, error.to_string()),
        }
    }
}

impl Network {
    fn new(data: &Path) -> Result<Self> {
        let images = fs::read(data.join("images.u8"))?;
        let labels: Vec<u32> = fs::read(data.join("labels.u8"))?.into_iter().map(u32::from).collect();
        let features = images.iter().map(|&byte| (f32::from(byte) / 255.0 - 0.1307) / 0.3081).collect();
        let parameters = parameters(&numbers(&data.join("parameters-784-512-256-10.f32")))?;
        Ok(Self {
            features: Tensor::from_vec(features, (labels.len(), SIZES[0]), &Device::Cpu)?,
            labels: Tensor::new(labels, &Device::Cpu)?,
            velocities: parameters.iter().map(|parameter| parameter.zeros_like()).collect::<Result<_>>()?,
            parameters,
            random: 88_172_645_463_325_252,
        })
    }

    /// The mean loss of the epoch.
    fn epoch(&mut self, batch: usize) -> Result<f64> {
        let order = self.shuffled();
        let mut sum = 0.0;
        for chosen in order.chunks(batch) {
            sum += self.step(&Tensor::new(chosen, &Device::Cpu)?)? * chosen.len() as f64;
        }
        Ok(sum / order.len() as f64)
    }

    fn step(&mut self, chosen: &Tensor) -> Result<f64> {
        let logits = self.logits(self.features.index_select(chosen, 0)?)?;
        let loss = cross_entropy(&logits, &self.labels.index_select(chosen, 0)?)?;
        let gradients = loss.backward()?;
        for (parameter, velocity) in self.parameters.iter().zip(&mut self.velocities) {
            let gradient = gradients.get(parameter).expect("a gradient of each parameter");
            *velocity = ((&*velocity * 0.9)? + gradient)?.detach();
            parameter.set(&(parameter.as_tensor() - (&*velocity * 0.01)?)?.detach())?;
        }
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    fn logits(&self, mut x: Tensor) -> Result<Tensor> {
        for (layer, pair) in self.parameters.chunks(2).enumerate() {
            x = x.matmul(&pair[0].t()?)?.broadcast_add(&pair[1])?;
            if layer < 2 {
                x = x.relu()?;
            }
        }
        Ok(x)
    }

    fn shuffled(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.labels.elem_count() as u32).collect();
        for i in (1..order.len()).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            order.swap(i, (self.random % (i as u64 + 1)) as usize);
        }
        order
    }
}

fn parameters(mut numbers: &[f32]) -> Result<Vec<Var>> {
    let mut parameters = Vec::new();
    for layer in SIZES.windows(2) {
        for shape in [vec![layer[1], layer[0]], vec![layer[1]]] {
            let (own, rest) = numbers.split_at(shape.iter().product());
            parameters.push(Var::from_slice(own, shape, &Device::Cpu)?);
            numbers = rest;
        }
    }
    Ok(parameters)
}
