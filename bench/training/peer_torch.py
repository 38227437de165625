"""Training speed of the same networks in PyTorch (eager), quantizers as custom autograd functions.

    python peer_torch.py small w1a1 10

prints tokens per second of the median step; two threads. The network is that of
crates/train/examples/tokens_per_second.rs.
"""

import math
import os
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY, TOKENS, LAYERS = 30_522, 64, 6
SIZES = {"small": (128, 4, 512, 64), "large": (384, 12, 1536, 32)}


class SignQuantizer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, shift):
        v = (x + shift) / scale
        ctx.save_for_backward(v)
        return torch.where(v >= 0, scale, -scale)

    @staticmethod
    def backward(ctx, g):
        (v,) = ctx.saved_tensors
        dx = g * (v.abs() <= 1)
        code = torch.where(v >= 0, 1.0, -1.0)
        gain = 1 / math.sqrt(v.numel())
        return dx, ((g * code).sum() * gain).reshape(1), dx.flatten(0, -2).sum(0)


class BitQuantizer(torch.autograd.Function):
    """Unsigned, 1 bit, with or without a shift."""

    @staticmethod
    def forward(ctx, x, scale, shift):
        v = (x if shift is None else x + shift) / scale
        ctx.save_for_backward(v)
        ctx.shifted = shift is not None
        return (v + 0.5).floor().clamp(0, 1) * scale

    @staticmethod
    def backward(ctx, g):
        (v,) = ctx.saved_tensors
        inside = (v >= 0) & (v <= 1)
        dx = g * inside
        code = (v + 0.5).floor().clamp(0, 1)
        slope = torch.where(inside, code - v, code)
        gain = 1 / math.sqrt(v.numel())
        dshift = dx.flatten(0, -2).sum(0) if ctx.shifted else None
        return dx, ((g * slope).sum() * gain).reshape(1), dshift


class BinaryWeights(torch.autograd.Function):
    @staticmethod
    def forward(ctx, latent):
        centred = latent - latent.mean(1, keepdim=True)
        scale = centred.abs().mean(1, keepdim=True)
        return torch.where(centred >= 0, scale, -scale)

    @staticmethod
    def backward(ctx, g):
        return g


class Linear(nn.Linear):
    def __init__(self, inputs, outputs, binary):
        super().__init__(inputs, outputs)
        self.binary = binary

    def forward(self, x):
        weight = BinaryWeights.apply(self.weight) if self.binary else self.weight
        return F.linear(x, weight, self.bias)


class Site(nn.Module):
    def __init__(self, width, binary, function=SignQuantizer):
        super().__init__()
        self.function = function if binary else None
        if binary:
            self.scale = nn.Parameter(torch.ones(1))
            self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return self.function.apply(x, self.scale, self.shift) if self.function else x


class Layer(nn.Module):
    def __init__(self, width, heads, hidden, binary):
        super().__init__()
        self.heads, self.binary = heads, binary
        self.query, self.key, self.value, self.output = (
            Linear(width, width, binary) for _ in range(4)
        )
        self.up, self.down = Linear(width, hidden, binary), Linear(hidden, width, binary)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.input, self.q, self.k, self.v, self.context, self.ffn_input = (
            Site(width, binary) for _ in range(6)
        )
        self.hidden = Site(hidden, binary, BitQuantizer)
        if binary:
            self.weights_scale = nn.Parameter(torch.full((1,), 0.05))

    def split(self, x):
        batch, tokens, width = x.shape
        return x.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)

    def attend(self, q, k, v):
        q, k, v = self.split(q), self.split(k), self.split(v)
        if not self.binary:
            context = F.scaled_dot_product_attention(q, k, v)
        else:
            scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
            weights = BitQuantizer.apply(scores.softmax(-1), self.weights_scale, None)
            context = weights @ v
        return context.transpose(1, 2).flatten(2)

    def forward(self, x):
        h = self.input(x)
        q, k, v = self.q(self.query(h)), self.k(self.key(h)), self.v(self.value(h))
        x = self.norm1(x + self.output(self.context(self.attend(q, k, v))))
        hidden = self.up(self.ffn_input(x))
        hidden = self.hidden(hidden) if self.binary else F.gelu(hidden)
        return self.norm2(x + self.down(hidden))


class Network(nn.Module):
    def __init__(self, width, heads, hidden, binary):
        super().__init__()
        self.word = nn.Embedding(VOCABULARY, width)
        self.position = nn.Embedding(TOKENS, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(*(Layer(width, heads, hidden, binary) for _ in range(LAYERS)))
        self.head = nn.Linear(width, 2)

    def forward(self, ids):
        x = self.norm(self.word(ids) + self.position.weight)
        return self.head(self.layers(x)[:, 0])


def main():
    size, form, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    torch.manual_seed(1)
    width, heads, hidden, batch = SIZES[size]
    network = Network(width, heads, hidden, form == "w1a1")
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    times = []
    for _ in range(steps + 1):
        ids = torch.randint(0, VOCABULARY, (batch, TOKENS))
        targets = torch.randint(0, 2, (batch,))
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network(ids), targets).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    times = sorted(times[1:])
    print(round(batch * TOKENS / times[len(times) // 2]))


if __name__ == "__main__":
    main()
