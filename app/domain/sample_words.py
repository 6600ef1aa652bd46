"""Quality and its reasons in words (数据质量的说法), for screens and files alike. Both sides; pure."""

from app.domain.sample import Quality, Reason

QUALITIES = {Quality.GOOD: "好", Quality.UNCERTAIN: "可疑", Quality.BAD: "坏"}
REASONS = {
    Reason.NONE: "",
    Reason.NO_DATA_YET: "等待首个数据",
    Reason.COMM_LOST: "数据源中断",
    Reason.TIMEOUT: "设备无应答",
    Reason.STALE: "数据过期",
    Reason.DEVICE_FAILURE: "设备故障",
    Reason.SENSOR_FAILURE: "变送器故障",
    Reason.NOT_CONNECTED: "未连接",
    Reason.CONFIG_ERROR: "组态错误",
    Reason.WRONG_TYPE: "数据类型不符",
    Reason.OUT_OF_RANGE: "超量程",
    Reason.OUT_OF_SERVICE: "停用",
    Reason.LAST_USABLE: "沿用旧值",
    Reason.SUBSTITUTED: "人工置值",
    Reason.CLOCK: "时间异常",
    Reason.UNSPECIFIED: "原因不明",
    Reason.NOT_KEPT: "没有记录",
}


def reason_words(reason: Reason, detail: str) -> str:
    """`变送器故障（状态码 0x808C0000）`: in words, and the device's own word for it in brackets."""
    detail = f"状态码 {detail}" if detail.startswith("0x") else detail
    word = REASONS[reason]
    return f"{word}（{detail}）" if word and detail else word or detail
