//! A model on rten, in stages: what lies between its depthwise convolutions rten runs, those this program does.
//!
//! In: a model (ONNX). Out: its first output for an input. Never: touches what a model computes; where it has no such
//! convolution it is one stage.

use std::collections::{HashMap, HashSet};

use rten::{Model, ModelOptions, NodeId, RunOptions, Value, ValueOrView};
use rten_onnx::onnx::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use rten_tensor::{NdTensor, NdTensorView};

use super::depthwise::Depthwise;
use super::ppocr::Reason;

/// Values by the number that stands for their name.
type Slot = usize;

/// A model, loaded.
pub(super) struct Stages {
    stages: Vec<Stage>,
    n_slots: usize,
    input: Slot,
    output: Slot,
    /// What the model says of itself.
    metadata: Vec<(String, String)>,
}

/// Part of a model, and the convolutions that follow it.
struct Stage {
    /// `None` where convolution follows on convolution.
    model: Option<Model>,
    /// What the part needs, and whether no later one does.
    inputs: Vec<(NodeId, Slot, bool)>,
    outputs: Vec<(NodeId, Slot)>,
    convolutions: Vec<Convolution>,
}

/// A convolution of the values in one slot, whose result another has.
struct Convolution {
    depthwise: Depthwise,
    from: Slot,
    /// Whether nothing else needs what is in `from`.
    is_last: bool,
    to: Slot,
}

impl Stages {
    /// Loads a model.
    ///
    /// # Errors
    /// The bytes are no model, or one that rten cannot run.
    pub(super) fn load(data: Vec<u8>) -> Result<Self, Reason> {
        let mut proto = ModelProto::parse_buf(&data)?;
        drop(data);
        let graph = proto.graph.take().ok_or("has no graph")?;
        let metadata = proto.metadata_props.iter();
        let metadata = metadata
            .filter_map(|entry| Some((entry.key.clone()?, entry.value.clone()?)))
            .collect();
        let first = |values: &[ValueInfoProto]| values.first()?.name.clone();
        let input = first(&graph.input).ok_or("has no input")?;
        let output = first(&graph.output).ok_or("has no output")?;
        let mut slots = Slots::default();
        let (input, output) = (slots.of(&input), slots.of(&output));
        let parts = split(graph);
        let mut stages = Vec::with_capacity(parts.len());
        for part in parts {
            stages.push(part.load(&proto, &mut slots)?);
        }
        let mut loaded = Self {
            stages,
            n_slots: slots.0.len(),
            input,
            output,
            metadata,
        };
        loaded.mark_last_uses();
        Ok(loaded)
    }

    /// What the model says of itself under `key`.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        let mut entries = self.metadata.iter();
        entries
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The model's first output for its first input.
    ///
    /// # Errors
    /// What rten says; a value of a shape that a convolution cannot take.
    pub(super) fn run(
        &self,
        input: NdTensor<f32, 4>,
        options: &RunOptions,
    ) -> Result<Value, Reason> {
        let mut values: Vec<Option<Value>> = Vec::new();
        values.resize_with(self.n_slots, || None);
        values[self.input] = Some(input.into());
        for stage in &self.stages {
            stage.run(&mut values, options)?;
            for convolution in &stage.convolutions {
                let from = values[convolution.from]
                    .as_ref()
                    .ok_or("a value is missing")?;
                let from = NdTensorView::try_from(from)?;
                let to = convolution.depthwise.apply(&from);
                values[convolution.to] = Some(to.ok_or("a value has another shape")?.into());
                if convolution.is_last {
                    values[convolution.from] = None;
                }
            }
        }
        Ok(values[self.output].take().ok_or("the output is missing")?)
    }

    /// Which stage is the last that needs a value: it may have it for its own.
    fn mark_last_uses(&mut self) {
        let mut needed = HashSet::from([self.output]);
        for stage in self.stages.iter_mut().rev() {
            for convolution in stage.convolutions.iter_mut().rev() {
                convolution.is_last = needed.insert(convolution.from);
            }
            for (_, slot, is_last) in &mut stage.inputs {
                *is_last = needed.insert(*slot);
            }
        }
    }
}

impl Stage {
    fn run(&self, values: &mut [Option<Value>], options: &RunOptions) -> Result<(), Reason> {
        let Some(model) = &self.model else {
            return Ok(());
        };
        let mut owned: HashMap<Slot, Value> = HashMap::new();
        for (_, slot, is_last) in &self.inputs {
            if *is_last && let Some(value) = values[*slot].take() {
                owned.insert(*slot, value);
            }
        }
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = Vec::with_capacity(self.inputs.len());
        for (node, slot, _) in &self.inputs {
            let value = match owned.remove(slot) {
                Some(value) => value.into(),
                None => values[*slot].as_ref().ok_or("a value is missing")?.into(),
            };
            inputs.push((*node, value));
        }
        let nodes: Vec<NodeId> = self.outputs.iter().map(|(node, _)| *node).collect();
        let outputs = model.run(inputs, &nodes, Some(options.clone()))?;
        for ((_, slot), value) in self.outputs.iter().zip(outputs) {
            values[*slot] = Some(value);
        }
        Ok(())
    }
}

