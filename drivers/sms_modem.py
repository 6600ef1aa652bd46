"""A GSM/LTE modem on a serial port that sends short messages (AT commands, 3GPP TS 27.005 and 27.007).

Blocking: for a worker thread of whoever sends. It knows nothing of alarms.

Every message opens the port, asks PIN and network, sends, and closes: a modem that was pulled out and put back works at once.
"""

import errno
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial

from drivers.sms_pdu import submit

_EXCLUSIVE = True if os.name == "posix" else None  # two programs would take each other's answers
_ANSWER_S = 5.0
_SEND_S = 60.0  # the network may take that long for one part
_ERRORS = {
    10: "没有插 SIM 卡", 11: "需要 PIN 码", 12: "需要 PUK 码，请用手机解锁", 13: "SIM 卡故障", 14: "SIM 卡忙", 15: "SIM 卡不对",
    16: "PIN 码错误", 17: "需要 PIN2 码", 30: "没有网络服务", 31: "网络超时", 32: "只能拨打紧急电话",
    38: "网络故障", 41: "网络暂时故障", 42: "网络拥塞", 50: "网络不支持",
}  # fmt: skip
_SMS_ERRORS = {
    1: "号码是空号", 8: "被运营商禁止", 10: "呼出受限", 21: "短信被拒绝", 27: "对方无法到达", 28: "号码不存在",
    30: "号码不存在",
    38: "网络故障", 41: "网络暂时故障", 42: "网络拥塞", 47: "网络资源不足", 50: "没有开通短信",
    69: "网络不支持",
    96: "网络说内容不对", 302: "不允许该操作", 304: "PDU 参数不对", 310: "没有插 SIM 卡", 311: "需要 PIN 码",
    312: "需要 PIN2 码", 313: "SIM 卡故障", 314: "SIM 卡忙", 330: "短信中心号码未知", 331: "没有网络服务", 332: "网络超时",
    500: "模块未说明原因",
}  # fmt: skip
_FINAL = {1, 28, 30}  # of `_SMS_ERRORS`: the number is wrong, and stays wrong
_NETWORK_WORDS = {"0": "没有注册网络", "2": "正在搜索网络", "3": "网络拒绝注册", "4": "网络状态不明"}


class ModemFailed(Exception):
    """Text: a Chinese sentence. `final`: trying again would change nothing. `wrong_pin`: trying again locks the card."""

    def __init__(self, text: str, final: bool = False, wrong_pin: bool = False) -> None:
        super().__init__(text)
        self.final = final
        self.wrong_pin = wrong_pin


@dataclass(frozen=True, slots=True)
class Modem:
    """`send` may be called from one thread at a time."""

    port: str
    baudrate: int = 115_200
    pin: str = ""
    smsc: str = ""
    send_s: float = _SEND_S

    def send(self, number: str, text: str, reference: int = 0) -> str:
        """What the network answered. Raises ModemFailed."""
        try:
            parts = submit(number, text, reference, self.smsc)
        except ValueError as error:
            raise ModemFailed(f"手机号 {number} 不对", final=True) from error
        try:
            with serial.Serial(self.port, self.baudrate, timeout=0.2, write_timeout=_ANSWER_S, exclusive=_EXCLUSIVE) as line:
                talk = _Talk(line)
                talk.begin()
                self._unlock(talk)
                self._find_network(talk)
                talk.ask("AT+CMGF=0")
                references = [talk.send(part.hex, part.length, self.send_s) for part in parts]
        except serial.SerialException as error:
            raise ModemFailed(f"短信模块 {self.port} 打不开或已拔出：{_why(error)}") from error
        return f"网络已接收，{len(parts)} 段，编号 {'、'.join(references)}"

    def _unlock(self, talk: "_Talk") -> None:
        said = talk.ask("AT+CPIN?")
        if "READY" in said:
            return
        if "SIM PIN" not in said or "PIN2" in said:
            raise ModemFailed(f"SIM 卡被锁：{said.strip()}")
        if not self.pin:
            raise ModemFailed("SIM 卡需要 PIN 码，请把它存入密码库并在 pin_secret 写上名字")
        try:
            talk.ask(f'AT+CPIN="{self.pin}"')
        except ModemFailed as error:
            raise ModemFailed(str(error), wrong_pin=True) from error
        ends = time.monotonic() + _ANSWER_S
        while "READY" not in talk.ask("AT+CPIN?"):
            if time.monotonic() > ends:
                raise ModemFailed("SIM 卡没有接受 PIN 码")
            time.sleep(0.2)

    @staticmethod
    def _find_network(talk: "_Talk") -> None:
        said = ""
        for command in ("AT+CREG?", "AT+CEREG?"):
            try:
                answer = talk.ask(command)
            except ModemFailed:  # a modem that does not know this one knows the other
                continue
            state = re.search(r"\+CE?REG: *\d+, *(\d+)", answer)
            if state is None:
                continue
            if state[1] in ("1", "5", "6", "7"):
                return
            said = _NETWORK_WORDS.get(state[1], f"网络状态 {state[1]}")
        raise ModemFailed(f"短信模块没有网络：{said or '模块没有说明'}；请检查天线和 SIM 卡")


