"""What the models of requests and answers are made from."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """An answer, made from an object with attributes of these names."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """A request; a field it does not know is refused, so that a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid")
