"""The letters of the shipped font: a text that it cannot write is refused, with its line, when a scene is read."""

_RANGES = (
    "20-7e a0-ac ae-36f 374-375 37a-37e 384-38a 38c 38e-3a1 3a3-3ce 3d0-486 488-513 e3f 1d00-1dca 1dfe-1e9b 1e9e "
    "1ea0-1ef9 1f00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fc4 "
    "1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2000-200a 2010 2012-2022 2026 202f-2030 2032-2034 2039-203a "
    "203c-203e 2044 205e-205f 2070-2071 2074-208e 2090-2094 20a0-20b5 20b8-20ba 20dd 2105 2113 2116-2117 2120 2122 "
    "2126 212e 2132 214d-214e 2153-215f 2183-2184 2190-2199 21a8 2202 2206 220f 2211-2212 2215 2219-221a 221e-221f "
    "2229 222b 2248 2260-2261 2264-2265 2302 2310 2320-2321 2460-2473 24ea-24f4 24ff-2500 2502 250c 2510 2514 2518 "
    "25a1 25aa-25ab 25ca-25cc 25cf 25e6 2600 263c 2669 2776-277f 2c60-2c6c 2c74-2c77 2e17 a717-a71a a720-a721 "
    "fb00-fb04 fe20-fe23"
)
"""Hexadecimal code points, first and last of each run."""


def _code_points() -> frozenset[int]:
    runs = [run.split("-") for run in _RANGES.split()]
    return frozenset(code for run in runs for code in range(int(run[0], 16), int(run[-1], 16) + 1))


LETTERS = _code_points()
"""Code points of all letters that can be written; a newline begins a line."""


def missing_letters(text: str) -> str:
    """The letters of `text` that the font lacks, with spaces between; invisible ones by number. Empty: none."""
    lacking = sorted({letter for letter in text if ord(letter) not in LETTERS and letter != "\n"})
    return " ".join(letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in lacking)
