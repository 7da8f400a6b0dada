"""Lines on two logarithmic axes, as SVG: how cost grows."""

import html
import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 76, 16, 16, 52
COLORS = ("#1c6dd0", "#c2410c", "#15803d", "#7e22ce")


def _decades(values):
    """The powers of ten around positive values, as exponents, first and last."""
    low = math.floor(math.log10(min(values)) + 1e-9)
    high = math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def _label(power):
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"


def grow(x_label, x, lines):
    """`x`: positive numbers; `lines`: {label: [y]}, positive, one for each x."""
    x_low, x_high = _decades(x)
    y_low, y_high = _decades([y for values in lines.values() for y in values])

    def at_x(value):
        share = (math.log10(value) - x_low) / (x_high - x_low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def at_y(value):
        share = (math.log10(value) - y_low) / (y_high - y_low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(x_low, x_high + 1):
        place = at_x(10.0**power)
        out.append(
            f'<path d="M{place:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e5e7eb"/>'
            f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" '
            f'fill="#374151">{_label(power)}</text>'
        )
    for power in range(y_low, y_high + 1):
        place = at_y(10.0**power)
        out.append(
            f'<path d="M{LEFT} {place:.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>'
            f'<text x="{LEFT - 6}" y="{place + 4:.1f}" text-anchor="end" '
            f'fill="#374151">{_label(power)}</text>'
        )
    out.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle" '
        f'fill="#111827">{html.escape(x_label)}</text>'
    )
    for number, (label, values) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        places = [f"{at_x(a):.1f} {at_y(b):.1f}" for a, b in zip(x, values)]
        out.append(f'<path d="M{"L".join(places)}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [
            f'<circle cx="{place.split()[0]}" cy="{place.split()[1]}" r="3" fill="{color}"/>'
            for place in places
        ]
        out.append(
            f'<text x="{LEFT + 12}" y="{TOP + 16 + 16 * number}" fill="{color}">'
            f"{html.escape(label)}</text>"
        )
    return "\n".join(out) + "\n</svg>\n"
