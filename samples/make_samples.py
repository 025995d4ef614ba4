#!/usr/bin/env python3
"""Makes the inputs of the samples that are not written by hand. All units, names, codes and amounts are invented.

Needs chromium, qpdf, poppler-utils, imagemagick, the Noto CJK fonts (OFL 1.1) and Python's reportlab. The inputs are committed; run it only
to add one:  python3 samples/make_samples.py [id ...]
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def put(sample, name, data):
    folder = os.path.join(HERE, sample)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def chromium(sample, body, css="", landscape=False):
    """HTML to PDF by Chromium: embedded subset fonts, thin filled rectangles or strokes as rules."""
    page = "@page{size:A4%s;margin:18mm 16mm}" % (" landscape" if landscape else "")
    base = "body{font:10.5pt 'Noto Sans CJK SC'}h1{font-size:16pt;text-align:center}table{border-collapse:collapse;width:100%}td,th{border:1px solid #000;padding:3px;font-weight:normal}"
    html = "<meta charset=utf-8><style>%s%s%s</style>%s" % (page, base, css, body)
    with tempfile.TemporaryDirectory() as tmp:
        src, out = os.path.join(tmp, "a.html"), os.path.join(tmp, "a.pdf")
        open(src, "w", encoding="utf-8").write(html)
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + tmp, "--print-to-pdf=" + out, src],
                       check=True, stderr=subprocess.DEVNULL)
        return put(sample, "input.pdf", open(out, "rb").read())


def cells(row, tag="td"):
    """'text', or ('text', rowspan, colspan)."""
    out = []
    for cell in row:
        text, rows, cols = cell if isinstance(cell, tuple) else (cell, 1, 1)
        out.append("<%s rowspan=%d colspan=%d>%s</%s>" % (tag, rows, cols, text, tag))
    return "<tr>%s</tr>" % "".join(out)


# ------------------------------------------------------------------ department form, ruled, merged cells
def department_ruled_pdf():
    rows = [
        [("预算（单位）名称：415-临江市图书馆", 1, 4), ("预算年度：2024", 1, 3), ("单位：万元", 1, 3)],
        [("总体资金情况（万元）", 3, 2), ("预算支出总额", 2, 1), ("基本支出", 1, 4), ("项目支出", 1, 3)],
        ["合计", "财政拨款", "专户资金", "单位资金", "合计", "财政拨款", "单位资金"],
        ["318.60", "208.60", "205.10", "0.00", "3.50", "110.00", "100.00", "10.00"],
        [("年度主要任务", 3, 2), ("任务名称", 1, 2), ("主要内容", 1, 4), ("预算金额（万元）", 1, 2)],
        [("人员经费", 1, 2), ("保障在职人员工资福利待遇按时发放", 1, 4), ("208.60", 1, 2)],
        [("阅读推广", 1, 2), ("举办讲座、展览和流动书车进乡村；补充馆藏图书，保障六个分馆免费开放", 1, 4), ("110.00", 1, 2)],
        [("部门整体绩效情况", 8, 1), "整体绩效目标", ("1.全年免费开放不少于300天；2.新增藏书2.4万册；3.读者满意度保持在95%以上。", 1, 8)],
        [("年度绩效指标", 1, 9)],
        ["一级指标", "二级指标", ("三级指标", 1, 3), "绩效指标性质", "绩效指标值", "绩效度量单位", "权重"],
        [("产出指标", 3, 1), ("数量指标", 2, 1), ("新增藏书", 1, 3), "≥", "2.4", "万册", "20"],
        [("举办讲座、展览场次", 1, 3), "≥", "36", "场次", "20"],
        ["时效指标", ("免费开放天数", 1, 3), "≥", "300", "天", "20"],
        ["效益指标", "社会效益指标", ("全民阅读氛围", 1, 3), "定性", "明显提升", "", "20"],
        ["满意度指标", "服务对象满意度指标", ("读者满意度", 1, 3), "＞", "95", "%", "20"],
        [("其他说明", 1, 2), ("", 1, 8)],
    ]
    body = "<h1>部门（单位）整体支出绩效目标申报表</h1><table>%s</table>" % "".join(map(cells, rows))
    chromium("department-ruled-pdf", body)


# ------------------------------------------------------------------ one table of several projects, over pages
def projects_list_pdf():
    head = [[("单位名称", 2, 1), ("项目名称", 2, 1), ("预算数", 2, 1), ("年度目标", 2, 1), ("绩效指标", 1, 8)],
            ["一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "权重", "指标方向性"]]
    unit = "641001-临江市河道管理站"
    projects = [
        ("河道保洁经费", "1,260,000.00", "全年保洁河道42公里，水面无成片漂浮物，岸线垃圾日产日清，公众满意度稳步提高。", [
            ["产出指标", "数量指标", "保洁河道长度", "≥", "42", "公里", "20", "正向指标"],
            ["产出指标", "质量指标", "保洁达标率", "≥", "95", "%", "20", "正向指标"],
            ["产出指标", "成本指标", "每公里保洁成本", "≤", "3", "万元", "10", "反向指标"],
            ["效益指标", "生态效益指标", "水面漂浮物", "定性", "明显减少", "", "30", "正向指标"],
            ["满意度指标", "服务对象满意度指标", "沿河居民满意度", "≥", "90", "%", "10", "正向指标"]]),
        ("堤防维修养护", "835,500.50", "完成三处险工险段的维修养护，保障汛期安全。", [
            ["产出指标", "数量指标", "维修险工险段", "＝", "3", "处", "30", "正向指标"],
            ["产出指标", "时效指标", "汛前完成率", "＝", "100", "%", "30", "正向指标"],
            ["效益指标", "社会效益指标", "保护耕地面积", "≥", "1.2", "万亩", "20", "正向指标"],
            ["满意度指标", "服务对象满意度指标", "受益群众满意度", "≥", "92", "%", "10", "正向指标"]]),
        ("防汛物资储备", "96,000.00", "按定额补充防汛物资，储备点随用随调。", [
            ["产出指标", "数量指标", "补充编织袋", "≥", "20000", "条", "40", "正向指标"],
            ["产出指标", "质量指标", "物资完好率", "≥", "98", "%", "20", "正向指标"],
            ["效益指标", "社会效益指标", "应急调运时间", "≤", "2", "小时", "20", "反向指标"],
            ["满意度指标", "服务对象满意度指标", "乡镇防办满意度", "≥", "90", "%", "10", "正向指标"]]),
    ]
    rows = [["641-临江市水务局部门", "", "2,191,500.50", ""] + [""] * 8]
    for name, amount, goal, indicators in projects:
        n = len(indicators)
        lead = [(text, n, 1) for text in (unit, name, amount, goal)]
        rows += [lead + indicators[0]] + indicators[1:]
    table = "<thead>%s</thead><tbody>%s</tbody>" % ("".join(map(cells, head)), "".join(map(cells, rows)))
    body = "<h1>部门预算项目绩效目标申报表（2024年度）</h1><p style='text-align:right'>金额单位：元</p><table>%s</table>" % table
    chromium("projects-list-pdf", body, "td,th{font-size:9pt;padding:9px 3px}", landscape=True)


# ------------------------------------------------------------------ annual forms, several in a file, over pages
ANNUAL_HEAD = ["一级指标", "二级指标", "三级指标", "指标性质", "指标值", "本年指标值", "度量单位", "权重（%）", "本年权重（%）", "备注"]


def annual_pages_pdf():
    def form(no, name, total, fiscal, unit, goal, rows, title_first=True):
        title = "<h1>年度绩效目标表</h1>"
        head = [
            ["单位信息", ("522001-青溪县农业技术推广站", 1, 4), "主管部门", ("522-青溪县农业农村局", 1, 4)],
            ["预算项目", ("51162024T0000%08d-%s" % (no, name), 1, 9)],
            ["职能职责与活动", ("02-农业技术推广/01-良种良法", 1, 9)],
            ["项目经办人", ("[Redacted]", 1, 4), "项目经办人电话", ("[Redacted]", 1, 4)],
            ["项目总额", (total, 1, 4), "预算执行率权重", ("10", 1, 4)],
            ["其中：财政资金", (fiscal, 1, 4), "财政专户管理资金", ("0.00 万元", 1, 4)],
            ["单位资金", (unit, 1, 4), "社会投入资金", ("", 1, 4)],
            ["年度目标", (goal, 1, 9)],
            ANNUAL_HEAD,
        ]
        return title + "<table>%s</table>" % "".join(cells(r) for r in head + rows)
    one = [
        [("产出指标", 14, 1), ("数量指标", 8, 1)] + ["推广良种第%d批" % 1, "≥", "1.2", "1.2", "万亩", "4", "4", ""],
    ]
    for n in range(2, 9):
        one.append(["推广良种第%d批" % n, "≥", "%d.5" % n, "%d.5" % n, "万亩", "4", "4", "参照上年" if n == 5 else ""])
    one.append([("质量指标", 6, 1), "良种纯度", "≥", "98", "98", "%", "4", "4", ""])
    for n in range(2, 7):
        one.append(["第%d次抽检合格率，抽检由县级以上检验机构完成并出具报告" % n, "＞", "99.5", "99.5", "%", "4", "4", ""])
    one += [
        [("效益指标", 2, 1), "社会效益指标", "带动农户户数", "=", "3,150", "3,150", "户", "14", "14", ""],
        ["可持续影响指标", "长效机制", "定性", "健全", "健全", "", "10", "10", ""],
        ["满意度指标", "服务对象满意度指标", "农户满意度", "≥", "95", "95", "%", "10", "10", ""],
    ]
    two = [
        ["产出指标", "数量指标", "举办培训班次", "≥", "12", "12", "期", "50", "50", ""],
        ["满意度指标", "服务对象满意度指标", "学员满意度", "≥", "90", "90", "%", "40", "40", ""],
    ]
    body = form(12345678, "良种推广补助", "168.20 万元", "150.20 万元", "18.00 万元", "目标1：推广良种8批。<br>目标2：抽检合格率99.5%以上。", one)
    body += form(87654, "农民培训", "20,000.00 元", "20000.00 元", "", "培训农民。", two).replace("万元", "元")
    css = "h1{break-before:auto} tr{break-inside:avoid}"
    path = chromium("annual-pages-pdf", body, css, landscape=True)
    # Turned and with object streams, as an archive has them.
    subprocess.run(["qpdf", "--object-streams=generate", "--replace-input", path], check=True)


# ------------------------------------------------------------------ self-evaluation, font not embedded, encrypted
def self_evaluation_cid_pdf():
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("a", fontName="STSong-Light", fontSize=9, leading=12, wordWrap="CJK")
    title = ParagraphStyle("t", parent=style, fontSize=15, leading=20, alignment=1)

    def p(text):
        return Paragraph(text, style)
    data = [
        ["项目名称", "", "社区养老服务站运营", "", "", "", "", "", ""],
        ["主管部门", "", "607-长河区民政局", "", "", "实施单位", "607002-长河区养老服务中心", "", ""],
        ["项目资金（万元）", "", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
        ["", "", "年度资金总额", "42.00", "45.50", "40.95", "10", "90.00%", "9"],
        ["", "", "其中：当年财政拨款", "42.00", "42.00", "37.45", "", "", ""],
        ["", "", "上年结转资金", "", "3.50", "3.50", "", "", ""],
        ["", "", "其他资金", "—", "—", "—", "", "", ""],
        ["年度总体目标", "预期目标", "", "", "", "实际完成情况", "", "", ""],
        ["", p("运营社区养老服务站6个，为老年人提供助餐、助浴、日间照料服务。"), "", "", "", p("运营服务站6个，全年服务老年人2.1万人次。"), "", "", ""],
        ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", p("偏差原因分析及改进措施")],
        ["", p("产出指标(50分)"), "数量指标", p("运营服务站数量"), "＝6个", "6个", "20", "20", ""],
        ["", "", "", p("服务老年人人次"), p("≥2.5万人次"), "2.1万人次", "20", "16.8", p("夏季高温，活动减少")],
        ["", "", "时效指标", p("运营经费支付时间"), p("2023年12月底前"), p("2023年12月20日"), "10", "10", "无"],
        ["", p("效益指标(30分)"), p("社会效益指标"), p("老年人生活质量"), "有所提升", p("达成预期指标"), "30", "30", "无偏差"],
        ["", p("满意度指标(10分)"), p("服务对象满意度指标"), p("老年人满意度"), "≥95%", "97%", "10", "10", ""],
        ["总分", "", "", "", "", "", "100", "95.8", ""],
    ]
    spans = [("SPAN", (0, 0), (1, 0)), ("SPAN", (2, 0), (8, 0)), ("SPAN", (0, 1), (1, 1)), ("SPAN", (2, 1), (4, 1)), ("SPAN", (6, 1), (8, 1)), ("SPAN", (0, 2), (1, 6)),
             ("SPAN", (0, 7), (0, 8)), ("SPAN", (1, 7), (4, 7)), ("SPAN", (5, 7), (8, 7)), ("SPAN", (1, 8), (4, 8)), ("SPAN", (5, 8), (8, 8)), ("SPAN", (0, 9), (0, 14)),
             ("SPAN", (1, 10), (1, 12)), ("SPAN", (2, 10), (2, 11)), ("SPAN", (0, 15), (5, 15))]
    widths = [44, 54, 66, 78, 62, 62, 36, 40, 84]
    table = Table(data, colWidths=widths)
    table.setStyle(TableStyle([("FONT", (0, 0), (-1, -1), "STSong-Light", 9), ("GRID", (0, 0), (-1, -1), .5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                               ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3)] + spans))
    folder = os.path.join(HERE, "self-evaluation-cid-pdf")
    os.makedirs(folder, exist_ok=True)
    doc = SimpleDocTemplate(os.path.join(folder, "input.pdf"), pagesize=A4, leftMargin=30, rightMargin=30, encrypt=StandardEncryption("", ownerPassword="owner"), invariant=1)
    doc.build([Paragraph("项目支出绩效自评表", title), Paragraph("（2023年度）", ParagraphStyle("c", parent=style, alignment=1)), table])


# ------------------------------------------------------------------ targets without rules
def target_unruled_pdf():
    rows = [
        ["项目名称", ("公园健身步道维护", 1, 4)],
        ["主管部门", "731-南屏市城市管理局", "实施单位", ("731006-南屏市园林绿化中心", 1, 2)],
        [("项目资金(元)", 2, 1), "年度资金总额：", ("1,280,000.00", 1, 3)],
        ["其中：财政拨款", ("1,280,000.00", 1, 3)],
        ["年度总体目标", ("维护健身步道36公里，更换破损塑胶面层，完善照明和标识，为市民提供安全舒适的健身环境。", 1, 4)],
        ["一级指标", "二级指标", "三级指标", "指标值", "分值权重"],
        ["产出指标", "数量指标", "维护步道里程", "≥36公里", "30"],
        ["产出指标", "质量指标", "步道完好率", "≥98%", "20"],
        ["产出指标", "时效指标", "完成时限", "2025年11月底前", "10"],
        ["效益指标", "社会效益指标", "市民健身环境", "持续改善", "30"],
        ["满意度指标", "服务对象满意度指标", "市民满意度", "不低于90%", "10"],
    ]
    body = "<h1>项目支出绩效目标表</h1><p style=text-align:center>（2025年度）</p><table>%s</table>" % "".join(map(cells, rows))
    chromium("target-unruled-pdf", body, "td{border:none;padding:5px 8px}")


# ------------------------------------------------------------------ a page image, a negative, damaged files
def raster(source, page, dpi, tmp):
    """A page of another sample as a grey PNG."""
    out = os.path.join(tmp, "page")
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-png", "-singlefile", "-f", str(page), "-l", str(page),
                    os.path.join(HERE, source, "input.pdf"), out], check=True)
    return out + ".png"


def convert(*arguments):
    """ImageMagick, with the same noise at every run."""
    subprocess.run(["convert", "-seed", "7"] + list(arguments), check=True)


def image_pdf(jpeg, width, height):
    """A PDF of one page, at 200 dpi, that draws one grey JPEG."""
    box = (width * 72 / 200, height * 72 / 200)
    stream = b"q %.2f 0 0 %.2f 0 0 cm /I Do Q" % box
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>" % box,
               b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
               b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream"
               % (width, height, len(jpeg), jpeg)]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def scanned(source, page, tmp):
    """A page as a scanner gives it: a little askew, a little noise, JPEG."""
    png, jpg = raster(source, page, 200, tmp), os.path.join(tmp, "scan.jpg")
    size = subprocess.run(["identify", "-format", "%wx%h", png], check=True, capture_output=True, text=True).stdout
    width, height = map(int, size.split("x"))
    convert(png, "-background", "white", "-rotate", "0.7", "-gravity", "center", "-extent", size, "-attenuate", "0.15", "+noise", "Gaussian",
            "-colorspace", "gray", "-quality", "60", jpg)
    return image_pdf(open(jpg, "rb").read(), width, height)


# ------------------------------------------------------------------ the department form again, scanned
def scan_pdf():
    with tempfile.TemporaryDirectory() as tmp:
        put("scan-pdf", "input.pdf", scanned("department-ruled-pdf", 1, tmp))


# ------------------------------------------------------------------ a form over two pages, the second scanned
def mixed_pdf():
    with tempfile.TemporaryDirectory() as tmp:
        second = os.path.join(tmp, "second.pdf")
        open(second, "wb").write(scanned("annual-pages-pdf", 2, tmp))
        first, out = os.path.join(HERE, "annual-pages-pdf", "input.pdf"), os.path.join(tmp, "out.pdf")
        subprocess.run(["qpdf", "--deterministic-id", "--empty", "--pages", first, "1", second, "1", "--", out], check=True)
        put("mixed-pdf", "input.pdf", open(out, "rb").read())


# ------------------------------------------------------------------ a photo of a page: at an angle, in uneven light
def photo_jpg():
    with tempfile.TemporaryDirectory() as tmp:
        png, jpg = raster("annual-pages-pdf", 1, 180, tmp), os.path.join(tmp, "photo.jpg")
        convert(png, "-background", "#404040", "-virtual-pixel", "background", "-extent", "2180x1560-40-40",
                "-distort", "Perspective", "40,40 78,60  2145,40 2090,92  2145,1528 2150,1500  40,1528 30,1530",
                "(", "-size", "2180x1560", "gradient:white-gray62", ")", "-compose", "multiply", "-composite",
                "-attenuate", "0.1", "+noise", "Gaussian", "-colorspace", "gray", "-quality", "70", jpg)
        put("photo-jpg", "input.jpg", open(jpg, "rb").read())


def prose_pdf():
    body = "<h1>南屏市园林绿化中心2025年部门预算编制说明</h1><p>一、基本职能</p><p>负责公园和道路绿化的养护管理。本单位不设绩效目标表，有关情况见主管部门的公开文本。</p>"
    rows = [["收入", "预算数", "支出", "预算数"], ["一般公共预算拨款收入", "980.10", "城乡社区支出", "870.10"], ["事业收入", "20.00", "住房保障支出", "130.00"], ["收入总计", "1,000.10", "支出总计", "1,000.10"]]
    body += "<p style=text-align:right>单位：万元</p><table>%s</table>" % "".join(map(cells, rows))
    chromium("prose-pdf", body)


TEXTS = {
    "annual-gb18030": ("gb18030", """项目总额：40.00 万元	其中：财政拨款：38.00 万元
