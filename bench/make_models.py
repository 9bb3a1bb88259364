#!/usr/bin/env python3
"""Makes the networks that README.md's figures are of: PyTorch exports them, with seeded random weights, to ONNX.

usage: make_models.py OUT [NAME ...]      (no name: all)      needs PyTorch 1.13 or later, torchvision, onnx
Each becomes OUT/NAME/model.onnx with test_data_set_0/{input,output}_N.pb. Weights are well scaled (batch norms have
statistics of a forward pass), so that outputs are neither constant nor degenerate.
"""
import math
import os
import sys
import warnings

import numpy as np
import torch
from onnx import numpy_helper
from torch import nn
import torch.nn.functional as F
warnings.filterwarnings("ignore")
MODELS = {}

def model(fn):
    MODELS[fn.__name__] = fn
    return fn

def randomise(net, x):
    """Data-dependent init: batch-norm statistics from one forward pass in train mode, jittered affine."""
    g = torch.Generator().manual_seed(7)
    for m in net.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d)):
            m.momentum = None
            m.weight.data.uniform_(0.6, 1.4, generator=g)
            m.bias.data.uniform_(-0.3, 0.3, generator=g)
    net.train()
    with torch.no_grad():
        for _ in range(2):
            net(*x)
    return net.eval()

def rnd(*shape, seed=0, scale=1.0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1000 + seed)) * scale

