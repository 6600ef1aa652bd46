"""The peer of plant_page: the same tanks and values in PyDM, one PyDMScaleIndicator and three PyDMLabels a tank.

Run by plant_page with a Python that has PyDM. Values are fed by a data plugin inside the GUI thread, which is kind to PyDM.
"""

import argparse
import importlib.util
import json
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("PYDM_LOG_LEVEL", "ERROR")

from pydm import PyDMApplication
from pydm.data_plugins import add_plugin
from pydm.data_plugins.plugin import PyDMConnection, PyDMPlugin
from pydm.widgets import PyDMLabel, PyDMScaleIndicator
from qtpy import QtCore, QtGui, QtWidgets

_ours = importlib.util.spec_from_file_location("plant_page", Path(__file__).with_name("plant_page.py"))
assert _ours is not None and _ours.loader is not None
bench = importlib.util.module_from_spec(_ours)
_ours.loader.exec_module(bench)

reader = argparse.ArgumentParser()
for name, kind in (("tanks", int), ("hz", float), ("seconds", float), ("size", str), ("share", float)):
    reader.add_argument(f"--{name}", type=kind, required=True)
given = reader.parse_args()
width, height = (int(side) for side in given.size.split("x"))
connections = {}


class Connection(PyDMConnection):
    def __init__(self, channel, address, protocol=None, parent=None) -> None:
        super().__init__(channel, address, protocol, parent)
        self.add_listener(channel)
        connections[address] = self
        role = bench.ROLES[int(address) % 4]
        self.connected = True
        self.connection_state_signal.emit(True)
        self.new_severity_signal.emit(0)
        self.prec_signal.emit(role[4])
        self.unit_signal.emit(role[1])
        self.upper_ctrl_limit_signal[float].emit(role[3])
        self.lower_ctrl_limit_signal[float].emit(role[2])


class Plugin(PyDMPlugin):
    protocol = "bench"
    connection_class = Connection


app = PyDMApplication(use_main_window=False, command_line_args=[])
add_plugin(Plugin)
window = QtWidgets.QWidget()
window.resize(width, height)
columns, rows = bench.grid(given.tanks, width, height)
cell_w, cell_h = width / columns, height / rows
small = QtGui.QFont()
small.setPixelSize(max(6, int(cell_h * 0.12)))
for i in range(given.tanks):
    x, y = i % columns * cell_w, i // columns * cell_h
    bar = PyDMScaleIndicator(window, init_channel=f"bench://{4 * i}")
    bar.setGeometry(int(x), int(y), int(cell_w * 0.5), int(cell_h * 0.5))
    bar.showValue, bar.showLimits, bar.showTicks, bar.barIndicator, bar.orientation = (
        False,
        False,
        False,
        True,
        QtCore.Qt.Vertical,
    )
    for j in (1, 2, 3):
        label = PyDMLabel(window, init_channel=f"bench://{4 * i + j}")
        label.setGeometry(int(x), int(y + cell_h * (0.5 + 0.15 * (j - 1))), int(cell_w * 0.95), int(cell_h * 0.15))
        label.setFont(small)
        label.showUnits = True
window.show()
app.processEvents()
frames = bench.numbers(given.tanks)
changing = round(4 * given.tanks * given.share)
turn = iter(range(10**9))


def step() -> None:
    for i, value in zip(range(changing), frames[next(turn) % bench.FRAMES], strict=False):
        connections[str(i)].new_value_signal[float].emit(value)


print(json.dumps(bench.watch(app, given.hz, given.seconds, step)), flush=True)
os._exit(0)  # PyDM's threads are not ours to wait for
