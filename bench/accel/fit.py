#!/usr/bin/env python3
"""The model of cost from synthesised configurations: fit.py [--held NAME,...] RECORD.json ... >crates/accel/src/cost/model.toml

RECORDs are those of `noctule synth --json` (bench/accel/run). For every module the resources of one instance are fitted by least
squares of relative errors over the records that are not held, as a sum of the terms in PARTS. A term that the records cannot tell
from those before it, or that would get a negative coefficient, is left out. Errors, of held records too, go to standard error.
Needs numpy.
"""
import argparse
import json
import pathlib
import sys

import numpy

# Module: number of instances; terms of LUT and FF of one instance besides "one". Constants of the design (queues of 16, 16 bursts in
# flight, exponents of 16 bits) are in the coefficients.
PARTS = {
    "xnor_popcount": ("tile*tile", ["k"], ["k", "count_bits"]),
    "accumulator": ("tile*tile", ["acc_w"], ["acc_w"]),
    "operand_select": ("1", ["tile*k", "tile*tile*cols"], ["tile*k"]),
    "qmm_unit": ("1", [], []),
    "qmm_issue": ("1", ["k"], ["k"]),
    "tile_target": ("1", ["cols"], ["cols"]),
    "drain": ("1", ["tile*tile*acc_w", "beat", "tile*tile"], ["tile*tile*acc_w", "beat", "tile*tile", "tile"]),
    "threshold_tile": ("1", ["tile*tile*wide_acc", "tile"], ["tile*tile", "tile", "tile*tile*wide_acc"]),
    "score_tile": ("1", ["tile*tile*score_w", "tile*tile", "tile*score_w"], ["tile*tile*score_w", "tile*tile", "tile*score_w"]),
    "rescale_group": ("1", ["tile*tile*acc_w", "tile", "tile*wide_acc"], ["tile*p*acc_w", "tile", "tile*wide_acc"]),
    "rescale_lane": ("tile*p", ["acc_w", "wide_acc"], ["acc_w", "wide_acc"]),
    "residual": ("1", ["tile*p"], ["tile*p"]),
    "code_writer": ("1", ["tile*tile", "tile*p", "cols"], ["tile*tile", "tile*p", "cols"]),
    "exp_unit": ("1", ["tile*pa*score_w", "tile*tile*score_w", "tile"], ["tile*pa*score_w", "pa*score_w", "tile"]),
    "exp_row": ("pa", ["tile"], ["tile"]),
    "exp_lane": ("tile*pa", ["score_w", "table_bits", "wide_score"], ["score_w", "table_bits", "wide_score"]),
    "sel_unit": ("1", ["tile*pa", "tile", "pa", "cols"], ["tile*pa", "tile", "pa", "cols"]),
    "sel_row": ("pa", [], []),
    "sel_lane": ("tile*pa", [], []),
    "norm_unit": ("1", ["tile", "tile*p", "cols"], ["tile", "tile*p", "cols"]),
    "norm_issue": ("1", ["cols", "xb"], ["cols", "xb"]),
    "norm_row": ("p", ["tile", "groups"], ["tile", "groups"]),
    "norm_lane": ("tile*p", [], []),
    "quantize_lane": ("tile*p", [], []),
    "moments": ("p", ["tile", "groups"], ["tile", "groups"]),
    "reciprocal_root": ("p", [], []),
    "norm_codes": ("1", ["tile*tile", "tile*p", "cols"], ["tile*tile", "tile*p", "cols"]),
    "embed_unit": ("1", ["tile", "beat"], ["tile", "beat"]),
    "patch_dot": ("1", ["tile"], ["tile"]),
    "head_unit": ("1", ["tile*p", "beat", "tile"], ["tile"]),
    "head_dot": ("1", ["tile"], ["tile"]),
    "x_memory": ("1", ["xb*p*tile", "p*tile*banked", "xb"], ["xb"]),
    "load_unit": ("1", ["beat", "tile"], ["tile*k", "beat", "tile"]),
    "pass_memory": ("1", ["pt_depth"], []),
    "unit_queue": ("8", [], []),
    "control": ("1", ["beat"], ["beat"]),
    "sequencer": ("1", [], []),
    "input_unit": ("1", [], []),
    "csr": ("1", [], []),
    "bat_top": ("1", ["tile*k", "beat"], ["beat"]),
}
MEMORIES = {"ram", "gated_ram"}
# What DSPs of one instance depend on.
DSP = {"moments": ["tile"], "threshold_tile": ["tile*tile*narrow_acc"], "rescale_group": ["tile", "tile*wide_acc"],
       "rescale_lane": ["wide_acc"], "exp_lane": ["wide_score"], "head_dot": ["tile"], "embed_unit": ["tile"]}


