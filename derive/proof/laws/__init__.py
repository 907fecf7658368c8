"""The laws of the prover, by subject: what is true of inverses, determinants, eigenvalues … for every size."""

from __future__ import annotations

from derive.proof.laws import pseudoinverses, spectra
from derive.proof.rewriting import Law

LAWS: tuple[Law, ...] = (*pseudoinverses.LAWS, *spectra.LAWS)
