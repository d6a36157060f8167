"""The ZIP of a case file: made with a manifest and a signature, and checked again. Pure but for the bytes.

`manifest.json` names every other file with size and SHA-256; `manifest.sig` is the Ed25519 signature of the manifest's
bytes. `台账.json` is the ledger as it is hashed, so that its chain is counted again by whoever checks.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.seal import Seal, signed_by
from tickets.ledger import LedgerEntry, first_fault

LEDGER = "台账.json"
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
_FORMAT = "hotline-case-1"
_MOST_BYTES = 4 * 10**9
"""What claims to be larger is refused before it is unpacked (zip bombs); 50 attachments have at most 10⁹."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a case file found.

    Attributes:
        number: the ticket's; None: the manifest cannot be read.
        public: the key that sealed it.
        faults: in Chinese; empty: it is whole and sealed by that key.
    """

    number: str | None
    public: str | None
    files: int
    events: int
    faults: tuple[str, ...]


def pack(out: Path, files: Mapping[str, bytes | Path], about: Mapping[str, Any], seal: Seal) -> None:
    """Write the ZIP of `files` with manifest and signature; `about` stands in the manifest (number, head, mark …).

    Files given as paths are copied piece by piece, so that films do not fill the memory.
    """
    listed = [{"name": name, **_weighed(contents)} for name, contents in sorted(files.items())]
    manifest = {"format": _FORMAT, **about, "public_key": seal.public, "files": listed}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(_MANIFEST, text)
        bundle.writestr(_SIGNATURE, seal.sign(text))
        for name, contents in sorted(files.items()):
            if isinstance(contents, Path):
                bundle.write(contents, name)
            else:
                bundle.writestr(name, contents)


def _weighed(contents: bytes | Path) -> dict[str, object]:
    if isinstance(contents, bytes):
        return {"size": len(contents), "sha256": hashlib.sha256(contents).hexdigest()}
    with contents.open("rb") as file:
        return {"size": contents.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def check(path: Path, public: str | None = None) -> Checked:
    """Check a case file; `public`: the key that must have sealed it (None: the one it names itself).

    Raises:
        OSError: the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            return _checked(bundle, public)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        return Checked(None, None, 0, 0, (f"不是完整的压缩文件({type(error).__name__})",))


def _checked(bundle: zipfile.ZipFile, public: str | None) -> Checked:
    names = bundle.namelist()
    if sum(one.file_size for one in bundle.infolist()) > _MOST_BYTES:
        return Checked(None, None, 0, 0, ("文件过大,不予打开",))
    try:
        text = bundle.read(_MANIFEST)
        manifest = json.loads(text)
        named = {str(one["name"]): str(one["sha256"]) for one in manifest["files"]}
        sealed_by, number, head = (str(manifest[key]) for key in ("public_key", "number", "ledger_head"))
        signed = signed_by(sealed_by, bundle.read(_SIGNATURE).decode("ascii"), text)
    except (KeyError, ValueError, TypeError):
        return Checked(None, None, len(names), 0, ("缺少清单或清单无法读取",))
    there = set(names) - {_MANIFEST, _SIGNATURE}
    faults = [] if signed else ["清单签名无效"]
    faults += ["不是由指定密钥封存"] if public is not None and sealed_by != public else []
    faults += ["压缩文件中有重名文件"] if len(set(names)) < len(names) else []
    faults += [f"{name}:清单中有,文件缺失" for name in sorted(named.keys() - there)]
    faults += [f"{name}:不在清单中" for name in sorted(there - named.keys())]
    faults += [f"{name}:内容被改动" for name in sorted(named.keys() & there) if _digest(bundle, name) != named[name]]
    events, fault = _ledger_fault(bundle.read(LEDGER) if LEDGER in there else b"[]", head)
    return Checked(number, sealed_by, len(there), events, (*faults, *((f"台账:{fault}",) if fault else ())))


def _digest(bundle: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with bundle.open(name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _ledger_fault(text: bytes, head: str) -> tuple[int, str | None]:
    try:
        entries = [entry_of(one) for one in json.loads(text)]
    except (ValueError, KeyError, TypeError):
        return 0, "无法读取"
    return len(entries), first_fault(entries, head)


def entry_of(given: Mapping[str, Any]) -> LedgerEntry:
    """Return an event of `台账.json` as it is hashed.

    Raises:
        KeyError, ValueError: it is none.
    """
    values = {name: given[name] for name in LedgerEntry.__slots__ if name != "at"}
    return LedgerEntry(**values, at=datetime.fromisoformat(given["at"]))
