"""What the database's own errors mean for the operator, and what to do about them."""

from sqlalchemy.exc import DBAPIError

from core.errors import PartUnavailable

# SQLite: words of its messages (sqlite3_errstr); PostgreSQL: SQLSTATE codes (its manual, appendix A)
_MEANINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("unable to open database file",), "数据库文件无法打开", "确认目录存在且当前用户可写(hotline init)"),
    (("readonly database", "read-only"), "数据库文件不可写", "修正数据库文件及其目录的属主和权限"),
    (("disk is full", "disk I/O error", "53100"), "磁盘已满或出错,数据未写入", "释放磁盘空间或更换磁盘,然后重试"),
    (("database is locked",), "数据库被其他进程长时间占用", "结束占用数据库的进程后重试"),
    (("not a database", "malformed", "XX001"), "数据库文件已损坏", "从备份恢复数据库"),
    (("no such table", "no such column", "42P01", "42703"), "数据库结构不是最新", "运行 hotline init 升级数据库结构"),
    (("28P01", "28000"), "数据库拒绝登录", "修正 HOTLINE_DATABASE 中的用户和口令"),
    (("3D000",), "数据库不存在", "先建立数据库(createdb)再运行 hotline init"),
    (("53300",), "数据库连接数已满", "提高 max_connections 或减少进程"),
    (("57P01", "57P02", "57P03", "08"), "数据库连接中断或尚未就绪", "确认数据库正在运行后重试"),
)


def explained(error: DBAPIError) -> PartUnavailable | None:
    """Return what the operator is told; None when the error is not the database's state but a fault of a statement."""
    # an error while connecting has its state on the driver's own error only
    cause = getattr(error.orig, "__cause__", None)
    state = str(getattr(error.orig, "sqlstate", None) or getattr(cause, "sqlstate", None) or "")
    text = str(error.orig)
    for marks, problem, remedy in _MEANINGS:
        # a SQLSTATE has no small letters
        if any(state.startswith(mark) if mark.upper() == mark else mark in text for mark in marks):
            return PartUnavailable("database", problem, remedy=remedy)
    if error.connection_invalidated:
        return PartUnavailable("database", "数据库连接中断", remedy="确认数据库正在运行后重试")
    return None