/// The numbers of names.
#[derive(Default)]
struct Slots(HashMap<String, Slot>);

impl Slots {
    fn of(&mut self, name: &str) -> Slot {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }
}

/// Part of a graph, and the convolutions that follow it, by the names of their values.
#[derive(Default)]
struct Part {
    graph: GraphProto,
    convolutions: Vec<(Depthwise, String, String)>,
}

impl Part {
    /// Loads the part of the model that `proto` is but for its graph.
    fn load(self, proto: &ModelProto, slots: &mut Slots) -> Result<Stage, Reason> {
        let convolutions = self.convolutions.into_iter();
        let mut stage = Stage {
            model: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            convolutions: convolutions
                .map(|(depthwise, from, to)| Convolution {
                    depthwise,
                    from: slots.of(&from),
                    is_last: false,
                    to: slots.of(&to),
                })
                .collect(),
        };
        if self.graph.node.is_empty() {
            return Ok(stage);
        }
        let names = |values: &[ValueInfoProto]| -> Vec<String> {
            values
                .iter()
                .filter_map(|value| value.name.clone())
                .collect()
        };
        let (inputs, outputs) = (names(&self.graph.input), names(&self.graph.output));
        let part = ModelProto {
            ir_version: proto.ir_version,
            opset_import: proto.opset_import.clone(),
            graph: Some(self.graph),
            ..ModelProto::default()
        };
        let mut options = ModelOptions::with_all_ops();
        let data = part.write_buf()?;
        drop(part);
        let model = options.prepack_weights(true).load(data)?;
        for name in inputs {
            stage
                .inputs
                .push((model.node_id(&name)?, slots.of(&name), false));
        }
        for name in outputs {
            stage.outputs.push((model.node_id(&name)?, slots.of(&name)));
        }
        stage.model = Some(model);
        Ok(stage)
    }
}

/// Parts a graph at its depthwise convolutions. A node is in the first part in which all that it needs is there.
///
/// ONNX (IR, "Graphs"): nodes are in topological order, and a name has one value.
fn split(graph: GraphProto) -> Vec<Part> {
    let GraphProto {
        node: nodes,
        initializer,
        input,
        output,
        value_info: _,
    } = graph;
    let mut weights: HashMap<String, TensorProto> = initializer
        .into_iter()
        .filter_map(|tensor| Some((tensor.name.clone()?, tensor)))
        .collect();
    // Where a node has graphs of its own, which may name any value, nothing is parted.
    let is_plain = nodes
        .iter()
        .all(|node| node.attribute.iter().all(|attribute| attribute.g.is_none()));
    let mut parts = vec![Part::default()];
    // The first part that has a value ready, and the last that needs it.
    let mut made: HashMap<String, usize> = HashMap::new();
    let mut needed: HashMap<String, usize> = HashMap::new();
    for node in nodes {
        let own = node.input.iter().filter(|name| !name.is_empty());
        let part = own
            .clone()
            .filter_map(|name| made.get(name))
            .max()
            .copied()
            .unwrap_or(0);
        let depthwise = is_plain.then(|| depthwise(&node, &weights)).flatten();
        for name in own {
            let last = needed.entry(name.clone()).or_default();
            *last = part.max(*last);
        }
        let ready = part + usize::from(depthwise.is_some());
        if ready == parts.len() {
            parts.push(Part::default());
        }
        for name in &node.output {
            made.insert(name.clone(), ready);
        }
        match depthwise {
            Some(depthwise) => {
                let ends = (node.input[0].clone(), node.output[0].clone());
                parts[part].convolutions.push((depthwise, ends.0, ends.1));
            }
            None => parts[part].graph.node.push(node),
        }
    }
    let results: HashSet<&str> = output
        .iter()
        .filter_map(|value| value.name.as_deref())
        .collect();
    for (idx, part) in parts.iter_mut().enumerate() {
        part.close(idx, &mut weights, &needed, &results, &input);
    }
    parts
}

