r"""Notation of lecture notes that means something by what is declared: `\bar z`, `t_n`, `\sigma(z)`, `p_i` for pi.

One idea: trees are rewritten once, before anything is typed: a bar over a complex variable is its conjugate, a declared vector with a size
below is an entry, and sigma, when nothing declares it and it is only ever called, is the logistic function. What was read so is a note; what has
two readings is refused where it stands. Only undeclared names are touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from derive.finding import Label
from derive.infer.scope import Scope
from derive.marks import STAR, conjugated, parts, unshifted
from derive.tree import Tree, call

SIGMOID = "sigma is read as the logistic function 1/(1 + exp(-x)); for any function declare `sigma: elementwise`"
_FUNCTIONS = frozenset(("call", "prime"))


def meant(trees: Sequence[Tree], scope: Scope, nodes: Mapping[str, list[Tree]]) -> tuple[list[Tree], list[str]]:
    """The trees as they are meant, and what is to be said of it; `nodes` are theirs by head. Raises `ambiguous` at a starred or barred name."""
    names = {str(node.data) for node in nodes.get("name", ())}
    defined = {str(name) for node in nodes.get("where", ()) for name in node.data}  # type: ignore[attr-defined]
    called = {_called(node) for head in _FUNCTIONS for node in nodes.get(head, ())}
    logistic = "sigma" in called and not _is_named("sigma", scope, names | defined)
    marked = {name for name in names - defined if "_" in name or name[-1].isdigit()}
    suspects = {name for name in marked if not _is_named(name, scope, set())}
    entries = _entries(nodes, scope, defined) if "index" in nodes else {}
    if not logistic and not suspects and not entries and "conj" not in called and "p" not in names:
        return list(trees), []
    reader = _Reader(scope, defined, trees, entries)
    found = [reader.read(tree, suspects, logistic) for tree in trees]
    return found, list(dict.fromkeys(reader.notes))


def _entries(nodes: Mapping[str, list[Tree]], scope: Scope, defined: set[str]) -> dict[str, str]:
    """Small letters that stand only with two subscripts, `x[i, j]`, beside a capital X: they are its entries."""
    bases = [node.args[0] for node in nodes["index"] if len(node.args) == 3 and node.args[0].head == "name"]
    everywhere = Counter(str(node.data) for node in nodes["name"])
    found = {}
    for name, count in Counter(str(base.data) for base in bases).items():
        capital = name.upper()
        alone = len(name) == 1 and name.islower() and everywhere[name] == count
        known = scope.symbols.get(capital)
        matrix = capital in everywhere and (known is None or len(known.type.shape) == 2)
        if alone and matrix and not _is_named(name, scope, defined):
            found[name] = capital
    return found


def _called(node: Tree) -> str:
    return str(node.data if isinstance(node.data, str) else node.data[0])  # type: ignore[index]


def _is_named(name: str, scope: Scope, more: set[str]) -> bool:
    groups = (scope.symbols, scope.functions, scope.indices, scope.sizes, more)
    return any(name in group for group in groups)


class _Reader:
    """What is declared, and the notes so far."""

    __slots__ = ("binders", "complex", "defined", "entries", "notes", "scope")

    def __init__(self, scope: Scope, defined: set[str], trees: Sequence[Tree], entries: Mapping[str, str]) -> None:
        self.entries = entries
        self.scope = scope
        self.defined = defined
        self.notes: list[str] = []
        self.complex = any(symbol.complex for symbol in scope.symbols.values())
        self.binders = {n.data for tree in trees for n in tree.walk() if n.head in ("sum", "prod")}

    def read(self, tree: Tree, suspects: set[str], logistic: bool) -> Tree:
        """Bottom up, without recursion over the depth."""
        done: list[Tree] = []
        for node in reversed(list(tree.walk())):
            args = tuple([done.pop() for _ in node.args])
            made = Tree(node.head, args, node.data, node.span) if args else node
            if made.head == "name" and made.data in self.entries:
                made = self.capital(made)
            elif made.head == "name" and made.data in suspects:
                made = self.name(made)
            elif logistic and made.head in _FUNCTIONS and _called(made) == "sigma" and len(args) == 1:
                made = self.sigma(made)
            elif made.head == "index" and args[0].data == "p":
                self.pi(made)
            elif made.head == "call" and made.data == "conj" and len(args) == 1:
                self.barred(made)
            done.append(made)
        return done[0]

    # One name.

    def name(self, tree: Tree) -> Tree:
        """`z_bar` of a complex z, `t_n` of a vector t of a size n; `v_star` of a complex v has two readings."""
        name = str(tree.data)
        base = conjugated(name)
        if base and self.is_complex(base):
            if name.endswith(STAR):
                self.refuse_star(tree, base)
            self.notes.append(f"the bar over {base}, which is complex, is read as conj({base})")
            return call("conj", Tree("name", (), base, tree.span), span=tree.span)
        return self.entry(tree, name) or tree

    def capital(self, tree: Tree) -> Tree:
        """X for the x of `x[i, j]`."""
        of = self.entries[str(tree.data)]
        self.notes.append(f"{tree.data}[…] is read as an entry of {of}")
        return Tree("name", (), of, tree.span)

    def is_complex(self, base: str) -> bool:
        symbol = self.scope.symbols.get(base)
        return symbol.complex if symbol is not None else base in self.defined and self.complex

    def refuse_star(self, tree: Tree, base: str) -> None:
        helps = (
            f"the conjugate transpose: `{base}^{{\\mathsf{{H}}}}`, plain `ct({base})`",
            f"the conjugate: `\\overline{{{base}}}`, plain `conj({base})`",
            f"a variable of its own: declare `{tree.data}`",
        )
        message = f"{base} is complex, and a star on it has several readings"
        self.scope.context.fail("ambiguous", message, Label(tree.span), notes=helps)

    def entry(self, tree: Tree, name: str) -> Tree | None:
        """`t_n` where t is a declared vector and n one of the declared sizes."""
        marks = parts(name)
        if marks is None or marks[1] or marks[3] or marks[4] or not marks[2]:
            return None
        letters, below = marks[0], marks[2]
        symbol = self.scope.symbols.get(letters)
        if symbol is None or len(symbol.type.shape) != 1:
            return None
        shift = unshifted(below)
        size = shift[0] if shift else below
        if size not in self.scope.sizes:
            return None
        at = Tree("name", (), size, tree.span)
        if shift:
            at = Tree(
                "sub" if shift[1] == "-" else "add", (at, Tree("number", (), int(shift[2]), tree.span)), None, tree.span
            )
        self.notes.append(f"{name} is read as an entry of {letters}, {size} being a size")
        return Tree("index", (Tree("name", (), letters, tree.span), at), None, tree.span)

    # Calls and entries.

    def sigma(self, tree: Tree) -> Tree:
        """`sigma(z)`, `sigma'(z)`, `sigma''(z)`."""
        order = 0 if tree.head == "call" else tree.data[1]  # type: ignore[index]
        if order > 2:
            return tree
        self.notes.append(SIGMOID)
        value = call("sigmoid", tree.args[0], span=tree.span)
        if order == 0:
            return value
        one, two = (Tree("number", (), n, tree.span) for n in (1, 2))
        slope = Tree("hadamard", (value, Tree("sub", (one, value), None, tree.span)), None, tree.span)
        if order == 1:
            return slope
        twice = Tree("sub", (one, Tree("mul", (two, value), None, tree.span)), None, tree.span)
        return Tree("hadamard", (slope, twice), None, tree.span)

    def pi(self, tree: Tree) -> None:
        """`p_i` where other things are declared, and neither p nor the index i is anything: the number pi, perhaps."""
        index = tree.args[1]
        bound = index.data in self.binders or index.data in self.scope.indices
        known = self.scope.symbols.get("p")
        entry = "p" in self.defined or (known is not None and bool(known.type.shape))
        if len(tree.args) == 2 and index.data == "i" and not (bound or entry) and self.scope.symbols:
            message = "p is no declared vector and i no declared index, and p_i looks like the number pi"
            notes = (r"the number: `\pi`, plain `pi`", "the entry: declare `p: vector(n); i: index(n)`")
            self.scope.context.fail("ambiguous", message, Label(tree.span), notes=notes)

    def barred(self, tree: Tree) -> None:
        r"""`\overline{x}` of a variable that is declared real is no conjugate; what is written `conj(x)` ends behind its argument."""
        x = tree.args[0]
        symbol = self.scope.symbols.get(str(x.data)) if x.head == "name" else None
        if symbol is None or symbol.complex or symbol.inferred or x.span.end != tree.span.end or not tree.span.end:
            return
        message = f"{x.data} is declared and not complex, so the bar over it is no conjugate"
        notes = (
            f"a mean, or another variable of its own: declare `{x.data}_bar`",
            f"the conjugate: declare {x.data} complex",
        )
        self.scope.context.fail("ambiguous", message, Label(tree.span), notes=notes)
