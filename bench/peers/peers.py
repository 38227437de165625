"""Runs other CPU engines on a network of a given shape, round by round, for `noctule bench --compare`.

    python peers.py '{"layers": 6, "width": 384, "heads": 12, "ffn": 1536, "vocabulary": 30522,
                      "tokens": 128, "threads": 1, "seconds": 1.0, "peers": ["ort-float"]}'

Reads names of peers from standard input, one a line, and answers each with one line of JSON: the
milliseconds of every run of a round of `seconds`. Two lines come first: the versions, or which package
is missing; then, when all are ready, what each peer is. Whoever asks decides the order, so that two
engines take turns on a machine that is never quite quiet.

The network is a BERT-like encoder with random weights: embeddings as Gather, softmax attention,
LayerNormalization, ReLU, a head on the first token. Peers get what their makers advise: every graph
optimization, fused attention where it is faster, warm-up, threads as asked and one inference at a time.
"""

import importlib.metadata
import json
import os
import sys
import tempfile
import time

PACKAGES = {
    "ort-float": ["onnxruntime", "onnx", "numpy", "sympy"],
    "ort-int8": ["onnxruntime", "onnx", "numpy", "sympy"],
    "openvino": ["openvino", "onnx", "numpy"],
}
WARM_UP = 3


def main():
    shape = json.loads(sys.argv[1])
    versions = {p: version(p) for peer in shape["peers"] for p in PACKAGES[peer]}
    answer({"python": sys.version.split()[0], "versions": versions})
    with tempfile.TemporaryDirectory() as folder:
        float_model = os.path.join(folder, "float.onnx")
        write_float(shape, float_model)
        peers = {name: MAKERS[name](shape, float_model, folder) for name in shape["peers"]}
        answer({name: about for name, (_, about) in peers.items()})
        for line in sys.stdin:
            run, _ = peers[line.strip()]
            answer({"ms": timed(run, shape["seconds"])})


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        answer({"missing": package, "python": sys.executable})
        sys.exit(0)


def answer(value):
    print(json.dumps(value), flush=True)


def timed(run, seconds):
    """Milliseconds of each of at least three runs, for about so many seconds."""
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


def best_of(candidates):
    """The fastest of some ways to run the same network, and what it is."""
    for run, _ in candidates:
        timed(run, 0)
    return min(candidates, key=lambda candidate: min(timed(candidate[0], 0.3)))


# ---- ONNX Runtime


def ort_float(shape, model, folder):
    return best_of([ort(shape, path, form) for path, form in forms(shape, model, folder)])


def ort_int8(shape, model, folder):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    candidates = []
    for path, form in forms(shape, model, folder):
        quantized = os.path.join(folder, f"int8-{len(candidates)}.onnx")
        # Types behind the fused operators, which the quantizer does not know.
        types = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(path, quantized, weight_type=QuantType.QInt8, extra_options=types)
        candidates.append(ort(shape, quantized, form))
    return best_of(candidates)


def forms(shape, model, folder):
    """The graph as it is, and with its attention fused by ONNX Runtime's own tool."""
    from onnxruntime.transformers.optimizer import optimize_model

    fused = os.path.join(folder, "fused.onnx")
    if not os.path.exists(fused):
        size = {"num_heads": shape["heads"], "hidden_size": shape["width"]}
        optimize_model(model, model_type="bert", opt_level=0, **size).save_model_to_file(fused)
    return [(model, "graph as exported"), (fused, "graph fused by onnxruntime.transformers")]


def ort(shape, path, form):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = shape["threads"]
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {"ids": ids(shape)}
    return warm(lambda: session.run(None, feed)), form


# ---- OpenVINO


def open_vino(shape, model, _):
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": shape["threads"],
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    request, feed = compiled.create_infer_request(), {"ids": ids(shape)}
    precision = str(compiled.get_property("INFERENCE_PRECISION_HINT")).split("'")[1]
    return warm(lambda: request.infer(feed)), f"precision {precision}"


MAKERS = {"ort-float": ort_float, "ort-int8": ort_int8, "openvino": open_vino}


def warm(run):
    for _ in range(WARM_UP):
        run()
    return run


# ---- the network


def ids(shape):
    import numpy

    return numpy.arange(shape["tokens"], dtype=numpy.int64)[None] * 97 % shape["vocabulary"]


def write_float(shape, path):
    import onnx

    graph = Graph()
    x = encoder(graph, shape)
    first = graph.node("Gather", [x, graph.whole(0)], axis=1)
    logits = graph.linear(first, shape["width"], 2)
    info = onnx.helper.make_tensor_value_info
    inputs = [info("ids", onnx.TensorProto.INT64, [1, shape["tokens"]])]
    outputs = [info(logits, onnx.TensorProto.FLOAT, [1, 2])]
    made = onnx.helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.tensors)
    opset = onnx.helper.make_opsetid("", 17)
    onnx.save(onnx.helper.make_model(made, opset_imports=[opset], ir_version=8), path)


def encoder(graph, shape):
    width = shape["width"]
    words = graph.node("Gather", [graph.random(shape["vocabulary"], width), "ids"])
    x = graph.node("Add", [words, graph.random(shape["tokens"], width)])
    x = graph.norm(x, width)
    for _ in range(shape["layers"]):
        x = graph.norm(graph.node("Add", [attention(graph, shape, x), x]), width)
        hidden = graph.node("Relu", [graph.linear(x, width, shape["ffn"])])
        x = graph.norm(graph.node("Add", [graph.linear(hidden, shape["ffn"], width), x]), width)
    return x


def attention(graph, shape, x):
    width, heads = shape["width"], shape["heads"]
    split = graph.whole([0, 0, heads, width // heads])

    def head(perm):
        projected = graph.linear(x, width, width)
        return graph.node("Transpose", [graph.node("Reshape", [projected, split])], perm=perm)

    query, key, value = head([0, 2, 1, 3]), head([0, 2, 3, 1]), head([0, 2, 1, 3])
    scores = graph.node("Div", [graph.node("MatMul", [query, key]), graph.scalar((width / heads) ** 0.5)])
    weights = graph.node("Softmax", [scores], axis=-1)
    context = graph.node("Transpose", [graph.node("MatMul", [weights, value])], perm=[0, 2, 1, 3])
    joined = graph.node("Reshape", [context, graph.whole([0, 0, width])])
    return graph.linear(joined, width, width)


class Graph:
    """Nodes and tensors in the making, with names by number."""

    def __init__(self):
        import numpy
        import onnx

        self.numpy, self.onnx = numpy, onnx
        self.generator = numpy.random.default_rng(1)
        self.nodes, self.tensors = [], []

    def node(self, kind, inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def tensor(self, array):
        name = f"tensor_{len(self.tensors)}"
        self.tensors.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def random(self, *shape):
        array = self.generator.standard_normal(shape, self.numpy.float32)
        return self.tensor(array * self.numpy.float32(0.05))

    def whole(self, values):
        return self.tensor(self.numpy.array(values, self.numpy.int64))

    def scalar(self, value):
        return self.tensor(self.numpy.array(value, self.numpy.float32))

    def linear(self, x, inputs, outputs):
        product = self.node("MatMul", [x, self.random(inputs, outputs)])
        return self.node("Add", [self.random(outputs), product])

    def norm(self, x, width):
        gain = self.tensor(self.numpy.ones(width, self.numpy.float32))
        return self.node("LayerNormalization", [x, gain, self.random(width)], axis=-1, epsilon=1e-5)


if __name__ == "__main__":
    main()
