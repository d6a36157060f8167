"""Documents of several sections as files: DOCX with python-docx, PDF with reportlab."""

import io

from docx import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from tickets.documents.pages import Document, Section
from tickets.documents.typeset import chinese_font, escaped

_BODY = "仿宋"
_WIDTH = 170 * mm


def docx(words: Document) -> bytes:
    """Return the document for Word."""
    made = Word()
    style = made.styles["Normal"]
    style.font.name, style.font.size = _BODY, Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)
    for text, size in ((words.heading, 14), (words.title, 20), (words.subtitle, 11)):
        line = made.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(text).font.size = Pt(size)
    for section in words.sections:
        made.add_heading(section.heading, level=2)
        for text in section.paragraphs:
            made.add_paragraph(text)
        if section.titles:
            table = made.add_table(rows=1, cols=len(section.titles))
            table.style = "Table Grid"
            for row in (section.titles, *section.rows):
                cells = table.rows[0].cells if row is section.titles else table.add_row().cells
                for cell, text in zip(cells, row, strict=True):
                    cell.text = text
    made.sections[0].footer.paragraphs[0].text = words.mark
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf(words: Document) -> bytes:
    """Return the document as PDF."""
    font = chinese_font()
    body = ParagraphStyle("body", fontName=font, fontSize=10, leading=15, wordWrap="CJK")
    cell = ParagraphStyle("cell", parent=body, fontSize=8, leading=11)
    head = ParagraphStyle("head", parent=body, fontSize=13, leading=22, spaceBefore=8)
    centred = ParagraphStyle("centred", parent=body, alignment=TA_CENTER)
    story: list[object] = [
        Paragraph(escaped(words.heading), centred),
        Paragraph(escaped(words.title), ParagraphStyle("title", parent=centred, fontSize=18, leading=28)),
        Paragraph(escaped(words.subtitle), centred),
        Spacer(1, 4 * mm),
    ]
    for section in words.sections:
        story.append(Paragraph(escaped(section.heading), head))
        story.extend(Paragraph(escaped(text), body) for text in section.paragraphs)
        if section.titles:
            story.append(_table(section, cell))

    def foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(font, 7)
        canvas.drawString(20 * mm, 10 * mm, f"{words.mark}  第{document.page}页")

    out = io.BytesIO()
    layout = SimpleDocTemplate(out, pagesize=A4, title=words.title, leftMargin=20 * mm, rightMargin=20 * mm)
    layout.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _table(section: Section, style: ParagraphStyle) -> Table:
    rows = [[Paragraph(escaped(text), style) for text in row] for row in (section.titles, *section.rows)]
    return Table(
        rows,
        colWidths=[_WIDTH / len(section.titles)] * len(section.titles),
        repeatRows=1,
        style=[("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")],
    )
