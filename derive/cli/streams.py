"""Standard input as bytes, up to a limit; a closed one is said to be so."""

from __future__ import annotations

import sys

import click


def standard_input(limit: int) -> bytes:
    """What stands on standard input, as far as the limit. Raises click.UsageError where it is closed."""
    if sys.stdin is None:
        raise click.UsageError("`-` reads standard input, which is closed")
    return sys.stdin.buffer.read(limit)