单位信息：351001-白石区交通警察大队	财政专户管理资金：
单位资金：2.00 万元	项目经办人：沈一
预算执行率权重：10
项目年度绩效目标表
（ 2022 年度）
年度目标：按时足额发放警务辅助人员工资并缴纳社会保险。
项目经办人电话：0571-8001495	预算项目：53010221T000267690205-警务辅助人员经费
职能职责与活动：06-交通管理	主管部门：351-白石区交通警察大队
一级指标	二级指标	三级指标	指标性质	绩效指标值	本年指标值	度量单位	权重(%)	本年权重	备注
产出指标	数量指标	保障警务辅助人员人数	≥	830		人	30
产出指标	质量指标	保障覆盖率	≥	99		%	20
成本指标	经济成本指标	人均补助标准	≤	278.46		元/人	20
满意度指标	满意度指标	服务对象满意度	≥	80		%	20
"""),
    "annual-utf16": ("utf-16", """2025年度绩效目标表

预算单位：119004-石桥镇人民政府
预算项目：13012125R000000456789-村级组织运转经费
主管部门：119-石桥镇人民政府
联系人：***
联系方式：***
年度资金总额：6.5 万元
财政资金：6.5 万元
执行率权重：10
年度绩效目标：保障村级组织正常运转。
备注：本表资金不含上年结转

