"""What went wrong with an RTSP camera, as sentences for the person at the desk. Both sides; pure."""

from app.video.ports import SourceError, SourceLost, SourceRefused

SILENT = "设备接受了连接，但没有发送画面。"
UNREACHABLE = "到设备的网络不通：没有应答。请检查电源、网线和地址。"
ENDED = "设备结束了这路视频，正在重连。"
STOPPED = "已停止。"
CHANGED = "摄像机换了编码格式，正在重新连接。"
RESET = "设备断开了连接，正在重连。"
CLOSED = "设备拒绝连接：视频端口没有打开，或设备正在启动。"
BUSY = "设备暂时不能提供这路视频，正在重试。"
NO_VIDEO = "设备的这个地址没有视频，只有别的内容。请检查视频地址。"
NO_PLACE = "设备拒绝取流：同时观看或回放的路数已满，或不支持这种传输方式。"
REFUSALS = {
    400: "设备看不懂这个视频地址。请检查厂商和地址。",
    401: "摄像机不接受用户名或密码。请检查口令；为免账号被锁定，重试会放慢。",
    403: "这个账号没有看这路视频的权限。请在摄像机或录像机上授权。",
    404: "设备上没有这个通道。请检查通道号和视频地址。",
}


def refusal(status: int) -> SourceError:
    """What an answer from 300 on means."""
    return SourceLost(BUSY) if status >= 500 else SourceRefused(REFUSALS.get(status, NO_PLACE))


def lost(error: OSError) -> SourceLost:
    """What a connection that fails means."""
    if isinstance(error, ConnectionRefusedError):
        return SourceLost(CLOSED)
    return SourceLost(RESET if isinstance(error, ConnectionResetError | BrokenPipeError) else UNREACHABLE)


def silence(seconds: float) -> str:
    return f"{seconds:g} 秒没有收到画面，正在重连。"
