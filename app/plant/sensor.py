"""What a transmitter makes of the true value: noise, 12-bit steps, its range, and its faults. Plant side."""

from random import Random

from app.domain.tag import Kind, Tag

STEPS = 4096
"""A 4-20 mA card of 12 bits."""

NOISE: dict[Kind, float] = {
    Kind.LEVEL: 0.0002,
    Kind.TEMPERATURE: 0.0004,
    Kind.PRESSURE: 0.0006,
    Kind.FLOW: 0.002,
    Kind.COMBUSTIBLE_GAS: 0.003,
    Kind.TOXIC_GAS: 0.002,
    Kind.WIND_SPEED: 0.006,
    Kind.WIND_DIRECTION: 0.004,
}
"""Standard deviation as a share of the range."""
ANY_NOISE = 0.0008
LOW_FLOW = 0.01
"""Flow transmitters show nothing below this share of their range (小流量切除)."""


def measured(tag: Tag, true: float, random: Random) -> float:
    """The reading in the tag's unit: true value plus noise, cut to the range, in 12-bit steps of it."""
    low = 0.0 if tag.range_low is None else tag.range_low
    high = low + 100.0 if tag.range_high is None else tag.range_high
    span = high - low
    if tag.kind is Kind.FLOW and true < LOW_FLOW * span:
        return low
    noisy = true + random.gauss(0.0, NOISE.get(tag.kind, ANY_NOISE) * span)
    count = round((min(max(noisy, low), high) - low) / span * (STEPS - 1))
    return low + count * span / (STEPS - 1)
