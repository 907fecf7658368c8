"""Names of the generated source: identifiers of ours, whatever the variables are called.

One idea: every name in the source comes out of one `Names`, which never gives the same one twice, so a variable called
`np`, `lambda` or `n` meets neither the module, nor the keyword, nor the size n. It knows nothing of what is named.
"""

from __future__ import annotations

import keyword
from functools import lru_cache

# What the generated source itself says: its modules and the functions of Python that it calls.
RESERVED = frozenset("np special linalg sum range float int len round None True False".split())


@lru_cache(maxsize=1024)
def identifier(text: str) -> str:
    """An ASCII identifier that resembles the text: `lambda_` for a keyword, `v_1` for `1`."""
    out = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in text)
    if not out or not out[0].isalpha():
        out = "v" + ("" if out.startswith("_") else "_") + out
    return out + "_" if keyword.iskeyword(out) or keyword.issoftkeyword(out) or out in RESERVED else out


class Names:
    """Gives out identifiers; each at most once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}  # the last number behind a wish

    def take(self, wish: str) -> str:
        """The identifier of a wish, with a number behind it when it is taken: `r`, `r2`, `r3`."""
        base = identifier(wish)
        name, count = base, self._last.get(base, 1)
        while name in self._taken:
            count += 1
            name = f"{base}{'_' if base[-1].isdigit() else ''}{count}"
        self._taken.add(name)
        self._last[base] = count
        return name
