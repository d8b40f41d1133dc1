"""A reader of PromQL that knows which labels each expression has.

parse() makes a tree of an expression (what promtool accepts; native histograms and experimental functions apart). Labels.of() walks it
with the metrics of a catalogue and tells what promtool cannot: metrics and labels that do not exist, and joins that can never match or
match several series.
"""
import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
      | (?P<number>0x[0-9a-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?|(?:[Ii]nf|[Nn]a[Nn])(?![\w:]))
      | (?P<name>[a-zA-Z_:][\w:]*)
      | (?P<op>=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}\[\],@:])
    )""",
    re.VERBOSE,
)
SPACE = re.compile(r"(?:\s|#[^\n]*)*")
BINARY = [["or"], ["and", "unless"], ["==", "!=", "<=", "<", ">=", ">"], ["+", "-"], ["*", "/", "%", "atan2"]]
COMPARISONS = {"==", "!=", "<=", "<", ">=", ">"}
SET_OPERATORS = {"and", "or", "unless"}
AGGREGATIONS = {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile"}
OF_COUNTERS = {"rate", "irate", "increase", "resets"}
OF_GAUGES = {"delta", "idelta", "deriv", "holt_winters", "predict_linear"}
SCALARS = {"time", "scalar", "pi"}
CALENDAR = {"minute", "hour", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "month", "year"}


class PromqlError(ValueError):
    """The expression cannot be read."""


@dataclass
class Node:
    """kind: number, string, selector, call, aggregate, binary. What `name` and `parts` hold follows from it."""

    kind: str
    name: str = ""
    parts: list = field(default_factory=list)
    matchers: list = field(default_factory=list)  # of a selector: label names
    by: list = None  # of an aggregate: the labels of by; None for without
    labels: list = None  # of an aggregate with without, or of a binary with on or ignoring
    on: str = ""  # of a binary: "on", "ignoring" or ""
    group: str = ""  # of a binary: "group_left", "group_right" or ""
    include: list = field(default_factory=list)  # what group_left and group_right copy

    def walk(self):
        yield self
        for part in self.parts:
            yield from part.walk()


def tokens(text):
    at, found = SPACE.match(text).end(), []
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise PromqlError(f"cannot read {text[at:at + 20].strip()!r}")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = SPACE.match(text, match.end()).end()
    return found + [("end", "")]


class Parser:
    def __init__(self, text):
        self.tokens, self.at = tokens(text), 0

    def peek(self):
        return self.tokens[self.at][1]

    def take(self, *expected):
        kind, text = self.tokens[self.at]
        if expected and text not in expected:
            raise PromqlError(f"{' or '.join(expected)} expected before {text!r}")
        if kind == "end":
            raise PromqlError("ends too early")
        self.at += 1
        return text

    def accept(self, *words):
        return self.take() if self.peek() in words else ""

    def names(self):
        found = []
        self.take("(")
        while not self.accept(")"):
            found.append(self.take())
            self.accept(",")
        return found

    def binary(self, level=0):
        if level == len(BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in BINARY[level]:
            node = Node("binary", self.take())
            self.accept("bool")
            if self.peek() in ("on", "ignoring"):
                node.on, node.labels = self.take(), self.names()
            if self.peek() in ("group_left", "group_right"):
                node.group = self.take()
                node.include = self.names() if self.peek() == "(" else []
            node.parts = [left, self.binary(level + 1)]
            left = node
        return left

    def unary(self):
        if self.accept("-", "+"):
            return self.unary()
        base = self.postfix(self.primary())
        if not self.accept("^"):
            return base
        return Node("binary", "^", [base, self.unary()])

    def postfix(self, node):
        while self.peek() in ("[", "offset", "@"):
            if self.take() == "[":
                while not self.accept("]"):
                    self.take()
            else:
                self.accept("-")
                self.take()
                if self.accept("("):
                    self.take(")")
        return node

    def primary(self):
        kind, text = self.tokens[self.at]
        if text == "{":
            return self.selector("")
        self.at += 1
        if text == "(":
            inner = self.binary()
            self.take(")")
            return inner
        if kind in ("number", "duration"):
            return Node("number", text)
        if kind == "string":
            return Node("string", text[1:-1])
        if kind != "name":
            raise PromqlError(f"not expected: {text!r}")
        if text in AGGREGATIONS and self.peek() in ("by", "without", "("):
            return self.aggregate(text)
        if self.peek() == "(":
            return Node("call", text, self.arguments())
        return self.selector(text)

    def aggregate(self, name):
        node = Node("aggregate", name)
        self.grouping(node)
        node.parts = self.arguments()
        self.grouping(node)
        return node

    def grouping(self, node):
        if self.peek() == "by":
            self.take()
            node.by = self.names()
        elif self.peek() == "without":
            self.take()
            node.labels = self.names()

    def arguments(self):
        found = []
        self.take("(")
        while not self.accept(")"):
            found.append(self.binary())
            self.accept(",")
        return found

    def selector(self, name):
        node = Node("selector", name)
        if self.accept("{"):
            while not self.accept("}"):
                node.matchers.append(self.take())
                self.take("=", "!=", "=~", "!~")
                if self.tokens[self.at][0] != "string":
                    raise PromqlError(f"a quoted value expected before {self.peek()!r}")
                self.take()
                self.accept(",")
        return node


def parse(text):
    parser = Parser(text)
    node = parser.binary()
    if parser.peek():
        raise PromqlError(f"not expected: {parser.peek()!r}")
    return node


class Labels:
    """Tells the labels of expressions, and appends what is wrong with them to `problems`.

    `metrics` maps a metric's name to the set of its labels, `counters` holds the names of counters.
    """

    def __init__(self, metrics, counters, problems):
        self.metrics, self.counters, self.problems = metrics, counters, problems

    def of(self, node):
        """A set of label names; None for scalars and strings."""
        return getattr(self, node.kind)(node)

    def number(self, _):
        return None

    string = number

    def known(self, names, labels, where):
        for name in sorted(set(names) - labels):
            self.problems.append(f"{where} has no label {name!r}, only {', '.join(sorted(labels)) or 'none'}")

    def selector(self, node):
        if node.name not in self.metrics:
            self.problems.append(f"there is no metric {node.name!r}")
            return set(node.matchers)
        self.known(node.matchers, self.metrics[node.name], node.name)
        return set(self.metrics[node.name])

    def call(self, node):
        labels = [self.of(part) for part in node.parts]
        if node.name in SCALARS:
            return None
        for selector in node.parts[0].walk() if node.parts else ():
            self.fits(node.name, selector)
        if node.name in ("vector", "absent", "absent_over_time") or not node.parts and node.name in CALENDAR:
            return set()
        found = next((each for each in labels if each is not None), set())
        return found | {node.parts[1].name} if node.name == "label_replace" else found

    def fits(self, function, node):
        if node.kind != "selector":
            return
        if function in OF_COUNTERS and node.name not in self.counters:
            self.problems.append(f"{function}() of {node.name}, which is no counter")
        if function in OF_GAUGES and node.name in self.counters:
            self.problems.append(f"{function}() of {node.name}, which is a counter")

    def aggregate(self, node):
        labels = self.of(node.parts[-1]) or set()
        if node.by is None:
            self.known(node.labels or [], labels, f"what {node.name} aggregates")
            kept = labels - set(node.labels) if node.labels is not None else set()
        else:
            self.known(node.by, labels, f"what {node.name} aggregates")
            kept = set(node.by)
        if node.name in ("topk", "bottomk"):
            return labels
        return kept | {node.parts[0].name} if node.name == "count_values" else kept

    def binary(self, node):
        left, right = (self.of(part) for part in node.parts)
        if left is None or right is None:
            return right if left is None else left
        match = self.matching(node, left, right)
        if node.name in SET_OPERATORS:
            return left | right if node.name == "or" else left
        if node.group:
            many, one = (left, right) if node.group == "group_left" else (right, left)
            self.unique(node, one - set(node.include), match)
            self.known(node.include, one, f"the one side of {node.name!r}")
            return many | set(node.include)
        for side in (left, right):
            self.unique(node, side, match)
        return match if node.on == "on" else left

    def matching(self, node, left, right):
        if node.on == "on":
            for side, labels in (("left", left), ("right", right)):
                self.known(node.labels, labels, f"the {side} side of {node.name!r}")
            return set(node.labels)
        if node.on == "ignoring":
            left, right = left - set(node.labels), right - set(node.labels)
        if left != right and not (node.name == "or" and "instance" in left ^ right):  # each exporter, or all together
            self.problems.append(
                f"{node.name!r} joins {{{', '.join(sorted(left))}}} with {{{', '.join(sorted(right))}}}, which never match"
            )
        return left

    def unique(self, node, labels, match):
        if labels - match and node.on == "on":
            self.problems.append(
                f"{node.name!r} joins on {{{', '.join(sorted(match))}}}, but a side has also {', '.join(sorted(labels - match))}"
            )
