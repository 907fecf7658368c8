"""The catalogue is found by a wheel, by an editable install and by a plain checkout; the installs are slow, and marked so."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import derive
from derive.catalogue import folder, place
from derive.finding import LanguageError

ROOT = Path(derive.__file__).parents[1]
ASK = "import derive; from derive.catalogue import folder; print(folder()); print(len(derive.identities.entries()), derive.identities.find('woodbury').topic)"


def asked(python: str, where: Path, **extra: str) -> list[str]:
    """What a Python says of the catalogue that it finds, from a folder that holds none."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    out = subprocess.run(
        [python, "-c", ASK], cwd=where, env={**clean, **extra}, capture_output=True, text=True, check=True
    )
    return out.stdout.split("\n")


def test_a_checkout_finds_it(tmp_path: Path) -> None:
    found, counts, _ = asked(sys.executable, tmp_path, PYTHONPATH=str(ROOT))
    assert Path(found) == ROOT / "identities"
    assert counts == f"{len(derive.identities.entries())} inverses"


def test_beside_the_package_or_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "derive" / "catalogue" / "place.py"
    monkeypatch.setattr(place, "__file__", str(module))
    with pytest.raises(LanguageError, match="not installed"):
        folder()
    beside, inside = tmp_path / "identities", tmp_path / "derive" / "identities"
    for here in (beside, inside):  # a wheel has it inside, and that goes first
        here.mkdir(parents=True)
        (here / "REFERENCES.md").write_text("# References\n", "utf-8")
        assert folder() == here


def test_the_module_is_not_hidden_by_the_folder_of_a_wheel(tmp_path: Path) -> None:
    """A wheel holds `derive/identities.py` beside the folder `derive/identities`: a module goes before a folder without `__init__`."""
    package = tmp_path / "derive_like"
    (package / "identities").mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    (package / "identities.py").write_text("word = 'module'\n", "utf-8")
    line = "from derive_like import identities; print(identities.word)"
    out = subprocess.run([sys.executable, "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert out.stdout == "module\n"


def installed(tmp_path: Path, *arguments: str) -> str:
    """The Python of an environment into which pip has installed that, with the packages of this one."""
    home = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", str(home)], check=True)
    python = str(home / ("Scripts" if os.name == "nt" else "bin") / "python")
    site = next(p for p in sys.path if p.endswith("site-packages"))
    pure = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, text=True
    )
    (Path(pure.stdout.strip()) / "others.pth").write_text(site + "\n", "utf-8")
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *arguments], check=True)
    return python


@pytest.mark.slow
def test_a_wheel_finds_it(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"derive"}
    assert "derive/identities/REFERENCES.md" in names
    python = installed(tmp_path, "--force-reinstall", str(wheel))
    found, counts, _ = asked(python, tmp_path)
    assert Path(found).parts[-2:] == ("derive", "identities")
    assert Path(found).is_relative_to(tmp_path)
    assert counts == f"{len(derive.identities.entries())} inverses"


@pytest.mark.slow
def test_an_editable_install_finds_it(tmp_path: Path) -> None:
    python = installed(tmp_path, "--editable", str(ROOT))
    found, counts, _ = asked(python, tmp_path)
    assert Path(found) == ROOT / "identities"
    assert counts == f"{len(derive.identities.entries())} inverses"
