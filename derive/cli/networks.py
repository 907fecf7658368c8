"""`derive nn`: the networks of `derive.nn` before their witnesses, and trained for real.

One idea: a command runs one list of things and shows it; what is checked and what is trained stands elsewhere. Exit code 0 when every witness
agrees or the score is reached, 1 when not.
"""

from __future__ import annotations

import os
import time

import click

from derive.cli.program import USAGE

EXTRAS = {"sklearn": "scikit-learn", "matplotlib": "matplotlib"}
THREADS = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}
INSTALL = 'pip install "derive-calculus[nn]"'


@click.group()
def nn() -> None:
    """MLPs and CNNs in NumPy with hand-written backward passes: check them, train them.

    \b
    Examples:
      derive nn check
      derive nn check --formulas
      derive nn train cnn --plot loss.png
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
@click.option("--plot", type=click.Path(dir_okay=False), metavar="FILE", help="Draw the loss curve (of one network): .png, .svg, .pdf.")  # fmt: skip
@click.option("--summary", is_flag=True, help="Show the layers with their sizes first.")
def train(names: tuple[str, ...], seed: int, epochs: int | None, plot: str | None, summary: bool) -> int:
    """Train an MLP and a CNN on handwritten digits, or XOR; judge them by images that they never saw.

    Without a name: mlp and cnn. Exits with 1 if a held-out accuracy stays below its target (97 % and 98.5 %; XOR: all four points).
    """
    # products of this size gain nothing from threads, and threads that wait for one another on a busy machine cost a factor of ten
    if not THREADS & os.environ.keys():
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
    chosen = names or ("mlp", "cnn")
    if plot and len(chosen) > 1:
        raise click.UsageError(
            "--plot draws one curve: name one network, such as `derive nn train cnn --plot loss.png`"
        )
    try:
        if plot:
            drawable(plot)
        reached = [train_one(name, seed, epochs, plot, summary) for name in chosen]
    except ModuleNotFoundError as missing:
        if missing.name not in EXTRAS:
            raise
        click.echo(f"derive: this needs {EXTRAS[missing.name]}: {INSTALL}", err=True)
        return USAGE
    return 0 if all(reached) else 1


def drawable(plot: str) -> None:
    """BadParameter, before any training, for a picture that cannot be drawn."""
    from derive.report.networks import picture_formats

    if plot.rpartition(".")[2].lower() not in picture_formats():
        raise click.BadParameter(f"a picture ends in one of {', '.join(picture_formats())}", param_hint="--plot")
    if not os.path.isdir(os.path.dirname(plot) or "."):
        raise click.BadParameter(f"there is no folder {os.path.dirname(plot)}", param_hint="--plot")


def train_one(name: str, seed: int, epochs: int | None, plot: str | None, summary: bool) -> bool:
    """Train one network and say how it went; whether it reached its target."""
    from derive.nn.experiments import EXPERIMENTS, run
    from derive.nn.training import Epoch
    from derive.report.networks import counting, draw_curve, epoch_text

    experiment = EXPERIMENTS[name](seed)
    if summary:
        click.echo(experiment.model.summary(experiment.data.x.shape[1:]))
    started = time.perf_counter()
    with counting((epochs or experiment.epochs) * len(experiment.data.x), name) as count:

        def watch(done: int, epoch: Epoch | None) -> None:
            said[0] = epoch_text(epoch) if epoch else said[0]
            count(done, said[0])

        said = [""]
        outcome = run(experiment, seed, epochs, watch)
    seconds, good = time.perf_counter() - started, outcome.score >= experiment.target
    rows = len(experiment.data.held_out[1])
    held = f"{outcome.score:.2%} of {rows} {'points' if name == 'xor' else 'held-out images'}"
    click.echo(f"{name}: {held} ({'target' if good else 'BELOW the target'} {experiment.target:.1%}), {len(outcome.history)} epochs, {seconds:.1f} s")  # fmt: skip
    if plot:
        draw_curve(outcome.history, f"{name}: cross-entropy", plot)
        click.echo(f"loss curve: {plot}", err=True)
    return good
