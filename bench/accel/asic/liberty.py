"""What a liberty library says of its cells: functions, capacitances, tables of slews and energies."""
import bisect
import collections
import re

# Slews outside the tables are those at their ends: without wires and buffers a few nets of many loads have them.
TOKEN = re.compile(r'"[^"]*"|[\w.+-]+|[{}():;,]')


class Table:
    def __init__(self, group):
        axis = lambda name: [float(v) for v in re.findall(r"[\d.eE+-]+", " ".join(group.attributes.get(name, [])))]
        self.first, self.second = axis("index_1"), axis("index_2")
        self.values = [[float(v) for v in re.findall(r"[\d.eE+-]+", row)] for row in group.attributes["values"]]

    def __call__(self, load, slew):
        """At a load (pF) and a slew (ns); a table of one axis has slews only."""
        if not self.second:
            return self.between(self.first, self.values[0], slew)
        rows = [self.between(self.second, row, slew) for row in self.values]
        return self.between(self.first, rows, load)

    @staticmethod
    def between(axis, values, at):
        """Linear between points, beyond the last at its slope for no more than the ends."""
        at = min(max(at, axis[0]), axis[-1])
        n = min(max(bisect.bisect_right(axis, at) - 1, 0), len(axis) - 2)
        part = (at - axis[n]) / (axis[n + 1] - axis[n])
        return values[n] + part * (values[n + 1] - values[n])


class Group:
    def __init__(self, kind, names):
        self.kind, self.names = kind, names
        self.attributes, self.groups = {}, []

    def of(self, kind):
        return [group for group in self.groups if group.kind == kind]


def parse(text):
    """The library as nested groups."""
    tokens = TOKEN.findall(re.sub(r"/\*.*?\*/|\\\n", " ", text, flags=re.S))
    root = Group("", [])
    stack, n = [root], 0
    while n < len(tokens):
        token = tokens[n]
        if token == "}":
            stack.pop()
        elif token not in ";:,{(" and n + 1 < len(tokens) and tokens[n + 1] == "(":
            close = tokens.index(")", n)
            values = [v.strip('"') for v in tokens[n + 2:close] if v != ","]
            if close + 1 < len(tokens) and tokens[close + 1] == "{":
                stack[-1].groups.append(Group(token, values))
                stack.append(stack[-1].groups[-1])
                close += 1
            else:
                stack[-1].attributes[token] = values
            n = close
        elif n + 1 < len(tokens) and tokens[n + 1] == ":":
            stack[-1].attributes[token] = [tokens[n + 2].strip('"')]
            n += 2
        n += 1
    return root.groups[0]


def function(text):
    """Python of a liberty function: !, &, +, ^, and blanks for and."""
    words = re.findall(r"[A-Za-z]\w*|[!&+*|^()]", text)
    made = []
    for word in words:
        operand = word[0].isalpha() or word in "(!"
        if operand and made and (made[-1][0].isalpha() or made[-1] == ")"):
            made.append("&")
        made.append(word)
    translate = {"!": "~", "+": "|", "*": "&"}
    # In Python & binds more tightly than ^ and |, as in liberty.
    return " ".join(translate.get(word, word) for word in made)


class Cell:
    def __init__(self, group):
        one = lambda g, name, default="0": g.attributes.get(name, [default])[0]
        self.name = group.names[0]
        self.area = float(one(group, "area"))
        self.leakage = float(one(group, "cell_leakage_power")) * 1e-9
        self.flop = bool(group.of("ff"))
        pins = {pin.names[0]: pin for pin in group.of("pin")}
        self.capacitance = {name: float(one(pin, "capacitance")) for name, pin in pins.items() if one(pin, "direction") == "input"}
        self.outputs = {name: Output(pin) for name, pin in pins.items() if one(pin, "direction") == "output"}
        # Energies of an input's own edges (pJ), rising and falling.
        self.passive = {name: [Table(p.of(edge)[0]) for p in pin.of("internal_power") for edge in ("rise_power", "fall_power")]
                        for name, pin in pins.items() if name in self.capacitance and pin.of("internal_power")}


class Output:
    def __init__(self, pin):
        self.function = compile(function(pin.attributes["function"][0]), "liberty", "eval")
        arcs = collections.defaultdict(list)
        self.slews, self.energies = arcs, collections.defaultdict(list)
        for timing in pin.of("timing"):
            tables = [Table(t) for kind in ("rise_transition", "fall_transition") for t in timing.of(kind)]
            self.slews[timing.attributes["related_pin"][0]] += tables
        for power in pin.of("internal_power"):
            tables = [Table(t) for kind in ("rise_power", "fall_power") for t in power.of(kind)]
            self.energies[power.attributes["related_pin"][0]] += tables


def library(path):
    """Cells by name."""
    return {cell.name: cell for cell in map(Cell, parse(open(path).read()).of("cell"))}
