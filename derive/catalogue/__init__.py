"""The catalogue: the identities that the project ships, as pages that people read and as data that programs search.

One idea: the pages in `identities/` are the only source. An entry is a section of a page: a heading that says the meaning, prose, declarations, one displayed
statement, perhaps a derivation, and a source. Nothing here judges; the verdicts come from `derive.identities`.
"""

from derive.catalogue.entry import Citation, Entry, Step
from derive.catalogue.pages import Catalogue, entries_of, is_page, topics
from derive.catalogue.place import folder

__all__ = ["Catalogue", "Citation", "Entry", "Step", "entries_of", "folder", "is_page", "topics"]
