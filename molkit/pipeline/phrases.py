"""Numbers as they are written in sentences."""

from __future__ import annotations


def number(value: float) -> str:
    """Three digits, or all of a large number.

    >>> [number(value) for value in (0.04567, -0.5, 12.345, 1234.5, 0.0)]
    ['0.0457', '-0.5', '12.3', '1,234', '0']
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def size(value: float, unit: str = "", log: bool = False) -> str:
    """An error with its unit; of a decimal logarithm also what it is of the value itself.

    >>> size(0.5, "kcal/mol"), size(0.5, "nM", log=True), size(2.1, "nM", log=True)
    ('0.5 kcal/mol', 'a factor of 3.2 (0.5 in log10)', 'a factor of 130 (2.1 in log10)')
    """
    if not log:
        return f"{number(value)} {unit}".rstrip()
    factor = f"{float(f'{10**value:.2g}'):g}" if value < 4 else f"10^{value:.1f}"
    return f"a factor of {factor} ({number(value)} in log10)"


def count(number_of: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one.

    >>> count(1, "model"), count(1200, "compound")
    ('1 model', '1,200 compounds')
    """
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"


def a(noun: str) -> str:
    """A noun with its article.

    >>> a("image"), a("pair")
    ('an image', 'a pair')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
