"""Prefill, one table a field."""

import pytest

from asr.prefill import Said, propose
from asr.prefill.categories import category_of
from asr.prefill.numerals import phones, value_of
from asr.prefill.people import name_in
from asr.prefill.places import place_in
from asr.prefill.units import read_units, shipped_units, unit_of
from asr.prefill.urgency import urgency_of

DIALOGUE = [
    ("agent", "您好,宜春市民服务热线,请问有什么可以帮您?"),
    ("caller", "你好,我要投诉楼下的烧烤店,每天晚上营业到凌晨两点,噪音扰民,影响休息。"),
    ("agent", "请问具体地址在哪里?"),
    ("caller", "地址是袁州区中山路八十八号,幸福小区三号楼。"),
    ("agent", "请问您贵姓?方便留一个联系电话吗?"),
    ("caller", "我姓王,我的联系电话是一三九一二三四五六七八。"),
    ("agent", "和您核对一下,联系电话是一三九一二三四五六七八,地址是袁州区中山路八十八号,对吗?"),
    ("caller", "对的,希望城管部门尽快处理,谢谢。"),
]


def said(*lines: tuple[str, str]) -> list[Said]:
    return [Said(str(index), speaker, text) for index, (speaker, text) in enumerate(lines)]


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("八十八", "88"), ("十", "10"), ("十五", "15"), ("一百二十", "120"), ("两百零五", "205"), ("六零一", "601"),
        ("两万四千", "24000"), ("一千五百", "1500"), ("三", "3"), ("88", "88"), ("幺幺零", "110"), ("二零二六", "2026"),
    ],
)  # fmt: skip
def test_spoken_numbers_are_written_in_digits(spoken: str, written: str) -> None:
    assert value_of(spoken) == written


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        value_of("八十号")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我的联系电话是一三九一二三四五六七八", "13912345678"),
        ("幺三九 一二三四 五六七八", "13912345678"),
        ("电话 139-1234-5678", "13912345678"),
        ("打这个一八六,零零零零,一二三四", "18600001234"),
        ("电话是一三九一二三四五六七八一直没人接", "13912345678"),
        ("座机零七九五三二一六五四三", "07953216543"),
    ],
)
def test_phone_numbers_are_found(text: str, number: str) -> None:
    assert [phone.number for phone in phones(text)] == [number]


@pytest.mark.parametrize(
    "text", ["找一二三四五投诉", "一共两万四千块钱", "工单号是二零二六零三一五零零八六一二", "三号楼"]
)
def test_other_numbers_are_no_phone(text: str) -> None:
    assert phones(text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("地址是朝阳区建国路八十八号院三号楼", "朝阳区建国路88号院3号楼"),
        ("地址是袁州区中山路八十八号,幸福小区三号楼。", "袁州区中山路88号幸福小区3号楼"),
        ("我住在宜春市袁州区秀江中路一百二十号", "宜春市袁州区秀江中路120号"),
        ("樟树市福城街道杏佛路三十六号", "樟树市福城街道杏佛路36号"),
        ("丰城市剑光街道人民路20号", "丰城市剑光街道人民路20号"),
        ("在宜阳大道和袁山路交叉口", "宜阳大道和袁山路交叉口"),
        ("我在幸福家园小区五栋二单元", "幸福家园小区5栋2单元"),
        ("就在高士路那边", "高士路"),
        ("袁州区金园街道官园社区", "袁州区金园街道官园社区"),
    ],
)
def test_places_are_found_and_written(text: str, place: str) -> None:
    found = place_in(text)
    assert found is not None
    assert found[0] == place


@pytest.mark.parametrize(
    "text",
    ["我们小区已经停水两天了", "马路上的窨井盖丢失了", "公交车三百二十路司机态度恶劣", "我要投诉小区物业", "好的谢谢"],
)
def test_kinds_without_a_name_are_no_place(text: str) -> None:
    assert place_in(text) is None


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("我要投诉小区物业,电梯坏了三天都没有人来修", "投诉"),
        ("公司拖欠了我三个月工资", "投诉"),
        ("请问办理居住证需要带哪些材料", "咨询"),
        ("医保卡丢了怎么补办,需要本人到场吗", "咨询"),
        ("孩子上学的学区划分问题,想咨询一下教育局", "咨询"),
        ("燃气公司上门检查收费不合理,我要举报", "举报"),
        ("我们小区已经停水两天了,自来水公司的电话一直打不通", "求助"),
        ("老人走失了请帮帮我们", "求助"),
        ("我建议在路口增设一个红绿灯", "建议"),
        ("我对这个规划有意见", "意见"),
    ],
)
def test_categories_are_proposed(text: str, category: str) -> None:
    found = category_of([text])
    assert found is not None
    assert found[0] == category


