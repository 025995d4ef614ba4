//! Depthwise convolution, vectorised: rten computes it value by value, which took a quarter of its time on the models
//! that are used here.
//!
//! In: planes, one a channel. Out: as many, each convolved with the kernel of its channel (`Conv` of ONNX with as many
//! groups as channels, cross-correlation). Never: steps across or dilation; rten does those.

use rten_simd::ops::NumOps;
use rten_simd::{Isa, SimdOp};
use rten_tensor::{Layout as _, NdTensor, NdTensorView};

/// Vectors that are summed at a time.
const N_VECTORS: usize = 4;
/// Values behind the end of a plane that may be read or written over: [`N_VECTORS`] of the widest vectors there are (512 bits).
const SLACK: usize = N_VECTORS * 16;

/// A depthwise convolution whose kernels move by one column and are not dilated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depthwise {
    /// Channels × kernel height × kernel width.
    pub(super) weights: Vec<f32>,
    /// What is added to each channel.
    pub(super) bias: Vec<f32>,
    /// Height and width of a kernel, at least 1.
    pub(super) kernel: [usize; 2],
    /// Rows by which a kernel moves, at least 1.
    pub(super) stride: usize,
    /// Zeros about a plane: above, on the left, below, on the right.
    pub(super) pads: [usize; 4],
}

impl Depthwise {
    /// The planes of `input`, convolved; shape: pictures × channels × height × width. `None` where it has another number
    /// of channels or is smaller than a kernel.
    pub(super) fn apply(&self, input: &NdTensorView<'_, f32, 4>) -> Option<NdTensor<f32, 4>> {
        let [count, channels, height, width] = input.shape();
        let [top, left, bottom, right] = self.pads;
        let [kernel_height, kernel_width] = self.kernel;
        let out_height = (height + top + bottom).checked_sub(kernel_height)? / self.stride + 1;
        let out_width = (width + left + right).checked_sub(kernel_width)? + 1;
        if channels != self.bias.len() || width == 0 || height == 0 {
            return None;
        }
        let input = input.to_contiguous();
        let planes = Planes {
            convolution: self,
            input: input.data(),
            size: [height, width],
            out_size: [out_height, out_width],
        };
        let shape = [count, channels, out_height, out_width];
        NdTensor::try_from_data(shape, planes.dispatch()).ok()
    }
}

/// Planes to be convolved.
struct Planes<'a> {
    convolution: &'a Depthwise,
    input: &'a [f32],
    size: [usize; 2],
    out_size: [usize; 2],
}

impl SimdOp for Planes<'_> {
    type Output = Vec<f32>;

    /// Each plane is laid into one with zeros about it, so that a kernel's weight goes with one offset wherever the kernel
    /// stands, and long stretches of sums need no look at the edges.
    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Vec<f32> {
        let ops = isa.f32();
        let convolution = self.convolution;
        let [height, width] = self.size;
        let [out_height, out_width] = self.out_size;
        let [top, left, bottom, right] = convolution.pads;
        let pitch = left + width + right;
        let mut padded = vec![0.0; (top + height + bottom) * pitch + SLACK];
        let mut sums = vec![0.0; out_height * pitch + SLACK];
        let n_planes = self.input.len() / (height * width);
        let mut out = Vec::with_capacity(n_planes * out_height * out_width);
        let n_taps = convolution.kernel[0] * convolution.kernel[1];
        let channels = convolution.weights.chunks_exact(n_taps);
        let channels = channels.zip(&convolution.bias).cycle();
        let planes = self.input.chunks_exact(height * width);
        for (plane, (weights, bias)) in planes.zip(channels) {
            for (row, to) in plane
                .chunks_exact(width)
                .zip(padded[top * pitch..].chunks_exact_mut(pitch))
            {
                to[left..left + width].copy_from_slice(row);
            }
            let taps = Taps {
                weights,
                kernel_width: convolution.kernel[1],
                pitch,
                bias: *bias,
            };
            if convolution.stride == 1 {
                let len = (out_height - 1) * pitch + out_width;
                taps.sum(ops, &padded, &mut sums, len);
            } else {
                for y in 0..out_height {
                    let from = &padded[y * convolution.stride * pitch..];
                    taps.sum(ops, from, &mut sums[y * pitch..], out_width);
                }
            }
            for row in sums.chunks_exact(pitch).take(out_height) {
                out.extend_from_slice(&row[..out_width]);
            }
        }
        out
    }
}

