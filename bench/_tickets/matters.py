"""Made-up matters of citizens: common and rare words as in real appeals, no real persons or places."""

import random
from dataclasses import dataclass

from tickets.search.words import words_of

# fmt: off
_ROADS = [f"{name}{kind}" for name in (
    "秀江", "宜阳", "袁山", "明月", "高士", "平安", "鼓楼", "文笔峰", "官园", "化成", "环城", "锦绣",
    "卢洲", "清沥江",
    "朝阳", "中山", "重桂", "东风", "泸洲", "润达",
) for kind in ("路", "大道", "中路", "巷")]
_PLACES = [f"{name}{kind}" for name in (
    "桃花源", "金沙湾", "望江", "丽景", "春台", "百合", "碧水", "枫林", "翡翠城", "学府", "阳光", "御景", "福星",
    "龙湖",
    "翠竹", "梅岭", "松园", "康居", "和谐", "盛世",
) for kind in ("小区", "花园", "家园", "新村", "公寓")]
_MATTERS = (
    ("路灯不亮", "夜间路灯连续多日不亮,居民出行不便"),
    ("噪音扰民", "工地夜间施工噪音大,影响老人休息"),
    ("停水", "自来水停水两天没有通知,家中无法用水"),
    ("停电", "频繁停电,电器损坏,请供电公司核实"),
    ("违章搭建", "邻居在楼顶违章搭建阳光房,存在安全隐患"),
    ("拖欠工资", "公司拖欠农民工工资三个月,请劳动监察处理"),
    ("物业收费", "物业公司乱收费且服务不到位,电梯经常故障"),
    ("垃圾清运", "垃圾堆积无人清运,气味难闻,蚊虫多"),
    ("占道经营", "流动摊贩占道经营,堵塞人行道"),
    ("公积金提取", "咨询异地公积金提取需要哪些材料"),
    ("医保报销", "咨询异地就医医保报销比例和流程"),
    ("学区划分", "咨询新学期学区划分和入学报名时间"),
    ("出租车拒载", "出租车司机拒载并绕路多收费"),
    ("食品过期", "超市销售过期食品,要求退赔"),
    ("井盖破损", "路面井盖破损,骑车容易摔倒"),
    ("公交延误", "公交车间隔时间太长,早高峰等候四十分钟"),
    ("油烟污染", "楼下餐馆油烟直排,影响居民生活"),
    ("燃气泄漏", "闻到燃气泄漏气味,请紧急派人检查"),
    ("办证流程", "咨询营业执照变更的办理流程"),
    ("山体滑坡", "连日大雨后出现山体滑坡迹象,担心房屋安全"),
)
_RARE = (
    "白鹭栖息地", "古樟树", "石拱桥", "纺织厂旧宿舍", "漂流码头", "光伏板", "无障碍坡道", "窨井沼气",
    "红军渡口", "竹编作坊",
)
QUERIES = (
    "路灯不亮", "噪音", "停水", "公积金提取", "山体滑坡", "明月大道", "桃花源小区 电梯", "古樟树", "石拱桥", "光伏板",
    "红军渡口", "翡翠城公寓 油烟", "灯", "医保", "拖欠工资 农民工", "漂流码头", "无障碍坡道", "文笔峰巷 井盖", "竹编",
    "不存在的词汇",
)
# fmt: on
"""What is searched for: common, rare, one character, several words, nothing."""
_RARE_EVERY = 400


@dataclass(frozen=True, slots=True)
class Matter:
    """The contents of a made-up ticket, and the words it is found under."""

    title: str
    summary: str
    words: tuple[str, ...]


def pool(size: int, seed: int = 12345) -> list[Matter]:
    """Return `size` different matters."""
    dice = random.Random(seed)
    made = []
    for number in range(size):
        road, place = dice.choice(_ROADS), dice.choice(_PLACES)
        topic, told = dice.choice(_MATTERS)
        extra = f",靠近{dice.choice(_RARE)}" if number % _RARE_EVERY == 0 else ""
        title, summary = f"{place}{topic}", f"{road}{dice.randint(1, 99)}号{place}{told}{extra}"
        made.append(Matter(title, summary, tuple(sorted(words_of(title) | words_of(summary)))))
    return made
