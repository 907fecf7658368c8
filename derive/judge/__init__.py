"""The judge: is a statement true, for which sizes, and if not, where does it fail."""