impl Part {
    /// Gives the part its weights, and names what goes in and out.
    fn close(
        &mut self,
        idx: usize,
        weights: &mut HashMap<String, TensorProto>,
        needed: &HashMap<String, usize>,
        results: &HashSet<&str>,
        known: &[ValueInfoProto],
    ) {
        let nodes = &self.graph.node;
        let made: HashSet<&String> = nodes.iter().flat_map(|node| &node.output).collect();
        let convolved: HashSet<&String> =
            self.convolutions.iter().map(|(_, from, _)| from).collect();
        let mut seen: HashSet<&String> = HashSet::new();
        let of_nodes = nodes.iter().flat_map(|node| &node.input);
        for name in of_nodes.filter(|name| !name.is_empty() && !made.contains(name)) {
            if !seen.insert(name) {
                continue;
            }
            let is_last = needed.get(name).is_none_or(|last| *last == idx);
            let tensor = if is_last {
                weights.remove(name)
            } else {
                weights.get(name).cloned()
            };
            match tensor {
                Some(tensor) => self.graph.initializer.push(tensor),
                None => {
                    let is_same = |value: &&ValueInfoProto| value.name.as_ref() == Some(name);
                    let value = known.iter().find(is_same).cloned();
                    self.graph.input.push(value.unwrap_or_else(|| named(name)));
                }
            }
        }
        for name in nodes.iter().flat_map(|node| &node.output) {
            let is_needed = needed.get(name).is_some_and(|last| *last > idx);
            if is_needed || convolved.contains(name) || results.contains(name.as_str()) {
                self.graph.output.push(named(name));
            }
        }
    }
}

/// A value of which only the name is said.
fn named(name: &str) -> ValueInfoProto {
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: None,
    }
}

/// What a node is as a depthwise convolution that [`Depthwise`] can do; `None` where it is none.
fn depthwise(node: &NodeProto, weights: &HashMap<String, TensorProto>) -> Option<Depthwise> {
    if node.op_type.as_deref() != Some("Conv") || !node.domain.as_deref().unwrap_or("").is_empty() {
        return None;
    }
    let kernels = weights.get(node.input.get(1)?)?;
    let dims: Vec<usize> = kernels
        .dims
        .iter()
        .map(|n| usize::try_from(*n).ok())
        .collect::<Option<_>>()?;
    let [channels, 1, height, width] = dims[..] else {
        return None;
    };
    let attribute = |name: &str| {
        node.attribute
            .iter()
            .find(|attribute| attribute.name.as_deref() == Some(name))
    };
    let is_explicit =
        attribute("auto_pad").is_none_or(|attribute| attribute.s.as_deref() == Some("NOTSET"));
    let ints = |name: &str, default: &[usize]| -> Option<Vec<usize>> {
        match attribute(name) {
            Some(given) => given
                .ints
                .iter()
                .map(|n| usize::try_from(*n).ok())
                .collect(),
            None => Some(default.to_vec()),
        }
    };
    let groups = attribute("group")
        .and_then(|attribute| attribute.i)
        .unwrap_or(1);
    let [stride, 1] = ints("strides", &[1, 1])?[..] else {
        return None;
    };
    let pads: [usize; 4] = ints("pads", &[0; 4])?.try_into().ok()?;
    let is_plain = is_explicit
        && usize::try_from(groups) == Ok(channels)
        && channels > 1
        && ints("dilations", &[1, 1])? == [1, 1]
        && (height > 0 && width > 0 && stride > 0)
        && pads.iter().all(|pad| *pad <= height.max(width));
    if !is_plain {
        return None;
    }
    let kernels = floats(kernels).filter(|values| values.len() == channels * height * width)?;
    let bias = match node.input.get(2).filter(|name| !name.is_empty()) {
        Some(name) => floats(weights.get(name)?).filter(|values| values.len() == channels)?,
        None => vec![0.0; channels],
    };
    Some(Depthwise {
        weights: kernels,
        bias,
        kernel: [height, width],
        stride,
        pads,
    })
}

