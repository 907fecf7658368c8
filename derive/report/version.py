"""The version of the installed distribution, as reports and the command line say it."""

from __future__ import annotations


def version() -> str:
    """The version, or what stands for it in a checkout that is not installed."""
    from importlib import metadata

    try:
        return metadata.version("derive-calculus")
    except metadata.PackageNotFoundError:
        return "(a checkout that is not installed)"
