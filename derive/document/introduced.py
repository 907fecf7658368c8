r"""Names that are declared first and defined afterwards: `The output $o\in\mathbb{R}^m$ is $$o = W x.$$`

One idea: a variable of which the text has said nothing but its shape, in no formula yet, is given its value by the first equation that has it alone on the left; unless
the sentence states that equation as something that follows. Whatever was used before is a variable, and an equation for it is a claim.
"""

from __future__ import annotations

import re

from derive.document.story import Function, Record
from derive.document.trees import names_in
from derive.document.words import holds, last_sentence, states
from derive.tree import Tree

GIVEN_SHAPES = ("scalar", "vector", "row", "matrix", "tensor")
_MARKS = re.compile(r"\s*(?:\$\$|\\\[|\\begin\s*\{[\w*]+\}(?:\{[^{}]*\})?|&|\s)*\Z")
_FORWARD = re.compile(r"\b(?:forward|network|layers?|activations?|comput\w*|berechn\w*)\b", re.IGNORECASE)
_IS = re.compile(
    r"\b(?:(?:is|are|be)(?:\s+(?:then|simply|just|now))?(?:\s+(?:given|defined|computed)(?:\s+(?:by|as|via|through))?)?|ist|est|es|è|é|with|where|as|by)[\s:,]*\Z",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"\b(?:show|prove|true|false|proof|verify|claim|check|identity|theorem|lemma|zeige\w*|beweis\w*|montr\w*|demostr\w*)\b",
    re.IGNORECASE,
)


def only_declared(name: str, record: Record) -> bool:
    """Whether a name has a shape, and neither a value nor a property."""
    declared = record.declaration(name)
    if declared is None or declared.kind not in GIVEN_SHAPES or declared.properties or name in record.unknown:
        return False
    said = (*record.properties, *record.values, *record.curves, *record.definitions, *record.functions)
    if any(one.name == name for one in said) or any(one.name == name for one in record.conditions):
        return False
    trees = [*[one.value for one in record.premises], *[one.value for one in record.conditions]]
    return not any(isinstance(tree, Tree) and name in names_in(tree) for tree in trees)


def used(name: str, record: Record) -> bool:
    """Whether a definition or a function is made of a name."""
    if any(isinstance(one.value, Tree) and name in names_in(one.value) for one in record.definitions):
        return True
    functions = [one.value for one in record.functions if isinstance(one.value, Function)]
    return any(name in one.parameters or name in names_in(one.body) for one in functions)


def presented(before: str, at: int, declared: int) -> bool:
    """Whether the sentence before a display, which begins at a place, declares a name and goes on to what it is: `the output $o \\in …$ is`."""
    text = _MARKS.sub("", before)
    return declared >= at - (len(before) - len(text)) - len(last_sentence(text)) and _IS.search(text) is not None


def introduces(before: str) -> bool:
    """Whether the text before a display leaves it to say what a name is: its last sentence neither concludes nor claims."""
    text = _MARKS.sub("", before)
    sentence = last_sentence(text)
    if _CLAIMS.search(sentence):
        return False
    return _FORWARD.search(sentence) is not None or not (holds(text) or states(text))
