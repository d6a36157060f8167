"""One typed settings object: `hotline.toml`, overridden by `HOTLINE_*` (nested names joined by `__`)."""

import os
import tomllib
from contextlib import suppress
from datetime import time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.errors import PartUnavailable

Port = int


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AsteriskSettings(_Section):
    """Where the switch runs and on which ports; everything is bound to `bind`."""

    mode: Literal["rootfs", "external"] = "rootfs"
    """`rootfs`: our own Asterisk in a Debian root file system; `external`: a container or another machine."""
    rootfs: Path = Path("/var/cache/hotline/asterisk-22")
    host: str = "127.0.0.1"
    """Where AMI is reached."""
    bind: str = "127.0.0.1"
    """Address that SIP, RTP and AMI listen on."""
    sip_port: Port = 5060
    ami_port: Port = 5038
    rtp_first: Port = 10000
    rtp_last: Port = 10999
    trunks: tuple[str, ...] = ("127.0.0.0/8",)
    """Addresses (CIDR) whose calls are citizens' calls from the carrier; nobody else may dial in unregistered."""
    carrier: str = Field(default="", pattern=r"^([A-Za-z0-9.-]{1,250}:[0-9]{1,5})?$")
    """Gateway of the carrier (host:port) to which callbacks and emergency numbers are dialled; empty: none, then only
    phones with an account of this switch can be called."""
    spool: Path | None = None
    """Directory of recordings and journal as seen from Python; None: derived from `rootfs` and the instance."""
    heartbeat_seconds: float = 2.0
    """How often the engine tells the dialplan that it lives."""
    heartbeat_limit_seconds: int = 6
    """Age of the last heartbeat after which callers go to Asterisk's own queue."""


class ServerSettings(_Section):
    """One network server."""

    host: str = "127.0.0.1"
    port: Port
    local: bool = True
    """True: `hotline` starts and stops it itself; False: somebody else runs it."""


def _with_port(port: Port, given: object) -> object:
    """Fill in the usual port of a server of which only other values are given."""
    return {"port": port, **given} if isinstance(given, dict) else given


class SpeechSettings(_Section):
    """Recognition: which engine and model, and where audio taps connect to."""

    engine: Literal["auto", "sherpa", "vosk", "whisper", "none"] = "auto"
    model: Path | None = None
    """Directory of the model; None: first that is found (see `asr.models`)."""
    models: Path = Path("/var/cache/hotline/models")
    """Where `hotline models fetch` puts models."""
    lexicon: Path | None = None
    """Optional text file of words of the city (names of streets, units …), separated by white space."""
    tap_host: str = "127.0.0.1"
    tap_port: Port = 9093


class ApiSettings(_Section):
    """HTTP server and sign-on."""

    host: str = "127.0.0.1"
    port: Port = 8080
    token_minutes: int = Field(default=480, ge=1)


class SmsSettings(_Section):
    """Outgoing and incoming text messages."""

    gateway: Literal["file"] = "file"
    directory: Path | None = None
    """File gateway: `outbox/` and `inbox/` below it; None: `<home>/sms`."""


class UpperSettings(_Section):
    """The platform above (省级平台): what the profile orders to be pushed goes there (JS-16b, YC-7.9)."""

    url: str = Field(default="", pattern=r"^(https://[^\s]+|http://127\.0\.0\.1(:\d+)?/[^\s]*)?$")
    """Where records are posted; empty: nothing is pushed."""
    secret: SecretStr = SecretStr("")
    """Signs every record (HMAC-SHA256), as hand-over notes are signed."""
    recordings_url: str = Field(default="", pattern=r"^(https://[^\s]+|http://127\.0\.0\.1(:\d+)?/[^\s]*)?$")
    """Where the sound of recordings is posted; empty: only their ids go up."""
    platform: str = ""
    """Name of the registered outside platform that is the one above: it reports on what was handed up."""


class QueueSettings(_Section):
    """Waiting and offering."""

    offer_seconds: int = Field(default=20, ge=3, le=120)
    """How long an agent's phone rings before the call is offered to the next one."""
    wrap_up_seconds: int = Field(default=30, ge=0, le=3600)
    missed_offers_to_pause: int = Field(default=2, ge=1)
    short_abandon_seconds: int = Field(default=0, ge=0)
    """Callers who hang up earlier are left out of the rates; 0: none are (AMB-23)."""
    connect_rate_target: float = Field(default=0.95, ge=0, le=1)
    probe_numbers: tuple[str, ...] = ()
    """Numbers that make probe calls (拨测): served as any, counted in no figure."""
    not_supervised: tuple[str, ...] = ()
    """Queues whose calls nobody may listen to, whisper into, barge into or take over."""


