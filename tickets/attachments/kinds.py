"""Which files are taken: told by their first bytes, never by their name; and what they are for. Pure."""

from enum import StrEnum

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


class Purpose(StrEnum):
    """What a file is in the archive of its ticket (YC-13.9a, JS-12c, FJ-9.9, FJ-11.4); the value is stored."""

    MATERIAL = "material"
    WRITTEN_OPINION = "written_opinion"
    PHONE_RECORD = "phone_record"
    HANDLING = "handling"
    MEETING = "meeting"
    INSTRUCTION = "instruction"

    @property
    def label(self) -> str:
        """The purpose in Chinese."""
        return _PURPOSES[self]


_PURPOSES = {
    Purpose.MATERIAL: "其他有保存价值的材料",
    Purpose.WRITTEN_OPINION: "书面答复意见",
    Purpose.PHONE_RECORD: "电话记录",
    Purpose.HANDLING: "办理材料",
    Purpose.MEETING: "会议材料(协调纪要)",
    Purpose.INSTRUCTION: "领导批示件",
}


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
