"""`derive nn`: the networks of `derive.nn` before their witnesses, and trained for real.

One idea: a command runs one list of things and shows it; what is checked and what is trained stands elsewhere. Exit code 0 when every witness
agrees or the score is reached, 1 when not.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from derive.cli.program import USAGE, Suggesting

if TYPE_CHECKING:
    from derive.nn.experiments import Experiment, Outcome

EXTRAS = {"sklearn": "scikit-learn", "matplotlib": "matplotlib"}
THREADS = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}
INSTALL = 'pip install "derive-calculus[nn]"'


@click.group(cls=Suggesting)
def nn() -> None:
    """MLPs and CNNs in NumPy with hand-written backward passes: check them, train them.

    \b
    Examples:
      derive nn check
      derive nn check --formulas
      derive nn train --plot loss.png
      derive nn train xor
    """


@nn.command()
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Where the numbers come from.")
@click.option("--formulas", is_flag=True, help="Show the formula that states each layer.")
@click.option("--format", "notation", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
def check(seed: int, formulas: bool, notation: str) -> int:
    """Hold every backward pass against three witnesses.

    They are: the engine's derivative of the formula that states the layer; finite differences; PyTorch, where it is installed. Shown is the
    largest relative error over all gradients, for a random cotangent. Exits with 1 if a witness disagrees.
    """
    from derive.report.networks import counting, show_witnesses
    from derive.witness.table import every_case, witnessed

    rows = []
    with counting(len(every_case(seed)), "checking") as count:
        for row in witnessed(seed):
            rows.append(row)
            count(1, row.name)
    show_witnesses(rows, notation, formulas)
    return 0 if all(row.holds for row in rows) else 1


@nn.command()
@click.argument("names", metavar="[mlp|cnn|xor]...", nargs=-1, type=click.Choice(["mlp", "cnn", "xor"]))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Weights, order and split.")
@click.option("--epochs", type=click.IntRange(min=1), help="At most so many. Default: the experiment's own number.")
@click.option("--plot", type=click.Path(dir_okay=False), metavar="FILE", help="Draw the loss curves: .png, .svg, .pdf.")  # fmt: skip
@click.option("--summary", is_flag=True, help="Show the layers with their sizes first.")
def train(names: tuple[str, ...], seed: int, epochs: int | None, plot: str | None, summary: bool) -> int:
    """Train an MLP and a CNN on handwritten digits, or XOR; judge them by images that they never saw.

    Without a name: mlp and cnn. Exits with 1 if a held-out accuracy stays below its target (97 % and 98.5 %; XOR: all four points).
    """
    # products of this size gain nothing from threads, and threads that wait for one another on a busy machine cost a factor of ten
    if not THREADS & os.environ.keys():
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    chosen = tuple(dict.fromkeys(names)) or ("mlp", "cnn")
    try:
        if plot:
            drawable(plot)
        reached = train_all(chosen, seed, epochs, plot, summary)
    except ModuleNotFoundError as missing:
        if missing.name not in EXTRAS:
            raise
        click.echo(f"derive: this needs {EXTRAS[missing.name]}: {INSTALL}", err=True)
        return USAGE
    return 0 if reached else 1


def drawable(plot: str) -> None:
    """BadParameter, before any training, for a picture that cannot be drawn."""
    from derive.report.networks import picture_formats

    if plot.rpartition(".")[2].lower() not in picture_formats():
        raise click.BadParameter(f"a picture ends in one of {', '.join(picture_formats())}", param_hint="--plot")
    if not os.path.isdir(os.path.dirname(plot) or "."):
        raise click.BadParameter(f"there is no folder {os.path.dirname(plot)}", param_hint="--plot")


def train_all(names: tuple[str, ...], seed: int, epochs: int | None, plot: str | None, summary: bool) -> bool:
    """Train the networks one after the other and say how each went; whether all reached their targets."""
    from derive.nn.experiments import EXPERIMENTS
    from derive.report.networks import draw_curves

    histories, reached = {}, []
    for name in names:
        experiment = EXPERIMENTS[name](seed)
        if summary:
            click.echo(experiment.model.summary(experiment.data.x.shape[1:]))
        started = time.perf_counter()
        outcome = watched(experiment, seed, epochs)
        click.echo(verdict(experiment, outcome, time.perf_counter() - started))
        histories[name] = outcome.history
        reached.append(outcome.score >= experiment.target)
    if plot:
        draw_curves(histories, plot)
        click.echo(f"loss curve: {plot}", err=True)
    return all(reached)


def watched(experiment: Experiment, seed: int, epochs: int | None) -> Outcome:
    """Train with a bar that counts rows and tells the last epoch."""
    from derive.nn.experiments import run
    from derive.nn.training import Epoch
    from derive.report.networks import counting, epoch_text

    said = ""
    with counting((epochs or experiment.epochs) * len(experiment.data.x), experiment.name) as count:

        def watch(done: int, epoch: Epoch | None) -> None:
            nonlocal said
            said = epoch_text(epoch) if epoch else said
            count(done, said)

        return run(experiment, seed, epochs, watch)


def verdict(experiment: Experiment, outcome: Outcome, seconds: float) -> str:
    """The score on what was held out, beside the target."""
    rows, epochs = len(experiment.data.held_out[1]), len(outcome.history)
    what = "points" if experiment.name == "xor" else "held-out images"
    target = "target" if outcome.score >= experiment.target else "BELOW the target"
    took = f"{epochs} epoch{'s' if epochs > 1 else ''}, {seconds:.1f} s"
    return f"{experiment.name}: {outcome.score:.2%} of {rows} {what} ({target} {experiment.target:.1%}), {took}"
