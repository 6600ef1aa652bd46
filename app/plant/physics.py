"""Formulas the demo plant lives by: vapour pressure, density, level and volume, breathing, heat. Pure functions, SI-like units.

Not a process simulator: good enough that a process engineer finds the numbers plausible. Plant side (tests and demo only).
Temperatures in degrees Celsius, pressures in MPa absolute unless a name says gauge, volumes in m3, lengths in m.
"""

from dataclasses import dataclass
from math import cos, exp, pi

ATMOSPHERE = 0.101325
"""MPa absolute."""
KELVIN = 273.15
BAR = 0.1
"""MPa in a bar."""


@dataclass(frozen=True, slots=True)
class Fluid:
    """One substance. Antoine: log10(p/bar) = a - b / (T/K + c).

    Coefficients: NIST Chemistry WebBook (propane 277-361 K, n-butane 273-425 K, benzene 288-354 K, methanol 288-357 K;
    chlorine 155-239 K, extrapolated: 1.5 % low at 20 C). `density` of the liquid in kg/m3 at 20 C and its relative
    `expansion` per K: Perry's Chemical Engineers' Handbook, section 2. `molar_mass` g/mol, `lel` % by volume as in
    GB/T 50493-2019 (None: does not burn).
    """

    a: float
    b: float
    c: float
    density: float
    expansion: float
    molar_mass: float
    lel: float | None = None


PROPANE = Fluid(4.53678, 1149.360, 24.906, 500.0, 0.0029, 44.096, 2.1)
BUTANE = Fluid(4.35576, 1175.581, -2.071, 579.0, 0.0020, 58.122, 1.9)
METHANOL = Fluid(5.20409, 1581.341, -33.500, 791.0, 0.0012, 32.042, 6.7)
BENZENE = Fluid(4.01814, 1203.835, -53.226, 879.0, 0.0012, 78.112, 1.3)
CHLORINE = Fluid(4.28814, 969.992, -12.791, 1411.0, 0.0021, 70.906)


def vapour_pressure(fluid: Fluid, celsius: float) -> float:
    """Antoine equation."""
    return float(10.0 ** (fluid.a - fluid.b / (celsius + KELVIN + fluid.c))) * BAR


def mixture_pressure(parts: tuple[tuple[Fluid, float], ...], celsius: float) -> float:
    """Raoult's law over mole fractions: light hydrocarbons together are close to ideal."""
    return sum(fraction * vapour_pressure(fluid, celsius) for fluid, fraction in parts)


def density(fluid: Fluid, celsius: float) -> float:
    return fluid.density * (1.0 - fluid.expansion * (celsius - 20.0))


def sphere_volume(height: float, diameter: float) -> float:
    """Liquid of `height` in a sphere: spherical cap, pi h^2 (3r - h) / 3."""
    level = min(max(height, 0.0), diameter)
    return pi * level * level * (1.5 * diameter - level) / 3.0


def sphere_level(volume: float, diameter: float) -> float:
    """Inverse of `sphere_volume` by bisection, to a tenth of a millimetre."""
    low, high = 0.0, diameter
    while high - low > 1e-4:
        middle = (low + high) / 2.0
        if sphere_volume(middle, diameter) < volume:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def cylinder_area(diameter: float) -> float:
    return pi * diameter * diameter / 4.0


def relax(value: float, target: float, dt: float, time_constant: float) -> float:
    """First-order lag, exact for any `dt`."""
    return target + (value - target) * exp(-dt / time_constant)


def air_temperature(hour: float, mean: float, swing: float) -> float:
    """Day cycle: a cosine with its top at 15:00, the customary simplification (coldest at 03:00)."""
    return mean + swing * cos(2.0 * pi * (hour - 15.0) / 24.0)


def sun(hour: float) -> float:
    """Share of the midday sun, 0 at night; half a cosine between 06:00 and 18:00."""
    return max(0.0, cos(pi * (hour - 12.0) / 12.0))


def thermal_time_constant(volume: float, area: float, fluid_density: float, heat_capacity: float, transfer: float) -> float:
    """Seconds: m c / (U A). `heat_capacity` J/(kg K); `transfer` U of an unlagged tank in air is about 5 W/(m2 K)
    (natural convection and radiation, Perry section 11)."""
    return max(volume, 1.0) * fluid_density * heat_capacity / (transfer * area)


def blanket_pressure(setpoint: float, net_inflow: float, vent_capacity: float) -> float:
    """Gas space under nitrogen in kPa gauge: the seal holds `setpoint`; liquid that flows in pushes as much gas out through
    the vent (API 2000: one volume in is one volume out) and raises it in proportion, liquid that leaves lets it droop less,
    since the nitrogen valve is larger. Never past the relief valves at 1.75 and -0.29 kPa."""
    slope = 1.1 if net_inflow > 0.0 else 0.4
    return min(max(setpoint + slope * net_inflow / vent_capacity, -0.29), 1.75)
