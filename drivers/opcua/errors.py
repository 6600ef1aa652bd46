"""What went wrong with a connection, as a sentence a site engineer can act on. Station side.

`SourceMisconfigured` when trying again is useless until somebody changes something, `LinkLost` otherwise.
"""

import socket
from struct import error as StructError

from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from drivers.base import LinkLost, SourceMisconfigured
from drivers.opcua.binary import Malformed
from drivers.opcua.options import Options

_NO_USER = "服务器不接受匿名登录：请在数据源里填写 user 和 password_secret"
_WRONG_PASSWORD = "用户名或密码不对，或该用户无权登录：请核对 user 和密码库里的密码"
_SECURITY = "服务器不接受这种安全方式（security）：请与服务器的安全策略设置核对"
_OUR_CERTIFICATE = "服务器不接受本站证书：请在服务器上信任它"
_THEIR_CERTIFICATE = "服务器的证书无效：请在服务器上更换"
_FULL = "服务器的会话数已满：请关闭多余的客户端，或在服务器上调大会话数"

_MISCONFIGURED = {
    "BadUserAccessDenied": _WRONG_PASSWORD,
    "BadIdentityTokenInvalid": _WRONG_PASSWORD,
    "BadIdentityTokenRejected": _WRONG_PASSWORD,
    "BadUserSignatureInvalid": _WRONG_PASSWORD,
    "BadSecurityPolicyRejected": _SECURITY,
    "BadSecurityModeRejected": _SECURITY,
    "BadSecurityModeInsufficient": _SECURITY,
    "BadRequestTypeInvalid": _SECURITY,
    "BadCertificateUriInvalid": _OUR_CERTIFICATE,
    "BadCertificateUntrusted": _OUR_CERTIFICATE,
    "BadCertificateInvalid": _OUR_CERTIFICATE,
    "BadCertificateTimeInvalid": _OUR_CERTIFICATE + "（证书有效期不符，也请核对两边的时钟）",
    "BadCertificateUseNotAllowed": _OUR_CERTIFICATE,
    "BadCertificateChainIncomplete": _OUR_CERTIFICATE,
    "BadCertificatePolicyCheckFailed": _OUR_CERTIFICATE,
    "BadCertificateHostNameInvalid": _THEIR_CERTIFICATE,
    "BadSecurityChecksFailed": _OUR_CERTIFICATE,
    "BadApplicationSignatureInvalid": _OUR_CERTIFICATE,
    "BadTcpEndpointUrlInvalid": "服务器不认识这个端点地址：请核对地址里的路径",
    "BadServerUriInvalid": "服务器不认识这个端点地址：请核对地址里的路径",
}

_LOST = {
    "BadTooManySessions": _FULL,
    "BadTcpNotEnoughResources": _FULL,
    "BadTcpServerTooBusy": "服务器忙，暂不接受连接",
    "BadServerHalted": "服务器已停止",
    "BadShutdown": "服务器正在关闭",
    "BadSessionClosed": "会话被服务器关闭",
    "BadSessionIdInvalid": "会话已失效（服务器可能重启过）",
    "BadSessionNotActivated": "会话已失效（服务器可能重启过）",
    "BadSecureChannelIdInvalid": "安全通道已失效（服务器可能重启过）",
    "BadSecureChannelClosed": "安全通道被服务器关闭",
    "BadSecureChannelTokenUnknown": "安全通道已失效（服务器可能重启过）",
    "BadNoSubscription": "订阅已被服务器删除",
    "BadSubscriptionIdInvalid": "订阅已被服务器删除",
    "BadTooManySubscriptions": "服务器的订阅数已满：请关闭多余的客户端",
    "BadTimeout": "服务器处理超时",
}


def explain(error: BaseException, options: Options, stage: str, our_thumbprint: str = "") -> LinkLost:
    """`stage`: what was being done, in Chinese (连接, 建立安全通道, ...); it is part of the sentence."""
    where = f"{options.host}:{options.port}"
    if isinstance(error, LinkLost):
        return error
    if isinstance(error, UaStatusCodeError):
        return explain_code(error.code, options, stage, our_thumbprint)
    if isinstance(error, socket.gaierror):
        return LinkLost(f"主机名 {options.host} 无法解析：请核对地址，或检查本机的 DNS 和网络")
    if isinstance(error, ConnectionRefusedError):
        return LinkLost(f"{where} 拒绝连接：OPC UA 服务器没有运行、端口不对，或被防火墙拦住")
    if isinstance(error, TimeoutError):
        return LinkLost(f"{where} 在 {options.timeout_s:g} s 内没有应答({stage}):请检查网线、网络和服务器是否死机")
    if isinstance(error, Malformed | StructError | AssertionError):
        return LinkLost(f"{where} 的应答不符合 OPC UA 规范({stage}):请核对端口是否属于 OPC UA 服务器")
    if isinstance(error, ConnectionError):
        hint = ""
        if our_thumbprint and stage == STAGE_CHANNEL:
            hint = f"：多半是不信任本站证书（指纹 {our_thumbprint}），请在服务器上信任它"
        return LinkLost(f"{where} 断开了连接({stage}){hint}")
    if isinstance(error, OSError):
        return LinkLost(f"连不上 {where}({error.strerror or error}):请检查网线、交换机和地址")
    return LinkLost(f"{where} 的应答无法处理({stage}):{type(error).__name__} {error}".rstrip())


def explain_code(code: int, options: Options, stage: str, our_thumbprint: str = "") -> LinkLost:
    """A service result of the server as an exception to raise."""
    name = ua.status_codes.get_name_and_doc(code)[0]
    tail = f"({stage}:{name} 0x{code:08X})"
    sentence = _MISCONFIGURED.get(name)
    if sentence == _WRONG_PASSWORD and not options.user:
        sentence = _NO_USER
    if sentence is not None:
        if sentence.startswith(_OUR_CERTIFICATE) and our_thumbprint:
            sentence += f",指纹 {our_thumbprint}"
        return SourceMisconfigured(sentence + tail)
    return LinkLost(_LOST.get(name, "服务器报告错误") + tail)


STAGE_CONNECT = "连接"
STAGE_DISCOVER = "查询端点"
STAGE_CHANNEL = "建立安全通道"
STAGE_SESSION = "登录"
STAGE_SUBSCRIBE = "订阅"
STAGE_RUN = "接收数据"
