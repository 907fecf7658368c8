"""Choice by a condition, entry by entry."""

from derive.ops import elementwise

elementwise(
    "piecewise",
    ("x - y", "c", "1 - c"),
    "c x y",
    numpy="np.where(c == 1, x, np.where(c == 0, y, c*x + (1 - c)*y))",
    ball="piecewise",
    meaning_text="x where the condition c is 1, y where it is 0 (c*x + (1 - c)*y between): `cases(x if p, y)`",
)
