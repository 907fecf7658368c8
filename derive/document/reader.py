"""From a file or a text to its container, by its format.

One idea: the limits hold before anything is read; whatever cannot be read is a LanguageError or LimitError with a finding, never another exception.
"""

from __future__ import annotations

from pathlib import Path

from derive.document.container import Container
from derive.finding import Finding, LanguageError, LimitError
from derive.source import Source

FORMATS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".tex": "latex",
    ".ipynb": "notebook",
    ".txt": "plain",
    ".derive": "plain",
}
MOST_BYTES = 5_000_000  # of a file
MOST_CHARACTERS = 400_000  # that are read


def format_of(path: str) -> str:
    """The format that the end of a path tells; "" for an unknown one."""
    return FORMATS.get(Path(path).suffix.lower(), "")


def text_of(path: str) -> str:
    """The text of a file. Raises LanguageError: `no-such-file`, `not-a-file`, `not-text`, `unreadable`; LimitError `too-long`."""
    place = Path(path)
    try:
        if place.is_dir():
            endings = ", ".join(FORMATS)
            raise LanguageError(Finding("not-a-file", f"{path}: no document is in this folder: {endings}"))
        if not place.is_file():
            code, message = (
                ("not-a-file", "this is no file") if place.exists() else ("no-such-file", "there is no such file")
            )
            raise LanguageError(Finding(code, f"{path}: {message}"))
        if place.stat().st_size > MOST_BYTES:
            raise LimitError(Finding("too-long", f"{path}: files of more than {MOST_BYTES:,} bytes are not read"))
        data = place.read_bytes()
    except OSError as trouble:
        raise LanguageError(Finding("unreadable", f"{path}: {trouble.strerror or 'it cannot be read'}")) from None
    except (RuntimeError, ValueError):  # a loop of links; a zero byte in the path
        raise LanguageError(Finding("unreadable", f"{path}: it cannot be read")) from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as trouble:
        message = f"{path}: it is no text in UTF-8 (byte {trouble.start} is {data[trouble.start]:#04x})"
        raise LanguageError(Finding("not-text", message)) from None


def contained(source: Source, format: str) -> Container:
    """The container of a text. Raises LimitError `too-long`; LanguageError `unknown-format`, `not-a-notebook`, `not-text`."""
    if len(source.text) > MOST_CHARACTERS:
        raise LimitError(Finding("too-long", f"texts of more than {MOST_CHARACTERS:,} characters are not read"))
    if "\0" in source.text:
        raise LanguageError(Finding("not-text", f"{source.name}: it holds zero bytes, and is no text"))
    if format == "markdown":
        from derive.document.markdown import markdown

        return markdown(source)
    if format == "latex":
        from derive.document.tex import tex

        return tex(source)
    if format == "notebook":
        from derive.document.notebook import notebook

        return notebook(source)
    if format == "plain":
        return _plain(source)
    message = f"the format `{format}` is not known: markdown, latex, notebook or plain"
    raise LanguageError(Finding("unknown-format", message))


def _plain(source: Source) -> Container:
    """Plain notation; a text with formulas between dollars is read as Markdown."""
    if "$" in source.text or "\\[" in source.text or "\\begin{" in source.text:
        from derive.document.markdown import markdown

        return markdown(source)
    from derive.document.plain import plain

    return plain(source)
