#!/usr/bin/env python3
"""Coefficients of the model of cost from synthesised parts: `fit.py sweep/modules.json sweep/zcu102.json`, as TOML.

Records of `synth.py` (whole configurations, by module) and of `sweep.py` (small modules over their sizes). Least squares over the
rows that are not held; terms that the rows cannot tell apart are left out, last first. Residuals, of held rows too, go to stderr.
"""
import json
import pathlib
import sys

import numpy

# Module: how often it stands in the machine, and its terms, the surest first. With several instances "each" fits one of them.
PARTS = {
    "xnor_popcount": ("tile * tile", ["k", "one"]),
    "accumulator": ("tile * tile", ["acc_w", "one"]),
    "exp_lane": ("tile * pa", ["one", "score_w"]),
    "sel_lane": ("tile * pa", ["one"]),
    "rescale_lane": ("tile * p", ["one"]),
    "quantize_lane": ("tile * p", ["one"]),
    "operand_select": ("one", ["tile * k"]),
    "drain": ("one", ["tile * tile * score_w", "tile * p", "one"]),
    "exp_unit": ("one", ["tile * pa * score_w", "one"]),
    "sel_unit": ("one", ["tile * pa", "one"]),
    "norm_unit": ("one", ["tile * p", "one"]),
    "embed_unit": ("one", ["tile * p", "one"]),
    "head_unit": ("one", ["tile * p", "one"]),
    "x_memory": ("one", ["xb * tile * p", "one"]),
    "load_unit": ("one", ["beat", "tile * k", "one"]),
    "control": ("one", ["one"]),
    "unit_queue": ("one", ["one"]),
    "qmm_unit": ("one", ["one"]),
    "qmm_issue": ("one", ["one"]),
    "tile_target": ("one", ["one"]),
    "input_unit": ("one", ["one"]),
    "csr": ("one", ["one"]),
}
OF_PARAMETERS = {"K": "k", "W": "acc_w", "SCORE_W": "score_w"}


def rows(paths):
    """(module, sizes, resources of what is fitted, held)."""
    for path in paths:
        record = json.loads(pathlib.Path(path).read_text())
        for row in record.get("rows", []):
            sizes = {OF_PARAMETERS[k]: v for k, v in row["parameters"].items() if k in OF_PARAMETERS}
            yield row["module"], sizes, row, row["held"]
        seen = {}
        for row in record.get("modules", []):
            name = row["module"]
            if name not in PARTS:
                continue
            each = PARTS[name][0] != "one"
            took = row["one"] if each else row["all"]
            kept = seen.setdefault(name, {})
            for kind in ("lut", "ff", "dsp"):
                kept[kind] = took.get(kind, 0) if each else kept.get(kind, 0) + took.get(kind, 0)
        for name, took in seen.items():
            yield name, record["sizes"], took, record.get("held", False)


def value(term, sizes):
    product = 1.0
    for name in term.split(" * "):
        product *= 1 if name == "one" else sizes[name]
    return product


def fit(terms, known, kind):
    """Coefficients of the terms that the rows can tell apart."""
    answers = numpy.array([row.get(kind, 0) for _, row in known], float)
    used = list(terms)
    while used:
        matrix = numpy.array([[value(term, sizes) for term in used] for sizes, _ in known])
        if numpy.linalg.matrix_rank(matrix) == len(used):
            found = numpy.linalg.lstsq(matrix, answers, rcond=None)[0]
            return {term: round(float(x), 4) for term, x in zip(used, found) if abs(x) > 1e-6}
        used.pop()
    return {}


def main():
    every = list(rows(sys.argv[1:]))
    print("# Made by bench/accel/fit.py from bench/accel/sweep. Parts with one row are scaled from it, not fitted.")
    for module, (instances, terms) in PARTS.items():
        known = [(sizes, row) for name, sizes, row, held in every if name == module and not held]
        if not known:
            print(f"{module}: no rows", file=sys.stderr)
            continue
        print(f'\n# {len(known)} rows\n[[part]]\nmodule = "{module}"\ninstances = "{instances.replace(" ", "")}"')
        for kind in ("lut", "ff", "dsp"):
            found = fit(terms, known, kind)
            if found:
                inside = ", ".join(f'"{term.replace(" ", "")}" = {x}' for term, x in found.items())
                print(f"{kind} = {{ {inside} }}")
            for name, sizes, row, held in every:
                if name == module and row.get(kind, 0):
                    guess = sum(x * value(term, sizes) for term, x in found.items())
                    error = 100 * (guess - row[kind]) / row[kind]
                    print(f"{module} {kind} {'held' if held else 'fit'}: {row[kind]} model {guess:.0f} ({error:+.1f}%)", file=sys.stderr)


if __name__ == "__main__":
    main()
