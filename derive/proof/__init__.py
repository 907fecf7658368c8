"""Proofs of equality for every size: normal forms and laws, no sampling and no floating point."""
