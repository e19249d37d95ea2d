#!/usr/bin/env python3
"""Draws the gates of one model as SVG: a column for each layer, a row for each gate, the mean over the rows as colour.

    ./unipelt gates my-model --data test.tsv --json | tools/gate_map.py > gates.svg

The picture has a background of its own, so it looks the same on light and dark pages. Needs Python 3.9 and nothing else.
"""

import json
import sys
from xml.sax.saxutils import escape

# The colours of reports: below one half, one half, above.
COLOURS = ["7f3b08", "b9691d", "e6a557", "f7d7ac", "f1f1f0", "d6d4e8", "aaa2cd", "7460a6", "432270"]
CELL_WIDTH, CELL_HEIGHT, LEFT, TOP, EDGE = 44, 30, 196, 76, 16


def colour(mean, reach):
    """The colour of a mean, and that of a number on it."""
    at = min(max(4 + 4 * (mean - 0.5) / reach, 0), 8)
    low = min(int(at), 7)
    one, other = ([int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in COLOURS[low : low + 2])
    rgb = [round(a + (b - a) * (at - low)) for a, b in zip(one, other)]
    return "#%02x%02x%02x" % tuple(rgb), "#ffffff" if sum(rgb) < 400 else "#1c2126"


def text(x, y, words, more=""):
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(words)}</text>'


def draw(gates, title):
    layers = sorted({gate["layer"] for gate in gates})
    kinds = list(dict.fromkeys((gate["submodule"], gate["place"]) for gate in gates))
    means = {(gate["submodule"], gate["place"], gate["layer"]): gate["mean"] for gate in gates}
    reach = max(0.05, max(abs(mean - 0.5) for mean in means.values()))
    width = LEFT + CELL_WIDTH * len(layers) + EDGE
    height = TOP + CELL_HEIGHT * len(kinds) + 44
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        ' font-family="system-ui, -apple-system, Segoe UI, Roboto, Arial, sans-serif" font-size="13" fill="#1c2126">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#fdfdfb" stroke="#d5d9de"/>',
        text(EDGE, 28, title, ' font-size="15" font-weight="600"'),
        text(LEFT - 10, TOP - 8, "layer", ' text-anchor="end" fill="#59636e"'),
    ]
    for column, layer in enumerate(layers):
        lines.append(text(LEFT + CELL_WIDTH * (column + 0.5), TOP - 8, str(layer), ' text-anchor="middle" fill="#59636e"'))
    for row, kind in enumerate(kinds):
        y = TOP + CELL_HEIGHT * row
        lines.append(text(LEFT - 10, y + 20, " at ".join(kind), ' text-anchor="end"'))
        for column, layer in enumerate(layers):
            mean = means.get((*kind, layer))
            if mean is None:
                continue
            x = LEFT + CELL_WIDTH * column
            fill, ink = colour(mean, reach)
            lines.append(f'<rect x="{x + 1}" y="{y + 1}" width="{CELL_WIDTH - 2}" height="{CELL_HEIGHT - 2}" rx="3" fill="{fill}"/>')
            lines.append(text(x + CELL_WIDTH / 2, y + 20, f"{mean:.2f}", f' text-anchor="middle" fill="{ink}"'))
    y = TOP + CELL_HEIGHT * len(kinds) + 28
    lines.append(text(LEFT - 10, y, "0 shuts out, 1 lets in:", ' text-anchor="end" fill="#59636e" font-size="12"'))
    for step in range(9):
        fill, _ = colour(0.5 + reach * (step - 4) / 4, reach)
        lines.append(f'<rect x="{LEFT + 36 + 18 * step}" y="{y - 11}" width="18" height="13" fill="{fill}"/>')
    lines.append(text(LEFT + 1, y, f"{0.5 - reach:.2f}", ' fill="#59636e" font-size="12"'))
    lines.append(text(LEFT + 36 + 18 * 9 + 6, y, f"{0.5 + reach:.2f}", ' fill="#59636e" font-size="12"'))
    return "\n".join([*lines, "</svg>"]) + "\n"


def main():
    read = json.load(sys.stdin)
    if not read.get("gates"):
        sys.exit("gate_map.py: there are no gates in this; give it what 'unipelt gates MODEL --data FILE --json' prints")
    sys.stdout.write(draw(read["gates"], f"How far each gate opens: means over {read['examples']} rows of {read['data']}"))


if __name__ == "__main__":
    main()
