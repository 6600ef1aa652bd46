"""Short messages through a modem at the station's own serial port. Station side, blocking."""

from collections.abc import Mapping

from app.domain.settings.dispatch import ModemSettings
from app.station.dispatch.outlets import OutletFailed, secret
from app.store.rows import OutboxRow
from drivers.sms_modem import Modem, ModemFailed


class SmsSender:
    def __init__(self, settings: ModemSettings) -> None:
        self._settings = settings
        self._wrong_pin = ""  # a wrong PIN is tried once only: the third locks the card for good

    def send(self, row: OutboxRow, secrets: Mapping[str, str]) -> str:
        settings = self._settings
        pin = secret(secrets, settings.pin_secret)
        if pin and pin == self._wrong_pin:
            raise OutletFailed("SIM 卡的 PIN 码错误，不再重试以免锁卡；请更正密码库中的 PIN 码")
        try:
            return Modem(settings.port, settings.baudrate, pin, settings.smsc).send(row.address, row.text, row.id & 0xFF)
        except ModemFailed as error:
            if error.wrong_pin:
                self._wrong_pin = pin
            raise OutletFailed(str(error), error.final) from error
