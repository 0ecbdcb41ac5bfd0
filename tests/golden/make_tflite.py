#!/usr/bin/env python3
"""Writes tests/golden/tflite/layers.json: fully connected layers of TensorFlow Lite models, with what they must answer.

    /usr/bin/python3 tests/golden/make_tflite.py MODELS

MODELS holds a folder a model with model.tflite, inputs.bin and outputs.bin (raw int8 rows), and layers.bin with
layers.json (the int8 output of every operator for a few of the inputs): made with TensorFlow Lite Micro's reference
kernels on a host, which are not ours. The models are hello_world (tensorflow/tflite-micro, Apache-2.0) and ad01_int8
(mlcommons/tiny, Apache-2.0).

Only the FlatBuffer fields of TensorFlow Lite's schema that a fully connected layer needs are read, by their numbers.
Everything is written less its zero point, as the network kind stores it. Weights are hexadecimal bytes, row after row.
"""

import json
import math
import pathlib
import struct
import sys

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent / "tflite" / "layers.json"
FULLY_CONNECTED = 9
RELU = 1


class Table:
    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def field(self, number):
        """The position of a field, 0 where it is absent."""
        offset = 4 + 2 * number
        if offset >= struct.unpack_from("<H", self.data, self.vtable)[0]:
            return 0
        relative = struct.unpack_from("<H", self.data, self.vtable + offset)[0]
        return relative and self.at + relative

    def scalar(self, number, code, absent=0):
        at = self.field(number)
        return struct.unpack_from("<" + code, self.data, at)[0] if at else absent

    def target(self, number):
        at = self.field(number)
        return at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, number):
        return Table(self.data, self.target(number))

    def vector(self, number, dtype):
        at = self.target(number)
        return np.frombuffer(self.data, dtype, struct.unpack_from("<I", self.data, at)[0], at + 4)

    def tables(self, number):
        at = self.target(number)
        for i in range(struct.unpack_from("<I", self.data, at)[0]):
            element = at + 4 + 4 * i
            yield Table(self.data, element + struct.unpack_from("<I", self.data, element)[0])


def factor(real):
    """TensorFlow Lite's QuantizeMultiplier: real = multiplier * 2^(shift - 31)."""
    mantissa, shift = math.frexp(real)
    multiplier = int(math.floor(mantissa * 2**31 + 0.5))
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (multiplier, shift)


class Model:
    def __init__(self, folder):
        data = (folder / "model.tflite").read_bytes()
        root = Table(data, struct.unpack_from("<I", data, 0)[0])
        graph = next(root.tables(2))
        self.codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in root.tables(1)]
        self.buffers = list(root.tables(4))
        self.tensors = list(graph.tables(0))
        self.operators = list(graph.tables(3))
        self.folder = folder

    def scale(self, tensor):
        return self.tensors[tensor].table(4).vector(2, "<f4")[0]

    def zero_point(self, tensor):
        return int(self.tensors[tensor].table(4).vector(3, "<i8")[0])

    def values(self, tensor, dtype):
        return np.frombuffer(self.buffers[self.tensors[tensor].scalar(2, "I")].vector(0, "<u1").tobytes(), dtype)

    def layer(self, operator):
        operator = self.operators[operator]
        assert self.codes[operator.scalar(0, "I")] == FULLY_CONNECTED
        source, weights, bias = operator.vector(1, "<i4")
        result = operator.vector(2, "<i4")[0]
        assert self.zero_point(weights) == 0
        rows, columns = self.tensors[weights].vector(0, "<i4")
        # The product of the two scales is a float32 in TensorFlow Lite.
        multiplier, shift = factor(float(self.scale(source) * self.scale(weights)) / float(self.scale(result)))
        zero = self.zero_point(result)
        relu = operator.table(4).scalar(0, "b") == RELU
        return {
            "inputs": int(columns),
            "outputs": int(rows),
            "weights": self.values(weights, "<i1").tobytes().hex(),
            "bias": self.values(bias, "<i4").tolist(),
            "multiplier": multiplier,
            "shift": shift,
            "low": 0 if relu else -128 - zero,
            "high": 127 - zero,
        }

    def input_zero(self, operator):
        return self.zero_point(self.operators[operator].vector(1, "<i4")[0])

    def output_zero(self, operator):
        return self.zero_point(self.operators[operator].vector(2, "<i4")[0])

    def rows(self, name, operator_zero):
        meta = json.loads((self.folder / "meta.json").read_text(encoding="utf-8"))
        values = np.frombuffer((self.folder / name).read_bytes(), "<i1").astype(int)
        return values.reshape(meta["count"], -1) - operator_zero

    def tensors_of(self, first, last):
        """For each row of layers.bin: what goes into operator `first`, and what `first` to `last` give."""
        order = json.loads((self.folder / "layers.json").read_text(encoding="utf-8"))
        values = np.frombuffer((self.folder / "layers.bin").read_bytes(), "<i1").astype(int)
        ends = np.cumsum([op["bytes"] for op in order["ops"]])
        rows = []
        for index, row in zip(order["input_indexes"], values.reshape(len(order["input_indexes"]), ends[-1])):
            parts = [part - self.output_zero(i) for i, part in enumerate(np.split(row, ends[:-1]))]
            source = self.rows("inputs.bin", self.input_zero(0))[index] if first == 0 else parts[first - 1]
            rows.append({"input": source.tolist(), "layers": [part.tolist() for part in parts[first:last + 1]]})
        return rows


def network(name, model, first, last):
    return {"name": name, "layers": [model.layer(i) for i in range(first, last + 1)],
            "rows": model.tensors_of(first, last)}


def main():
    folder = pathlib.Path(sys.argv[1])
    hello, ad01 = Model(folder / "hello_world"), Model(folder / "ad01_int8")
    whole = network("hello_world", hello, 0, 2)
    whole["inputs"] = hello.rows("inputs.bin", hello.input_zero(0)).ravel().tolist()
    whole["outputs"] = hello.rows("outputs.bin", hello.output_zero(2)).ravel().tolist()
    networks = [whole, network("ad01_int8, the second layer", ad01, 1, 1),
                network("ad01_int8, the narrow part", ad01, 4, 5)]
    OUT.parent.mkdir(exist_ok=True)
    content = {"source": "tensorflow/tflite-micro and mlcommons/tiny, Apache-2.0; make_tflite.py", "networks": networks}
    OUT.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
