"""Files of tickets over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import NumbersMasked


class Attachment(BaseModel):
    """A file of a ticket; its bytes are at `/tickets/{ticket_id}/attachments/{id}/file`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    seq: int = Field(description="对应的台账序号 / event of the ledger it belongs to")
    name: NumbersMasked | None = Field(description="文件名,号码已脱敏;删除后为空 / null once erased")
    purpose: str = Field(description="材料类别 / kind of material", examples=["meeting"])
    media_type: str = Field(examples=["image/jpeg"])
    size: int
    sha256: str
    added_by: str
    added_at: datetime
    erased_at: datetime | None
