"""For machines that watch: `/healthz`, `/readyz`, `/metrics`; and the landing page for people."""

import contextlib
import html
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.errors import documented
from api.health import Readiness, look
from api.identity import ServicesOf
from api.metrics import PROPOSALS_SHOWN
from api.operations import public, summary
from core import outbox_repository
from core.clock import LOCAL
from core.errors import HotlineError

router = APIRouter(tags=["operations"])

_STATES = {"ready": "正常", "degraded": "部分功能不可用", "not_ready": "不可用"}


class Alive(BaseModel):
    """The process lives."""

    status: Literal["alive"] = "alive"


@router.get("/healthz", **public("存活检查", "The process lives", 400))
async def healthz() -> Alive:
    """Answer as long as this process does; looks at nothing else."""
    return Alive()


@router.get(
    "/readyz",
    summary=summary("就绪检查", "Database, broker, Valkey, switch"),
    responses=documented(400) | {503: {"model": Readiness, "description": "数据库不可用 / the database is away"}},
)
async def readyz(request: Request, services: ServicesOf, response: Response) -> Readiness:
    """Look at each part; 503 only when a part is away without which nothing can be served."""
    seen = await look(services.probes)
    for name, part in seen.parts.items():
        request.app.state.metrics.part_up.labels(name).set(int(part.ok))
    if seen.status == "not_ready":
        response.status_code = 503
    return seen


@router.get("/metrics", response_class=PlainTextResponse, **public("监控指标", "Prometheus metrics", 400))
async def metrics(request: Request, services: ServicesOf) -> Response:
    """Return the counters in the Prometheus text format."""
    # the database may be away: the other counters are wanted then more than ever
    with contextlib.suppress(HotlineError):
        async with services.database.reading() as session:
            for state, count in (await outbox_repository.count_undelivered(session)).items():
                request.app.state.metrics.outbox.labels(state).set(count)
        if services.acceptance is not None:
            since = services.clock.now() - PROPOSALS_SHOWN
            request.app.state.metrics.count_proposals(await services.acceptance.rates(since))
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def landing(request: Request, services: ServicesOf) -> HTMLResponse:
    """Show people where they are and where to go."""
    seen = await look(services.probes)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{'✔' if part.ok else '✘'} {html.escape(part.state)}</td>"
        f"<td>{html.escape(part.remedy)}</td></tr>"
        for name, part in seen.parts.items()
    )
    page = _PAGE.format(
        version=html.escape(request.app.version),
        state=_STATES[seen.status],
        rows=rows,
        now=services.clock.now().astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S"),
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>12345 政务服务便民热线平台</title>
<style>body{{font-family:system-ui,"Noto Sans CJK SC",sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;
line-height:1.7;color:#1f2328}}table{{border-collapse:collapse;width:100%}}td{{border-bottom:1px solid #d0d7de;
padding:.3rem .6rem}}a{{color:#0550ae}}small{{color:#57606a}}</style></head><body>
<h1>12345 政务服务便民热线平台</h1>
<p>当前状态:<strong>{state}</strong> <small>版本 {version} · {now}(北京时间)</small></p>
<table>{rows}</table>
<ul><li><a href="/docs">接口文档</a>(<a href="/openapi.json">OpenAPI</a>)</li>
<li><a href="/healthz">存活检查</a> · <a href="/readyz">就绪检查</a> · <a href="/metrics">监控指标</a></li></ul>
</body></html>
"""
