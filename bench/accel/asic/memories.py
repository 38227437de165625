"""Memories on chip, MODELLED: nothing here was synthesised or measured but how often they are read and written.

Source: CACTI 7 (Balasubramonian et al., "CACTI 7: New Tools for Interconnect Exploration in Innovative Off-Chip Memories", TACO 2017;
HewlettPackard/cacti, commit 1ffd8df), with its own 180 nm parameters (1.5 V), SRAM with one read and one write port, 300 K, weights of
energy and area equal; its check that refuses nodes above 90 nm was lifted. 18 memories of 32, 64 and 128 bits, 64 to 2048 words:
power laws of the depth by least squares of logarithms. Wider memories count as several of these widths.
"""
import collections

MODEL = {
    "kind": "modelled",
    "source": "CACTI 7, 180 nm parameter file, 1 read and 1 write port, 18 memories of 32 to 128 bits and 64 to 2048 words",
    # [factor, exponent of the depth, worst deviation from the 18]
    "read_pj_per_bit": [0.0795, 0.333, 0.23],
    "write_pj_per_bit": [0.0373, 0.630, 0.76],
    "area_um2_per_bit": [15.4, 0.0, 0.35],
}
# Whose cycles each memory's accesses go with.
READERS = {"qmm": "w h g a kv dp mk pt x", "exp": "s m t", "sel": "e su", "norm": "ng nq", "embed": "b i_embed", "load": "i_load", "control": "imem"}
UNIT = {name: unit for unit, names in READERS.items() for name in names.split()}
PLACES = {"exp": "t", "control": "imem"}


def name_of(place):
    """A memory's name from where it stands: `u_product.u_kv...` is `kv`."""
    word = (place[0] if place[0] == "u_control" else place[1]).removeprefix("u_")
    return PLACES.get(word, word)


def accesses(vectors, scope, module):
    """Reads (cycles with a new address) and writes, a cycle."""
    port = lambda name, width: [v for n in range(width) if (v := vectors.bit(scope, name, n)) is not None]
    changed = 0
    for value in port("index" if module == "exp_table" else "raddr", 16):
        changed |= value ^ (value >> 1)
    writes = port("we", 1)
    cycles = vectors.pairs.bit_count()
    return (changed & vectors.pairs).bit_count() / cycles, sum(v.bit_count() for v in writes) / len(vectors.times)


def law(name, depth):
    factor, exponent, _ = MODEL[name]
    return factor * depth ** exponent


def summed(found):
    """Rows by memory: `found` has `(name, width, depth, reads, writes)` of every instance."""
    rows = collections.defaultdict(lambda: {"copies": 0, "reads": 0.0, "writes": 0.0})
    for name, width, depth, reads, writes in found:
        row = rows[name, width, depth]
        row["copies"] += 1
        row["reads"] += reads
        row["writes"] += writes
    made = []
    for (name, width, depth), row in sorted(rows.items()):
        pj = width * (row["reads"] * law("read_pj_per_bit", depth) + row["writes"] * law("write_pj_per_bit", depth))
        made.append({"memory": name, "unit": UNIT[name], "width": width, "depth": depth, "copies": row["copies"],
                     "reads_per_cycle": round(row["reads"], 5), "writes_per_cycle": round(row["writes"], 5),
                     "area_um2": round(row["copies"] * width * depth * law("area_um2_per_bit", depth)), "pj_per_cycle": round(pj, 4)})
    return made
