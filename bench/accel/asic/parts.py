"""Synthesis of BAT's parts (elaborate.py) to standard cells: every part once, what it holds as black boxes.

Memories (`ram`, `pass_memory`, `exp_table`) are black boxes that nothing replaces: they are modelled apart.
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess

import elaborate

LIBRARY = os.environ.get("NOCTULE_LIBERTY", "/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
# Of ABC's default script for libraries only what pays: scorr and dch take minutes on multipliers and save about 1% of a lane.
SCRIPT = "+strash;dc2;&get,-n;&nf;&put"
MEMORIES = ["ram", "pass_memory", "exp_table"]
UNITS, WRAPPERS = elaborate.UNITS, elaborate.WRAPPERS
UNITS += [name for name in MEMORIES if name not in UNITS]


class Asic(elaborate.Parts):
    """Parts mapped to a liberty library; each keeps its netlist and the areas that Yosys sums. `mapper` is a Yosys that need not read
    SystemVerilog: a native one is several times faster than YoWASP's."""

    def __init__(self, rtl, package, yosys, mapper):
        super().__init__(rtl, package, "osu018", yosys)
        self.mapper = mapper
        self.mapped_by = subprocess.run([mapper, "--version"], capture_output=True, text=True).stdout.strip()
        (self.cache / "cells.lib").write_text(pathlib.Path(LIBRARY).read_text())

    def key(self, top, parameters):
        return hashlib.sha256(f"{super().key(top, parameters)} {self.mapped_by} {SCRIPT}".encode()).hexdigest()[:16]

    def map(self, jobs):
        jobs = [job for job in jobs if job[0] not in MEMORIES]
        unset = " ".join(f"-unset {n}" for n in self.names)
        lines = []
        for top, parameters, key in jobs:
            lines += ["design -reset", self.read(top, parameters), f"setparam {unset} " + " ".join(f"t:{u}" for u in UNITS),
                      "proc", "opt_clean", "delete t:$scopeinfo", "setattr -unset src *", f"write_rtlil {self.cache}/{key}.il"]
        if lines:
            self.start(lines)
        for top, _, key in jobs:
            self.synthesise(top, self.cache / key)

    def synthesise(self, top, stem):
        library = self.cache / "cells.lib"
        script = (f"read_rtlil {stem}.il; synth -flatten -noabc -top {top}; dfflibmap -liberty {library}; abc -liberty {library} -script {SCRIPT}; opt_clean; "
                  f"write_json {stem}.map.json; tee -q -o {stem}.area.txt stat -liberty {library}; tee -q -o {stem}.stat.json stat -json")
        done = subprocess.run(["nice", "-n", "5", self.mapper, "-q", "-p", script], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{top}: {done.stdout[-500:]}{done.stderr[-2000:]}")

    def area(self, top, key):
        """Cells and their area in um2; of memories none."""
        path = self.cache / f"{key}.stat.json"
        if top in MEMORIES or top in elaborate.WRAPPERS or not path.exists():
            return {"cells": 0, "area": 0.0, "flops": 0}
        cells = {kind: n for kind, n in self.cells(top, key).items() if kind not in UNITS}
        stray = [kind for kind in cells if not re.match(r"^[A-Z0-9]+$", kind)]
        if stray:
            raise SystemExit(f"{top}: cells outside the library: {stray}")
        area = float(re.search(r"Chip area for (?:top )?module .*: ([\d.]+)", (self.cache / f"{key}.area.txt").read_text()).group(1))
        return {"cells": sum(cells.values()), "area": area, "flops": sum(n for k, n in cells.items() if k.startswith("DFF"))}

    def instances(self, top, key):
        """Where the units in a part stand: `(path in the part, unit, parameters)`."""
        pre = json.loads((self.cache / f"{key}.pre.json").read_text())
        cells = pre["modules"][top]["cells"].items()
        return [(name, cell["type"], self.public(cell)) for name, cell in cells if cell["type"] in UNITS]