一级指标	二级指标	三级指标	指标性质	指标值	度量单位	权重
产出指标	数量指标	保障村数量	=	12	个	50
效益指标	社会效益指标	基层治理水平	定性	优		30
满意度指标	服务对象满意度指标	村民满意度	≥	92.5	%	10
"""),
    "target-markdown": ("utf-8", """# 项目支出绩效目标申报表

（2024年度）

| 项目名称 | 智慧停车诱导系统维护 | 项目编码 | 33010524T000000777001 |
|---|---|---|---|
| 主管部门及代码 | 【208】新港区城市管理局 | 实施单位 | 【208011】新港区停车管理中心 |
| 项目属性 | 延续项目 | 起止时间 | 2024年1月-12月 |
| 项目资金（万元） | 年度资金总额 | 86.4000 |  |
|  | 其中：财政拨款 | 86.4000 |  |
|  | 其他资金 | / |  |
| 年度目标 | 维护诱导屏120块，系统可用率99.9%。 |  |  |

| 一级指标 | 二级指标 | 三级指标 | 指标值 | 分值 |
|---|---|---|---|---|
| 产出指标 | 数量指标 | 维护诱导屏数量 | ≥120块 | 30 |
|  | 质量指标 | 系统可用率 | ≥99.9% | 20 |
|  | 成本指标 | 单屏维护成本 | ≤7,200元/块·年 | 20 |
| 效益指标 | 社会效益指标 | 平均寻位时间 | 缩短 | 20 |
| 满意度指标 | 服务对象满意度指标 | 车主满意度 | 90%以上 | 10 |
"""),
    "annual-ocr-spaces": ("utf-8", """年 度 绩 效 目 标 表
