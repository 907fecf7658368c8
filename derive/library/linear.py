"""Multilinear operations: products, traces, diagonals, sums, Kronecker products, constants of a size."""

from derive.ops import contraction

# Products behind `*` (infer picks by the orders and rows of the operands) and `.*`.
contraction("matmul", "mk,kn->mn", meaning_text="matrix product")
contraction("matvec", "mk,k->m", meaning_text="matrix times column")
contraction("vecmat", "k,kn->n", meaning_text="row times matrix")
contraction("dot", "k,k->", meaning_text="row times column")
contraction("outer", "m,n->mn", meaning_text="column times row")
contraction("scale", ",->", ",i->i", ",ij->ij", meaning_text="scalar times anything")
contraction("hadamard", "i,i->i", "ij,ij->ij", meaning_text="product entry by entry")
contraction("transpose", "mn->nm", meaning_text="transpose of a matrix; of a vector, the row that holds it")

contraction("tr", "nn->", aliases=("trace", "Tr"), reference="Magnus & Neudecker 2019, 1.10")
contraction(
    "diag", "n->nn", "nn->n", aliases=("Diag",), meaning_text="vector to diagonal matrix; matrix to its diagonal"
)
contraction("sum", "n->", "mn->", meaning_text="sum of all entries")
contraction(
    "kron", "ij,kl->(ik)(jl)", "i,k->(ik)", "ij,k->(ik)j", "i,kl->(ik)l", reference="Magnus & Neudecker 2019, 2.2"
)
contraction("vec", "mn->(nm)", "n->n", meaning_text="columns stacked", reference="Magnus & Neudecker 2019, 2.4")
contraction("rowsum", "mn->m", aliases=("sumrows",), meaning_text="sum along each row: X*vector(1)")
contraction("colsum", "mn->n", aliases=("sumcols",), meaning_text="sum down each column: X'*vector(1)")

# Constants of a size: the size is an argument (`eye(n)`) or what the context needs (`I`, `eye`, `vector(1)`).
contraction("eye", "->nn", aliases=("I",), meaning_text="identity matrix")
contraction("ones", "->n", "->mn", meaning_text="all ones: ones(n), ones(m, n)")
contraction(
    "Kmn",
    "->(ij)(ji)",
    meaning_text="commutation matrix: Kmn(m, n)*vec(A) = vec(A') for A: matrix(m, n)",
    reference="Magnus & Neudecker 2019, 3.7",
)
contraction("zeros", "->n", "->mn", meaning_text="all zeros: zeros(n), zeros(m, n)")
contraction("vector", "->n", meaning_text="vector(c): the constant c, in the size that the context needs")
contraction("matrix", "->mn", meaning_text="matrix(c): the constant c, in the size that the context needs")
