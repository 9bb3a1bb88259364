#!/usr/bin/env python3
"""Makes the small models of the examples: real architectures, seeded random weights. Needs numpy. usage: make_models.py (in examples/)"""
import json
import math
import pathlib
import struct

import numpy as np


POSITIONS = "positions"


class Model:
    """Lathe's textual IR with its weights in a safetensors file."""

    def __init__(self, folder, name, signature, where=""):
        self.path = pathlib.Path(folder)
        self.name, self.signature, self.where = name, signature, where
        self.rng = np.random.default_rng(1)
        self.weights, self.consts, self.lines, self.n = {}, [], [], 0

    def weight(self, name, shape, scale=None):
        fan = math.prod(shape[1:]) if len(shape) > 1 else 1
        w = self.rng.standard_normal(shape).astype(np.float32) * np.float32(scale if scale is not None else math.sqrt(2 / fan))
        self.weights[name] = w
        self.consts.append(f"  %{name}: f32[{','.join(map(str, shape))}] = const() {{value = weight(\"{name}\")}}")
        return "%" + name

    def scalar(self, value, shape="", element="f32"):
        self.n += 1
        self.consts.append(f"  %c{self.n}: {element}[{shape}] = const() {{value = splat({value})}}")
        return f"%c{self.n}"

    def op(self, type_, call, result=None):
        self.n += 1
        r = "%" + (result or f"v{self.n}")
        self.lines.append(f"  {r}: {type_} = {call}")
        return r

    def conv(self, type_, x, name, out, into, kernel, stride=1, dilation=1, groups=1, transposed=False):
        rank = len(kernel)
        shape = (into, out, *kernel) if transposed else (out, into // groups, *kernel)
        w = self.weight(name + "_w", shape, math.sqrt(2 * (stride if transposed else 1) / (into // groups * math.prod(kernel)) * (stride ** (rank - 1) if transposed else 1)))
        b = self.weight(name + "_b", (out,), 0.05)
        pads = [(k - stride) // 2 if transposed else (k - 1) * dilation // 2 for k in kernel]
        more = f"output_pads = {[0] * rank}, " if transposed else ""
        text = (f"{{dilations = {[dilation] * rank}, groups = {groups}, layout = \"first\", {more}pads = {pads + pads}, strides = {[stride] * rank}}}")
        return self.op(type_, f"{'conv_transpose' if transposed else 'conv'}({x}, {w}, {b}) {text}")

    def leaky(self, type_, x):
        return self.op(type_, f"prelu({x}, {self.scalar(0.1, '1')})")

    def norm(self, type_, reduced, x, name, width):
        mean = self.op(reduced, f"reduce({x}) {{axes = [2], keep = true, kind = \"mean\"}}")
        d = self.op(type_, f"sub({x}, {mean})")
        var = self.op(reduced, f"reduce({self.op(type_, f'mul({d}, {d})')}) {{axes = [2], keep = true, kind = \"mean\"}}")
        root = self.op(reduced, f"sqrt({self.op(reduced, f'add({var}, {self.scalar(1e-5)})')})")
        return self.op(type_, f"mul({self.op(type_, f'div({d}, {root})')}, {self.weight(name, (width,), 1.0)})")

    def write(self, *results):
        self.path.mkdir(parents=True, exist_ok=True)
        header, blob = {}, b""
        for k, w in self.weights.items():
            header[k] = {"dtype": "F32", "shape": list(w.shape), "data_offsets": [len(blob), len(blob) + w.nbytes]}
            blob += w.tobytes()
        h = json.dumps(header).encode()
        h += b" " * (-len(h) % 8)
        (self.path / "model.safetensors").write_bytes(struct.pack("<Q", len(h)) + h + blob)
        text = ["lathe 1", 'weights "model.safetensors"', f"graph @{self.name}({self.signature}) -> ({', '.join(results)}){self.where} {{"]
        text += self.consts + self.lines + [f"  return {', '.join(results)}", "}", ""]
        (self.path / "model.lir").write_text("\n".join(text).replace("'", '"'))


def face_embedding():
    """A small MobileFaceNet: picture to a vector of length 1."""
    m = Model("face-embedding", "face_embedding", "%image: f32[N,3,64,64]", " where N in 1..64")
    x, size, width = "%image", 64, 3
    for i, out in enumerate((16, 24, 32, 32)):
        size //= 2
        x = m.leaky(f"f32[N,{out},{size},{size}]", m.conv(f"f32[N,{out},{size},{size}]", x, f"conv{i}", out, width, (4, 4), stride=2))
        width = out
        x = m.op(f"f32[N,{out},{size},{size}]", f"add({x}, {m.conv(f'f32[N,{out},{size},{size}]', x, f'deep{i}', out, out, (3, 3), groups=out)})")
    x = m.op("f32[N,512]", f"reshape({x}) {{dims = dims[N,512]}}")
    x = m.op("f32[N,64]", f"matmul({x}, {m.weight('out_w', (512, 64), 0.05)}, {m.weight('out_b', (64,), 0.01)})")
    length = m.op("f32[N,1]", f"reduce({x}) {{axes = [1], keep = true, kind = \"l2\"}}")
    m.write(m.op("f32[N,64]", f"div({x}, {m.op('f32[N,1]', f'max({length}, {m.scalar(1e-12)})')})", "embedding"))


def vocoder():
    """A small HiFi-GAN generator: 40 mel bands to 64 samples a frame."""
    m = Model("vocoder", "vocoder", "%mel: f32[1,40,frames]", " where frames in 1..4000")
    x = m.conv("f32[1,32,frames]", "%mel", "pre", 32, 40, (7,))
    width, times = 32, ""
    for i, n in enumerate((8, 64)):
        type_ = f"f32[1,{width // 2},frames*{n}]"
        x = m.leaky(f"f32[1,{width},frames{times}]", x)
        x = m.conv(type_, x, f"up{i}", width // 2, width, (16,), stride=8, transposed=True)
        width, times = width // 2, f"*{n}"
        for d in (1, 3, 5):
            y = m.conv(type_, m.leaky(type_, x), f"res{i}_{d}a", width, width, (3,), dilation=d)
            y = m.conv(type_, m.leaky(type_, y), f"res{i}_{d}b", width, width, (3,))
            x = m.op(type_, f"add({x}, {y})")
    x = m.conv("f32[1,1,frames*64]", m.leaky(f"f32[1,{width},frames*64]", x), "post", 1, width, (7,))
    m.write(m.op("f32[1,1,frames*64]", f"tanh({m.op('f32[1,1,frames*64]', f'mul({x}, {m.scalar(0.2)})')})", "audio"))


def talking_face():
    """A small generator of talking faces: a picture, two reference pictures and audio features to a picture."""
    m = Model("talking-face", "talking_face", "%source_img: f32[1,3,64,48], %ref_img: f32[1,6,64,48], %audio_feature: f32[1,29,5]")

    def encode(x, name, into):
        for i, (out, h, w) in enumerate(((12, 32, 24), (24, 16, 12))):
            x = m.leaky(f"f32[1,{out},{h},{w}]", m.conv(f"f32[1,{out},{h},{w}]", x, f"{name}{i}", out, into, (4, 4), stride=2))
            into = out
        return x

    source, ref = encode("%source_img", "source", 3), encode("%ref_img", "ref", 6)
    a = m.leaky("f32[1,16,5]", m.conv("f32[1,16,5]", "%audio_feature", "audio", 16, 29, (3,)))
    a = m.op("f32[1,16,1]", f"reduce({a}) {{axes = [2], keep = true, kind = \"mean\"}}")
    a = m.op("f32[1,16,1,1]", f"reshape({a}) {{dims = dims[1,16,1,1]}}")
    a = m.op("f32[1,16,16,12]", f"expand({a}) {{dims = dims[1,16,16,12]}}")
    x = m.op("f32[1,64,16,12]", f"concat({source}, {ref}, {a}) {{axis = 1}}")
    x = m.leaky("f32[1,32,16,12]", m.conv("f32[1,32,16,12]", x, "mix", 32, 64, (3, 3)))
    x = m.leaky("f32[1,16,32,24]", m.conv("f32[1,16,32,24]", x, "up0", 16, 32, (4, 4), stride=2, transposed=True))
    x = m.conv("f32[1,3,64,48]", x, "up1", 3, 16, (4, 4), stride=2, transposed=True)
    m.write(m.op("f32[1,3,64,48]", f"sigmoid({x})", "generated_img"))


def bert():
    """A small BERT classifier: token numbers of any length up to 64, padded where the mask is 0."""
    d, heads = 48, 2
    m = Model("bert-classifier", "bert_classifier", "%input_ids: i64[N,T], %attention_mask: i64[N,T]", " where N in 1..64, T in 1..64")
    full, one = f"f32[N,T,{d}]", "f32[N,T,1]"
    x = m.op(full, f"gather({m.weight('tokens', (600, d), 1.0)}, %input_ids) {{axis = 0}}")
    where = m.op("i64[T]", "iota() {size = dim(T), to = i64}")
    x = m.op(full, f"add({x}, {m.op(f'f32[T,{d}]', f'gather({m.weight(POSITIONS, (64, d), 0.3)}, {where}) {{axis = 0}}')})")
    x = m.norm(full, one, x, "norm0", d)
    mask = m.op("f32[N,T]", "cast(%attention_mask) {to = f32}")
    bias = m.op("f32[N,T]", f"sub({mask}, {m.scalar(1.0)})")
    bias = m.op("f32[N,T]", f"mul({bias}, {m.scalar(1e9)})")
    bias = m.op("f32[N,1,1,T]", f"reshape({bias}) {{dims = dims[N,1,1,T]}}")
    for layer in range(2):
        parts = []
        for p, perm in (("q", "[0,2,1,3]"), ("k", "[0,2,3,1]"), ("v", "[0,2,1,3]")):
            y = m.op(full, f"matmul({x}, {m.weight(f'{p}_{layer}', (d, d), d ** -0.5)})")
            y = m.op(f"f32[N,T,{heads},{d // heads}]", f"reshape({y}) {{dims = dims[N,T,{heads},{d // heads}]}}")
            out = f"f32[N,{heads},{d // heads},T]" if p == "k" else f"f32[N,{heads},T,{d // heads}]"
            parts.append(m.op(out, f"transpose({y}) {{perm = {perm}}}"))
        q, k, v = parts
        s = m.op(f"f32[N,{heads},T,T]", f"matmul({q}, {k})")
        s = m.op(f"f32[N,{heads},T,T]", f"mul({s}, {m.scalar((d // heads) ** -0.5)})")
        s = m.op(f"f32[N,{heads},T,T]", f"add({s}, {bias})")
        s = m.op(f"f32[N,{heads},T,T]", f"softmax({s}) {{axis = 3}}")
        y = m.op(f"f32[N,{heads},T,{d // heads}]", f"matmul({s}, {v})")
        y = m.op(f"f32[N,T,{heads},{d // heads}]", f"transpose({y}) {{perm = [0,2,1,3]}}")
        y = m.op(full, f"reshape({y}) {{dims = dims[N,T,{d}]}}")
        y = m.op(full, f"matmul({y}, {m.weight(f'o{layer}', (d, d), d ** -0.5)})")
        x = m.norm(full, one, m.op(full, f"add({x}, {y})"), f"norm{layer}a", d)
        wide = f"f32[N,T,{2 * d}]"
        y = m.op(wide, f"matmul({x}, {m.weight(f'up{layer}', (d, 2 * d), d ** -0.5)})")
        e = m.op(wide, f"erf({m.op(wide, f'mul({y}, {m.scalar(2 ** -0.5)})')})")
        y = m.op(wide, f"mul({m.op(wide, f'mul({y}, {m.scalar(0.5)})')}, {m.op(wide, f'add({e}, {m.scalar(1.0)})')})")
        y = m.op(full, f"matmul({y}, {m.weight(f'down{layer}', (2 * d, d), (2 * d) ** -0.5)})")
        x = m.norm(full, one, m.op(full, f"add({x}, {y})"), f"norm{layer}b", d)
    # the mean over the tokens that count
    keep = m.op("f32[N,T,1]", f"reshape({mask}) {{dims = dims[N,T,1]}}")
    total = m.op(f"f32[N,{d}]", f"reduce({m.op(full, f'mul({x}, {keep})')}) {{axes = [1], keep = false, kind = \"sum\"}}")
    count = m.op("f32[N,1]", f"reduce({mask}) {{axes = [1], keep = true, kind = \"sum\"}}")
    mean = m.op(f"f32[N,{d}]", f"div({total}, {m.op('f32[N,1]', f'max({count}, {m.scalar(1.0)})')})")
    m.write(m.op("f32[N,3]", f"matmul({mean}, {m.weight('cls', (d, 3), 0.3)}, {m.weight('cls_b', (3,), 0.1)})", "logits"))


def scores():
    """A perceptron over table rows."""
    m = Model("spark-job", "scores", "%features: f32[N,8]", " where N in 1..100000")
    x = m.op("f32[N,32]", f"matmul(%features, {m.weight('a', (8, 32), 0.5)}, {m.weight('a_b', (32,), 0.1)})")
    x = m.op("f32[N,32]", f"relu({x})")
    x = m.op("f32[N,1]", f"matmul({x}, {m.weight('b', (32, 1), 0.3)}, {m.weight('b_b', (1,), 0.1)})")
    m.write(m.op("f32[N,1]", f"sigmoid({x})", "score"))


face_embedding()
vocoder()
talking_face()
bert()
scores()
