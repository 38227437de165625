"""Values of signals in cycles of a real run: the RTL under Verilator with the harness of the agreement tests, sampled.

Every PERIOD cycles a window of LENGTH is written, of every signal, as it is just before the clock's edge.
"""
import collections
import pathlib
import random
import re
import struct
import subprocess

LENGTH = 65
WINDOWS = 68
FLAGS = ["--cc", "--exe", "--build", "-O3", "--trace-vcd", "--trace-max-width", "65536", "--trace-max-array", "64", "--assert",
         "-Wno-fatal", "--top-module", "bat_top", "-CFLAGS", "-std=c++20 -Iharness -I../harness", "-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include",
         "-MAKEFLAGS", "OPT_FAST=-O1", "-MAKEFLAGS", "OPT_SLOW=-O0"]

def received(seed, symbols, decibel=4.0, rate=24 / 49):
    """The all-zero codeword with Gaussian noise at this Eb/N0."""
    sigma = (2 * rate * 10 ** (decibel / 10)) ** -0.5
    source = random.Random(seed)
    return " ".join(f"{1 + sigma * source.gauss(0, 1):.4f}" for _ in range(symbols))


def patched(harness, cycles):
    """The harness with a sampler."""
    period = max(LENGTH + 1, cycles // WINDOWS)
    sampler = f"""
  void sample() {{
    if (!started_ || cycle_ >= {cycles} || cycle_ % {period} >= {LENGTH}) return;
    if (!open_) vcd_.open("run.vcd"), open_ = true;
    vcd_.dump(cycle_);
  }}
  VerilatedVcdC vcd_;
  bool open_ = false;

"""
    changes = [
        ('#include "verilated.h"\n', '#include "verilated.h"\n#include "verilated_vcd_c.h"\n'),
        ("    observe();\n    top_.clk = 1", "    observe();\n    sample();\n    top_.clk = 1"),
        (" private:\n  void reset() {", f" private:{sampler}  void reset() {{"),
        ("    reset();\n  }\n", "    context->traceEverOn(true);\n    top_.trace(&vcd_, 99);\n    reset();\n  }\n  ~Bench() { vcd_.close(); }\n"),
    ]
    for before, after in changes:
        if before not in harness:
            raise SystemExit(f"the harness has no {before!r} any more: change bench/accel/asic/vectors.py with it")
        harness = harness.replace(before, after, 1)
    return harness


def job(folder):
    """The job file of a design folder that `noctule rtl` wrote."""
    sizes = dict((k, int(v)) for k, v in re.findall(r"localparam longint (\w+) = (\d+);", (folder / "sizes.svh").read_text()))
    numbers = lambda *values: struct.pack(f"<{len(values)}Q", *values)
    words = lambda name: [int(line, 16) for line in (folder / name).read_text().split()]
    listed = lambda values: numbers(len(values)) + struct.pack(f"<{len(values)}I", *values)
    image = (folder / "image.bin").read_bytes()
    text = numbers(int.from_bytes(b"\x01BATJOB1", "little"), sizes["LATENCY"], sizes["RATE"], 1, sizes["PROGRAM_BEAT"], sizes["COUNT"], sizes["CYCLES"])
    text += numbers(len(image)) + image + listed(words("input.hex")) + listed(words("output.hex")) + numbers(0)
    return text, sizes


def run(folder, rtl, verilator):
    """Builds, runs, checks outputs and cycles; leaves `run.vcd` in the folder. Returns the run's line and sizes."""
    text, sizes = job(folder)
    (folder / "job").write_bytes(text)
    (folder / "harness").mkdir(exist_ok=True)
    (folder / "harness/main.cpp").write_text(patched((rtl / "harness/main.cpp").read_text(), sizes["CYCLES"]))
    (folder / "harness/memory.h").write_text((rtl / "harness/memory.h").read_text())
    for source in rtl.glob("*.sv"):
        (folder / source.name).write_text(source.read_text())
    subprocess.run([verilator, *FLAGS, "-f", "files.f", "harness/main.cpp", "--Mdir", "sampled"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(["sampled/Vbat_top", "job"], cwd=folder, capture_output=True, text=True)
    if '"pass":true' not in done.stdout:
        raise SystemExit(f"the RTL does not agree with the simulator: {done.stdout}{done.stderr}")
    return sizes


class Vectors:
    """Values by signal: for each name `(scope.., name)` one integer per sampled cycle."""

    def __init__(self, path, wanted):
        """`wanted(scope)`: whether signals of a scope are read."""
        self.ids, self.width, self.times = {}, {}, []
        scope = []
        lines = open(path)
        for line in lines:
            words = line.split()
            if words[:1] == ["$scope"]:
                scope.append(words[2])
            elif words[:1] == ["$upscope"]:
                scope.pop()
            elif words[:1] == ["$var"] and wanted(tuple(scope)):
                self.ids[tuple(scope), words[4]] = words[3]
                self.width[words[3]] = int(words[2])
            elif words[:1] == ["$enddefinitions"]:
                break
        self.changes = collections.defaultdict(list)
        for line in lines:
            if line[0] == "#":
                self.times.append(int(line[1:]))
            elif line[0] == "b":
                value, code = line[1:].split()
                if code in self.width:
                    self.changes[code].append((max(len(self.times) - 1, 0), int(value, 2)))
            elif line[0] in "01" and line[1:-1] in self.width:
                self.changes[line[1:-1]].append((max(len(self.times) - 1, 0), int(line[0])))
        # Cycles whose next is sampled too.
        self.pairs = sum(1 << n for n, (a, b) in enumerate(zip(self.times, self.times[1:])) if b == a + 1)
        self.bits_of = {}

    def half(self, odd):
        """Pairs of every other window: what differs between halves is the sampling's error."""
        window, made = -1, 0
        for n, time in enumerate(self.times):
            window += n == 0 or time != self.times[n - 1] + 1
            made |= (window % 2 == odd) << n
        return made & self.pairs

    def bit(self, scope, name, n):
        """A bit's values in the sampled cycles, one bit each; none if the run does not know it."""
        code = self.ids.get((scope, name))
        if code is None or n >= self.width[code]:
            return None
        if code not in self.bits_of:
            self.bits_of[code] = self.transposed(code)
        return self.bits_of[code][n]

    def transposed(self, code):
        changes = self.changes[code]
        ends = [at for at, _ in changes[1:]] + [len(self.times)]
        made = [0] * self.width[code]
        for (start, value), end in zip(changes, ends):
            held = ((1 << (end - start)) - 1) << start
            while value:
                low = value & -value
                made[low.bit_length() - 1] |= held
                value ^= low
        return made
