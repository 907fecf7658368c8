"""What an operation is: pure data, declared once.

One idea: an operation is one declaration, and every pass (shapes, derivative, value, printing, parsing) and the test of
the operation follow from it. The meanings are a closed set, the operations an open one; declarations live in
`derive.library` and import no pass.

| meaning     | what it is                                   | derivative                                    |
|-------------|----------------------------------------------|-----------------------------------------------|
| einsum      | multilinear, by an index pattern             | Leibniz                                       |
| elementwise | a scalar formula, applied entry by entry     | chain rule; `derivative=` one text an argument |
| opaque      | anything else, with NumPy and ball values    | `differential=` in the parameters, `dX`, and `R` (the result), or |
|             |                                              | `adjoint=` in the parameters, `R` and `G`, where it is no contraction |
| formula     | a name for a formula of the language         | `differential=` when given (kept whole), else that of its body |
| entries     | a tensor whose entries and size are a body in | that of its body, in whose place it is never kept |
|             | the letters of the signature as size names   |                                               |

Signatures are NumPy's gufunc signatures with Einstein letters: `"mk,kn->mn"`, `"nn->"`, `"ij->(ji)"`. A letter is an
axis, a group in brackets is one axis of product size, and a letter on no argument a size that `lengths` gives. An operation acts on trailing axes; leading axes are a batch
(so `softmax` of a matrix acts on each row). Several signatures are overloads, told apart by the orders of the arguments.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Meaning = Literal["einsum", "elementwise", "opaque", "formula", "entries"]


class Signature(NamedTuple):
    """Letters of every argument's axes, and of the output's axes (groups)."""

    inputs: tuple[str, ...]
    output: tuple[tuple[str, ...], ...]

    @staticmethod
    def read(text: str) -> Signature:
        left, right = text.replace(" ", "").split("->")
        inputs = tuple(left.split(",")) if left or "," in text else ()
        groups = tuple(tuple(a or b) for a, b in re.findall(r"\((\w+)\)|(\w)", right))
        return Signature(inputs, groups)

    @property
    def letters(self) -> str:
        """Every letter once, in order of appearance."""
        flat = "".join(self.inputs) + "".join("".join(g) for g in self.output)
        return "".join(dict.fromkeys(flat))


class Operation(NamedTuple):
    """One declaration. Texts are in the plain notation, over `parameters`."""

    name: str
    meaning: Meaning
    signatures: tuple[Signature, ...] = ()
    parameters: tuple[str, ...] = ("x",)
    defaults: tuple[str, ...] = ()  # of the last parameters
    derivative: tuple[str, ...] = ()  # elementwise: by each parameter; "" means not differentiable there
    differential: str = ""  # opaque, formula: in the parameters, their differentials (`dX` for `X`) and `R`
    body: str = ""  # formula, and elementwise operations made of others
    numpy: str = ""  # a NumPy expression in the parameters, with `np`; "" when the body says it
    ball: str = ""  # the name of a function of `derive.numeric.ball`; "" when the body says it
    domain: str = (
        ""  # of the first parameter: "positive", "nonnegative", "invertible", "pd", "symmetric", "|x|<1", "simplex"
    )
    kinks: str = ""  # where it is not differentiable, for the reader: "x = 0"
    latex: str = ""  # template with {0}, {1}; "" prints \operatorname{name}(…)
    reference: str = ""
    meaning_text: str = ""  # one line for `derive explain`
    adjoint: tuple[
        str, ...
    ] = ()  # opaque: by each parameter, the coefficient of its differential in <G, dR>; "" is none
    commuting: str = ""  # value when the last parameter commutes with the first (a derivative along a multiple of I)
    transposes: bool = False  # F(X') = F(X)', so F of a symmetric matrix is symmetric
    symmetric: bool = False  # takes a symmetric matrix, and is a function of its symmetric part
    bodies: tuple[str, ...] = ()  # entries: one a signature
    unless: str = ""  # entries: the size of `whole` that leaves the first parameter as it is when it is 0
    whole: tuple[tuple[str, str], ...] = ()  # entries: sizes given after the parameters, with defaults; "" is required
    lengths: tuple[tuple[str, str], ...] = ()  # letters that are on no argument, and their sizes in those that are

    def __hash__(self) -> int:
        """That of the name, which is the operation's own."""
        return hash(self.name)

    @property
    def arity(self) -> tuple[int, int]:
        """Fewest and most arguments."""
        if not self.whole:
            most = len(self.parameters)
            return most - len(self.defaults), most
        optional = len(self.defaults) + sum(bool(default) for _, default in self.whole)
        most = len(self.parameters) + len(self.whole)
        return most - optional, most


