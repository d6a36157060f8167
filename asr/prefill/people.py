"""The caller's name as he or she gives it."""

import re

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏"
    "魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严覃武戴莫孔向汤"
)
_DOUBLE = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容"
_SURNAME = f"(?:{_DOUBLE}|[{_SURNAMES}])"
_FULL = re.compile(
    f"(?:我叫|我的名字(?:是|叫)|姓名(?:是|叫)?|名字(?:是|叫))(?P<name>{_SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?=[,。,、！!\\s]|$|我|电话|手机|是|住)"
)
_FAMILY = re.compile(f"(?:免贵姓|我姓|本人姓|(?<![\u4e00-\u9fff])姓)(?P<name>{_SURNAME})(?P<title>先生|女士)?")
_REPEATED = re.compile(
    f"姓(?P<family>{_SURNAME})(?P<name>(?P=family)[\u4e00-\u9fff]{{1,2}}?)(?=[,。,、！!\\s]|$|电话|手机|住)"
)
"""我姓刘刘德海: the surname, then the whole name."""
_SPELT = re.compile(
    f"^(?:是|姓)?(?:[\u4e00-\u9fff]{{1,4}}的)(?P<name>{_SURNAME})$|(?P<parts>弓长张|立早章|耳东陈|木子李|双木林)"
)
"""黎明的黎, 弓长张: how a surname is told apart from others that sound alike."""
_TITLED = re.compile(f"我是(?P<name>{_SURNAME})(?P<title>先生|女士)")


def name_in(text: str) -> tuple[str, str, float] | None:
    """Return (name, words, confidence): a full name, else surname with title (王先生), else the surname; or None."""
    if found := _FULL.search(text):
        return found["name"], found.group(), 0.8
    if found := _REPEATED.search(text):
        return found["name"], found.group(), 0.8
    if found := _TITLED.search(text):
        return found["name"] + found["title"], found.group(), 0.8
    if found := _FAMILY.search(text):
        return found["name"] + (found["title"] or ""), found.group(), 0.75
    if found := _SPELT.search(text.strip()):
        return found["name"] or found["parts"][-1], found.group(), 0.6
    return None
