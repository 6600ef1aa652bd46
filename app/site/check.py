"""`hazwatch check SITE`: a line a fault on stdout, the verdict on stderr, exit 0 or 1. Reads exactly as the station does."""

import sys
from pathlib import Path

from app.site.faults import SiteFaults
from app.site.load import load_site


def run_check(path: Path) -> int:
    try:
        site = load_site(path)
    except SiteFaults as refused:
        for fault in refused.faults:
            print(" ".join(str(fault).split("\n")))
        print(f"站点包 {path}：发现 {len(refused.faults)} 处错误，不能使用。请逐条改正后再检查。", file=sys.stderr)
        return 1
    counts = (
        (len(site.sources), "个数据源"),
        (len(site.tags), "个位号"),
        (len(site.equipment), "台设备"),
        (len(site.cameras), "台摄像机"),
        (len(site.layouts), "幅画面"),
    )
    print(f"站点包 {path}（{site.name}）：没有错误，共 {'、'.join(f'{n} {what}' for n, what in counts)}。", file=sys.stderr)
    return 0
