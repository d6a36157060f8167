"""Real speech models for the tests that need them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from asr.models import choose, directory_of
from asr.opening import open_recogniser
from asr.recogniser import Recogniser
from core.settings import Settings, SpeechSettings

AUDIO = Path(__file__).parents[2] / "hotline" / "demo_audio"


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    """The best Mandarin recogniser of this machine."""
    settings = Settings()
    if choose(settings) is None:
        pytest.skip("no Mandarin model on this machine: run `hotline models fetch`")
    return open_recogniser(settings)


@pytest.fixture(scope="session")
def pinyin_directory() -> Path:
    """Directory of the real pinyin dictionary and language model."""
    directory = directory_of(Settings(), "pinyin-lm")
    if directory is None:
        pytest.skip("no pinyin-lm on this machine: run `hotline models fetch pinyin-lm`")
    return directory


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a machine without any model, `../shared` and the standard place included."""
    monkeypatch.setattr("asr.models._STANDARD", tmp_path / "standard")
    monkeypatch.setattr("asr.models._SHARED", tmp_path / "shared")
    return Settings(speech=SpeechSettings(models=tmp_path / "models"))


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
            def do_GET(self) -> None:  # noqa: N802 - the library's name
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