/// The values of a tensor of single precision.
fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_type != Some(rten_onnx::onnx::DataType::FLOAT) {
        return None;
    }
    match &tensor.raw_data {
        Some(raw) => {
            let raw = raw.borrow();
            let values = raw.as_chunks().0.iter();
            Some(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
        None => Some(tensor.float_data.clone()),
    }
}

#[cfg(test)]
mod tests {
    use rten::Model;
    use rten_onnx::onnx::{AttributeProto, DataType, OperatorSetIdProto};
    use rten_tensor::{AsView as _, Layout as _, Tensor};

    use super::*;

    const CHANNELS: usize = 6;

    fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            op_type: Some(op.to_owned()),
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    /// A convolution of the weights `w` of these rows and columns, each channel for itself where it is `deep`.
    fn conv(inputs: &[&str], output: &str, kernel: [i64; 2], stride: i64, deep: bool) -> NodeProto {
        let ints = |name: &str, ints: Vec<i64>| AttributeProto {
            name: Some(name.to_owned()),
            ints,
            r#type: Some(rten_onnx::onnx::AttributeType::INTS),
            ..AttributeProto::default()
        };
        let pads = [kernel[0] / 2, kernel[1] / 2];
        let group = AttributeProto {
            name: Some("group".to_owned()),
            i: Some(if deep { CHANNELS as i64 } else { 1 }),
            r#type: Some(rten_onnx::onnx::AttributeType::INT),
            ..AttributeProto::default()
        };
        NodeProto {
            attribute: vec![
                ints("kernel_shape", kernel.to_vec()),
                ints("pads", [pads, pads].concat()),
                ints("strides", vec![stride, 1]),
                ints("dilations", vec![1, 1]),
                group,
            ],
            ..node("Conv", inputs, output)
        }
    }

    fn weights(name: &str, dims: &[usize]) -> TensorProto {
        let value = |k: usize| ((k * 7919 + name.len() * 31) % 211) as f32 / 105.5 - 1.0;
        TensorProto {
            name: Some(name.to_owned()),
            dims: dims.iter().map(|n| *n as i64).collect(),
            data_type: Some(DataType::FLOAT),
            float_data: (0..dims.iter().product()).map(value).collect(),
            ..TensorProto::default()
        }
    }

    fn model(nodes: Vec<NodeProto>) -> Vec<u8> {
        let c = CHANNELS;
        let model = ModelProto {
            ir_version: Some(8),
            opset_import: vec![OperatorSetIdProto {
                domain: None,
                version: Some(13),
            }],
            graph: Some(GraphProto {
                node: nodes,
                initializer: vec![
                    weights("dense", &[c, c, 1, 1]),
                    weights("deep3", &[c, 1, 3, 3]),
                    weights("wide", &[c, 1, 1, 5]),
                    weights("b", &[c]),
                ],
                input: vec![named("x")],
                output: vec![named("out")],
                value_info: Vec::new(),
            }),
            ..ModelProto::default()
        };
        model.write_buf().unwrap()
    }

    /// How many parts the model is in; the values are those of the model as it is.
    fn n_parts(nodes: Vec<NodeProto>) -> usize {
        let data = model(nodes);
        let picture = || {
            let values = (0..2 * CHANNELS * 7 * 37).map(|k| ((k * 31) % 97) as f32 / 97.0);
            NdTensor::from_data([2, CHANNELS, 7, 37], values.collect::<Vec<f32>>())
        };
        let whole = Model::load(data.clone()).unwrap();
        let expected: Tensor<f32> = whole
            .run_one(picture().into(), None)
            .unwrap()
            .try_into()
            .unwrap();
        let stages = Stages::load(data).unwrap();
        // The second time as the first.
        for _ in 0..2 {
            let out = stages.run(picture(), &RunOptions::default()).unwrap();
            let out: Tensor<f32> = out.try_into().unwrap();
            assert_eq!(out.shape(), expected.shape());
            let pairs = out.iter().zip(expected.iter());
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-4));
            assert!(expected.iter().any(|value| value.abs() > 0.1));
        }
        stages.stages.len()
    }

    #[test]
    fn a_model_in_stages_gives_what_it_gives_as_a_whole() {
        let parts = n_parts(vec![
            conv(&["x", "dense"], "a", [1, 1], 1, false),
            conv(&["a", "deep3"], "b1", [3, 3], 1, true),
            node("Relu", &["b1"], "c"),
            // Past a convolution.
            node("Add", &["c", "a"], "d"),
            conv(&["d", "deep3", "b"], "e", [3, 3], 2, true),
            conv(&["e", "wide"], "f", [1, 5], 1, true),
            node("Mul", &["f", "e"], "g"),
            // What is needed of the first stage in the last.
            node("ReduceMax", &["a"], "h"),
            node("Add", &["g", "h"], "out"),
        ]);
        assert_eq!(parts, 4);
    }

    #[test]
    fn a_model_may_begin_and_end_with_a_convolution_or_have_none() {
        assert_eq!(
            n_parts(vec![conv(&["x", "deep3"], "out", [3, 3], 1, true)]),
            2
        );
        assert_eq!(
            n_parts(vec![conv(&["x", "dense"], "out", [1, 1], 1, false)]),
            1
        );
    }

    #[test]
    fn what_a_kernel_here_cannot_do_is_left_to_the_runtime() {
        let across = |strides: Vec<i64>| {
            let mut node = conv(&["x", "deep3"], "out", [3, 3], 1, true);
            node.attribute[2].ints = strides;
            node
        };
        assert_eq!(n_parts(vec![across(vec![1, 1])]), 2);
        assert_eq!(n_parts(vec![across(vec![2, 2])]), 1);
        let mut dilated = conv(&["x", "deep3"], "out", [3, 3], 1, true);
        dilated.attribute[3].ints = vec![2, 2];
        assert_eq!(n_parts(vec![dilated]), 1);
    }

    #[test]
    fn what_is_no_model_is_refused() {
        assert!(Stages::load(b"no model".to_vec()).is_err());
        assert!(Stages::load(Vec::new()).is_err());
    }
}