def test_no_category_without_a_cue() -> None:
    assert category_of(["嗯", "好的"]) is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("我们小区停水两天了", "水"), ("家里停电了", "电"), ("好像燃气泄漏", "气"), ("楼上着火了", "火灾"),
        ("路面塌陷了", "道路"), ("地下车库被淹了", "洪涝"), ("后山泥石流", "泥石流"), ("有人晕倒了", "生命安全"),
        ("窨井盖丢失了", "道路"),
    ],
)  # fmt: skip
def test_urgent_topics_are_seen(text: str, topic: str) -> None:
    found = urgency_of(text)
    assert found is not None
    assert found[0] == topic


@pytest.mark.parametrize("text", ["没有着火", "没有人受伤", "请问居住证怎么办"])
def test_denied_or_ordinary_matters_are_not_urgent(text: str) -> None:
    assert urgency_of(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("我姓王", "王"), ("免贵姓欧阳", "欧阳"), ("我叫李建国,住在这里", "李建国"), ("我是张女士", "张女士")],
)
def test_names_are_found(text: str, name: str) -> None:
    found = name_in(text)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("text", ["我是小区业主", "请问您贵姓", "我叫了几次都没人来"])
def test_no_name_is_made_up(text: str) -> None:
    assert name_in(text) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("楼下烧烤店油烟很大", "市城市管理局"),
        ("公司拖欠工资", "市人力资源和社会保障局"),
        ("超市卖过期食品不给退款", "市市场监督管理局"),
        ("化工厂偷排污水河道里有死鱼", "市生态环境局"),
        ("小区停水了自来水水压也低", "市供水公司"),
        ("公交车司机到站不停", "市交通运输局"),
    ],
)
def test_units_are_proposed(text: str, unit: str) -> None:
    found = unit_of([text], shipped_units())
    assert found is not None
    assert found[0] == unit


def test_an_operators_own_units_take_the_place_of_the_shipped() -> None:
    own = read_units(["unit\tweight\twords", "袁州区城市管理局\t2\t烧烤店"])
    (unit,) = [one for one in propose(said(*DIALOGUE), own) if one.field == "unit"]
    assert unit.value == "袁州区城市管理局"


def test_a_whole_dialogue_fills_the_form_with_its_evidence() -> None:
    fields = {one.field: one for one in propose(said(*DIALOGUE))}
    assert fields["category"].value == "投诉"
    assert fields["title"].value == "楼下的烧烤店,每天晚上营业到凌晨2点,噪音扰民,影响休息"
    assert fields["place"].value == "袁州区中山路88号幸福小区3号楼"
    assert fields["place"].utterance_ids == ("3",)
    assert fields["contact_phone"].value == "13912345678"
    assert fields["contact_phone"].utterance_ids == ("5", "6")
    assert fields["contact_phone"].words == "一三九一二三四五六七八"
    assert fields["caller_name"].value == "王"
    assert fields["unit"].value == "市城市管理局"
    assert "urgency" not in fields


def test_only_the_callers_words_count() -> None:
    assert propose(said(("agent", "如果着火请拨打一一九,我姓王,电话一三九一二三四五六七八,地址中山路八号"))) == []


def test_a_number_the_agent_reads_out_counts_once_the_caller_says_yes() -> None:
    lines = [("agent", "您的电话是一三九一二三四五六七八吗"), ("caller", "对的")]
    (phone,) = [one for one in propose(said(*lines)) if one.field == "contact_phone"]
    assert (phone.value, phone.utterance_ids) == ("13912345678", ("0", "1"))


def test_life_in_danger_is_critical_and_a_cut_is_urgent() -> None:
    lines = [("caller", "我们这里停电了"), ("caller", "有人触电晕倒了")]
    (urgency,) = [one for one in propose(said(*lines)) if one.field == "urgency"]
    assert (urgency.value, urgency.utterance_ids) == ("critical", ("1",))
    (urgency,) = [one for one in propose(said(lines[0])) if one.field == "urgency"]
    assert urgency.value == "urgent"


def test_nothing_said_proposes_nothing() -> None:
    assert propose([]) == []
