"""The engine: typed terms to index notation, normal forms, derivatives.

One idea: everything is a tensor with named indices (`expr`), in one normal form (`normal`, with the laws of `laws`, `selectors`, `radix`, `tables`,
`conjugate`, `functions`, `penrose`); `lower` brings typed terms there, `differential` differentiates, `simplify` and `expansion` look for lighter and for
fuller forms, and `derive.matrixform` brings the answer back. It computes without floating point, and knows neither notation nor the oracle.
"""
