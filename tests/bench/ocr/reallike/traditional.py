"""Words, faces and pages in traditional characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr import fonts
from tests.bench.ocr.canvas import Canvas
from tests.bench.ocr.people import words
from tests.bench.ocr.reallike import camera

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Face
    from tests.bench.ocr.picture import Picture

FLAVOURS = words("檸檬 珍珠 蜂蜜 焦糖 濃縮 紅豆 燒仙草 鳳梨 烏梅 桂圓 薑汁 黑糖 燕麥 鮮榨 港式")
DRINKS = words("紅茶 綠茶 鮮奶茶 烏龍茶 拿鐵 瑪琪朵 咖啡 雙拼 飲 冰沙")
HEADINGS = words("飲料單 茶類 鮮奶類 招牌飲品 價目表")
SENTENCES = (
    "觀自在菩薩，行深般若波羅蜜多時，照見五蘊皆空。",
    "營業時間：每週一至週五上午{n}點至晚間{m}點。",
    "飲料冰塊與甜度請於點餐時告知櫃檯人員。",
    "歡迎來電訂購，滿{n}00元免費外送，數量有限，售完為止。",
    "這條老街從清朝開始就是買賣茶葉與藥材的地方。",
    "請隨手關閉電燈與冷氣，節約能源，愛護環境。",
    "學生憑證件購票享{n}折優惠，恕不與其他優惠併用。",
    "颱風過後，鄉親們一起動手清理倒塌的圍牆與樹枝。",
    "圖書館開放時間調整，還書請投入門口的還書箱。",
    "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。",
    "本店選用當季新鮮蔬菜，不添加味精與防腐劑。",
    "親愛的旅客您好，列車即將進站，請勿跨越黃線。",
)  # fmt: skip
_FACES: dict[str, dict[str, tuple[Face, ...]]] = {
    "dev": {
        "hei": (("NotoSansCJK-Regular.ttc", 3),),
        "song": (("uming.ttc", 2),),
        "kai": (("ukai.ttc", 2),),
    },
    "test": {
        "hei": (("NotoSansCJK-Bold.ttc", 3),),
        "song": (("NotoSerifCJK-Regular.ttc", 3),),
        "kai": (("NotoSerifCJK-Regular.ttc", 3),),
    },
}


def faces(half: str, rng: random.Random) -> fonts.Fonts:
    """Faces of a half that draw characters as Taiwan does."""
    chosen = {style: rng.choice(several) for style, several in _FACES[half].items()}
    return fonts.Fonts(fonts.choose(half, rng).faces | chosen)


def page(rng: random.Random, half: str) -> Picture:
    """Lines of print; the truth is the list of its lines."""
    sheet = Canvas(210, 150, 5, faces(half, rng), rng.choice(((255, 255, 255), (250, 246, 236))))
    style, size = rng.choice(("hei", "song", "kai")), rng.uniform(5.5, 8.0)
    text = "".join(
        sentence.format(n=rng.randint(6, 9), m=rng.randint(8, 11)) for sentence in rng.sample(SENTENCES, 7)
    )
    lines: list[str] = []
    y = 20.0
    for line in sheet.wrap(text, size, 178, style):
        if y > 140:
            break
        sheet.text(16, y, line, size, style=style, value=True)
        lines.append(line)
        y += size * 1.7
    sheet.fields = {"lines": lines}
    return camera.scan(sheet, rng, rng.randint(800, 1300), (72, 92))
