"""What a newcomer runs: the documents, the Makefile, the package lists and the containers agree with each other."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from asterisk import provision
from core.settings import Settings
from hotline.supervisor import ROLES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/operations.md")


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return read


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def shell(command: str) -> list[str]:
    script = f"source scripts/lib/packages.sh; {command}"
    done = subprocess.run(["bash", "-euc", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_in_a_document_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"(?:^|`|&& )make ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= make_targets()


@pytest.mark.parametrize("document", [*DOCUMENTS, "docs/decisions/README.md"])
def test_every_link_inside_the_repository_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_hotline_command_in_a_document_exists() -> None:
    named = {
        words
        for document in DOCUMENTS
        for words in re.findall(r"(?:uv run |`)hotline ([a-z]+)", (ROOT / document).read_text("utf-8"))
    }
    answer = subprocess.run(
        ["uv", "run", "--frozen", "hotline", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert named
    assert {name for name in named if not re.search(rf"\b{name}\b", answer)} == set()


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"`((?:make|docker) [^`]+)`", (ROOT / name).read_text("utf-8"))
        for name in ("README.md", "README.zh-CN.md")
    )
    assert set(english) == set(chinese)


def test_make_without_a_target_explains_every_target() -> None:
    answer = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[1] for line in answer.splitlines()} == make_targets()


def test_every_decision_is_in_the_index_and_has_its_four_parts() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert f"({page.name})" in index
        assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]


def test_the_package_lists_are_read_without_their_comments() -> None:
    names = shell("packages_in scripts/packages/*.txt")
    assert {"debootstrap", "mosquitto", "postgresql", "build-essential"} <= set(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in names)


def test_a_package_that_is_not_installed_is_missed_and_one_that_is_is_not(tmp_path: Path) -> None:
    wanted = tmp_path / "list.txt"
    wanted.write_text("# a comment\nbash\nno-such-package-anywhere # another\n")
    assert shell(f"missing_packages {wanted}") == ["no-such-package-anywhere"]


def test_the_containers_install_from_the_lists_that_the_set_up_uses() -> None:
    assert "scripts/packages/build.txt" in (ROOT / "Dockerfile").read_text("utf-8")
    switch = (ROOT / "asterisk/Dockerfile").read_text("utf-8")
    assert "packages.txt" in switch
    assert "debian:sid" in switch
    assert not [name for name in provision.packages() if re.search(rf"\b{name}\b(?!/|\.|-)", _install_lines(switch))]


def _install_lines(dockerfile: str) -> str:
    # a package named beside the list would be one that the tested root file system lacks
    return "\n".join(line for line in dockerfile.splitlines() if "apt-get install" in line)


def test_every_role_has_a_container_and_every_container_a_role() -> None:
    services = compose()["services"]
    served = {service["command"][-1] for service in services.values() if "--role" in (service.get("command") or [])}
    assert served == set(ROLES)


def test_the_settings_of_the_containers_are_settings_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = compose()["x-role"]["environment"]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.asterisk.mode == "external"
    assert not settings.mqtt.local
    assert not settings.redis.local
    assert str(settings.spool_dir) == "/srv/main/spool"


def test_every_container_that_shares_the_spool_sees_it_at_the_same_place() -> None:
    services = compose()["services"]
    mounts = {
        volume
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume.startswith(("switch:", "home:"))
    }
    assert mounts == {"switch:/srv/main", "home:/var/lib/hotline"}


def test_no_container_publishes_beyond_loopback_and_none_brings_a_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert "0.0.0.0" not in text
    for service in compose()["services"].values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))
        for name, value in (service.get("environment") or {}).items():
            assert not re.search(r"PASSWORD$|SECRET|TOKEN", name), f"{name}={value}"


def test_servers_wait_for_their_secrets_and_roles_for_their_servers() -> None:
    services = compose()["services"]
    for server in ("postgresql", "valkey", "mosquitto"):
        assert services[server]["depends_on"] == {"secrets": {"condition": "service_completed_successfully"}}
        assert "healthcheck" in services[server]
    for role in ROLES:
        assert set(services[role]["depends_on"]) == {"init", "asterisk", "valkey", "mosquitto"}
