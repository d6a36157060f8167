"""Which files are taken: told by their first bytes, never by their name. Pure."""

MOST_BYTES = 20_000_000
"""A photo of a telephone has 3 to 8 million, a minute of its video about 15 million."""
MOST_A_TICKET = 50

_IMAGES = ((b"\xff\xd8\xff", "jpg", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "png", "image/png"))
_OTHERS = ((b"%PDF-", "pdf", "application/pdf"), (b"ID3", "mp3", "audio/mpeg"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_FORMS = (
    (b"word/", "docx", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/", "xlsx", f"{_OFFICE}spreadsheetml.sheet"),
)
TAKEN = "JPEG、PNG、PDF、DOCX、XLSX、WAV、MP3、MP4"


def kind_of(contents: bytes) -> tuple[str, str] | None:
    """Return ending and media type of a file that is taken; None: it is of no such kind."""
    for begins, ending, media in (*_IMAGES, *_OTHERS):
        if contents.startswith(begins):
            return ending, media
    if contents.startswith(b"PK\x03\x04"):
        return next(((ending, media) for folder, ending, media in _OFFICE_FORMS if folder in contents), None)
    if contents[:4] == b"RIFF" and contents[8:12] == b"WAVE":
        return "wav", "audio/wav"
    return ("mp4", "video/mp4") if contents[4:8] == b"ftyp" else None
