"""Energy of a mapped part: its gates evaluated on the values that its inputs and flip-flops had in a real run.

Every net is an integer with one bit for each sampled cycle, so a gate is one operation of Python for all cycles. Toggles are those of
settled values, a cycle apart (no glitches). A toggle costs the library's internal energy, at the net's load and the inputs'
slews, and C V^2 / 2 of the input pins on the net (no wires). The next value of every flip-flop is compared with its input: a netlist
that differed from the RTL on these cycles would show.
"""
import collections
import graphlib

VOLTS = 1.8
EDGE_NS = 0.06


class Netlist:
    """A part's cells; what black boxes drive counts as its inputs."""

    def __init__(self, module, boxes, cells):
        self.module, self.boxes, self.library = module, boxes, cells
        self.cells = [(cells[c["type"]], {pin: bit for pin, (bit,) in c["connections"].items()})
                      for c in module["cells"].values() if c["type"] not in boxes]
        self.names = collections.defaultdict(list)
        for name, net in module["netnames"].items():
            for n, bit in enumerate(net["bits"]):
                if not net.get("hide_name"):
                    self.names[bit].append((name, n + net.get("offset", 0)))
        self.load = collections.Counter()
        for cell, pins in self.cells:
            for pin, capacitance in cell.capacitance.items():
                self.load[pins[pin]] += capacitance
        self.inputs = self.from_outside()
        self.gates = self.in_order([(c, p) for c, p in self.cells if not c.flop])
        self.flops = [(c, p) for c, p in self.cells if c.flop]
        self.slew = self.slews()

    def from_outside(self):
        """Nets that are driven from outside, with their names there."""
        inputs = {}
        for name, port in self.module["ports"].items():
            if port["direction"] == "input":
                inputs.update({bit: [(name, n)] for n, bit in enumerate(port["bits"])})
        for name, cell in self.module["cells"].items():
            if cell["type"] in self.boxes:
                for pin, bits in cell["connections"].items():
                    if cell["port_directions"][pin] == "output":
                        inputs.update({bit: [(f"{name}.{pin}", n)] + self.names[bit] for n, bit in enumerate(bits)})
        return {bit: names for bit, names in inputs.items() if isinstance(bit, int)}

    @staticmethod
    def in_order(gates):
        driver = {pins[out]: n for n, (cell, pins) in enumerate(gates) for out in cell.outputs if out in pins}
        graph = {n: {driver[pins[p]] for p in cell.capacitance if pins[p] in driver} for n, (cell, pins) in enumerate(gates)}
        return [gates[n] for n in graphlib.TopologicalSorter(graph).static_order()]

    def slews(self):
        """ns of every net, the mean of the tables; inputs and the clock have EDGE_NS."""
        slew = collections.defaultdict(lambda: EDGE_NS)
        for cell, pins in self.flops + self.gates:
            for out, output in cell.outputs.items():
                if out in pins:
                    found = [t(self.load[pins[out]], slew[pins[p]]) for p, tables in output.slews.items() for t in tables]
                    slew[pins[out]] = sum(found) / len(found)
        return slew

    def per_toggle(self, cell, pins, out):
        """pJ of a toggle of an output: internal, and of the pins that it drives."""
        load = self.load[pins[out]]
        found = [t(load, self.slew[pins[p]]) for p, tables in cell.outputs[out].energies.items() for t in tables]
        return sum(found) / len(found) if found else 0.0, load * VOLTS ** 2 / 2

    def clock(self):
        """pJ of a cycle that the clock's edges cost in flip-flops: internal, and of their clock pins."""
        inside = sum(t(0, EDGE_NS) for c, _ in self.flops for t in c.passive["CLK"])
        return inside + sum(c.capacitance["CLK"] for c, _ in self.flops) * VOLTS ** 2

    def leakage(self):
        """W."""
        return sum(cell.leakage for cell, _ in self.cells)


class Values:
    """Of all nets in the sampled cycles of an instance."""

    def __init__(self, netlist, vectors, place):
        self.netlist, self.pairs = netlist, vectors.pairs
        self.all = (1 << len(vectors.times)) - 1
        self.value = {"0": 0, "1": self.all, "x": 0}
        self.missing = []
        sources = dict(netlist.inputs)
        sources.update({pins["Q"]: netlist.names[pins["Q"]] for _, pins in netlist.flops})
        for bit, names in sources.items():
            found = [v for name, n in names if (v := self.known(vectors, place, name, n)) is not None]
            self.value[bit] = found[0] if found else 0
            if not found:
                self.missing.append(names)
        for cell, pins in netlist.gates:
            named = {p: self.value.get(pins[p], 0) for p in cell.capacitance}
            for out, output in cell.outputs.items():
                if out in pins:
                    self.value[pins[out]] = eval(output.function, {}, named) & self.all

    @staticmethod
    def known(vectors, place, name, n):
        *scope, last = name.split(".")
        return vectors.bit(place + tuple(scope), last, n)

    def toggles(self, bit, pairs):
        value = self.value.get(bit, 0)
        return ((value ^ (value >> 1)) & pairs).bit_count()

    def wrong(self):
        """Values of flip-flops that are not what their input was a cycle earlier."""
        value = lambda bit: self.value.get(bit, 0)
        return sum(((value(pins["D"]) ^ (value(pins["Q"]) >> 1)) & self.pairs).bit_count() for _, pins in self.netlist.flops)

    def data(self, pairs):
        """pJ of a cycle beside the clock's, over these pairs of cycles: gates, flip-flops, inputs."""
        netlist, total = self.netlist, collections.Counter()
        for cell, pins in netlist.gates + netlist.flops:
            for out in cell.outputs:
                if out in pins and (n := self.toggles(pins[out], pairs)):
                    inside, outside = netlist.per_toggle(cell, pins, out)
                    total["flops" if cell.flop else "gates"] += n * (inside + outside)
        for cell, pins in netlist.flops:
            edge = sum(t(0, netlist.slew[pins["D"]]) for t in cell.passive["D"]) / 2
            total["flops"] += self.toggles(pins["D"], pairs) * edge
        for bit, names in netlist.inputs.items():
            if ("clk", 0) not in names:
                total["inputs"] += self.toggles(bit, pairs) * netlist.load[bit] * VOLTS ** 2 / 2
        return {kind: energy / pairs.bit_count() for kind, energy in total.items()}
