"""Notices as files: DOCX with python-docx, PDF with reportlab and a Chinese font of Debian (fonts-wqy-microhei)."""

import io
from functools import cache
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from tickets.documents.letter import Letter

_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
_BODY = "仿宋"


def docx(words: Letter) -> bytes:
    """Return the notice as a Word document."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = _BODY, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)
    for text, size in ((words.heading, 16), (words.title, 22), (words.number, 12)):
        line = document.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = line.add_run(text)
        run.bold, run.font.size = size > 12, Pt(size)  # noqa: PLR2004 - points
    document.add_paragraph(words.to)
    for text in words.paragraphs:
        document.add_paragraph(text).paragraph_format.first_line_indent = Pt(28)
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for name, value in words.table:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
    for text in words.signed:
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def pdf(words: Letter) -> bytes:
    """Return the notice as PDF, its font embedded where the machine has one."""
    font = chinese_font()
    body = ParagraphStyle("body", fontName=font, fontSize=13, leading=22, firstLineIndent=26, wordWrap="CJK")
    plain = ParagraphStyle("plain", parent=body, firstLineIndent=0)
    centred = ParagraphStyle("centred", parent=plain, alignment=TA_CENTER)
    story: list[object] = [
        Paragraph(escaped(words.heading), ParagraphStyle("heading", parent=centred, fontSize=15)),
        Paragraph(escaped(words.title), ParagraphStyle("title", parent=centred, fontSize=22, leading=34)),
        Paragraph(escaped(words.number), centred),
        Spacer(1, 6 * mm),
        Paragraph(escaped(words.to), plain),
        *(Paragraph(escaped(text), body) for text in words.paragraphs),
        Spacer(1, 4 * mm),
        Table(
            [[Paragraph(escaped(name), plain), Paragraph(escaped(value), plain)] for name, value in words.table],
            colWidths=(35 * mm, 125 * mm),
            style=[("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")],
        ),
        Spacer(1, 8 * mm),
        *(Paragraph(escaped(text), ParagraphStyle("end", parent=plain, alignment=TA_RIGHT)) for text in words.signed),
    ]
    made = io.BytesIO()
    SimpleDocTemplate(made, pagesize=A4, title=f"{words.title} {words.number}", author=words.heading).build(story)
    return made.getvalue()


@cache
def chinese_font() -> str:
    """Return the name of a registered font with Chinese; without Debian's font one that the reader must have."""
    if _FONT.is_file():
        pdfmetrics.registerFont(TTFont("hei", str(_FONT), subfontIndex=0))
        return "hei"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def escaped(text: str) -> str:
    """Return `text` as reportlab's paragraphs take it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