class _Talk:
    """Command and answer on an open port."""

    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def begin(self) -> None:
        """The modem answers, does not repeat what it hears, and gives errors by number. A prompt left over is ended first."""
        self._line.reset_input_buffer()
        self._line.write(b"\x1b\r")
        for _ in range(3):
            try:
                self.ask("ATE0", 1.5)
                break
            except ModemFailed:
                continue
        else:
            raise ModemFailed("短信模块没有应答，请检查串口和波特率")
        self.ask("AT+CMEE=1")

    def ask(self, command: str, patience_s: float = _ANSWER_S) -> str:
        self._line.reset_input_buffer()
        self._line.write(command.encode("ascii") + b"\r")
        return self._until_end(patience_s, command)

    def send(self, pdu: str, length: int, patience_s: float) -> str:
        """The reference the network gave."""
        self._line.reset_input_buffer()
        self._line.write(f"AT+CMGS={length}\r".encode())
        self._until(lambda said: said.rstrip(" ").endswith(">"), _ANSWER_S, "AT+CMGS")
        self._line.write(pdu.encode("ascii") + b"\x1a")
        answer = self._until_end(patience_s, "AT+CMGS")
        found = re.search(r"\+CMGS: *(\d+)", answer)
        if found is None:
            raise ModemFailed("短信模块没有给出发送编号")
        return found[1]

    def _until_end(self, patience_s: float, command: str) -> str:
        return self._until(lambda said: re.search(r"(^|\n)OK\r?\n$", said) is not None, patience_s, command)

    def _until(self, ended: Callable[[str], bool], patience_s: float, command: str) -> str:
        said, ends = "", time.monotonic() + patience_s
        while time.monotonic() < ends:
            heard: bytes = self._line.read(max(1, self._line.in_waiting))
            said += heard.decode("ascii", "replace")
            if ended(said):
                return said
            _raise_error(said, command)
        raise ModemFailed(f"短信模块对 {command.partition('=')[0]} 没有应答")


def _why(error: serial.SerialException) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return "没有这个串口"
        case errno.EACCES | errno.EPERM:
            return "没有权限，请把运行站的用户加入 dialout 组"
        case errno.EBUSY | errno.EAGAIN:
            return "正被别的程序使用"
    return str(error)[:160]


def _raise_error(said: str, command: str) -> None:
    found = re.search(r"\+(CME|CMS) ERROR: *(\d+|[^\r\n]+)\r?\n", said)
    if found is not None:
        known, code = (_ERRORS if found[1] == "CME" else _SMS_ERRORS), found[2].strip()
        number = int(code) if code.isdigit() else -1
        why = known.get(number, "")
        raise ModemFailed(
            f"短信模块报错 {found[1]} {code}" + (f"：{why}" if why else ""), final=found[1] == "CMS" and number in _FINAL
        )
    if re.search(r"(^|\n)ERROR\r?\n", said):
        raise ModemFailed(f"短信模块不接受 {command.partition('=')[0]}")
