"""The wall time of the plant: a desk shows the time of its site, whatever the machine was set to. Console side."""

import os
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from widgets import vocabulary
from widgets.words import tr


def follow(zone: str) -> str:
    """From now on local times are those of `zone`. A sentence where that cannot be, "" when all is well."""
    try:
        wanted = datetime.now(UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    if wanted == datetime.now().astimezone().utcoffset():
        return ""
    if not hasattr(time, "tzset"):  # Windows
        return tr("本机时区与站点（{zone}）不同，画面上的时间是本机的；请在系统设置里改为站点的时区。", zone=zone)
    os.environ["TZ"] = zone
    time.tzset()
    vocabulary.forget_times()
    return ""
