"""The modem over a real serial port (a pseudo terminal) with a scripted modem at its far end."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from drivers.sms_modem import Modem, ModemFailed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")


class FakeModem:
    """Answers AT commands by `answers` (first word that fits), takes PDUs, and can be pulled out."""

    def __init__(self) -> None:
        import tty

        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)
        self.heard: list[str] = []
        self.pdus: list[str] = []
        self.answers: dict[str, str] = {
            "AT+CPIN?": "\r\n+CPIN: READY\r\n\r\nOK\r\n",
            "AT+CREG?": "\r\n+CREG: 0,1\r\n\r\nOK\r\n",
            "AT+CEREG?": "\r\nERROR\r\n",
        }
        self.after_pdu = "\r\n+CMGS: {n}\r\n\r\nOK\r\n"
        self.echo = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        said, prompt = b"", False
        while True:
            try:
                heard = os.read(self.master, 1024)
            except OSError:
                return
            if not heard:
                return
            for byte in heard:
                if byte == 0x1B:
                    said, prompt = b"", False
                elif byte == 0x1A and prompt:
                    self.pdus.append(said.decode())
                    said, prompt = b"", False
                    self._say(self.after_pdu.format(n=len(self.pdus)))
                elif byte == 0x0D and not prompt:
                    command, said = said.decode(), b""
                    if command:
                        prompt = self._answer(command)
                else:
                    said += bytes([byte])

    def _answer(self, command: str) -> bool:
        self.heard.append(command)
        if self.echo:
            self._say(command + "\r")
        if command == "ATE0":
            self.echo = False
        for begin, answer in self.answers.items():
            if command.startswith(begin):
                self._say(answer)
                return False
        if command.startswith("AT+CMGS="):
            self._say("\r\n> ")
            return True
        self._say("\r\nOK\r\n")
        return False

    def _say(self, text: str) -> None:
        try:
            os.write(self.master, text.encode())
        except OSError:
            return

    def close(self) -> None:
        os.close(self.slave)
        os.close(self.master)
        self._thread.join(5)


@pytest.fixture
def modem() -> Iterator[FakeModem]:
    made = FakeModem()
    yield made
    made.close()


def test_a_message_in_parts(modem: FakeModem) -> None:
    said = Modem(modem.port).send("+8613800138000", "罐" * 100, 7)
    assert "2 段" in said and "1、2" in said
    assert len(modem.pdus) == 2 and all(pdu.startswith("0051") for pdu in modem.pdus)
    lengths = [int(one.split("=")[1]) for one in modem.heard if one.startswith("AT+CMGS=")]
    assert lengths == [len(pdu) // 2 - 1 for pdu in modem.pdus]
    assert modem.heard.index("AT+CMGF=0") < modem.heard.index(f"AT+CMGS={lengths[0]}")


def test_a_prompt_left_over_is_ended_first(modem: FakeModem) -> None:
    modem.after_pdu = ""  # hangs after the text
    with pytest.raises(ModemFailed, match="没有应答"):
        Modem(modem.port, send_s=0.3).send("10086", "一")
    modem.after_pdu = "\r\n+CMGS: {n}\r\n\r\nOK\r\n"
    assert "1 段" in Modem(modem.port).send("10086", "二")


@pytest.mark.parametrize(
    ("command", "answer", "text", "final"),
    [
        ("AT+CPIN?", "\r\n+CME ERROR: 10\r\n", "没有插 SIM 卡", False),
        ("AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", "SIM PUK", False),
        ("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "pin_secret", False),
        ("AT+CREG?", "\r\n+CREG: 0,0\r\n\r\nOK\r\n", "没有注册网络", False),
        ("AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n", "正在搜索网络", False),
        ("AT+CREG?", "\r\n+CREG: 0,3\r\n\r\nOK\r\n", "网络拒绝注册", False),
        ("AT+CMGS=", "\r\n+CMS ERROR: 331\r\n", "没有网络服务", False),
        ("AT+CMGS=", "\r\n+CMS ERROR: 28\r\n", "号码不存在", True),
        ("AT+CMGS=", "\r\n+CMS ERROR: 9999\r\n", "CMS 9999", False),
        ("AT+CMGF=0", "\r\nERROR\r\n", "不接受 AT+CMGF", False),
    ],
)
def test_errors_are_sentences(modem: FakeModem, command: str, answer: str, text: str, final: bool) -> None:
    modem.answers = {command: answer, **modem.answers} | {command: answer}
    with pytest.raises(ModemFailed, match=text.replace("+", r"\+")) as failed:
        Modem(modem.port).send("10086", "一")
    assert failed.value.final is final


def test_roaming_and_lte_count_as_network(modem: FakeModem) -> None:
    modem.answers["AT+CREG?"] = "\r\n+CREG: 0,0\r\n\r\nOK\r\n"
    modem.answers["AT+CEREG?"] = "\r\n+CEREG: 0,5\r\n\r\nOK\r\n"
    assert "1 段" in Modem(modem.port).send("10086", "一")


def test_the_pin_is_entered(modem: FakeModem) -> None:
    modem.answers["AT+CPIN?"] = "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"

    class Unlocking(dict[str, str]):
        def items(self):  # type: ignore[no-untyped-def]
            if any(one.startswith("AT+CPIN=") for one in modem.heard):
                self["AT+CPIN?"] = "\r\n+CPIN: READY\r\n\r\nOK\r\n"
            return super().items()

    modem.answers = Unlocking(modem.answers)
    assert "1 段" in Modem(modem.port, pin="1234").send("10086", "一")
    assert 'AT+CPIN="1234"' in modem.heard


def test_a_wrong_pin_is_told_as_such(modem: FakeModem) -> None:
    modem.answers = {"AT+CPIN?": "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "AT+CPIN=": "\r\n+CME ERROR: 16\r\n"}
    with pytest.raises(ModemFailed, match="PIN 码错误") as failed:
        Modem(modem.port, pin="0000").send("10086", "一")
    assert failed.value.wrong_pin
    assert sum(one.startswith("AT+CPIN=") for one in modem.heard) == 1


def test_a_modem_that_is_gone() -> None:
    with pytest.raises(ModemFailed, match="打不开或已拔出"):
        Modem("/dev/ttyNOSUCH").send("10086", "一")


def test_a_wrong_number_never_reaches_the_line(modem: FakeModem) -> None:
    with pytest.raises(ModemFailed, match="不对") as failed:
        Modem(modem.port).send("12-34", "一")
    assert failed.value.final and not modem.heard
