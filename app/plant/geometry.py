"""The demo plant's one table: what stands where, how big, with what in it. Picture, layouts, point table and physics read it.

Metres on the plant grid, origin at the south-west corner of the ground, x east, y north. Data only; plant side.
"""

from dataclasses import dataclass

from app.plant.physics import BENZENE, BUTANE, CHLORINE, METHANOL, PROPANE, Fluid

COMPANY_CODE = "370300001"
COMPANY = "示范化工有限公司"


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle from its south-west to its north-east corner."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def x(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def w(self) -> float:
        return self.x1 - self.x0

    @property
    def h(self) -> float:
        return self.y1 - self.y0

    def overlaps(self, other: "Box") -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def contains(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


@dataclass(frozen=True, slots=True)
class Area:
    """One display of level 2. `hazard`: serial of its hazard source (重大危险源), 0 = none; `level` after GB 18218."""

    id: str
    title: str
    name: str
    box: Box
    hazard: int = 0
    level: int | None = None
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class Chemical:
    name: str
    cas: str
    fluid: Fluid
    parts: tuple[tuple[Fluid, float], ...]


@dataclass(frozen=True, slots=True)
class Vessel:
    """`number` is the digits of its tags (LT-101); `height` of the shell, of a sphere its diameter; `fill` at the start."""

    code: str
    number: str
    area: str
    item: str
    chemical: Chemical
    x: float
    y: float
    diameter: float
    height: float
    nominal_m3: int
    fill: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A building, shed, basin or slab. `look`: building, control, canopy, basin, slab, cooling, parking, store."""

    code: str
    name: str
    box: Box
    look: str = "building"
    floors: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point thing: pump, valve, detector, hydrant."""

    code: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Head:
    """A gas detector head; `reads` lpg, methanol, benzene (all %LEL), benzene_ppm or chlorine_ppm."""

    tag: str
    area: str
    x: float
    y: float
    reads: str
    where: str


@dataclass(frozen=True, slots=True)
class Eye:
    """A camera: `bearing` clockwise from north, opening `angle`, useful `reach` in metres."""

    code: str
    name: str
    x: float
    y: float
    bearing: float
    angle: float
    reach: float
    equipment: tuple[str, ...]
    kind: str


LPG_PARTS = ((PROPANE, 0.85), (BUTANE, 0.15))
LPG = Chemical("液化石油气", "68476-85-7", Fluid(0, 0, 0, 512.0, 0.0027, 46.2, 2.1), LPG_PARTS)
METHANOL_PURE = Chemical("甲醇", "67-56-1", METHANOL, ((METHANOL, 1.0),))
BENZENE_PURE = Chemical("苯", "71-43-2", BENZENE, ((BENZENE, 1.0),))
CHLORINE_PURE = Chemical("液氯", "7782-50-5", CHLORINE, ((CHLORINE, 1.0),))

GROUND = Box(0, 0, 420, 290)
FENCE = Box(4, 4, 416, 286)
SHEET = Box(-12, -8, 524, 298)
"""The drawing with its right-hand column."""

AREAS = (
    Area("lpg", "液化烃球罐区", "液化烃球罐区", Box(17, 189, 146, 273), 1, 1, "张建国"),
    Area("methanol", "甲醇罐区", "甲醇罐区", Box(154, 189, 281, 273), 2, 2, "李志强"),
    Area("benzene", "苯罐区", "苯罐区", Box(287, 189, 401, 273), 2, 2, "李志强"),
    Area("loading", "汽车装卸站", "汽车装卸站", Box(17, 102, 146, 183), 4, 4, "赵永红"),
    Area("chlorination", "氯化装置", "氯化装置", Box(154, 102, 281, 183), 0, None, "周海涛"),
    Area("chlorine", "液氯库", "液氯库", Box(287, 102, 401, 183), 3, 3, "王立新"),
)

VESSELS = (
    Vessel("V-101", "101", "lpg", "tank.sphere", LPG, 44.5, 247, 15.7, 15.7, 2000, 0.62),
    Vessel("V-102", "102", "lpg", "tank.sphere", LPG, 84, 247, 15.7, 15.7, 2000, 0.48),
    Vessel("V-103", "103", "lpg", "tank.sphere", LPG, 44.5, 215, 14.2, 14.2, 1500, 0.55),
    Vessel("V-104", "104", "lpg", "tank.sphere", LPG, 84, 215, 14.2, 14.2, 1500, 0.70),
    Vessel("V-201", "201", "methanol", "tank.floating_roof", METHANOL_PURE, 183, 250, 14.5, 13.5, 2000, 0.58),
    Vessel("V-202", "202", "methanol", "tank.floating_roof", METHANOL_PURE, 218, 250, 14.5, 13.5, 2000, 0.44),
    Vessel("V-203", "203", "methanol", "tank.floating_roof", METHANOL_PURE, 253, 250, 14.5, 13.5, 2000, 0.843),
    Vessel("V-204", "204", "methanol", "tank.floating_roof", METHANOL_PURE, 183, 218, 14.5, 13.5, 2000, 0.36),
    Vessel("V-205", "205", "methanol", "tank.floating_roof", METHANOL_PURE, 218, 218, 14.5, 13.5, 2000, 0.66),
    Vessel("V-206", "206", "methanol", "tank.floating_roof", METHANOL_PURE, 253, 218, 14.5, 13.5, 2000, 0.51),
    Vessel("V-301", "301", "benzene", "tank.floating_roof", BENZENE_PURE, 317, 250, 11.5, 11.0, 1000, 0.63),
    Vessel("V-302", "302", "benzene", "tank.floating_roof", BENZENE_PURE, 353, 250, 11.5, 11.0, 1000, 0.41),
    Vessel("V-303", "303", "benzene", "tank.floating_roof", BENZENE_PURE, 317, 219, 11.5, 11.0, 1000, 0.55),
    Vessel("V-304", "304", "benzene", "tank.floating_roof", BENZENE_PURE, 353, 219, 11.5, 11.0, 1000, 0.70),
)

DIKES = (
    ("防火堤 H=0.6m", Box(27, 199, 105, 266), ((65, 199, 65, 266),)),
    ("防火堤 H=1.6m", Box(165, 203, 271, 266), ((200.5, 203, 200.5, 266), (235.5, 203, 235.5, 266), (165, 234, 271, 234))),
    ("防火堤 H=1.4m", Box(300, 204, 371, 266), ((335, 204, 335, 266), (300, 234.5, 371, 234.5))),
)
"""Name, outline, dividing walls (隔堤)."""

ROADS = (
    Box(11, 11, 17, 279),
    Box(146, 11, 154, 279),
    Box(281, 11, 287, 279),
    Box(401, 11, 407, 279),
    Box(11, 11, 407, 17),
    Box(11, 94, 407, 102),
    Box(11, 183, 407, 189),
    Box(11, 273, 407, 279),
    Box(-12, 94, 12, 102),
    Box(146, -8, 154, 12),
)
GATES = (("物流大门", -4, 106, 4, 92, 104), ("人流大门", 163, 2.5, 150, 4, 8))

PLACES = (
    Place("P-10", "烃泵及压缩机棚", Box(116, 202, 140, 232), "canopy"),
    Place("P-20", "甲醇泵棚", Box(192, 191, 240, 199.5), "canopy"),
    Place("P-30", "苯泵棚", Box(318, 191, 352, 200), "canopy"),
    Place("VR", "油气回收", Box(378, 238, 396, 262), "slab"),
    Place("L-50", "装车台", Box(30, 126, 118, 164), "canopy"),
    Place("L-51", "地磅房", Box(126, 108, 142, 122), "building", "1F"),
    Place("L-52", "装卸控制室", Box(124, 148, 142, 164), "building", "1F"),
    Place("R-60", "氯化框架", Box(166, 118, 234, 170), "slab"),
    Place("R-61", "机柜间", Box(246, 146, 274, 166), "control", "1F"),
    Place("R-62", "冷冻站", Box(246, 114, 274, 134), "building", "1F"),
    Place("W-40", "液氯库", Box(298, 128, 346, 164), "store", "1F"),
    Place("W-41", "气化间", Box(298, 108, 330, 124), "building", "1F"),
    Place("W-42", "事故氯吸收", Box(356, 126, 394, 164), "slab"),
    Place("A-01", "综合办公楼", Box(28, 62, 74, 82), "building", "4F"),
    Place("A-02", "中心控制室(抗爆)", Box(94, 60, 138, 82), "control", "2F"),
    Place("A-03", "食堂", Box(28, 30, 54, 46), "building", "2F"),
    Place("A-04", "停车场", Box(92, 24, 138, 44), "parking"),
    Place("U-01", "变配电所", Box(164, 62, 194, 82), "building", "2F"),
    Place("U-02", "空压制氮站", Box(204, 62, 234, 82), "building", "1F"),
    Place("U-03", "循环水站", Box(246, 60, 274, 84), "cooling"),
    Place("U-04", "消防泵房", Box(164, 26, 190, 44), "building", "1F"),
    Place("U-05", "分析化验室", Box(242, 26, 274, 46), "building", "2F"),
    Place("S-01", "污水处理站", Box(296, 54, 336, 84), "basin"),
    Place("S-02", "事故应急池", Box(346, 54, 394, 84), "basin"),
    Place("S-03", "初期雨水池", Box(346, 26, 376, 44), "basin"),
    Place("S-04", "危废暂存库", Box(296, 26, 334, 44), "building", "1F"),
)
FIRE_TANKS = (Spot("T-701A", 207, 35), Spot("T-701B", 226, 35))
FIRE_TANK_DIAMETER = 14.0

PUMPS = (
    Spot("P-101A", 122, 208),
    Spot("P-101B", 134, 208),
    Spot("C-101", 128, 222),
    Spot("P-201A", 203, 195.2),
    Spot("P-201B", 226, 195.2),
    Spot("P-301A", 322, 195.5),
    Spot("P-301B", 343, 195.5),
)
FANS = (Spot("F-401A", 376, 156), Spot("F-401B", 386, 156))
SCRUBBER = Spot("C-401", 364, 146)
CAUSTIC_TANK = Spot("V-402", 382, 138)
VAPORISER = Spot("E-401", 308, 117.5)
REACTOR = Spot("R-601", 184, 146)
COLUMN = Spot("T-601", 210, 146)
BAYS = (
    ("L-501", "1号鹤位", "液化石油气", 38.0),
    ("L-502", "2号鹤位", "甲醇", 61.0),
    ("L-503", "3号鹤位", "甲醇", 84.0),
    ("L-504", "4号鹤位", "苯", 107.0),
)
"""Code, name, product, x of the bay's centre line."""
BAY_Y = 144.0
BAY_H = 24.0
"""Length of a bay."""

RACKS = (Box(22, 174.5, 396, 179.5), Box(108, 179.5, 113, 196), Box(242, 179.5, 247, 196), Box(374, 179.5, 379, 196))
"""Pipe racks: the main one runs west to east, branches go north."""

PIPES = (
    ("lpg", ((110.5, 196), (110.5, 206), (116, 206))),
    ("lpg", ((116, 218), (108, 218), (108, 231), (44.5, 231))),
    ("lpg", ((44.5, 239.15), (44.5, 222.1))),
    ("lpg", ((84, 239.15), (84, 222.1))),
    ("methanol", ((244.5, 196), (244.5, 201.2), (192.4, 201.2), (192.4, 250), (190.25, 250))),
    ("methanol", ((227.4, 201.2), (227.4, 250), (225.25, 250))),
    ("methanol", ((244.5, 201.2), (262.4, 201.2), (262.4, 250), (260.25, 250))),
    ("methanol", ((192.4, 218), (190.25, 218))),
    ("methanol", ((227.4, 218), (225.25, 218))),
    ("methanol", ((262.4, 218), (260.25, 218))),
    ("benzene", ((376.5, 196), (376.5, 202), (327, 202), (327, 250), (322.75, 250))),
    ("benzene", ((363, 202), (363, 250), (358.75, 250))),
    ("benzene", ((327, 219), (322.75, 219))),
    ("benzene", ((363, 219), (358.75, 219))),
    ("loading", ((45.2, 174.5), (45.2, 157))),
    ("loading", ((68.2, 174.5), (68.2, 157))),
    ("loading", ((91.2, 174.5), (91.2, 157))),
    ("loading", ((114.2, 174.5), (114.2, 157))),
    ("chlorination", ((190, 174.5), (190, 156), (188, 156), (188, 149))),
    ("chlorination", ((188, 144), (207.6, 144))),
    ("chlorine", ((298, 117), (292, 117), (292, 174.5))),
    ("chlorine", ((330, 117), (349, 117), (349, 146), (361, 146))),
)
"""Visible pipe runs: area, corner points."""
DIMENSIONS = ((27, 105, 268.5), (105, 165, 256), (165, 271, 268.5), (271, 300, 256), (300, 371, 268.5))
"""Level dimension lines: from x, to x, at y."""

HEADS = (
    Head("GT-101", "lpg", 33, 236, "lpg", "V-101南侧"),
    Head("GT-102", "lpg", 60, 259, "lpg", "V-101东侧"),
    Head("GT-103", "lpg", 70, 236, "lpg", "V-102西南侧"),
    Head("GT-104", "lpg", 98, 259, "lpg", "V-102东侧"),
    Head("GT-105", "lpg", 33, 204, "lpg", "V-103西南侧"),
    Head("GT-106", "lpg", 60, 226, "lpg", "V-103东北侧"),
    Head("GT-107", "lpg", 70, 204, "lpg", "V-104西南侧"),
    Head("GT-108", "lpg", 98, 226, "lpg", "V-104东北侧"),
    Head("GT-109", "lpg", 120.2, 223, "lpg", "压缩机旁"),
    Head("GT-110", "lpg", 136.3, 217.5, "lpg", "烃泵旁"),
    Head("GT-201", "methanol", 169, 240, "methanol", "V-201旁"),
    Head("GT-202", "methanol", 204.5, 240, "methanol", "V-202旁"),
    Head("GT-203", "methanol", 239.5, 240, "methanol", "V-203旁"),
    Head("GT-204", "methanol", 169, 208.5, "methanol", "V-204旁"),
    Head("GT-205", "methanol", 204.5, 208.5, "methanol", "V-205旁"),
    Head("GT-206", "methanol", 239.5, 208.5, "methanol", "V-206旁"),
    Head("GT-207", "methanol", 196.4, 195.5, "methanol", "甲醇泵P-201A旁"),
    Head("GT-208", "methanol", 235.4, 195.5, "methanol", "甲醇泵P-201B旁"),
    Head("GT-301", "benzene", 304, 240.5, "benzene", "V-301旁"),
    Head("GT-302", "benzene", 366, 259, "benzene", "V-302旁"),
    Head("GT-303", "benzene", 304, 209.5, "benzene", "V-303旁"),
    Head("GT-304", "benzene", 367, 209.5, "benzene", "V-304旁"),
    Head("GTX-301", "benzene", 339, 240.5, "benzene_ppm", "罐区中部"),
    Head("GTX-302", "benzene", 339, 209.5, "benzene_ppm", "罐区南部"),
    Head("GTX-303", "benzene", 313, 196, "benzene_ppm", "苯泵P-301A旁"),
    Head("GTX-304", "benzene", 383, 250, "benzene_ppm", "油气回收"),
    Head("GTX-401", "chlorine", 303, 158.5, "chlorine_ppm", "液氯库西北角"),
    Head("GTX-402", "chlorine", 341, 158.5, "chlorine_ppm", "液氯库东北角"),
    Head("GTX-403", "chlorine", 303, 133.5, "chlorine_ppm", "液氯库西南角"),
    Head("GTX-404", "chlorine", 341, 133.5, "chlorine_ppm", "液氯库东南角"),
    Head("GTX-405", "chlorine", 324, 117, "chlorine_ppm", "气化间"),
    Head("GTX-406", "chlorine", 352, 153, "chlorine_ppm", "库门外"),
    Head("GTX-407", "chlorine", 389.7, 131.3, "chlorine_ppm", "事故氯吸收"),
    Head("GTX-408", "chlorine", 322, 169, "chlorine_ppm", "库北侧"),
    Head("GT-501", "loading", 49.5, 134, "lpg", "1号鹤位"),
    Head("GT-502", "loading", 72.5, 134, "methanol", "2号鹤位"),
    Head("GT-503", "loading", 95.5, 134, "methanol", "3号鹤位"),
    Head("GT-504", "loading", 121.5, 131, "benzene", "4号鹤位"),
    Head("GT-505", "loading", 21.5, 144, "lpg", "装车台西侧"),
    Head("GT-601", "chlorination", 171, 123, "benzene", "氯化釜下方"),
    Head("GT-602", "chlorination", 229, 123, "benzene", "精馏塔下方"),
    Head("GTX-601", "chlorination", 171, 165, "chlorine_ppm", "氯气缓冲罐旁"),
    Head("GTX-602", "chlorination", 229, 165, "chlorine_ppm", "框架东侧"),
)

EYES = (
    Eye("CAM-01", "球罐区西北", 24, 269, 140, 60, 60, ("V-101", "V-103"), "tank"),
    Eye("CAM-02", "球罐区东南", 109, 196, 320, 60, 60, ("V-102", "V-104"), "tank"),
    Eye("CAM-03", "甲醇罐区西北", 161, 269, 130, 60, 60, ("V-201", "V-202", "V-204"), "tank"),
    Eye("CAM-04", "甲醇罐区东北", 275, 269, 225, 60, 60, ("V-203", "V-205", "V-206"), "tank"),
    Eye("CAM-05", "苯罐区东北", 374.5, 269, 225, 60, 60, ("V-301", "V-302", "V-303", "V-304"), "tank"),
    Eye("CAM-06", "装车台", 122, 141, 275, 70, 50, ("L-501", "L-502", "L-503", "L-504"), "unit"),
    Eye("CAM-07", "氯化装置", 240, 140, 280, 60, 50, ("R-601", "T-601"), "unit"),
    Eye("CAM-08", "氯库内", 343, 146, 270, 80, 30, ("W-401",), "warehouse"),
    Eye("CAM-09", "液氯库外", 351, 169, 200, 60, 40, ("W-401", "C-401"), "warehouse"),
    Eye("CAM-10", "物流大门", 21, 106, 250, 70, 35, (), "gate"),
    Eye("CAM-11", "值班室", 136, 79, 225, 90, 20, ("DR-01",), "duty_room"),
    Eye("CAM-12", "全厂高点", 85, 84.5, 10, 90, 120, (), "overview"),
)

HYDRANTS = tuple(
    Spot(f"SS{number:02d}", x, y)
    for number, (x, y) in enumerate(
        [(x, 271) for x in (40, 95, 135, 175, 205, 262, 310, 360, 392)]
        + [(x, 191) for x in (30, 80, 168, 262, 296, 366, 394)]
        + [(x, 104) for x in (40, 90, 165, 215, 265, 330, 380)]
        + [(x, 92) for x in (40, 84, 180, 222, 266, 300, 341)]
        + [(19, y) for y in (52, 124, 220, 254)]
        + [(399, y) for y in (50, 120, 170, 222)],
        start=1,
    )
)
MONITORS = tuple(
    Spot(f"XP-{number}", x, y)
    for number, (x, y) in enumerate(((24, 226), (65, 194), (110, 244), (158, 226), (292, 226)), start=1)
)
"""Fire monitors (消防炮)."""

GREENS = (
    Box(19, 19, 89, 26), Box(58, 30, 86, 46), Box(22, 50, 86, 58), Box(20, 86, 84, 91), Box(92, 48, 141, 56),
    Box(142, 22, 145, 84),
    Box(157, 19, 278, 23), Box(157, 49, 278, 58), Box(290, 19, 398, 23), Box(380, 28, 397, 46), Box(290, 47, 396, 51),
)  # fmt: skip
WIND_MAST = Spot("W-901", 112, 84.5)
WIND_ROSE = (6, 5, 6, 7, 8, 12, 15, 9, 6, 4, 3, 3, 3, 4, 4, 5)
"""Share of time in % the wind comes from N, NNE, ... clockwise."""
