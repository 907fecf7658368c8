"""Convolution and pooling, each by its entries.

`conv1d` and `conv2d` are what deep learning calls convolution (cross-correlation, "valid"); `conv` is convolution proper. With
stride s, padding p and dilation d, the output has floor((n + 2p - d(k - 1) - 1)/s) + 1 entries (Dumoulin & Visin 2016,
arXiv:1603.07285, relationship 6); `convt1d` is the transpose of `conv1d` as a linear map of x.
"""

from derive.ops import entries

VISIN = "Dumoulin & Visin 2016, A guide to convolution arithmetic"

entries(
    "conv1d",
    (
        "n,k->m",
        "array(i=1..floor((n + 2*p - d*(k - 1) - 1)/s) + 1, sum(r=1..k, pad(x, p)[(i - 1)*s + (r - 1)*d + 1]*w[r]))",
    ),
    (
        "cn,ock->om",
        "array(u=1..o, i=1..floor((n + 2*p - d*(k - 1) - 1)/s) + 1, "
        "sum(v=1..c, sum(r=1..k, pad(x[v, :]', p)[(i - 1)*s + (r - 1)*d + 1]*w[u, v, r])))",
    ),
    parameters="x w",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="conv1d(x, w, stride, pad, dilation): y_i = Σ_r x_(i+r-1) w_r; with channels, x is c×n and w is o×c×k",
)
entries(
    "conv2d",
    (
        "mn,kl->pq",
        "array(i=1..floor((m + 2*p - d*(k - 1) - 1)/s) + 1, j=1..floor((n + 2*p - d*(l - 1) - 1)/s) + 1, "
        "sum(r=1..k, sum(t=1..l, pad(X, p)[(i - 1)*s + (r - 1)*d + 1, (j - 1)*s + (t - 1)*d + 1]*K[r, t])))",
    ),
    (
        "cmn,ockl->opq",
        "array(u=1..o, i=1..floor((m + 2*p - d*(k - 1) - 1)/s) + 1, j=1..floor((n + 2*p - d*(l - 1) - 1)/s) + 1, "
        "sum(v=1..c, sum(r=1..k, sum(t=1..l, "
        "pad(X[v, :, :], p)[(i - 1)*s + (r - 1)*d + 1, (j - 1)*s + (t - 1)*d + 1]*K[u, v, r, t]))))",
    ),
    parameters="X K",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="conv2d(X, K, stride, pad, dilation): Y_ij = Σ_rt X_(i+r-1, j+t-1) K_rt; with channels, X is c×m×n and K is o×c×k×l",
)
entries(
    "conv3d",
    (
        "lmn,abc->xyz",
        "array(h=1..floor((l + 2*p - d*(a - 1) - 1)/s) + 1, i=1..floor((m + 2*p - d*(b - 1) - 1)/s) + 1, "
        "j=1..floor((n + 2*p - d*(c - 1) - 1)/s) + 1, sum(q=1..a, sum(r=1..b, sum(t=1..c, "
        "pad(X, p)[(h - 1)*s + (q - 1)*d + 1, (i - 1)*s + (r - 1)*d + 1, (j - 1)*s + (t - 1)*d + 1]*K[q, r, t]))))",
    ),
    parameters="X K",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="conv3d(X, K, stride, pad, dilation): Y_hij = Σ_qrt X_(h+q-1, i+r-1, j+t-1) K_qrt",
)
entries(
    "conv",
    ("n,k->m", "array(u=1..n + k - 1, sum(i=1..n, sum(r=1..k, delta(u, i + r - 1)*x[i]*w[r])))"),
    (
        "mn,kl->pq",
        "array(u=1..m + k - 1, v=1..n + l - 1, sum(i=1..m, sum(j=1..n, sum(r=1..k, sum(t=1..l, "
        "delta(u, i + r - 1)*delta(v, j + t - 1)*x[i, j]*w[r, t])))))",
    ),
    parameters="x w",
    aliases=("conv_full", "convolve"),
    meaning_text="convolution of full length: y_u = Σ x_i w_(u-i+1)",
)
entries(
    "convt1d",
    (
        "n,k->m",
        "array(u=1..(n - 1)*s + d*(k - 1) + 1 - 2*p, sum(i=1..n, sum(r=1..k, delta(u + p, (i - 1)*s + (r - 1)*d + 1)*x[i]*w[r])))",
    ),
    parameters="x w",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="convt1d(x, w, stride, pad, dilation): the transpose of conv1d",
)
entries(
    "convt2d",
    (
        "mn,kl->pq",
        "array(u=1..(m - 1)*s + d*(k - 1) + 1 - 2*p, v=1..(n - 1)*s + d*(l - 1) + 1 - 2*p, "
        "sum(i=1..m, sum(j=1..n, sum(r=1..k, sum(t=1..l, delta(u + p, (i - 1)*s + (r - 1)*d + 1)*"
        "delta(v + p, (j - 1)*s + (t - 1)*d + 1)*X[i, j]*K[r, t])))))",
    ),
    parameters="X K",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="convt2d(X, K, stride, pad, dilation): the transpose of conv2d",
)
entries(
    "convt3d",
    (
        "lmn,abc->xyz",
        "array(u=1..(l - 1)*s + d*(a - 1) + 1 - 2*p, v=1..(m - 1)*s + d*(b - 1) + 1 - 2*p, "
        "w=1..(n - 1)*s + d*(c - 1) + 1 - 2*p, "
        "sum(h=1..l, sum(i=1..m, sum(j=1..n, sum(q=1..a, sum(r=1..b, sum(t=1..c, "
        "delta(u + p, (h - 1)*s + (q - 1)*d + 1)*delta(v + p, (i - 1)*s + (r - 1)*d + 1)*"
        "delta(w + p, (j - 1)*s + (t - 1)*d + 1)*X[h, i, j]*K[q, r, t])))))))",
    ),
    parameters="X K",
    whole="s=1 p=0 d=1",
    reference=VISIN,
    meaning_text="convt3d(X, K, stride, pad, dilation): the transpose of conv3d",
)
entries(
    "avgpool1d",
    ("n->m", "array(i=1..floor((n - k)/s) + 1, sum(r=1..k, x[(i - 1)*s + r])/k)"),
    parameters="x",
    whole="k s=k",
    meaning_text="avgpool1d(x, k, stride): means of windows of k entries",
)
entries(
    "maxpool1d",
    ("n->m", "array(i=1..floor((n - k)/s) + 1, max(x[(i - 1)*s + 1 : (i - 1)*s + k]))"),
    parameters="x",
    whole="k s=k",
    meaning_text="maxpool1d(x, k, stride): maxima of windows of k entries; differentiable where each is attained once",
)
entries(
    "avgpool2d",
    (
        "mn->pq",
        "array(i=1..floor((m - k)/s) + 1, j=1..floor((n - k)/s) + 1, "
        "sum(r=1..k, sum(t=1..k, X[(i - 1)*s + r, (j - 1)*s + t]))/k^2)",
    ),
    parameters="X",
    whole="k s=k",
    meaning_text="avgpool2d(X, k, stride): means of k×k windows",
)
entries(
    "maxpool2d",
    (
        "mn->pq",
        "array(i=1..floor((m - k)/s) + 1, j=1..floor((n - k)/s) + 1, "
        "max(X[(i - 1)*s + 1 : (i - 1)*s + k, (j - 1)*s + 1 : (j - 1)*s + k]))",
    ),
    parameters="X",
    whole="k s=k",
    meaning_text="maxpool2d(X, k, stride): maxima of k×k windows",
)
entries(
    "avgpool3d",
    (
        "lmn->xyz",
        "array(h=1..floor((l - k)/s) + 1, i=1..floor((m - k)/s) + 1, j=1..floor((n - k)/s) + 1, "
        "sum(q=1..k, sum(r=1..k, sum(t=1..k, X[(h - 1)*s + q, (i - 1)*s + r, (j - 1)*s + t])))/k^3)",
    ),
    parameters="X",
    whole="k s=k",
    meaning_text="avgpool3d(X, k, stride): means of k×k×k windows",
)
entries(
    "maxpool3d",
    (
        "lmn->xyz",
        "array(h=1..floor((l - k)/s) + 1, i=1..floor((m - k)/s) + 1, j=1..floor((n - k)/s) + 1, "
        "max(X[(h - 1)*s + 1 : (h - 1)*s + k, (i - 1)*s + 1 : (i - 1)*s + k, (j - 1)*s + 1 : (j - 1)*s + k]))",
    ),
    parameters="X",
    whole="k s=k",
    meaning_text="maxpool3d(X, k, stride): maxima of k×k×k windows",
)
