"""What has to be settled before Qt is asked for a screen: is there one, which input method, which platform plug-in.

Console side; imports no Qt. Qt aborts the program when it finds no display: a person gets a sentence instead.
"""

import ctypes
import os
import socket
import sys
from collections.abc import MutableMapping

from widgets.words import tr


def prepare(environment: MutableMapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """Sets what Qt reads; a sentence when no window can be opened, else ""."""
    if not platform.startswith("linux"):
        return ""
    _choose_input_method(environment)
    if environment.get("QT_QPA_PLATFORM"):
        return ""
    if environment.get("DISPLAY"):
        # Also on Wayland desktops: a client cannot place its windows on named screens there.
        if not _answers(environment["DISPLAY"]):
            return tr("连不上显示器 {display}（DISPLAY）。{hint}", display=environment["DISPLAY"], hint=_hint())
        if not _loads("libxcb-cursor.so.0"):
            return tr("系统缺少 libxcb-cursor0，无法打开窗口。请安装：apt install libxcb-cursor0（或 xcb-util-cursor）。")
        environment["QT_QPA_PLATFORM"] = "xcb"
        return ""
    if environment.get("WAYLAND_DISPLAY"):
        return ""
    return tr("没有可用的显示器（DISPLAY 未设置）。{hint}", hint=_hint())


def _hint() -> str:
    return tr("请在图形桌面里启动；只是试运行可设置 QT_QPA_PLATFORM=offscreen，不开窗口则用 hazwatch station。")


def _choose_input_method(environment: MutableMapping[str, str]) -> None:
    """The wheel ships no fcitx plug-in, but fcitx speaks ibus."""
    asked = environment.get("QT_IM_MODULE", "") or environment.get("XMODIFIERS", "")
    if "fcitx" in asked:
        environment["QT_IM_MODULE"] = "ibus"


def _answers(display: str) -> bool:
    """Can the X server be reached? Only local sockets are tried; a remote one is left to Qt."""
    host, _, number = display.rpartition(":")
    if host not in ("", "unix") or not hasattr(socket, "AF_UNIX"):
        return True
    path = f"/tmp/.X11-unix/X{number.partition('.')[0]}"
    for address in (path, f"\0{path}"):
        with socket.socket(socket.AF_UNIX) as trial:
            trial.settimeout(2)
            try:
                trial.connect(address)
            except OSError:
                continue
            return True
    return False


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