（2021年）
单位:万元
预算单位: 720001-云岭区水务站     项目名称: 
52011521R000697167669-山洪灾害监测预警平台运行维
护
职能职责与活动： 04-水利工程运行管护     主管部门: 720-云岭区水务
局本级
项目经办人:      项目总额: 12.56
预算执行率杈重: 1O     联系电话: 
其中:财政拔款: 12.56
年度目标:
对自动雨量站、水位站、预警广播等设施设备进行巡检维修，
保障数据传输畅通。
单位资金: o.00    银行货款: 0．00
一级指标     二级指标     三级指标     指标性质     指标值  本年指标值    度量单位   权重 (%)    本年权重    备注
产出指标  质量指标    运行维护完成率    ≥   98      98  %     30      30   约束性指标
数量指标     维护自动雨量站数量     ≥     87     87  个    30  30
维护水位站数量   ≥   11  11      个    10  1O
效益指标   社会效益指标     促进社会和谐稳定   定性    较上年有所提高     较上年有所提高    10    10
满意度指标     满意度指标   服务对象满意率      >=    99    99   %     10   10

1
"""),
    "self-evaluation-tabs": ("utf-8", """部门项目支出绩效自评表
(2022年度)
项目名称			校园食堂“明厨亮灶”
主管部门			柳溪县教育和科学技术局
实施单位			柳溪县教育和科学技术局
项目资金(万元)				年初预算数	全年预算数	全年执行数		分值	执行率	得分
			年度资金总额	79.2470	79.2470	71.3223		10	90.00%	9
			其中:当年财政拨款	51.5110	51.5110	43.5863
			其他资金	27.7360	27.7360	27.7360
