"""LaTeX of one step as MathML, which browsers draw without a script and without the network.

One idea: latex2mathml makes the tree, and only elements and attributes of a short list are written, every text escaped, so nothing of a
document from outside can become markup. What it cannot read is shown as it was written.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

ELEMENTS = frozenset(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle mpadded mphantom menclose".split()
)
ATTRIBUTES = frozenset(
    "display displaystyle stretchy fence form lspace rspace width accent accentunder mathvariant columnalign linethickness notation minsize maxsize".split()
)
LONGEST = 4_000  # characters of a formula that is drawn
DEEPEST = 60  # braces
DROPPED = re.compile(r"\\(?:label|tag\*?|ref|eqref)\s*\{[^{}]*\}|\\(?:nonumber|notag|displaystyle)(?![A-Za-z])")
PLAIN = re.compile(r"\.\*|[A-Za-z0-9)\]]\s*\*\s*[A-Za-z0-9(\[]|[A-Za-z)]'")


def formula(text: str, display: str = "inline") -> str:
    """MathML for LaTeX; `<code>` for plain notation, and for what cannot be drawn."""
    drawn = "" if PLAIN.search(text) and "\\" not in text else _drawn(text, display)
    return drawn or f"<code>{escape(text)}</code>"


def _drawn(text: str, display: str) -> str:
    clean = tidied(text)
    if not clean or len(clean) > LONGEST or clean.count("{") > LONGEST // 10 or _depth(clean) > DEEPEST:
        return ""
    from latex2mathml.converter import convert_to_element

    try:
        tree = convert_to_element(clean, display=display)
        return _written(tree)
    except Exception:  # whatever it stumbles over, the author's own text is shown
        return ""


def tidied(text: str) -> str:
    """One step without what belongs to the block around it: alignment, line ends, numbers of equations."""
    text = DROPPED.sub(" ", text)
    if "\\begin" not in text:
        text = text.replace("\\&", "\0").replace("&", " ").replace("\0", "\\&")
        text = re.sub(r"\\\\(?:\s*\[[^\]]*\])?", " ", text)
    return text.strip()


def _depth(text: str) -> int:
    depth = deepest = 0
    for c in text:
        depth += (c == "{") - (c == "}")
        deepest = max(deepest, depth)
    return deepest


def _written(element: Any) -> str:
    """An element and what it holds; an element that is not on the list is left out and its content stays."""
    inside = _text(element.text) + "".join(_written(child) + _text(child.tail) for child in element)
    if element.tag == "mi" and unescape(element.text or "").startswith("\\"):  # a command that is not known
        return f"<mtext>{inside}</mtext>"
    if element.tag not in ELEMENTS:
        return f"<mrow>{inside}</mrow>"
    kept = {k: v for k, v in element.attrib.items() if k in ATTRIBUTES}
    return f"<{element.tag}{''.join(f' {k}={chr(34)}{escape(v)}{chr(34)}' for k, v in kept.items())}>{inside}</{element.tag}>"


def _text(text: str | None) -> str:
    return escape(unescape(text)) if text else ""


def number_block(value: Any) -> str:
    """A value of a counterexample: a scalar, a vector as a column, a matrix; what is larger as text."""
    if not isinstance(value, list):
        return f"<mn>{escape(str(value))}</mn>"
    rows = value if value and isinstance(value[0], list) else [[x] for x in value]
    if not rows or (rows[0] and isinstance(rows[0][0], list)) or len(rows) > 12 or len(rows[0]) > 12:
        return f"<mtext>{escape(str(value)[:200])}</mtext>"
    cells = "".join("<mtr>" + "".join(f"<mtd><mn>{escape(str(x))}</mn></mtd>" for x in row) + "</mtr>" for row in rows)
    return f'<mtable class="numbers">{cells}</mtable>'
