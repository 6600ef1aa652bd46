"""Keeps a wall display lit: no screen saver, no power-down of the screens. Only for `hazwatch wall`, never for a desk.

Says in a sentence when it cannot; a dark wall is a lost watch.
"""

import shutil
import subprocess
import sys

from widgets.words import tr

_KEEP_DISPLAY = 0x80000000 | 0x00000002 | 0x00000001  # ES_CONTINUOUS | ES_DISPLAY_REQUIRED | ES_SYSTEM_REQUIRED


def keep_awake(platform: str = sys.platform) -> str:
    """ "" when it worked. Called again from time to time: desktops switch blanking back on."""
    if platform == "win32":
        import ctypes

        done = ctypes.windll.kernel32.SetThreadExecutionState(_KEEP_DISPLAY)  # type: ignore[attr-defined,unused-ignore]
        return "" if done else tr("无法阻止系统关闭显示器，请在电源设置里关闭熄屏。")
    if platform.startswith("linux"):
        tool = shutil.which("xset")
        if tool is None:
            return tr("没有 xset，无法阻止熄屏：请安装 x11-xserver-utils，或在桌面设置里关闭熄屏。")
        try:
            subprocess.run([tool, "s", "off", "-dpms"], check=True, capture_output=True, timeout=5)
        except (OSError, subprocess.SubprocessError):
            return tr("无法阻止系统关闭显示器，请在电源设置里关闭熄屏。")
    return ""