年度总体目标	年初设定目标					全年实际完成情况
	1.安装视频监控设备45套；2.接入监管平台。					安装44套，其余待补。
绩效指标	一级指标	二级指标	三级指标		年度指标值	实际完成值	分值	得分	未完成原因分析
	产出指标	数量指标	安装监控设备数量		≥45套	44套	40	39.1	一所学校改建
		质量指标	验收合格率		=100%	100%	20	20
	效益指标	社会效益指标	食品安全可追溯		明显改善	达成预期指标	20	20	无
	满意度指标	满意度指标	师生满意度		≥95%	96%	10	10
合计							100	98.1
"""),
    "self-evaluation-layout": ("utf-8", """\
                              项 目 支 出 绩 效 自 评 表
                                     （2023年度）
      项目名称                          乡村道路养护补助
     主 管 部 门                         417-云岭县交通运输局
     实 施 单 位                         417003-云岭县公路养护站
                                  年初预算数    全年预算数    全年执行数     分值     执行率    得分
                    年度资金总额           120.00    120.00    108.00    10     90.00%   9
     项 目 资 金(万元)   其中:当年财政拨款         100.00    100.00     90.00
                    上年结转资金            20.00     20.00     18.00
年                    年初设定目标                              实际完成情况
度     养护乡村道路一百二十公里,及时修补路面坑槽,保障
总                                               养护乡村道路一百一十五公里,群众满意。
体     群众出行安全。
目
标
      一级指标     二级指标        三级指标       年度指标值    实际完成值   分值   得分    偏差原因分析及改进措施
                          养护道路里程       ≥120公里    115公里    20   19    汛期推迟开工,来年提前
              数量指标                                                   安排
                          修补坑槽面积       ≥900平方米   950平方米   20   20
      产出指标
              质量指标        验收合格率         100%     100%     20   20
              时效指标        完成及时率         ≥95%     95%      10   10
      效益指标    社会效益指标      出行条件改善         明显       明显       10   10
      满意度指标   服务对象满意度指标   群众满意率        ≥90%     93%      10   10
                         总分                                   100   98
