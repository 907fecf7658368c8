"""Expectations in the engine: polynomials in random variables, and what their central moments make of them.

One idea: x = m + z with E(z) = 0; a polynomial in z is a sum of products, and the mean of a product of entries of z is a central moment.

    polynomial   nodes as polynomials in z
    moments      the mean of a product of entries of z, by the distribution that is declared
    taken        `expectation` terms to nodes that hold no expectation
"""
