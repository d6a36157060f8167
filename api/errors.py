"""Errors as the interface shows them: `{code, message, detail}` with the status of the typed error."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from core.errors import HotlineError
from core.ids import new_id

_RETRY_SECONDS = 5
_PLAIN = {
    400: ("bad_request", "请求格式不正确"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "该地址不支持此方法"),
    413: ("too_large", "请求内容过大"),
    416: ("range_not_satisfiable", "请求的范围超出文件长度"),
}
_MEANINGS = {
    400: "请求格式不正确 / Malformed request",
    401: "未登录或登录已过期 / Not signed on",
    403: "角色无权操作 / The role may not do this",
    404: "不存在或不可见 / Not found or not visible",
    409: "状态不允许,或已被他人修改 / State conflict",
    412: "版本不符,请刷新后重试 / Version does not match If-Match",
    413: "请求内容过大 / Request too large",
    416: "范围超出文件长度 / Range not satisfiable",
    422: "输入不合规 / Refused input, with field and reason",
    428: "缺少 If-Match / If-Match is required",
    429: "尝试过于频繁 / Too many attempts",
    503: "所依赖的部件不可用 / A part the platform stands on is away",
}


class ErrorBody(BaseModel):
    """What every refused or failed request is answered with."""

    code: Annotated[str, Field(description="稳定的机器可读代码 / stable machine-readable code", examples=["not_found"])]
    message: Annotated[str, Field(description="中文说明 / what a person reads", examples=["未找到工单:…"])]
    detail: Annotated[dict[str, Any], Field(description="机器可读的补充 / further facts")] = {}


class MalformedError(HotlineError):
    """A request that HTTP itself refuses; `status` tells which way."""

    def __init__(self, status: int) -> None:
        code, message = _PLAIN.get(status, ("http_error", "请求被拒绝"))
        super().__init__(message, code=code)
        self.status = status


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of the given error statuses."""
    return {status: {"model": ErrorBody, "description": _MEANINGS[status]} for status in sorted(statuses)}


def answer(error: HotlineError) -> JSONResponse:
    """Return the response for a typed error."""
    body = ErrorBody(code=error.code, message=error.message, detail=error.detail)
    return JSONResponse(body.model_dump(mode="json"), status_code=error.status, headers=_headers(error))


def answer_unexpected() -> tuple[str, JSONResponse]:
    """Return a fresh error id and the response for a fault of ours; the caller logs the fault under the id."""
    error_id = new_id()
    body = ErrorBody(
        code="internal_error", message=f"系统内部错误,请将编号 {error_id} 告知管理员", detail={"error_id": error_id}
    )
    return error_id, JSONResponse(body.model_dump(mode="json"), status_code=500)


def install(app: FastAPI) -> None:
    """Let `app` answer every error in this one form."""

    async def typed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HotlineError)
        return answer(error)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(InvalidRequestError(error))

    async def plain(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        response = answer(MalformedError(error.status_code))
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(HotlineError, typed)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)


class InvalidRequestError(HotlineError):
    """What pydantic refused: fields and reasons, never the values (they may be personal data)."""

    code = "invalid_input"
    status = 422

    def __init__(self, error: RequestValidationError) -> None:
        fields = [
            {"field": ".".join(str(part) for part in found["loc"]), "reason": str(found["msg"]), "type": found["type"]}
            for found in error.errors()
        ]
        names = "、".join(dict.fromkeys(str(field["field"]) for field in fields))
        super().__init__(f"输入不合规:{names}", detail={"fields": fields})


def _headers(error: HotlineError) -> Mapping[str, str]:
    if error.status == 401:  # noqa: PLR2004 - RFC 9110 11.6.1
        return {"WWW-Authenticate": "Bearer"}
    if error.status == 429:  # noqa: PLR2004 - RFC 6585 section 4
        return {"Retry-After": str(error.detail.get("retry_after_seconds", 60))}
    if error.status == 503:  # noqa: PLR2004 - RFC 9110 15.6.4
        return {"Retry-After": str(_RETRY_SECONDS)}
    return {}
