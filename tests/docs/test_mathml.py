"""Formulas of the chapters become MathML that browsers set as TeX does."""

import re

import pytest

pytest.importorskip("docutils")
pytest.importorskip("sphinx")

FORMULAS = [
    r"\begin{aligned} a &= W x + b \\ \ln p(x) &\ge \mathbb{E}_{z \sim q}[\ln p(x \mid z)] \end{aligned}",
    r"D_{\mathrm{KL}}(q \,\|\, p) = -\frac12 \sum_{j=1}^{d} \left(1 + \ln \sigma_j^2 - \mu_j^2 - \sigma_j^2\right)",
    r"f(x) = \begin{cases} x & \text{if } x > 0 \\ \varepsilon x & \text{otherwise} \end{cases}",
    r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} \begin{bmatrix} a \\ b \end{bmatrix}",
    r"\begin{array}{cc} a & b \\ c & d \end{array} \sum_{\substack{i \\ j}} x",
    r"\mathbb{R}^{n \times m} \operatorname{tr}(\Sigma) \hat{x} \hat{\mu} \tilde{x} \bar{x} \dot{x} \overline{xy}",
    r"\sum_{i=1}^{n} x_i \prod_t \int_0^1 f(x)\,dx \lim_{x \to 0} \max_D \min_G \operatorname*{arg\,max}_x",
    r"\lVert x \rVert_2^2 + \left\lVert \frac{a}{b} \right\rVert + \|x\| + |x| + \langle a, b \rangle",
    r"x' + f''(x) + x'^2 + W^\top + W^{\mathsf T} + \nabla_x f \frac{\partial L}{\partial W} \odot \circ \propto",
    r"\underbrace{a + b}_{\text{reconstruction}} \mathbf{x} \boldsymbol{\mu} \bm{x} \mathcal{N}(\mu, \sigma^2) \dots",
    r"\alpha\beta\gamma\delta\varepsilon\eta\theta\lambda\mu\pi\rho\sigma\tau\varphi\chi\psi\omega\Gamma\Sigma",
    r"a \iff b \implies c := \binom{n}{k}",
]


@pytest.mark.parametrize("tex", FORMULAS)
def test_formulas_become_mathml(tex):
    from extensions.mathml import mathml

    for block in (True, False):
        text = mathml(tex, block)
        assert text.startswith("<math")
        assert "\\" not in text


def shown(tex):
    from extensions.mathml import mathml

    return re.sub(r"\s*\n\s*", "", mathml(tex, block=True).split("\n", 1)[1])


def test_a_fraction_of_two_digits_has_both():
    assert shown(r"\frac12 \sum_i x") == shown(r"\frac{1}{2} \sum_i x")


def test_names_of_functions_keep_their_distance():
    assert '<mi>a</mi><mspace width="0.1667em" /><mi>ln</mi>' in shown(r"a \ln b")
    assert "mspace" not in shown(r"\exp(x)")


def test_bold_ends_where_it_is_said():
    assert 'class="boldsymbol">μ</mi><mi>x</mi>' in shown(r"\boldsymbol{\mu} x")


def test_bars_are_not_stretched_by_what_stands_beside():
    assert 'stretchy="false"' in shown(r"\|x\| + \frac{a}{b}")
    assert 'stretchy="false"' not in shown(r"\left| \frac{a}{b} \right|")


def test_what_is_under_a_brace_stands_there():
    assert "<msub>" not in shown(r"\underbrace{a}_{\text{b}}")


def test_unknown_words_are_refused():
    from docutils.utils.math import MathError

    from extensions.mathml import mathml

    with pytest.raises(MathError, match="nonsense"):
        mathml(r"\nonsense{x}", block=True)
