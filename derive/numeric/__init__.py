"""The oracle: values of typed terms in ball arithmetic or exact rationals, difference quotients, and validation.

One idea: it shares no rule with the calculus. A derivative is judged by values of the function alone, at points with exact
entries and at precisions where right and wrong are twenty digits apart.

    validate.validate(f, targets, answer, order)   is this the derivative?
    value.value_at(term, point)                    the value at a point, as floats
    evaluate.evaluate(term, point, sizes, world)   the value in a world: `ball.BALLS`, `exact.RATIONALS`
    derivatives.accuracy(term, bits)               digits of the derivatives inside a term
    agreement.related(op, left, right, point, sizes)   does left op right hold there?
    definite.definite(term, point, sizes, semi)    is a matrix positive (semi)definite there?
    sampling.draw(symbols, sizes, seed)            a point inside the declared properties
"""