/// The kernel of one channel.
struct Taps<'a> {
    weights: &'a [f32],
    kernel_width: usize,
    /// Values from a row to the next.
    pitch: usize,
    bias: f32,
}

impl Taps<'_> {
    /// Sums of the values under the kernel, for `len` places of its upper left corner, one after the other. Up to [`SLACK`]
    /// more are written.
    #[inline(always)]
    fn sum<O: NumOps<f32>>(&self, ops: O, from: &[f32], sums: &mut [f32], len: usize) {
        let step = N_VECTORS * ops.len();
        for start in (0..len).step_by(step) {
            let mut sum = [ops.splat(self.bias); N_VECTORS];
            let rows = self.weights.chunks_exact(self.kernel_width);
            for (row, weights) in rows.enumerate() {
                let from = &from[start + row * self.pitch..];
                for (column, weight) in weights.iter().enumerate() {
                    let weight = ops.splat(*weight);
                    let values = ops.load_many::<N_VECTORS>(&from[column..]);
                    for (sum, value) in sum.iter_mut().zip(values) {
                        *sum = ops.mul_add(value, weight, *sum);
                    }
                }
            }
            for (sum, to) in sum
                .into_iter()
                .zip(sums[start..].chunks_exact_mut(ops.len()))
            {
                ops.store(sum, to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rten_tensor::AsView as _;

    use super::*;

    /// The definition, value by value, in double precision.
    fn by_definition(convolution: &Depthwise, input: &NdTensor<f32, 4>, at: [usize; 4]) -> f64 {
        let [_, _, height, width] = input.shape();
        let [picture, channel, y, x] = at;
        let [kernel_height, kernel_width] = convolution.kernel;
        let mut sum = f64::from(convolution.bias[channel]);
        for row in 0..kernel_height {
            for column in 0..kernel_width {
                let from_y = (y * convolution.stride + row).checked_sub(convolution.pads[0]);
                let from_x = (x + column).checked_sub(convolution.pads[1]);
                if let (Some(y), Some(x)) = (from_y, from_x)
                    && y < height
                    && x < width
                {
                    let tap = (channel * kernel_height + row) * kernel_width + column;
                    sum += f64::from(convolution.weights[tap])
                        * f64::from(input[[picture, channel, y, x]]);
                }
            }
        }
        sum
    }

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|k| ((k * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0)
            .collect()
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_definition(
            (count, channels) in (1_usize..3, 1_usize..4),
            (height, width) in (1_usize..9, 1_usize..90),
            kernel in (1_usize..6, 1_usize..8),
            stride in 1_usize..4,
            pads in proptest::array::uniform4(0_usize..4),
            seed in 0_usize..1000,
        ) {
            let convolution = Depthwise {
                weights: values(channels * kernel.0 * kernel.1, seed),
                bias: values(channels, seed + 1),
                kernel: kernel.into(),
                stride,
                pads,
            };
            let data = values(count * channels * height * width, seed + 2);
            let input = NdTensor::from_data([count, channels, height, width], data);
            let fits = height + pads[0] + pads[2] >= kernel.0 && width + pads[1] + pads[3] >= kernel.1;
            let out = convolution.apply(&input.view());
            prop_assert_eq!(out.is_some(), fits);
            let Some(out) = out else { return Ok(()) };
            let [_, _, out_height, out_width] = out.shape();
            prop_assert_eq!(out_height, (height + pads[0] + pads[2] - kernel.0) / stride + 1);
            prop_assert_eq!(out_width, width + pads[1] + pads[3] - kernel.1 + 1);
            for picture in 0..count {
                for channel in 0..channels {
                    for y in 0..out_height {
                        for x in 0..out_width {
                            let at = [picture, channel, y, x];
                            let expected = by_definition(&convolution, &input, at);
                            prop_assert!((f64::from(out[at]) - expected).abs() < 1e-4);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn another_number_of_channels_is_refused() {
        let convolution = Depthwise {
            weights: vec![1.0; 18],
            bias: vec![0.0; 2],
            kernel: [3, 3],
            stride: 1,
            pads: [1; 4],
        };
        let planes = |n| NdTensor::<f32, 4>::zeros([1, n, 4, 4]);
        assert!(convolution.apply(&planes(2).view()).is_some());
        assert!(convolution.apply(&planes(3).view()).is_none());
    }
}
