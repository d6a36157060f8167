from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from time import perf_counter

import httpx
import jwt
import pytest
from redis.asyncio import Redis

from api.accounts import passwords
from api.accounts.limits import ACCOUNT_LIMIT, ADDRESS_LIMIT, PAIR_LIMIT, WINDOW, SignOnLimiter, TooManyAttempts
from api.accounts.service import AccountService, Outcome
from core.actors import SYSTEM, Role
from core.clock import ManualClock
from core.errors import Conflict, InvalidInput, NotFound, NotSignedOn

PASSWORD = "Correct-horse-7"
SignedOn = Callable[..., Awaitable[dict[str, str]]]


@pytest.fixture
async def zhang(accounts: AccountService) -> str:
    await accounts.add(login="zhang", name="张敏", password=PASSWORD, role=Role.AGENT, agent_id="8001")
    return "zhang"


async def _sign_on(client: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    return await client.post("/api/v1/sign-on", json={"login": login, "password": password})


async def test_the_right_password_gives_a_token_that_tells_who_one_is(client: httpx.AsyncClient, zhang: str) -> None:
    answer = await _sign_on(client, zhang, PASSWORD)
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = (await client.get("/api/v1/me", headers=headers)).json()
    assert (me["name"], me["role"], me["agent_id"]) == ("张敏", "agent", "8001")
    assert "tickets_draft" in me["acts"]
    assert "recordings_hold" not in me["acts"]


async def test_names_are_taken_in_any_case_and_with_blanks_around(client: httpx.AsyncClient, zhang: str) -> None:
    assert (await _sign_on(client, "  ZHANG ", PASSWORD)).status_code == 200


async def test_a_wrong_password_and_an_unknown_account_are_answered_alike(
    client: httpx.AsyncClient, zhang: str
) -> None:
    wrong = await _sign_on(client, zhang, "Wrong-horse-77")
    unknown = await _sign_on(client, "nobody", "Wrong-horse-77")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json() == {"code": "wrong_password", "message": "账号或密码不正确", "detail": {}}
    assert wrong.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_account_takes_as_long_as_a_wrong_password(
    accounts: AccountService, zhang: str, clock: ManualClock
) -> None:
    async def seconds(login: str) -> float:
        clock.advance(WINDOW)
        began = perf_counter()
        with pytest.raises(NotSignedOn):
            await accounts.sign_on(login, "Wrong-horse-77", "10.0.0.1")
        return perf_counter() - began

    known = median([await seconds(zhang) for _ in range(5)])
    unknown = median([await seconds("nobody") for _ in range(5)])
    assert 0.4 < unknown / known < 2.5


async def test_a_locked_account_is_told_only_to_who_knows_the_password(
    client: httpx.AsyncClient, accounts: AccountService, zhang: str
) -> None:
    await accounts.lock(zhang, by=SYSTEM)
    assert (await _sign_on(client, zhang, "Wrong-horse-77")).json()["code"] == "wrong_password"
    refused = await _sign_on(client, zhang, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (401, "account_locked")
    await accounts.unlock(zhang, by=SYSTEM)
    assert (await _sign_on(client, zhang, PASSWORD)).status_code == 200


async def test_the_sixth_attempt_within_a_quarter_of_an_hour_is_refused_even_with_the_right_password(
    client: httpx.AsyncClient, zhang: str, clock: ManualClock
) -> None:
    for _ in range(PAIR_LIMIT):
        assert (await _sign_on(client, zhang, "Wrong-horse-77")).status_code == 401
    refused = await _sign_on(client, zhang, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.headers["retry-after"] == str(refused.json()["detail"]["retry_after_seconds"]) == "900"
    clock.advance(WINDOW)
    assert (await _sign_on(client, zhang, PASSWORD)).status_code == 200


async def test_a_good_sign_on_forgets_the_bad_ones_before_it(client: httpx.AsyncClient, zhang: str) -> None:
    for _ in range(3):
        for _ in range(PAIR_LIMIT - 1):
            await _sign_on(client, zhang, "Wrong-horse-77")
        assert (await _sign_on(client, zhang, PASSWORD)).status_code == 200


async def test_the_limit_counts_in_valkey_for_all_processes_and_here_when_valkey_is_away(
    clock: ManualClock, valkey: Redis
) -> None:
    first, second = SignOnLimiter(clock, valkey), SignOnLimiter(clock, valkey)
    for limiter in (first, second, first, second, first):
        await limiter.attempt("zhang", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await second.attempt("zhang", "10.0.0.1")
    await second.attempt("zhang", "10.0.0.2")
    away = SignOnLimiter(clock, Redis(port=1, socket_connect_timeout=0.2))
    for _ in range(PAIR_LIMIT):
        await away.attempt("zhang", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await away.attempt("zhang", "10.0.0.1")


async def test_one_address_with_many_names_and_one_name_from_many_addresses_are_limited_too(clock: ManualClock) -> None:
    limiter = SignOnLimiter(clock)
    for number in range(ADDRESS_LIMIT):
        await limiter.attempt(f"name{number}", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await limiter.attempt("fresh", "10.0.0.1")
    for number in range(ACCOUNT_LIMIT):
        await limiter.attempt("zhang", f"10.1.0.{number}")
    with pytest.raises(TooManyAttempts):
        await limiter.attempt("zhang", "10.2.0.1")


async def test_an_expired_token_is_refused(client: httpx.AsyncClient, zhang: str, clock: ManualClock) -> None:
    token = (await _sign_on(client, zhang, PASSWORD)).json()["token"]
    clock.advance(timedelta(hours=8))
    answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "abc",
        "a.b.c",
        jwt.encode({"sub": "x", "ver": 1, "exp": 9999999999, "iss": "hotline-12345"}, "o" * 43),
        jwt.encode({"sub": "x", "ver": 1, "exp": 9999999999, "iss": "hotline-12345"}, None, algorithm="none"),
        jwt.encode({"sub": "x", "exp": 9999999999, "iss": "hotline-12345"}, "t" * 43),
        jwt.encode({"sub": "x", "ver": "one", "exp": 9999999999, "iss": "hotline-12345"}, "t" * 43),
        jwt.encode({"sub": "x", "ver": 1, "exp": 10**30, "iss": "hotline-12345"}, "t" * 43),
        jwt.encode({"sub": "x", "ver": 1, "exp": 9999999999, "iss": "elsewhere"}, "t" * 43),
    ],
)
async def test_a_forged_token_is_refused(client: httpx.AsyncClient, forged: str) -> None:
    answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


async def test_a_change_of_the_password_ends_the_other_sessions(client: httpx.AsyncClient, zhang: str) -> None:
    old = {"Authorization": f"Bearer {(await _sign_on(client, zhang, PASSWORD)).json()['token']}"}
    change = {"current_password": PASSWORD, "new_password": "Another-horse-8"}
    fresh = await client.post("/api/v1/me/password", headers=old, json=change)
    assert fresh.status_code == 200
    assert (await client.get("/api/v1/me", headers=old)).json()["code"] == "session_ended"
    new = {"Authorization": f"Bearer {fresh.json()['token']}"}
    assert (await client.get("/api/v1/me", headers=new)).status_code == 200
    assert (await _sign_on(client, zhang, PASSWORD)).status_code == 401
    assert (await _sign_on(client, zhang, "Another-horse-8")).status_code == 200


async def test_a_lock_and_a_sign_off_end_the_sessions_at_once(
    client: httpx.AsyncClient, accounts: AccountService, zhang: str
) -> None:
    first = {"Authorization": f"Bearer {(await _sign_on(client, zhang, PASSWORD)).json()['token']}"}
    assert (await client.post("/api/v1/sign-off", headers=first)).status_code == 204
    assert (await client.get("/api/v1/me", headers=first)).json()["code"] == "session_ended"
    second = {"Authorization": f"Bearer {(await _sign_on(client, zhang, PASSWORD)).json()['token']}"}
    await accounts.lock(zhang, by=SYSTEM)
    assert (await client.get("/api/v1/me", headers=second)).json()["code"] == "session_ended"


async def test_every_attempt_and_change_is_in_the_log_of_the_account(
    client: httpx.AsyncClient, accounts: AccountService, zhang: str, signed_on: SignedOn
) -> None:
    admin = await signed_on(Role.ADMIN)
    for _ in range(PAIR_LIMIT + 2):
        await _sign_on(client, zhang, "Wrong-horse-77")
    assert (await client.post(f"/api/v1/accounts/{zhang}/lock", headers=admin)).json()["locked"] is True
    rows = (await client.get(f"/api/v1/accounts/{zhang}/log", headers=admin)).json()
    told = [row["outcome"] for row in reversed(rows)]
    assert told == [Outcome.ADDED, *[Outcome.WRONG_PASSWORD] * PAIR_LIMIT, Outcome.RATE_LIMITED, Outcome.LOCKED]
    assert rows[1]["address"] == "127.0.0.1"
    assert rows[0]["by_account_id"]


@pytest.mark.parametrize(
    "password", ["Short-1", "alllowercase", "12345678901", "Zhang-horse-7", "Password-77", "x" * 129]
)
async def test_a_weak_password_is_refused_with_the_rule(accounts: AccountService, password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await accounts.add(login="zhang", name="张敏", password=password, role=Role.SUPERVISOR)
    assert refused.value.code == "weak_password"
    assert await accounts.accounts() == []


def test_a_made_up_password_is_always_taken() -> None:
    for _ in range(200):
        passwords.check(passwords.made_up(), "admin")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": Role.UNIT}, "unit_id"),
        ({"role": Role.AGENT}, "agent_id"),
        ({"role": Role.SUPERVISOR, "unit_id": "zjj"}, "unit_id"),
        ({"role": Role.REVIEWER, "agent_id": "8001"}, "agent_id"),
        ({"role": Role.SYSTEM}, "role"),
        ({"role": Role.ADMIN, "login": "有空格"}, "login"),
        ({"role": Role.ADMIN, "name": " "}, "name"),
    ],
)
async def test_an_account_with_links_that_do_not_fit_its_role_is_refused(
    accounts: AccountService, values: dict[str, str], field: str
) -> None:
    given = {"login": "li", "name": "李", "password": PASSWORD, **values}
    with pytest.raises(InvalidInput) as refused:
        await accounts.add(**given)  # type: ignore[arg-type]
    assert refused.value.field == field


async def test_a_name_or_seat_that_is_taken_is_refused(accounts: AccountService, zhang: str) -> None:
    with pytest.raises(Conflict):
        await accounts.add(login=zhang, name="另一人", password=PASSWORD, role=Role.ADMIN)
    with pytest.raises(Conflict):
        await accounts.add(login="li", name="李", password=PASSWORD, role=Role.AGENT, agent_id="8001")
    with pytest.raises(NotFound):
        await accounts.lock("li", by=SYSTEM)
