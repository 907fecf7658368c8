"""Edits of a line, by subject; each is named by the mistake that it takes back."""
