"""Rendering: what settings, secrets and phones become, and what is refused."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from asterisk import config
from asterisk.phones import Phone
from core.errors import InvalidInput
from core.secrets import Secrets
from core.settings import AsteriskSettings, Settings

TEMPLATES = Path(config.__file__).parent / "templates"
PHONES = [Phone("8002", "secret-8002", "agent", "王芳"), Phone("9001", "secret-9001", "citizen", "市民")]


@pytest.fixture
def keys(tmp_path: Path) -> Secrets:
    return Secrets.load_or_create(tmp_path)


@pytest.fixture
def files(tmp_path: Path, keys: Secrets) -> dict[str, str]:
    asterisk = AsteriskSettings(sip_port=5071, ami_port=5072, rtp_first=16000, rtp_last=16099, bind="127.0.0.2")
    return config.render(Settings(home=tmp_path, instance="north", asterisk=asterisk), keys, PHONES)


def test_ports_address_and_instance_come_from_the_settings(files: dict[str, str]) -> None:
    assert "bind = 127.0.0.2:5071" in files["pjsip.conf"]
    assert "media_address = 127.0.0.2" in files["pjsip-phones.conf"]
    assert re.search(r"bindaddr = 127\.0\.0\.2\nport = 5072", files["manager.conf"])
    assert re.search(r"rtpstart = 16000\nrtpend = 16099", files["rtp.conf"])
    assert "systemname = north" in files["asterisk.conf"]
    assert "astspooldir => /srv/north/spool" in files["asterisk.conf"]
    assert "SPOOL = /srv/north/spool" in files["extensions.conf"]


def test_every_included_file_is_rendered(files: dict[str, str]) -> None:
    included = {name for text in files.values() for name in re.findall(r'^#include "(.+)"', text, re.MULTILINE)}
    assert included <= files.keys()
    assert {"extensions-join.conf", "extensions-leg.conf", "pjsip-phones.conf"} <= included


def test_only_agents_are_members_of_the_fallback_queue(files: dict[str, str]) -> None:
    assert re.findall(r"^member => PJSIP/(\d+)", files["queues.conf"], re.MULTILINE) == ["8002"]


def test_an_agents_phone_and_a_citizens_phone_dial_into_different_contexts(files: dict[str, str]) -> None:
    contexts = dict(re.findall(r"\[(\d+)\]\ntype = endpoint\ncontext = (\S+)", files["pjsip-phones.conf"]))
    assert contexts == {"8002": "from-agent", "9001": "from-citizen"}


def test_ami_users_have_their_generated_passwords_and_no_dangerous_rights(files: dict[str, str], keys: Secrets) -> None:
    for user in config.AMI_RIGHTS:
        assert f"[{user}]\nsecret = {keys.ami_password(user)}\n" in files["manager.conf"]
    rights = re.findall(r"^write = (.+)$", files["manager.conf"], re.MULTILINE)
    given = {right for line in rights for right in line.split(",")}
    assert given == {"call", "originate", "reporting"}
    assert len(re.findall(r"^permit = 127\.0\.0\.0/255\.0\.0\.0$", files["manager.conf"], re.MULTILINE)) == 4


def test_no_template_ships_a_secret() -> None:
    for template in TEMPLATES.glob("*.j2"):
        for line in re.findall(r"^(?:secret|password)\s*=.*$", template.read_text(), re.MULTILINE):
            assert re.fullmatch(r"\w+ = \{\{ [\w.]+ \}\}", line), f"{template.name}: {line}"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Phone("8001\n[evil]", "secret-8001", "agent", "x"), "number"),
        (lambda: Phone("8001;x", "secret-8001", "agent", "x"), "number"),
        (lambda: Phone("1", "secret-8001", "agent", "x"), "number"),
        (lambda: Phone("8001", "secret\ncontext = from-citizen", "agent", "x"), "secret"),
        (lambda: Phone("8001", "secret;comment", "agent", "x"), "secret"),
        (lambda: Phone("8001", "short", "agent", "x"), "secret"),
        (lambda: Phone("8001", "secret-8001", "agent", "王\n[x]"), "name"),
        (lambda: Phone("8001", "secret-8001", "agent", '王" <1>; x'), "name"),
    ],
)
def test_a_phone_that_would_break_out_of_its_line_is_refused(make: Callable[[], Phone], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.field == field


def test_a_phones_password_is_never_printed() -> None:
    assert "secret-8002" not in f"{PHONES[0]} {PHONES[0]!r} {PHONES}"


def test_two_phones_with_one_number_are_refused(tmp_path: Path, keys: Secrets) -> None:
    with pytest.raises(InvalidInput, match="8002"):
        config.render(Settings(home=tmp_path), keys, [PHONES[0], PHONES[0]])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bind": "0.0.0.0\nport=1"}, "asterisk.bind"),
        ({"bind": "localhost"}, "asterisk.bind"),
        ({"sip_port": 80}, "asterisk.sip_port"),
        ({"ami_port": 70000}, "asterisk.ami_port"),
        ({"rtp_first": 16000, "rtp_last": 16001}, "asterisk.rtp_last"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    tmp_path: Path, keys: Secrets, changed: dict[str, object], field: str
) -> None:
    asterisk = AsteriskSettings.model_validate(changed)
    with pytest.raises(InvalidInput) as refused:
        config.render(Settings(home=tmp_path, asterisk=asterisk), keys, [])
    assert refused.value.field == field


def test_writing_twice_changes_nothing_and_keeps_secrets_private(tmp_path: Path, files: dict[str, str]) -> None:
    assert sorted(config.write(tmp_path / "etc", files)) == sorted(files)
    assert config.write(tmp_path / "etc", files) == []
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "etc").iterdir()} == {0o640}
