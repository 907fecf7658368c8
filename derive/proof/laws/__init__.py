"""The laws of the prover, by subject: what is true of inverses, determinants, eigenvalues … for every size."""

from __future__ import annotations

from derive.proof.laws import (
    adjoints,
    determinants,
    functions,
    halves,
    inverses,
    norms,
    powers,
    pseudoinverses,
    scalars,
    spectra,
    structures,
)
from derive.proof.rewriting import Law

LAWS: tuple[Law, ...] = (
    *inverses.LAWS,
    *determinants.LAWS,
    *powers.LAWS,
    *pseudoinverses.LAWS,
    *spectra.LAWS,
    *norms.LAWS,
    *functions.LAWS,
    *scalars.LAWS,
    *structures.LAWS,
    *halves.LAWS,
    *adjoints.LAWS,
)