class ConvBN(nn.Sequential):
    def __init__(s, i, o, k, st=1, g=1, act=None):
        super().__init__(nn.Conv2d(i, o, k, st, k // 2, groups=g, bias=False), nn.BatchNorm2d(o), *([act] if act else []))

# ---- torchvision classics -------------------------------------------------------------------------
def _tv(name, size=224, batch=2, **kw):
    import torchvision.models as tv
    torch.manual_seed(0)
    net = getattr(tv, name)(weights=None, **kw)
    net = randomise(net, (rnd(batch, 3, size, size, seed=5),))
    return net, (rnd(1, 3, size, size),), ["input"], ["logits"], None, 13

for _n in ["mobilenet_v2", "squeezenet1_1", "resnet18", "resnet50", "densenet121", "shufflenet_v2_x1_0", "mnasnet1_0", "regnet_x_400mf",
           "regnet_y_400mf", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny"]:
    MODELS[_n] = lambda n=_n: _tv(n)

@model
def vit_b_16():
    net, x, inames, onames, dyn, _ = _tv("vit_b_16")
    nn.init.normal_(net.heads.head.weight, std=0.02)  # the class's own start is zero
    # in training mode attention is exported as the operations it is made of; without dropout it computes the same
    for m in net.modules():
        if isinstance(m, nn.MultiheadAttention):
            m.train()
    return net, x, inames, onames, dyn, 14

@model
def googlenet():
    return _tv("googlenet", aux_logits=False, init_weights=False)

@model
def mobilenet_v3_small_4class():
    return _tv("mobilenet_v3_small", num_classes=4)

@model
def mobilenet_v3_small_dynamic():
    net, x, i, o, _, op = _tv("mobilenet_v3_small", num_classes=4)
    return net, x, i, o, {"input": {0: "N", 2: "H", 3: "W"}, "logits": {0: "N"}}, op

# ---- MobileFaceNet (Chen et al. 2018): face embedding, 112x112 -> 128 ---------------------------------
class MBFBottleneck(nn.Module):
    def __init__(s, i, o, t, st):
        super().__init__()
        s.res = st == 1 and i == o
        s.f = nn.Sequential(ConvBN(i, i * t, 1, act=nn.PReLU(i * t)), ConvBN(i * t, i * t, 3, st, i * t, act=nn.PReLU(i * t)), ConvBN(i * t, o, 1))
    def forward(s, x):
        return x + s.f(x) if s.res else s.f(x)

class MobileFaceNet(nn.Module):
    def __init__(s):
        super().__init__()
        L = [ConvBN(3, 64, 3, 2, act=nn.PReLU(64)), ConvBN(64, 64, 3, 1, 64, act=nn.PReLU(64))]
        i = 64
        for t, c, n, st in [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]:
            for k in range(n):
                L.append(MBFBottleneck(i, c, t, st if k == 0 else 1)); i = c
        L += [ConvBN(128, 512, 1, act=nn.PReLU(512)), nn.Conv2d(512, 512, 7, groups=512, bias=False), nn.BatchNorm2d(512), nn.Conv2d(512, 128, 1, bias=False), nn.BatchNorm2d(128)]
        s.f = nn.Sequential(*L)
    def forward(s, x):
        return F.normalize(s.f(x).flatten(1))

@model
def mobilefacenet():
    torch.manual_seed(1)
    net = randomise(MobileFaceNet(), (rnd(4, 3, 112, 112, seed=5),))
    return net, (rnd(1, 3, 112, 112),), ["image"], ["embedding"], None, 11

# ---- HiFi-GAN generator (Kong et al. 2020), dynamic number of mel frames -------------------------------
class ResBlock(nn.Module):
    def __init__(s, c, k, dil):
        super().__init__()
        s.a = nn.ModuleList(nn.Conv1d(c, c, k, dilation=d, padding=d * (k - 1) // 2) for d in dil)
        s.b = nn.ModuleList(nn.Conv1d(c, c, k, padding=(k - 1) // 2) for d in dil)
    def forward(s, x):
        for a, b in zip(s.a, s.b):
            x = x + b(F.leaky_relu(a(F.leaky_relu(x, 0.1)), 0.1))
        return x

class HiFiGAN(nn.Module):
    def __init__(s, c=128, rates=(8, 8, 2, 2), kernels=(16, 16, 4, 4), rk=(3, 7, 11), rd=((1, 3, 5),) * 3):
        super().__init__()
        s.pre = nn.Conv1d(80, c, 7, padding=3)
        s.ups, s.res = nn.ModuleList(), nn.ModuleList()
        for j, (u, k) in enumerate(zip(rates, kernels)):
            s.ups.append(nn.ConvTranspose1d(c >> j, c >> (j + 1), k, u, padding=(k - u) // 2))
            for kk, d in zip(rk, rd):
                s.res.append(ResBlock(c >> (j + 1), kk, d))
        s.post = nn.Conv1d(c >> len(rates), 1, 7, padding=3)
        s.n = len(rk)
    def forward(s, x):
        x = s.pre(x)
        for j, u in enumerate(s.ups):
            x = u(F.leaky_relu(x, 0.1))
            x = sum(s.res[j * s.n + i](x) for i in range(s.n)) / s.n
        return torch.tanh(s.post(F.leaky_relu(x)))

@model
def hifigan_dynamic():
    torch.manual_seed(2)
    return HiFiGAN().eval(), (rnd(1, 80, 32),), ["mel"], ["audio"], {"mel": {0: "N", 2: "frames"}, "audio": {0: "N", 2: "samples"}}, 13

# ---- three-input talking-face generator in the manner of DINet / wav2lip -------------------------------
class TalkingFace(nn.Module):
    def __init__(s, w=32):
        super().__init__()
        a = lambda: nn.ReLU()
        s.src = nn.Sequential(ConvBN(3, w, 7, act=a()), ConvBN(w, 2 * w, 3, 2, act=a()), ConvBN(2 * w, 4 * w, 3, 2, act=a()))
        s.ref = nn.Sequential(ConvBN(15, w, 7, act=a()), ConvBN(w, 2 * w, 3, 2, act=a()), ConvBN(2 * w, 4 * w, 3, 2, act=a()))
        s.aud = nn.Sequential(nn.Conv1d(29, 64, 3, padding=1), nn.ReLU(), nn.Conv1d(64, 4 * w, 3, padding=1), nn.ReLU())
        s.mix = nn.Sequential(ConvBN(12 * w, 4 * w, 3, act=a()), ConvBN(4 * w, 4 * w, 3, act=a()))
        s.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), ConvBN(4 * w, 2 * w, 3, act=a()),
                             nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.ReLU(), nn.Conv2d(w, 3, 7, padding=3), nn.Sigmoid())
    def forward(s, source_img, ref_img, audio_feature):
        x, r = s.src(source_img), s.ref(ref_img)
        a = s.aud(audio_feature).mean(2)[:, :, None, None].expand(-1, -1, x.shape[2], x.shape[3])
        return s.up(s.mix(torch.cat([x, r, a], 1)))

@model
def talking_face_3in():
    torch.manual_seed(3)
    mk = lambda b, sd: (torch.rand(b, 3, 208, 160, generator=torch.Generator().manual_seed(sd)), torch.rand(b, 15, 208, 160, generator=torch.Generator().manual_seed(sd + 1)), rnd(b, 29, 5, seed=sd))
    net = randomise(TalkingFace(), mk(2, 40))
    return net, mk(1, 50), ["source_img", "ref_img", "audio_feature"], ["generated_img"], None, 13

# ---- sequence models ----------------------------------------------------------------------------------
class Bert(nn.Module):
    def __init__(s, vocab=2000, d=128, h=4, layers=3, ff=512, n=128):
        super().__init__()
        s.h = h
        s.tok, s.pos, s.ln = nn.Embedding(vocab, d), nn.Embedding(n, d), nn.LayerNorm(d)
        s.q, s.k, s.v, s.o, s.f1, s.f2, s.l1, s.l2 = (nn.ModuleList(m() for _ in range(layers)) for m in
            [lambda: nn.Linear(d, d)] * 4 + [lambda: nn.Linear(d, ff), lambda: nn.Linear(ff, d), lambda: nn.LayerNorm(d), lambda: nn.LayerNorm(d)])
        s.cls = nn.Linear(d, 8)
    def forward(s, ids, mask):
        b, n = ids.shape
        x = s.ln(s.tok(ids) + s.pos(torch.arange(n)))
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
        sp = lambda t: t.view(b, n, s.h, -1).transpose(1, 2)
        for q, k, v, o, f1, f2, l1, l2 in zip(s.q, s.k, s.v, s.o, s.f1, s.f2, s.l1, s.l2):
            a = torch.softmax(sp(q(x)) @ sp(k(x)).transpose(2, 3) / math.sqrt(x.shape[-1] // s.h) + bias, -1)
            x = l1(x + o((a @ sp(v(x))).transpose(1, 2).reshape(b, n, -1)))
            x = l2(x + f2(F.gelu(f1(x))))
        return s.cls(x.mean(1)), x

def _bert_inputs(b, n):
    g = torch.Generator().manual_seed(9)
    m = torch.ones(b, n, dtype=torch.int64); m[:, n - n // 4:] = 0
    return torch.randint(0, 2000, (b, n), generator=g), m

@model
def bert_tiny():
    torch.manual_seed(4)
    return Bert().eval(), _bert_inputs(1, 64), ["input_ids", "attention_mask"], ["logits", "hidden"], None, 13

@model
def bert_tiny_dynamic():
    torch.manual_seed(4)
    net = Bert().eval()
    return net, _bert_inputs(2, 48), ["input_ids", "attention_mask"], ["logits", "hidden"], \
        {"input_ids": {0: "N", 1: "T"}, "attention_mask": {0: "N", 1: "T"}, "logits": {0: "N"}, "hidden": {0: "N", 1: "T"}}, 14

class Rnn(nn.Module):
    def __init__(s, kind):
        super().__init__()
        s.r = getattr(nn, kind)(40, 96, 2, batch_first=True, bidirectional=True)
        s.o = nn.Linear(192, 30)
    def forward(s, x):
        return torch.log_softmax(s.o(s.r(x)[0]), -1)

@model
def lstm_ctc():
    torch.manual_seed(5)
    return Rnn("LSTM").eval(), (rnd(1, 50, 40),), ["features"], ["log_probs"], {"features": {1: "T"}, "log_probs": {1: "T"}}, 13

# ---- segmentation and detection -------------------------------------------------------------------------
class UNet(nn.Module):
    def __init__(s, w=24):
        super().__init__()
        d = lambda i, o: nn.Sequential(ConvBN(i, o, 3, act=nn.ReLU()), ConvBN(o, o, 3, act=nn.ReLU()))
        s.e1, s.e2, s.e3, s.m = d(3, w), d(w, 2 * w), d(2 * w, 4 * w), d(4 * w, 8 * w)
        s.u3, s.u2, s.u1 = (nn.ConvTranspose2d(2 * i, i, 2, 2) for i in (4 * w, 2 * w, w))
        s.d3, s.d2, s.d1 = d(8 * w, 4 * w), d(4 * w, 2 * w), d(2 * w, w)
        s.o = nn.Conv2d(w, 2, 1)
    def forward(s, x):
        a = s.e1(x); b = s.e2(F.max_pool2d(a, 2)); c = s.e3(F.max_pool2d(b, 2)); y = s.m(F.max_pool2d(c, 2))
        y = s.d3(torch.cat([s.u3(y), c], 1)); y = s.d2(torch.cat([s.u2(y), b], 1)); y = s.d1(torch.cat([s.u1(y), a], 1))
        return torch.softmax(s.o(y), 1)

@model
def unet():
    torch.manual_seed(8)
    return randomise(UNet(), (rnd(2, 3, 128, 128, seed=5),)), (rnd(1, 3, 128, 128),), ["image"], ["mask"], None, 13

class Gru(nn.Module):
    def __init__(s):
        super().__init__()
        s.r = nn.GRU(80, 256, 2, batch_first=True, bidirectional=True)
        s.o = nn.Linear(512, 64)
    def forward(s, x):
        return s.o(s.r(x)[0])

@model
def gru():
    torch.manual_seed(6)
    return Gru().eval(), (rnd(1, 100, 80),), ["features"], ["scores"], None, 13

class Csp(nn.Module):
    """A stage of a YOLO backbone: two branches, one of them with residual blocks."""
    def __init__(s, i, o, n, residual=True):
        super().__init__()
        h = o // 2
        s.a, s.b, s.c = (ConvBN(x, y, 1, act=nn.SiLU()) for x, y in ((i, h), (i, h), (2 * h, o)))
        s.m = nn.ModuleList(nn.Sequential(ConvBN(h, h, 1, act=nn.SiLU()), ConvBN(h, h, 3, act=nn.SiLU())) for _ in range(n))
        s.residual = residual
    def forward(s, x):
        y = s.a(x)
        for m in s.m:
            y = y + m(y) if s.residual else m(y)
        return s.c(torch.cat([y, s.b(x)], 1))

class Yolo(nn.Module):
    def __init__(s):
        super().__init__()
        cv = lambda i, o, k=1, st=1: ConvBN(i, o, k, st, act=nn.SiLU())
        s.s1 = nn.Sequential(nn.Conv2d(3, 16, 6, 2, 2, bias=False), nn.BatchNorm2d(16), nn.SiLU(), cv(16, 32, 3, 2), Csp(32, 32, 1))
        s.s2, s.s3, s.s4 = (nn.Sequential(cv(i, 2 * i, 3, 2), Csp(2 * i, 2 * i, n)) for i, n in ((32, 2), (64, 3), (128, 1)))
        s.p1, s.p2, s.pool, s.up = cv(256, 128), cv(512, 256), nn.MaxPool2d(5, 1, 2), nn.Upsample(scale_factor=2)
        s.l1, s.n1, s.l2, s.n2 = cv(256, 128), Csp(256, 128, 1, False), cv(128, 64), Csp(128, 64, 1, False)
        s.d1, s.n3, s.d2, s.n4 = cv(64, 64, 3, 2), Csp(128, 128, 1, False), cv(128, 128, 3, 2), Csp(256, 256, 1, False)
        s.heads = nn.ModuleList(nn.Conv2d(c, 255, 1) for c in (64, 128, 256))
    def forward(s, x):
        a = s.s2(s.s1(x)); b = s.s3(a); c = s.p1(s.s4(b))
        d = s.pool(c); e = s.pool(d)
        c = s.p2(torch.cat([c, d, e, s.pool(e)], 1))
        l1 = s.l1(c); l2 = s.l2(s.n1(torch.cat([s.up(l1), b], 1)))
        q3 = s.n2(torch.cat([s.up(l2), a], 1)); q4 = s.n3(torch.cat([s.d1(q3), l2], 1)); q5 = s.n4(torch.cat([s.d2(q4), l1], 1))
        outs = []
        for q, head in zip((q3, q4, q5), s.heads):
            z = head(q)
            n, _, h, w = z.shape
            outs.append(z.view(n, 3, 85, h, w).permute(0, 1, 3, 4, 2).sigmoid().reshape(n, -1, 85))
        return torch.cat(outs, 1)

@model
def yolo():
    torch.manual_seed(9)
    return randomise(Yolo(), (rnd(2, 3, 320, 320, seed=5),)), (rnd(1, 3, 320, 320),), ["image"], ["boxes"], None, 13

def write(out, name):
    net, x, inames, onames, dyn, opset = MODELS[name]()
    d = os.path.join(out, name); s = os.path.join(d, "test_data_set_0")
    os.makedirs(s, exist_ok=True)
    with torch.no_grad():
        y = net(*x)
    y = y if isinstance(y, tuple) else (y,)
    path = os.path.join(d, "model.onnx")
    torch.onnx.export(net, x, path, input_names=inames, output_names=onames, dynamic_axes=dyn or {}, opset_version=opset, do_constant_folding=True)
    for kind, names, vals in (("input", inames, x), ("output", onames, y)):
        for i, (n, v) in enumerate(zip(names, vals)):
            with open(os.path.join(s, f"{kind}_{i}.pb"), "wb") as f:
                f.write(numpy_helper.from_array(v.numpy(), n).SerializeToString())
    print(f"{name}: {os.path.getsize(path) / 1e6:.1f} MB, outputs " + ", ".join(f"{tuple(v.shape)} std {v.float().std():.3g}" for v in y), flush=True)

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    unknown = [n for n in sys.argv[2:] if n not in MODELS]
    if unknown:
        sys.exit(f"there is no network {', '.join(unknown)}; these are: {', '.join(MODELS)}")
    for n in sys.argv[2:] or MODELS:
        write(sys.argv[1], n)
