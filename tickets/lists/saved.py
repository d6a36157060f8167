"""Use cases: filters kept under a name, one's own and those of the shift."""

from dataclasses import dataclass
from datetime import datetime

from core.actors import Actor, Role
from core.errors import Forbidden, InvalidInput, NotFound
from core.ids import new_id
from tickets.base import TicketServiceBase, require_text
from tickets.lists import repository
from tickets.lists.filters import ListFilter
from tickets.lists.model import SavedView

_NAME_LENGTH = 40
_MOST = 50
_SHARE = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class ViewSaved:
    """A saved view; `own`: the asker may change it."""

    id: str
    name: str
    wanted: ListFilter
    shared: bool
    owner_name: str
    own: bool
    saved_at: datetime


class SavingViews(TicketServiceBase):
    """Saved views. A view shows nobody more than they may see: it is a filter, not a list."""

    async def save_view(self, actor: Actor, name: str, wanted: ListFilter, *, shared: bool = False) -> ViewSaved:
        """Keep a filter; the same name again replaces one's own view of that name.

        Raises:
            Forbidden: only shift leaders and supervisors share.
            InvalidInput: no name, or too many views.
        """
        if shared and actor.role not in _SHARE:
            raise Forbidden("只有班长或主管可以共享视图", code="view_share_forbidden")
        title = require_text("name", name, most=_NAME_LENGTH)
        async with self._database.transaction() as session:
            own = {row.name: row for row in await repository.saved_views(session, actor.account_id, with_shared=False)}
            row = own.get(title)
            if row is None:
                if len(own) >= _MOST:
                    raise InvalidInput("name", f"每人最多保存{_MOST}个视图")
                row = SavedView(id=new_id(), owner_id=actor.account_id, name=title)
                session.add(row)
            row.owner_name, row.wanted, row.shared = actor.name, wanted.model_dump_json(), shared
            row.saved_at = self._clock.now()
        return _view(row, actor)

    async def saved_views(self, actor: Actor) -> tuple[ViewSaved, ...]:
        """Return one's own views and, for people of the centre, the shared ones; by name."""
        centre = not actor.bound
        async with self._database.reading() as session:
            rows = await repository.saved_views(session, actor.account_id, with_shared=centre)
        return tuple(_view(row, actor) for row in rows)

    async def forget_view(self, actor: Actor, view_id: str) -> None:
        """Delete one's own view.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        async with self._database.transaction() as session:
            row = await session.get(SavedView, view_id)
            if row is None or row.owner_id != actor.account_id:
                raise NotFound("视图", view_id)
            await session.delete(row)


def _view(row: SavedView, actor: Actor) -> ViewSaved:
    return ViewSaved(
        row.id, row.name, ListFilter.model_validate_json(row.wanted), row.shared, row.owner_name,
        row.owner_id == actor.account_id, row.saved_at,
    )  # fmt: skip