class Registry:
    """All operations by name, aliases included. Filled on first use, so that importing it is cheap."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}
        self.aliases: dict[str, str] = {}
        self._loaded = False

    def add(self, operation: Operation, aliases: tuple[str, ...] = ()) -> None:
        for known in (operation.name, *aliases):
            if known in self._operations or known in self.aliases:
                raise ValueError(f"the operation {known} is declared twice")
        self._operations[operation.name] = operation
        for alias in aliases:
            self.aliases[alias] = operation.name

    def load(self) -> None:
        if not self._loaded:
            self._loaded = True
            import derive.library  # noqa: F401  (its import declares everything)

    def get(self, name: str) -> Operation | None:
        """The operation of a name or alias, or None."""
        if not self._loaded:
            self.load()
        found = self._operations.get(name)
        return self._operations.get(self.aliases.get(name, "")) if found is None else found

    def __getitem__(self, name: str) -> Operation:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def names(self) -> tuple[str, ...]:
        """Names and aliases, sorted."""
        self.load()
        return tuple(sorted([*self._operations, *self.aliases]))

    def __iter__(self):  # type: ignore[no-untyped-def]
        self.load()
        return iter(tuple(self._operations.values()))


REGISTRY = Registry()


def contraction(name: str, *signatures: str, aliases: tuple[str, ...] = (), **fields: str) -> None:
    """Declare a multilinear operation by its index patterns."""
    read = tuple(Signature.read(s) for s in signatures)
    parameters = tuple("ABCD"[: max((len(s.inputs) for s in read), default=0)])
    REGISTRY.add(Operation(name, "einsum", read, parameters, **fields), aliases)  # type: ignore[arg-type]


def elementwise(
    name: str,
    derivative: str | tuple[str, ...],
    parameters: str = "x",
    defaults: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    **fields: str,
) -> None:
    """Declare a scalar function applied entry by entry."""
    partials = (derivative,) if isinstance(derivative, str) else derivative
    operation = Operation(
        name,
        "elementwise",
        parameters=tuple(parameters.split()),
        defaults=defaults,
        derivative=partials,
        **fields,  # type: ignore[arg-type]
    )
    REGISTRY.add(operation, aliases)


def opaque(
    name: str,
    *signatures: str,
    parameters: str,
    adjoint: str | tuple[str, ...] = (),
    transposes: bool = False,
    symmetric: bool = False,
    aliases: tuple[str, ...] = (),
    lengths: str = "",
    whole: str = "",
    **fields: str,
) -> None:
    """Declare an operation with a value of its own and a differential, or the adjoint of it for each parameter.

    `lengths` gives letters of the output that no argument has, `"h=n*(n + 1)/2"`; `whole` names sizes that are its arguments.
    """
    read = tuple(Signature.read(s) for s in signatures)
    adjoints = (adjoint,) if isinstance(adjoint, str) else adjoint
    own = tuple(
        (letter.strip(), text) for letter, _, text in (part.partition("=") for part in lengths.split(";")) if text
    )
    operation = Operation(
        name,
        "opaque",
        read,
        tuple(parameters.split()),
        adjoint=adjoints,
        transposes=transposes,
        symmetric=symmetric,
        lengths=own,
        whole=tuple((name, "") for name in whole.split()),
        **fields,  # type: ignore[arg-type]
    )
    REGISTRY.add(operation, aliases)


def define(
    name: str,
    signature: str | tuple[str, ...],
    body: str,
    parameters: str = "x",
    defaults: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    **fields: str,
) -> None:
    """Declare a name for a formula of the language."""
    signatures = (signature,) if isinstance(signature, str) else signature
    read = tuple(Signature.read(s) for s in signatures)
    operation = Operation(name, "formula", read, tuple(parameters.split()), defaults, body=body, **fields)  # type: ignore[arg-type]
    REGISTRY.add(operation, aliases)


def entries(
    name: str,
    *forms: tuple[str, str],
    parameters: str = "",
    whole: str = "",
    defaults: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    **fields: str,
) -> None:
    """Declare a tensor by its entries: pairs of a signature and a body; `whole` are sizes with defaults, `"k s=k"`.

    The body knows the letters of the signature's inputs and the names of `whole` as sizes; its own size is that of the value.
    """
    read = tuple(Signature.read(signature) for signature, _ in forms)
    sizes = tuple((n, default) for n, _, default in (w.partition("=") for w in whole.split()))
    operation = Operation(
        name,
        "entries",
        read,
        tuple(parameters.split()),
        defaults,
        bodies=tuple(body for _, body in forms),
        whole=sizes,
        **fields,  # type: ignore[arg-type]
    )
    REGISTRY.add(operation, aliases)
