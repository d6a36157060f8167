"""The application: routers, error form, watching layer, live hub."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from api import errors
from api.live import Hub
from api.metrics import Metrics
from api.routes import (
    accounts,
    agents,
    assessment,
    assessment_items,
    callers,
    calls,
    campaigns,
    directives,
    exchange,
    faults,
    health,
    hotlines,
    live,
    oversight,
    plan,
    prefill,
    probes,
    queues,
    recordings,
    reports,
    sanctions,
    session,
    supervision,
    surveys,
    tickets,
    tickets_case,
    tickets_centre,
    tickets_files,
    tickets_inside,
    tickets_intake,
    tickets_lists,
    tickets_oversight,
    tickets_shares,
    tickets_supervision,
    tickets_team,
    tickets_unit,
    tickets_verify,
    tickets_views,
    transfers,
    units,
)
from api.services import Services
from api.storable import refuse_unstorable
from api.watch import Watch

_ABOUT = """12345 政务服务便民热线平台接口。先用 `POST /api/v1/sign-on` 取得令牌,再放入 `Authorization: Bearer`。

HTTP interface of the open 12345 hotline platform. Sign on with `POST /api/v1/sign-on`, then send the token as
`Authorization: Bearer`. Instants are ISO 8601 in UTC. Personal fields are masked (`139****5678`) unless they are
revealed with a reason, which is logged. Errors are `{code, message, detail}`; `code` is stable.
"""
_ROUTES = (
    session,
    calls,
    callers,
    transfers,
    hotlines,
    probes,
    agents,
    queues,
    supervision,
    plan,
    tickets,
    tickets_lists,
    tickets_intake,
    tickets_unit,
    tickets_inside,
    tickets_verify,
    tickets_shares,
    tickets_supervision,
    tickets_team,
    tickets_centre,
    tickets_files,
    reports,
    sanctions,
    tickets_case,
    tickets_views,
    tickets_oversight,
    campaigns,
    directives,
    faults,
    oversight,
    units,
    assessment,
    assessment_items,
    exchange,
    recordings,
    surveys,
    prefill,
    accounts,
)
_TAGS = {
    "session": "登录与会话 / sign-on and session",
    "calls": "通话 / calls",
    "transfers": "转接与三方通话 / transfers and three-party calls",
    "hotlines": "热线目录 / directory of hotlines",
    "callers": "来电人:黑名单、回拨 / callers: block list, callbacks",
    "agents": "坐席 / agents",
    "queues": "队列与指标 / queues and their figures",
    "supervision": "监听与介入 / supervision",
    "plan": "排队方案 / plan of queues",
    "tickets": "工单 / tickets",
    "assessment": "考核 / assessment of units",
    "reports": "报告与通报 / reports and bulletins",
    "oversight": "外部监督与抽样检查 / oversight and inspection by sample",
    "exchange": "外部平台与进度查询 / outside platforms and progress",
    "units": "承办单位 / units",
    "recordings": "录音 / recordings",
    "surveys": "回访 / surveys and callbacks",
    "prefill": "预填与知识库 / proposals, alarms, knowledge base",
    "accounts": "账号管理 / accounts",
    "operations": "运行状态 / for machines that watch",
}


def create_app(services: Services) -> FastAPI:
    """Make the application on the given services; it owns nothing of them and closes nothing of them."""
    metrics = Metrics()
    app: FastAPI = FastAPIOffline(  # the pages of /docs come from here, not from a CDN: hotlines run on closed networks
        title="12345 政务服务便民热线平台",
        description=_ABOUT,
        version=version("hotline-12345"),
        lifespan=_lifespan,
        generate_unique_id_function=_operation_id,
        openapi_tags=[{"name": name, "description": told} for name, told in _TAGS.items()],
        redoc_url=None,
    )
    app.state.services = services
    app.state.metrics = metrics
    app.state.hub = Hub(services.bus, metrics)
    errors.install(app)
    app.include_router(_v1())
    app.include_router(health.router)
    app.add_middleware(Watch, metrics=metrics)
    return app


def _v1() -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    for module in _ROUTES:
        router.include_router(module.router, dependencies=[Depends(refuse_unstorable)])
    router.include_router(live.router)
    return router


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    reader = asyncio.create_task(app.state.hub.run(), name="live-hub")
    try:
        yield
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


def _operation_id(route: APIRoute) -> str:
    return route.name