"""),
    "department-shifted": ("utf-8", """2023年部门整体支出绩效目标表
部门(单位)名称：685-岳西区妇幼保健院			预 算 年 度：2023			单位：万元
总体资金情况（万元）		预算支出总额	基本支出				项目支出
			合计	财政拨款	专户资金	单位资金	合计	财政拨款	专户资金	单位资金
		248.02	31.95	9.00	17.95	5.00	216.07	216.07	0.00	0.00
年度主要任务		任 务 名 称			主 要 内 容
		人员经费			人员工资及各项保费缴纳等
		免费检查			对35至64周岁农村妇女免费检查；对疑似病例及时转诊
部门整体绩效情况	整体绩效目标	目标1：免费检查。目标2：做好随访。
	年度绩效指标
	一 级 指 标	二 级 指 标		三 级 指 标		绩效指标性质	指 标 值	度 量 单 位	权 重
	产出指标	数量指标		检查人数		=	13,200	人	40
				随访人数		≥	1200	人	20
		时效指标		资金支付时间			2023年第四季度		10
	效益指标	社会效益指标		保障工作顺利开展		定性	长期		20
满意度指标	服务对象满意度指标		服务对象满意度		≥	98	%	10
其 他 说 明			无
"""),
}


TEXTS["projects-outline-tabs"] = ("utf-8", "\n".join("\t".join(row + [""] * (10 - len(row))) for row in [
    ["项目支出绩效目标表（本级下达）05-2"],
    ["单位名称：清源县水务局"] + [""] * 8 + ["单位：元"],
    ["单位名称、项目名称", "项目年度绩效目标", "一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "指标属性", "指标内容"],
    [str(n) for n in range(1, 11)],
    ["清源县水务局"],
    ["河道清淤专项经费", "完成河道清淤十公里，改善水环境"],
    ["", "", "产出指标"],
    ["", "", "", "数量指标"],
    ["", "", "", "", "清淤长度", ">=", "10", "公里", "定量指标", "反映清淤完成的长度"],
    ["", "", "", "质量指标"],
    ["", "", "", "", "验收合格率", "=", "100", "%", "定量指标", "反映验收情况"],
    ["", "", "效益指标"],
    ["", "", "", "生态效益指标"],
    ["", "", "", "", "水质改善", "=", "明显", "", "定性指标", "反映水质变化"],
    ["水库管护经费", "完成三座水库的日常管护"],
    ["", "", "产出指标"],
    ["", "", "", "数量指标"],
    ["", "", "", "", "管护水库", ">=", "3", "座", "定量指标", "反映管护数量"],
    ["", "", "满意度指标"],
    ["", "", "", "服务对象满意度指标"],
    ["", "", "", "", "群众满意度", ">=", "90", "%", "定量指标", "反映群众评价"],
]) + "\n")


def texts():
    for sample, (encoding, text) in TEXTS.items():
        if len(sys.argv) > 2 and sample not in sys.argv[2:]:
            continue
        if encoding == "utf-16":
            put(sample, "input.txt", b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"))
        else:
            put(sample, "input.txt", text.encode(encoding))


def target_layout():
    """What `pdftotext -layout` makes of a ruled form."""
    source = os.path.join(HERE, "department-ruled-pdf", "input.pdf")
    put("department-layout", "input.txt", subprocess.run(["pdftotext", "-layout", source, "-"], check=True, capture_output=True).stdout)


ALL = [department_ruled_pdf, projects_list_pdf, annual_pages_pdf, self_evaluation_cid_pdf, target_unruled_pdf, scan_pdf, mixed_pdf, photo_jpg, prose_pdf, texts, target_layout]
if __name__ == "__main__":
    for make in ALL:
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            make()
