"""From a fine-tuned encoder to an ONNX file with weights and activations of 8 bits."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from encoder_fine_tuning import Encoder, Recipe
from onnx import helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)
from safetensors.torch import load_file
from tokenizers import Tokenizer

_OPSET = 17
_WIDE = tuple(f"layer.{layer}/output/dense" for layer in range(3))


class _Sentences(CalibrationDataReader):  # type: ignore[misc, unused-ignore]
    """Sentences one by one, from which the ranges of the activations are read."""

    def __init__(self, tokenizer: bytes, sentences: list[str]) -> None:
        self._left: Iterator[Any] = iter(Tokenizer.from_str(tokenizer.decode()).encode_batch(sentences))

    def get_next(self) -> dict[str, Any] | None:
        found = next(self._left, None)
        if found is None:
            return None
        ids = np.array([found.ids], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def export(weights: Path, base: Path, n_classes: int, target: Path) -> None:
    """Write a fine-tuned encoder as ONNX, in 32 bits.

    Parameters
    ----------
    weights : Path
        What ``encoder_fine_tuning.py`` wrote, safetensors.
    base : Path
        Folder of the base model.
    n_classes : int
        Number of labels.
    target : Path
        The ONNX file.
    """
    encoder = Encoder(base, n_classes, Recipe().dropout)
    encoder.load_state_dict({name: value.float() for name, value in load_file(weights).items()})
    encoder.eval()
    ids = torch.tensor([[101, 2054, 2003, 102], [101, 2054, 102, 0]])
    sizes = {"input_ids": {0: "n", 1: "t"}, "attention_mask": {0: "n", 1: "t"}, "log_proba": {0: "n"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracing, on shapes that are fixed for this architecture
        torch.onnx.export(
            encoder,
            (ids, (ids != 0).long()),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["log_proba"],
            dynamic_axes=sizes,
            opset_version=_OPSET,
            dynamo=False,
        )


def quantize(source: Path, tokenizer: bytes, sentences: list[str]) -> bytes:
    """Turn an ONNX file of 32 bits into one of 8 bits.

    The scales of the activations are fixed, from sentences, and not taken anew from each batch: what is said of a
    sentence must not depend on the sentences beside it. What the first layers are fed behind
    their activation function ranges too far for 8 bits (the first word piece of every sentence has values twenty times
    those of others): these products keep 32 bits, and only their weights are stored in 8.

    Parameters
    ----------
    source : Path
        The ONNX file of 32 bits.
    tokenizer : bytes
        Its ``tokenizer.json``.
    sentences : list of str
        Some hundred sentences of the kind that will be read; nothing of their text is kept.

    Returns
    -------
    bytes
        The ONNX file of 8 bits.
    """
    with tempfile.TemporaryDirectory() as scratch:
        ready, small = Path(scratch) / "ready.onnx", Path(scratch) / "small.onnx"
        quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
        model = onnx.load(str(ready))
        stored = {value.name for value in model.graph.initializer}
        heavy = [
            node
            for node in model.graph.node
            if node.op_type in {"MatMul", "Gather"} and any(name in stored for name in node.input)
        ]
        wide = [node for node in heavy if any(name in node.name for name in _WIDE)]
        for node in wide:
            _store_in_8_bits(model.graph, node)
        onnx.save(model, str(ready))
        nodes = [node.name for node in heavy if node not in wide]
        quantize_static(
            str(ready),
            str(small),
            _Sentences(tokenizer, sentences),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_quantize=nodes,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return small.read_bytes()


def _store_in_8_bits(graph: onnx.GraphProto, node: onnx.NodeProto) -> None:
    """Store the weights of a product in 8 bits, with a scale for each column."""
    (weight,) = (value for value in graph.initializer if value.name in node.input)
    values = numpy_helper.to_array(weight)
    scale = np.abs(values).max(axis=0) / 127
    small, scales = f"{weight.name}_8", f"{weight.name}_scale"
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.round(values / scale).astype(np.int8), small),
            numpy_helper.from_array(scale.astype(np.float32), scales),
        ]
    )
    graph.initializer.remove(weight)
    restored = helper.make_node("DequantizeLinear", [small, scales], [weight.name], f"{node.name}_weights", axis=1)
    graph.node.insert(0, restored)