def named(sizes):
    """Sizes by name, as crates/accel/src/cost/terms.rs has them."""
    more = {"one": 1, "cols": sizes["k"] // sizes["tile"], "groups": sizes["tile"] // sizes["p"],
            "attention_groups": sizes["tile"] // sizes["pa"], "count_bits": sizes["k"].bit_length(),
            "table_bits": (sizes["t_depth"] - 1).bit_length(), "wide_acc": int(sizes["acc_w"] > 26),
            "narrow_acc": int(sizes["acc_w"] <= 26), "wide_score": int(sizes["score_w"] > 16), "banked": int(sizes["xb"] > 1)}
    return sizes | more


def value(term, sizes):
    product = 1.0
    for name in term.split("*"):
        product *= int(name) if name.isdigit() else sizes[name]
    return product


def solve(terms, rows):
    matrix = numpy.array([[value(term, sizes) for term in terms] for sizes, _ in rows])
    answers = numpy.array([answer for _, answer in rows], float)
    weight = 1 / numpy.maximum(answers, 1)
    scale = numpy.abs(matrix * weight[:, None]).max(axis=0)
    weighted = matrix * weight[:, None] / scale
    if len(rows) < len(terms) or numpy.linalg.cond(weighted) > 1e4:
        return None
    return numpy.linalg.lstsq(weighted, answers * weight, rcond=None)[0] / scale


def fit(terms, rows):
    """Coefficients by term: of all sets of terms that can be told apart and are not negative, the one that fits best; of sets
    that fit alike the smaller one."""
    if not any(answer for _, answer in rows):
        return {}
    best, least = {}, None
    for mask in range(1, 2 ** (len(terms) + 1)):
        used = [term for bit, term in enumerate([*terms, "one"]) if mask >> bit & 1]
        if len(used) > max(1, len(rows) - 1):
            continue
        found = solve(used, rows)
        if found is None or (found < 0).any():
            continue
        errors = [sum(x * value(t, s) for t, x in zip(used, found)) / max(a, 1) - min(a, 1) for s, a in rows]
        worst = float(numpy.sqrt(numpy.mean(numpy.square(errors)))) + 0.01 * len(used)
        if least is None or worst < least:
            best, least = dict(zip(used, map(float, found))), worst
    return {term: float(f"{x:.5g}") for term, x in best.items() if x > 1e-6}


def read(path):
    record = json.loads(pathlib.Path(path).read_text())
    if record["target"] != "ultrascale" or record["kind"] != "summed":
        raise SystemExit(f"{path}: is no sum of parts for ultrascale")
    missing = {m["module"] for m in record["modules"]} - set(PARTS) - MEMORIES
    if missing:
        raise SystemExit(f"{path}: no terms are known for {', '.join(sorted(missing))}")
    return record


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--held", type=lambda names: names.split(","), default=[], help="configurations kept out of the fit, with commas")
    ask.add_argument("records", nargs="+")
    given = ask.parse_args()
    records = [read(path) for path in given.records]
    fitted = [record for record in records if record["config"] not in given.held]
    names = json.dumps([record["config"] for record in fitted])
    print("# Made by bench/accel/fit.py from bench/accel/synth. Do not edit.")
    print("tools =", json.dumps(sorted({tool for record in records for tool in record["tools"]})))
    model = {}
    for module, (instances, lut, ff) in PARTS.items():
        rows = []
        for record in fitted:
            found = [m for m in record["modules"] if m["module"] == module]
            rows += [(named(record["sizes"]), m["area"], m["instances"]) for m in found]
        if not rows:
            continue
        print(f'\n[[module]]\nname = "{module}"\ninstances = "{instances}"\nfitted_on = {names}')
        for kind, terms in (("lut", lut), ("ff", ff), ("dsp", DSP.get(module, []))):
            found = fit(terms, [(sizes, area[kind] / n) for sizes, area, n in rows])
            model[module, kind] = found
            if found:
                print(f"{kind} = {{ {', '.join(f'{json.dumps(term)} = {x}' for term, x in found.items())} }}")
    for record in records:
        report(record, model, record["config"] in given.held)


def report(record, model, held):
    """Errors of a record's modules that matter, and of their sum, without memories."""
    sizes = named(record["sizes"])
    print(f"{record['config']}{' (held)' if held else ''}", file=sys.stderr)
    for kind in ("lut", "ff", "dsp"):
        total = sum(m["area"][kind] for m in record["modules"] if m["module"] not in MEMORIES)
        guess, off = 0, []
        for m in record["modules"]:
            if m["module"] in MEMORIES:
                continue
            found = model.get((m["module"], kind), {})
            one = round(sum(x * value(term, sizes) for term, x in found.items()))
            count = value(PARTS[m["module"]][0], sizes)
            if count != m["instances"]:
                print(f"  {m['module']}: {m['instances']} instances, the model has {count}", file=sys.stderr)
            guess += one * count
            difference = one * count - m["area"][kind]
            if total and abs(difference) > 0.01 * total:
                off.append(f"{m['module']} {m['area'][kind]} -> {one * count:.0f}")
        if total:
            print(f"  {kind}: {total} model {guess:.0f} ({100 * (guess - total) / total:+.1f}%)  {'; '.join(off)}", file=sys.stderr)


if __name__ == "__main__":
    main()
