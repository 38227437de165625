"""BAT as parts, for standard cells: every module of UNITS once for each set of its parameters, the units in it black boxes.

What `noctule synth` does for FPGAs; here the mapped netlists are wanted, which it does not keep. Parts are kept by the hash of all that
they are made from (cache folder NOCTULE_SYNTH_CACHE, default .synth).
"""
import collections
import hashlib
import json
import os
import pathlib
import re
import subprocess

# Apart. Everything else becomes part of the module that it stands in.
UNITS = """bat_core csr control unit_queue load_unit residual_path product_path attention_path x_memory input_unit embed_unit
norm_unit head_unit qmm_unit exp_unit sel_unit drain qmm_array operand_select qmm_issue tile_target xnor_popcount accumulator
ram exp_lane sel_lane rescale_lane quantize_lane norm_lane embed_lane reciprocal_root""".split()
WRAPPERS = ["bat_core", "residual_path", "product_path", "attention_path", "qmm_array"]
# First what decides: the element of the array, then memories and lanes.
ORDER = ["xnor_popcount", "accumulator", "exp_lane", "sel_lane", "ram", "rescale_lane", "norm_lane"]


class Parts:
    def __init__(self, rtl, package, family, yosys):
        self.files = sorted(pathlib.Path(rtl).resolve().glob("*.sv"))
        self.family = family
        self.yosys = yosys
        self.cache = pathlib.Path(os.environ.get("NOCTULE_SYNTH_CACHE", ".synth")).resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.texts = {path.stem: path.read_text() for path in self.files}
        self.package = package
        self.tag = hashlib.sha256(package.encode()).hexdigest()[:10]
        (self.cache / f"bat_pkg_{self.tag}.sv").write_text(package)
        words = {w for text in self.texts.values() for w in re.findall(r"\b[A-Z][A-Z_0-9]*\b", text)}
        loops = {w for text in self.texts.values() for w in re.findall(r"genvar (\w+)", text)}
        self.names = sorted(words | loops)
        self.version = subprocess.run([yosys, "--version"], capture_output=True, text=True).stdout.strip()
        # Without the compiler it was built with, whose path nobody needs.
        self.name = re.sub(r", .*", ")", self.version)

    def closure(self, top):
        """Modules that a unit is made of, without the units in it."""
        seen, todo = set(), [top]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            words = set(re.findall(r"^\s*([a-z_0-9]+)\s+(?:#\(|[a-z_0-9]+\s*\(|[a-z_0-9]+$)", self.texts[name], re.M))
            todo += [w for w in words if w in self.texts and w not in UNITS]
        return seen

    def key(self, top, parameters):
        """Hash of what the part is made from: its texts, its parameters, and of the package what they use."""
        texts = "".join(self.texts[name] for name in sorted(self.closure(top)))
        lines = [re.sub(r"\s+", " ", line) for line in self.package.splitlines()]
        used = set(re.findall(r"bat_pkg::([A-Za-z_0-9]+)", texts))
        constants = [l for l in lines if (m := re.match(r" localparam int ([A-Z_0-9]+) =", l)) and m.group(1) in used]
        said = json.dumps([self.family, self.version, top, sorted(parameters.items()), constants, texts])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def read(self, top, parameters):
        options = "".join(f" --blackboxed-module {u}" for u in UNITS if u != top)
        given = "".join(f" -G {k}={v}" for k, v in parameters.items())
        sources = " ".join(map(str, [self.cache / f"bat_pkg_{self.tag}.sv", *self.files]))
        return f"read_slang --threads 1{options} --top {top}{given} {sources}"

    def start(self, lines):
        script = self.cache / f"run_{os.getpid()}.ys"
        script.write_text("\n".join(lines) + "\n")
        done = subprocess.run([self.yosys, "-q", "-l", str(script) + ".log", str(script)], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit("\n".join(l for l in (done.stdout + done.stderr).splitlines() if "ERROR" in l) or done.stderr[-2000:])

    def elaborate(self, jobs):
        """What each part is made of, before synthesis, in one process."""
        lines = []
        for top, parameters, key in jobs:
            lines += ["design -reset", self.read(top, parameters), f"write_json {self.cache}/{key}.pre.json"]
        self.start(lines)

    def children(self, top, key):
        """Units in a part, `(unit, parameters)`, with their number."""
        pre = json.loads((self.cache / f"{key}.pre.json").read_text())
        cells = pre["modules"][top]["cells"].values()
        return collections.Counter((cell["type"], self.public(cell)) for cell in cells if cell["type"] in UNITS)

    def cells(self, top, key):
        """Cells of a part by type, without the units in it. Of wrappers, wires but for a few gates, none."""
        path = self.cache / f"{key}.stat.json"
        if top in WRAPPERS or not path.exists():
            return {}
        stat = json.loads(path.read_text())
        cells = stat["design"].get("num_cells_by_type") or next(iter(stat["modules"].values()))["num_cells_by_type"]
        return {k: n for k, n in cells.items() if k not in UNITS}

    def public(self, cell):
        """Parameters that a module lets others set."""
        head = self.texts[cell["type"]].split("(\n")[0]
        outer = set(re.findall(r"([A-Z][A-Z_0-9]*) =", re.sub(r"localparam.*?=.*?[,)\n]", "", head))) if "#(" in head else set()
        values = {k: int(v, 2) for k, v in cell["parameters"].items() if k in outer}
        return tuple(sorted(values.items()))

    def all(self, top):
        """The tree below `top`: elaborated level by level, then mapped."""
        tree, keys, level = {}, {}, [(top, ())]
        while level:
            for part in level:
                keys[part] = self.key(part[0], dict(part[1]))
            missing = [(p[0], dict(p[1]), keys[p]) for p in level if not (self.cache / f"{keys[p]}.pre.json").exists()]
            if missing:
                self.elaborate(missing)
            for part in level:
                tree[part] = self.children(part[0], keys[part])
            level = sorted({c for part in level for c in tree[part]} - set(tree))
        jobs = {keys[p]: (p[0], dict(p[1]), keys[p]) for p in tree
                if p[0] not in WRAPPERS and not (self.cache / f"{keys[p]}.stat.json").exists()}
        print(f"{len(tree)} parts, {len(jobs)} to synthesise", flush=True)
        if jobs:
            self.map(sorted(jobs.values(), key=lambda job: ORDER.index(job[0]) if job[0] in ORDER else len(ORDER)))
        return {part: {"children": tree[part], "cells": self.cells(part[0], keys[part])} for part in tree}
