"""How large a wall draws: a screen of many pixels is seen from as far away as one of few. Console side; imports no Qt itself.

Qt reads its scale factor when the application is made, so the screens are asked by a short-lived process before that. A desk
is left as the desktop has it: who sits at it chooses.
"""

import os
import subprocess
import sys
from collections.abc import MutableMapping, Sequence

_DRAWN_FOR = 1080
_ASK = (
    "from PySide6.QtGui import QGuiApplication as A; a = A([]);"
    "print(*(s.geometry().height() for s in A.screens()))"
)  # fmt: skip
_ASK_S = 20.0


def factor(heights: Sequence[int]) -> float:
    """For screens of these heights in pixels. The lowest decides, so that nothing is cut off; never below 1."""
    return max(1.0, round(min(heights, default=_DRAWN_FOR) / _DRAWN_FOR, 2))


def scale_for_wall(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sets QT_SCALE_FACTOR unless somebody has. Without an answer everything stays as it is."""
    if environment.get("QT_SCALE_FACTOR"):
        return
    try:
        said = subprocess.run(
            [sys.executable, "-c", _ASK], env=dict(environment), capture_output=True, text=True, timeout=_ASK_S, check=True
        )
        heights = [int(word) for word in said.stdout.split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return  # Qt will say itself what is wrong with the screens
    if (wanted := factor(heights)) > 1:
        environment["QT_SCALE_FACTOR"] = str(wanted)
