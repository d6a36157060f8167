"""Choice, fetch and check of models, against a real HTTP server and real files."""

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from asr import fetching, models
from asr.catalogue import CATALOGUE, Download, Model
from asr.models import FileState
from core.errors import NotFound, PartUnavailable
from core.settings import Settings, SpeechSettings

NAME = "vosk-model-small-cn-0.22"
QUICK = httpx.Timeout(1.0)


class ArchiveServer:
    """A real HTTP server on the loopback: serves one body with ranges, or hangs."""

    def __init__(self) -> None:
        self.body = b""
        self.hang = threading.Event()
        self.cut_after: int | None = None
        self.ranges: list[str | None] = []
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.serve(self)

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        wanted = handler.headers.get("Range")
        self.ranges.append(wanted)
        if self.hang.is_set():
            self._released.wait(30)
            return
        first = int(wanted.split("=")[1].rstrip("-")) if wanted else 0
        handler.send_response(206 if wanted else 200)
        handler.send_header("Content-Length", str(len(self.body) - first))
        handler.end_headers()
        handler.wfile.write(self.body[first : self.cut_after])
        self.cut_after = None

    def close(self) -> None:
        """Stop the server and let hanging requests go."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def archive_server() -> Iterator[ArchiveServer]:
    """A server of model archives."""
    server = ArchiveServer()
    yield server
    server.close()


Serve = Callable[[str | None], None]


def quiet(what: str, done: int, total: int | None) -> None:
    """Show nothing."""


def a_zip() -> bytes:
    """An archive shaped like a Vosk model."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(f"{NAME}/am/final.mdl", b"acoustic" * 5000)
        packed.writestr(f"{NAME}/conf/model.conf", b"--beam=10\n")
    return buffer.getvalue()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, archive_server: ArchiveServer) -> Serve:
    """Let the catalogue's small Vosk model come from the test's server, with a given pin."""

    def serve(sha256: str | None) -> None:
        entry = replace(models.known(NAME), source=Download(f"{archive_server.url}/model.zip", sha256))
        shown: tuple[Model, ...] = tuple(entry if one.name == NAME else one for one in CATALOGUE)
        monkeypatch.setattr("asr.models.CATALOGUE", shown)

    archive_server.body = a_zip()
    return serve


def test_a_fetched_model_is_put_in_place_and_chosen(
    own_settings: Settings, served: Serve, archive_server: ArchiveServer
) -> None:
    served(hashlib.sha256(archive_server.body).hexdigest())
    place = fetching.fetch(own_settings, NAME, quiet)
    assert place == own_settings.speech.models / NAME
    chosen = models.choose(own_settings)
    assert chosen is not None
    assert (chosen.engine, chosen.name) == ("vosk", NAME)
    assert set(models.check(own_settings, NAME).values()) == {FileState.GOOD}
    assert [path.name for path in own_settings.speech.models.iterdir()] == [NAME]


def test_an_archive_without_known_checksum_is_pinned_at_the_first_fetch(own_settings: Settings, served: Serve) -> None:
    served(None)
    place = fetching.fetch(own_settings, NAME, quiet)
    (place / "conf" / "model.conf").write_text("changed")
    assert models.check(own_settings, NAME)["conf/model.conf"] is FileState.CHANGED
    with pytest.raises(PartUnavailable, match="校验不符"):
        models.demand(own_settings, NAME)


def test_a_wrong_checksum_is_refused_and_leaves_nothing(own_settings: Settings, served: Serve) -> None:
    served("0" * 64)
    with pytest.raises(PartUnavailable, match="校验和不符"):
        fetching.fetch(own_settings, NAME, quiet)
    assert list(own_settings.speech.models.iterdir()) == []
    assert models.choose(own_settings) is None


def test_a_broken_download_goes_on_where_it_stopped(
    own_settings: Settings, served: Serve, archive_server: ArchiveServer
) -> None:
    served(hashlib.sha256(archive_server.body).hexdigest())
    archive_server.cut_after = 200
    with pytest.raises(PartUnavailable):
        fetching.fetch(own_settings, NAME, quiet, timeout=QUICK)
    fetching.fetch(own_settings, NAME, quiet)
    assert archive_server.ranges == [None, "bytes=200-"]
    assert set(models.check(own_settings, NAME).values()) == {FileState.GOOD}


def test_a_damaged_archive_is_told_in_plain_words(
    own_settings: Settings, served: Serve, archive_server: ArchiveServer
) -> None:
    archive_server.body = b"no archive at all"
    served(None)
    with pytest.raises(PartUnavailable, match="压缩包已损坏"):
        fetching.fetch(own_settings, NAME, quiet)


def test_a_silent_server_is_given_up_after_the_time_out(
    own_settings: Settings, served: Serve, archive_server: ArchiveServer
) -> None:
    served(None)
    archive_server.hang.set()
    begun = time.monotonic()
    with pytest.raises(PartUnavailable, match="无法从官方地址下载"):
        fetching.fetch(own_settings, NAME, quiet, timeout=httpx.Timeout(0.5))
    assert time.monotonic() - begun < 5


def test_a_refused_download_names_the_address_and_the_place(
    own_settings: Settings, served: Serve, archive_server: ArchiveServer
) -> None:
    served(None)
    archive_server.close()
    with pytest.raises(PartUnavailable) as caught:
        fetching.fetch(own_settings, NAME, quiet, timeout=QUICK)
    assert archive_server.url in caught.value.remedy
    assert NAME in caught.value.remedy


def test_an_unwritable_place_is_told_with_a_remedy(tmp_path: Path, own_settings: Settings, served: Serve) -> None:
    served(None)
    (tmp_path / "file").write_text("in the way")
    blocked = Settings(speech=SpeechSettings(models=tmp_path / "file" / "models"))
    with pytest.raises(PartUnavailable, match="无法写入模型目录"):
        fetching.fetch(blocked, NAME, quiet)


def test_a_machine_without_models_has_none_to_choose(own_settings: Settings) -> None:
    assert models.choose(own_settings) is None
    with pytest.raises(PartUnavailable, match="hotline models fetch"):
        models.check(own_settings, "whisper-base")
    with pytest.raises(NotFound):
        models.known("no-such-model")


def test_settings_that_name_a_missing_or_empty_directory_are_refused(tmp_path: Path, own_settings: Settings) -> None:
    for directory in (tmp_path / "missing", tmp_path):
        settings = Settings(speech=SpeechSettings(model=directory, models=tmp_path / "models"))
        with pytest.raises(PartUnavailable, match=r"speech\.model"):
            models.choose(settings)


def test_engine_none_chooses_nothing() -> None:
    assert models.choose(Settings(speech=SpeechSettings(engine="none"))) is None
