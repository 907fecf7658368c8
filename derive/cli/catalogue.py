"""`derive identities`: the catalogue on the command line: how it stands, what is in it, one entry, a search.

One idea: without a command it tells how many of each topic are proved; everything else is a question to `derive.identities`. It judges nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derive.cli.program import Suggesting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from derive.catalogue import Entry
    from derive.identities import Standing

FORMAT = click.option("--format", "notation", type=click.Choice(("text", "json")), help="Default: lines for a reader.")
JOBS = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one a processor."
)
HOLDS, WRONG, NOTHING = 0, 1, 2


@click.group(cls=Suggesting, invoke_without_command=True)
@JOBS
@FORMAT
@click.pass_context
def identities(context: click.Context, jobs: int | None, notation: str | None) -> int:
    """The catalogue of identities: counts by topic, all judged anew.

    \b
    Examples:
      derive identities
      derive identities list --topic norms
      derive identities show woodbury
      derive identities search "x'*A*x"
      derive identities check
    """
    if context.invoked_subcommand is not None:
        return HOLDS
    from derive.identities import counts, topics
    from derive.report.catalogue import show_json, show_table

    found = _judged(topics(), jobs)
    by_topic = {topic: counts([one for one in found if one.entry.topic == topic]) for topic in topics()}
    if notation == "json":
        show_json({"all": counts(found)._asdict(), "topics": {name: c._asdict() for name, c in by_topic.items()}})
    else:
        figures = [[name, *map(str, c[:-1])] for name, c in (*by_topic.items(), ("all", counts(found)))]
        show_table(
            ("topic", "identities", "proved", "consistent", "errata", "refuted"), figures, frozenset(range(1, 6))
        )
    return HOLDS if all(one.ok for one in found) else WRONG


@identities.command(name="list")
@click.option("--topic", default="", metavar="TOPIC", help="Only those of one page.")
@click.option("--verdicts", is_flag=True, help="Judge each, which takes some seconds for all.")
@JOBS
@FORMAT
def list_(topic: str, verdicts: bool, jobs: int | None, notation: str | None) -> int:
    """The names of the identities, with topic and source; the verdicts of one topic, or of all with --verdicts."""
    from derive.identities import entries
    from derive.report.catalogue import show_json, show_table

    chosen = entries(topic)
    found = {}
    if topic or verdicts:
        found = {one.entry.name: one.status for one in _judged(sorted({e.topic for e in chosen}), jobs)}
    if notation == "json":
        show_json({"identities": [{**_data(e), "status": found.get(e.name)} for e in chosen]})
        return HOLDS
    rows = [(e.name, e.topic, *([found[e.name]] if found else []), _source(e)) for e in chosen]
    show_table(("name", "topic", *(["verdict"] if found else []), "source"), rows)
    return HOLDS


@identities.command()
@click.argument("name", metavar="NAME")
@FORMAT
def show(name: str, notation: str | None) -> int:
    """One identity as it stands on its page, with its verdict."""
    from derive import report
    from derive.catalogue.rendering import markdown
    from derive.identities import find, verdict
    from derive.report.catalogue import show_json

    entry = find(name)
    found = verdict(entry)
    if notation == "json":
        show_json({**_data(entry), "status": found.status, "message": found.message})
        return HOLDS
    because = f": {found.message}" if found.message else ""
    report.show_explanation(f"{markdown(entry)}\nVerdict: {found.status}{because}\n")
    return HOLDS


@identities.command()
@click.argument("text", metavar="TEXT...", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many are shown.")
@FORMAT
def search(text: tuple[str, ...], most: int, notation: str | None) -> int:
    """Identities by words, or by mathematics in plain notation or LaTeX, whatever its letters are called.

    \b
    Examples:
      derive identities search "x'*A*x"
      derive identities search '(A + B)^{-1}'
      derive identities search trace cyclic
    """
    from derive.catalogue.rendering import formula
    from derive.identities import search as searched
    from derive.report.catalogue import show_json, show_table

    asked = " ".join(text)
    found = searched(asked)
    if notation == "json":
        show_json({"identities": [{**_data(hit.entry), "by": hit.by} for hit in found]})
    elif found:
        show_table(("name", "found by", "statement"), [(h.entry.name, h.by, formula(h.entry)) for h in found[:most]])
        if len(found) > most:
            click.echo(f"and {len(found) - most} more, with --most {len(found)}", err=True)
    else:
        click.echo(f"nothing is found for {asked}", err=True)
    return HOLDS if found else NOTHING


@identities.command()
@click.option("--topic", default="", metavar="TOPIC", help="Only those of one page.")
@JOBS
def check(topic: str, jobs: int | None) -> int:
    """Judge the catalogue: exits with 1 when an identity is neither proved nor known to be only consistent, or an erratum passes."""
    from derive.identities import counts, entries
    from derive.report.catalogue import show_table

    found = _judged(sorted({e.topic for e in entries(topic)}), jobs)
    bad = [one for one in found if not one.ok]
    if bad:
        show_table(
            ("name", "topic", "verdict", "why"), [(b.entry.name, b.entry.topic, b.status, b.message) for b in bad]
        )
    n = counts(found)
    click.echo(
        f"{n.identities} identities: {n.proved} proved, {n.consistent} consistent; {n.errata} errata: {n.refuted} refuted"
    )
    return WRONG if bad else HOLDS


def _judged(topics: Sequence[str], jobs: int | None) -> list[Standing]:
    """The standings of pages, judged in worker processes."""
    from derive.catalogue.place import folder
    from derive.cli.documents import Asked, checked
    from derive.identities import Claimed, entries, standings

    found: list[Standing] = []
    for topic, page in zip(
        topics, checked([Asked(str(folder() / f"{t}.md")) for t in topics], jobs, None), strict=True
    ):
        claims = [
            Claimed(c.data["location"]["row"], c.status, c.data.get("expected", ""), c.data["message"])
            for c in page.claims
        ]
        found += standings(entries(topic), claims)
    return found


def _source(entry: Entry) -> str:
    return "; ".join(str(one) for one in entry.source)


def _data(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "topic": entry.topic,
        "statement": entry.statement.text.strip(),
        "declarations": entry.declarations,
        "source": _source(entry),
        "erratum": entry.erratum,
    }
