"""Names for what repeats: `X'*diag(s.*(1 - s))*X where s = sigmoid(X*w)`.

One idea: walk the tree from the top, count how often each part would be printed, and name a part when that makes
the whole shorter; inside a named part things are printed once. Linear in the number of different parts.
"""

from __future__ import annotations

from derive.tree import Tree

POOLS = {
    0: ("s", "c", "t", "q", "a", "b"),
    1: ("s", "h", "u", "v", "q", "a", "b"),
    2: ("S", "P", "M", "K", "R", "H", "Q"),
}
FAVOURITES = {"tanh": "h", "softmax": "s", "sub": "r", "add": "r", "inv": "S", "norm2": "s", "exp": "v"}
LEAVES = frozenset(("number", "name", "colon"))


def named(tree: Tree, taken: frozenset[str], orders: dict[Tree, int]) -> Tree:
    """The tree with repeated parts named after `where`; `orders` tells vectors from matrices where it is known."""
    parts = _unique(tree)
    tokens: dict[Tree, int] = {}
    for part in parts:
        tokens[part] = (part.head not in LEAVES) + sum(tokens[a] for a in part.args) + (part.head == "name")
    count = {tree: 1}
    chosen: set[Tree] = set()
    bound = _under_index(parts)
    for part in reversed(parts):
        times = count.get(part, 0)
        if times > 1 and part is not tree and part not in bound and _worth(part, times, tokens[part]):
            chosen.add(part)
            times = 1
        for a in part.args:
            count[a] = count.get(a, 0) + times
    if not chosen:
        return tree
    names = _choose([p for p in parts if p in chosen], taken | _written(parts), orders)
    done: dict[Tree, Tree] = {}
    definitions: list[tuple[str, Tree]] = []
    for part in parts:
        args = tuple([done[a] for a in part.args])
        made = part if args == part.args else Tree(part.head, args, part.data)
        if part in names:
            definitions.append((names[part], made))
            made = Tree("name", (), names[part])
        done[part] = made
    return Tree("where", (done[tree], *[d for _, d in definitions]), tuple([n for n, _ in definitions]))


def _written(parts: list[Tree]) -> frozenset[str]:
    """Names that stand in the tree, index letters among them."""
    found: set[str] = set()
    for part in parts:
        if part.head == "name":
            found.add(str(part.data))
        elif part.head in ("array", "sum", "prod"):
            found.update(part.data if isinstance(part.data, tuple) else (str(part.data),))
    return frozenset(found)


def _worth(part: Tree, times: int, tokens: int) -> bool:
    if part.head == "call" or part.head == "prime":
        return (
            part.data not in ("ones", "eye", "zeros", "delta", "e", "diag")
            and tokens >= 4
            and (times - 1) * (tokens - 1) >= 3
        )
    if part.head in ("add", "sub"):
        return (times >= 3 and tokens >= 5) or (tokens >= 9 and times >= 2)
    return part.head in ("mul", "hadamard", "div", "hdiv") and tokens >= 9


def _unique(tree: Tree) -> list[Tree]:
    """Every different part once, arguments first; iterative."""
    seen: set[Tree] = set()
    order: list[Tree] = []
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend([(a, False) for a in reversed(node.args) if a not in seen])
    return order


def _under_index(parts: list[Tree]) -> set[Tree]:
    """Parts that mention a bound index; a name outside cannot stand for them."""
    letters: set[object] = set()
    for part in parts:
        if part.head in ("array", "sum", "prod"):
            letters.update(part.data if isinstance(part.data, tuple) else (part.data,))
    found: set[Tree] = set()
    for part in parts if letters else ():
        if (part.head == "name" and part.data in letters) or any(a in found for a in part.args):
            found.add(part)
    return found


def _choose(parts: list[Tree], taken: frozenset[str], orders: dict[Tree, int]) -> dict[Tree, str]:
    """A letter by what the part is; parts that share a letter are numbered in the order of their definitions."""
    letters = [_letter(part, orders.get(part, 1)) for part in parts]
    used = set(taken)
    names: dict[Tree, str] = {}
    for part, letter in zip(parts, letters, strict=True):
        alone = letters.count(letter) == 1
        pool = [letter, *POOLS[min(orders.get(part, 1), 2)]] if alone else []
        start = 1 + sum(n.startswith(letter) for n in names.values())
        name = next((x for x in pool if x not in used), None)
        while name is None or name in used:
            name = f"{letter}{start}"
            start += 1
        used.add(name)
        names[part] = name
    return names


def _letter(part: Tree, order: int) -> str:
    key = part.data if part.head == "call" else part.head
    favourite = FAVOURITES.get(str(key), "s")
    return favourite.upper() if order == 2 else favourite
