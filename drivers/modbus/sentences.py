"""Why a Modbus line could not be opened, in words that say what to look at. Pure."""

import errno
import socket

from drivers.modbus.endpoint import Endpoint, Wire


def opening_failed(endpoint: Endpoint, failure: Exception | None) -> str:
    """Why a line could not be opened, as a sentence that says what to look at. None: no answer in time."""
    if endpoint.wire is Wire.SERIAL:
        text = str(failure).lower()
        if "permission" in text or "access is denied" in text or "拒绝访问" in text:
            return f"没有权限打开串口 {endpoint.host}：请把运行账号加入 dialout 组，或关闭占用它的程序"
        if "no such file" in text or "filenotfound" in text:
            return f"找不到串口 {endpoint.host}：请检查 USB 转换器是否插好、名称是否改变"
        if "exclusively lock" in text or "busy" in text:
            return f"串口 {endpoint.host} 已被别的程序占用，请先关闭那个程序"
        return f"打不开串口 {endpoint}：{failure}"
    if failure is None:
        return f"连接 {endpoint} 超时，没有任何回应：请检查网线、交换机和对方 IP 地址"
    if isinstance(failure, socket.gaierror):
        return f"主机名 {endpoint.host} 无法解析：请检查名称或改写 IP 地址"
    if isinstance(failure, ConnectionRefusedError):
        return f"{endpoint} 拒绝连接：主机在，但该端口没有 Modbus 服务，请检查端口号和设备的 Modbus TCP 设置"
    if isinstance(failure, OSError) and failure.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return f"到 {endpoint.host} 的网络不通：请检查 IP 地址、网关和网线"
    return f"连接 {endpoint} 失败：{failure}"


def listening_failed(endpoint: Endpoint, failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"端口 {endpoint.port} 已被别的程序占用，无法作为 Modbus 从站监听"
    if failure.errno == errno.EACCES:
        return f"没有权限监听端口 {endpoint.port}：1024 以下的端口需要授权，或改用 1024 以上的端口"
    if failure.errno == errno.EADDRNOTAVAIL:
        return f"本机没有地址 {endpoint.host}：从站方式的 url 应写本机网卡地址或 0.0.0.0"
    return f"无法监听 {endpoint}：{failure}"