class CallbackSettings(_Section):
    """Calling citizens back: instead of waiting, and after missed calls (国办函〔2025〕66号)."""

    attempts: int = Field(default=3, ge=1, le=10)
    """Attempts in all before a callback is given up."""
    retry_minutes: tuple[Annotated[int, Field(ge=0, le=1440)], ...] = (10, 30)
    """Pause after the first, the second … vain attempt; the last one holds for the others."""
    ring_seconds: int = Field(default=30, ge=5, le=120)
    """How long the citizen's phone rings."""
    earliest: time = time(8)
    """Missed calls are not called back, and no second attempt is made, before this time of day …"""
    latest: time = time(21)
    """… nor from this time on (Asia/Shanghai)."""
    missed_seconds: float = Field(default=5.0, ge=0)
    """A caller who hung up sooner is owed no callback."""
    missed_pause_minutes: int = Field(default=10, ge=0, le=1440)
    """How long a missed caller is left alone first: most ring again by themselves."""
    keep_hours: int = Field(default=72, ge=1)
    """A callback older than this is given up."""
    history_days: int = Field(default=90, ge=1, le=3650)
    """How far back a repeat caller is known."""


class ProbeSettings(_Section):
    """Probe calls (拨测, JS-20) to every hotline."""

    at: tuple[time, ...] = ()
    """Times of day (Asia/Shanghai) at which a round begins; empty: only when it is asked for."""
    numbers: tuple[str, ...] = ()
    """Numbers to dial; empty: 12345 and every hotline that may be transferred to and is open, no emergency line."""
    answer_seconds: int = Field(default=40, ge=5, le=120)
    """How long it may ring."""
    listen_seconds: int = Field(default=12, ge=3, le=60)
    """How long is listened after the answer."""
    own_seconds: int = Field(default=60, ge=10, le=300)
    """The same at a number of ours: past the welcome, until a person is heard at the latest."""
    host: str = "127.0.0.1"
    """Our own address, as the switch reaches it."""
    keep_days: int = Field(default=400, ge=1)
    """Results and what was heard are erased after this."""


class DiskSettings(_Section):
    """Free space at which the operator is told, where recordings are made and kept."""

    warn_mib: int = Field(default=1024, ge=0)
    """Below this it is a warning: about 9 hours of recordings are left."""
    problem_mib: int = Field(default=100, ge=0)
    """Below this it is an error: recordings are about to fail."""


class Settings(BaseSettings):
    """Everything an operator may set. Unknown names are refused."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Path("/var/lib/hotline")
    """This instance's data: database, secrets, recordings, logs. One instance a directory."""
    instance: str = Field(default="main", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """Name of the instance inside shared places such as the Asterisk root file system."""
    database: str = ""
    """SQLAlchemy URL; empty: SQLite in `<home>/hotline.db`."""
    profile: str = "yichun"
    """Regional profile (`tickets/profiles/<name>.toml`)."""
    asterisk: AsteriskSettings = AsteriskSettings()
    mqtt: Annotated[ServerSettings, BeforeValidator(partial(_with_port, 1883))] = ServerSettings(port=1883)
    redis: Annotated[ServerSettings, BeforeValidator(partial(_with_port, 6379))] = ServerSettings(port=6379)
    speech: SpeechSettings = SpeechSettings()
    api: ApiSettings = ApiSettings()
    sms: SmsSettings = SmsSettings()
    upper: UpperSettings = UpperSettings()
    queue: QueueSettings = QueueSettings()
    callbacks: CallbackSettings = CallbackSettings()
    disk: DiskSettings = DiskSettings()
    probes: ProbeSettings = ProbeSettings()
    log_format: Literal["json", "console"] = "json"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL with an async driver."""
        return self.database or f"sqlite+aiosqlite:///{self.home / 'hotline.db'}"

    @property
    def recordings_dir(self) -> Path:
        """Where recordings are in custody."""
        return self.home / "recordings"

    @property
    def files_dir(self) -> Path:
        """Return where attachments of tickets and exports are kept."""
        return self.home / "files"

    @property
    def written_places(self) -> dict[str, Path]:
        """Where serving writes, by the name an operator knows; a PostgreSQL looks after its own disk."""
        places = {"录音缓冲": self.spool_dir, "数据目录": self.home}
        with suppress(ArgumentError):  # a wrong address is told by who opens the database
            address = make_url(self.database_url)
            if address.get_backend_name() == "sqlite" and address.database:
                file = Path(address.database)
                places |= {} if file.is_relative_to(self.home) else {"数据库": file.parent}
        return places

    @property
    def sms_dir(self) -> Path:
        """Root of the file SMS gateway."""
        return self.sms.directory or self.home / "sms"

    @property
    def instance_root(self) -> Path:
        """Directory of this Asterisk instance as seen from the host (mode `rootfs`)."""
        return self.asterisk.rootfs / "srv" / self.instance

    @property
    def spool_dir(self) -> Path:
        """Where Asterisk leaves per-leg recordings (`legs/`) and the leg journal (`journal/`)."""
        return self.asterisk.spool or self.instance_root / "spool"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of precedence: arguments, environment, `hotline.toml`."""
        del dotenv_settings, file_secret_settings
        path = Path(os.environ.get("HOTLINE_CONFIG", "hotline.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        PartUnavailable: a value is wrong; the message names it and the remedy.
    """
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise PartUnavailable(
            "settings", f"hotline.toml 不是有效的 TOML({error})", remedy="修改 hotline.toml 中指出的位置"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise PartUnavailable(
            "settings", f"{name}: {first['msg']}", remedy=f"修改 hotline.toml 或环境变量中的 {name}"
        ) from error
