//! The tables of the star model, those that are referred to first: what `jixiao export` writes.
//!
//! Long because it is the definition of every table and column, read as one thing.

use super::star::{Column, Kind, Table};

const fn column(
    kind: Kind,
    name: &'static str,
    label: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Column {
    Column {
        name,
        label,
        kind,
        nullable: false,
        en,
        zh,
        values: &[],
        refers_to: None,
    }
}

const fn text(
    name: &'static str,
    label: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Column {
    column(Kind::Text, name, label, en, zh)
}

const fn int(
    name: &'static str,
    label: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Column {
    column(Kind::Int32, name, label, en, zh)
}

const fn decimal(
    name: &'static str,
    label: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Column {
    column(Kind::Decimal, name, label, en, zh)
}

const fn maybe(column: Column) -> Column {
    Column {
        nullable: true,
        ..column
    }
}

const fn one_of(column: Column, values: &'static [&'static str]) -> Column {
    Column { values, ..column }
}

const fn refers(column: Column, table: &'static str) -> Column {
    Column {
        refers_to: Some(table),
        ..column
    }
}

const DOCUMENT: Column = refers(
    column(
        Kind::Int64,
        "document_sk",
        "文件键",
        "the document: key of documents",
        "所属文件：documents 的主键",
    ),
    "documents",
);
const FORM: Column = refers(
    column(
        Kind::Int64,
        "form_sk",
        "表单键",
        "the form: key of forms",
        "所属表单：forms 的主键",
    ),
    "forms",
);
const POSITION: Column = int(
    "position",
    "序号",
    "place in the printed order, from 1",
    "印刷顺序，从 1 起",
);

/// The tables, those that are referred to first.
pub const TABLES: &[Table] = &[
    Table {
        name: "documents",
        label: "文件",
        en: "one input: a file or a member of an archive, whatever became of it",
        zh: "一个输入：文件或压缩包成员，不论结果如何",
        key: &["document_sk"],
        columns: &[
            column(
                Kind::Int64,
                "document_sk",
                "文件键",
                "key made of the path: the same path has it in every delivery",
                "由路径得出的主键：同一路径在每次交付中相同",
            ),
            maybe(text(
                "document_id",
                "文件指纹",
                "sha256 of the bytes; null where they could not be read",
                "字节的 sha256；未能读取时为空",
            )),
            text(
                "path",
                "路径",
                "path as given, `/` between its steps",
                "给定的路径，以 / 分隔",
            ),
            maybe(text(
                "path_b64",
                "路径字节",
                "the path's bytes in base64, where they are not UTF-8",
                "路径字节的 base64，仅当不是 UTF-8 时",
            )),
            maybe(column(
                Kind::Int64,
                "bytes",
                "字节数",
                "size in bytes; null where unknown",
                "字节数；未知时为空",
            )),
            one_of(
                text("status", "状态", "what became of it", "处理结果"),
                &["ok", "partial", "no_form", "failed", "skipped"],
            ),
            maybe(int(
                "pages",
                "页数",
                "number of pages; null for plain text",
                "页数；纯文本为空",
            )),
            int("n_forms", "表单数", "number of forms", "表单数"),
            text(
                "families",
                "表式",
                "families found, sorted, with `,` between them",
                "识别出的表式，排序后以逗号分隔",
            ),
            text(
                "sources",
                "来源",
                "sources of its pages, sorted, with `,` between them",
                "页面来源，排序后以逗号分隔",
            ),
            maybe(column(
                Kind::Double,
                "coverage",
                "覆盖率",
                "share of the printed characters of pages with forms that ended up in a value, a label or furniture",
                "表单页印刷字符中进入值、标签或页眉页脚的比例",
            )),
            column(
                Kind::Int64,
                "residue_chars",
                "剩余字符数",
                "printed characters of those pages that no rule used",
                "没有任何规则使用的字符数",
            ),
            maybe(column(
                Kind::Int64,
                "elapsed_ms",
                "耗时毫秒",
                "wall time in milliseconds; null with --no-timing",
                "耗时（毫秒）；--no-timing 时为空",
            )),
        ],
    },
    Table {
        name: "forms",
        label: "表单",
        en: "one performance-target form",
        zh: "一张绩效目标表",
        key: &["form_sk"],
        columns: &[
            column(
                Kind::Int64,
                "form_sk",
                "表单键",
                "key made of the path and the ordinal",
                "由路径和序号得出的主键",
            ),
            DOCUMENT,
            text(
                "form_id",
                "表单编号",
                "id made of the document's bytes and the ordinal",
                "由文件字节和序号得出的编号",
            ),
            int(
                "ordinal",
                "表内序号",
                "ordinal in its document, from 1",
                "在文件中的序号，从 1 起",
            ),
            maybe(text(
                "form_key",
                "跨文件键",
                "key across documents, of family, unit, project, year and ordinal: re-disclosed forms share it; null where neither unit nor project is printed",
                "跨文件键：由表式、单位、项目、年度、序号得出，重复公开的表单相同；单位和项目均未印时为空",
            )),
            text(
                "content_hash",
                "内容指纹",
                "hash of what the form says, without where and by which grammar it was read",
                "表单内容的指纹，不含来源与语法版本",
            ),
            text("family", "表式", "grammar family", "表式"),
            text(
                "grammar",
                "语法",
                "name@version of the grammar that read it",
                "读取所用语法的名称与版本",
            ),
            maybe(text("title", "标题", "title as printed", "印刷的标题")),
            maybe(int("fiscal_year", "预算年度", "fiscal year", "预算年度")),
            maybe(one_of(
                text(
                    "amount_unit",
                    "金额单位",
                    "unit declared for the amounts; amounts of this model are yuan",
                    "表中声明的金额单位；本模型金额一律为元",
                ),
                &["元", "千元", "万元", "亿元"],
            )),
            maybe(int(
                "first_page",
                "起始页",
                "first page, from 1; null for plain text",
                "起始页，从 1 起；纯文本为空",
            )),
            maybe(int("last_page", "结束页", "last page", "结束页")),
            maybe(int(
                "first_line",
                "起始行",
                "first line, from 1; plain text only",
                "起始行，从 1 起；仅纯文本",
            )),
            maybe(int("last_line", "结束行", "last line", "结束行")),
            one_of(
                text("source", "来源", "where its text came from", "文字来源"),
                &["pdf_text", "ocr", "text", "mixed"],
            ),
            maybe(text(
                "department_code",
                "主管部门编码",
                "code of the department",
                "主管部门编码",
            )),
            maybe(text(
                "department_name",
                "主管部门",
                "name of the department",
                "主管部门名称",
            )),
            maybe(text(
                "budget_unit_code",
                "预算单位编码",
                "code of the budget unit",
                "预算单位编码",
            )),
            maybe(text(
                "budget_unit_name",
                "预算单位",
                "name of the budget unit",
                "预算单位名称",
            )),
            maybe(text(
                "project_code",
                "项目编码",
                "code of the project",
                "项目编码",
            )),
            maybe(text(
                "project_name",
                "项目名称",
                "name of the project",
                "项目名称",
            )),
            maybe(text(
                "project_region_code",
                "项目区划",
                "first six digits of the project's code (GB/T 2260)",
                "项目编码前六位（GB/T 2260）",
            )),
            maybe(int(
                "project_setup_year",
                "项目设立年度",
                "year in which the project was set up",
                "项目设立年度",
            )),
            maybe(text(
                "project_category",
                "项目类别",
                "letter of the project's code",
                "项目编码中的类别字母",
            )),
            maybe(text(
                "project_serial",
                "项目序列号",
                "digits behind that letter",
                "类别字母之后的数字",
            )),
            maybe(text(
                "contact_person",
                "经办人",
                "person to be asked",
                "经办人",
            )),
            maybe(text(
                "contact_phone",
                "联系电话",
                "phone number",
                "联系电话",
            )),
            maybe(decimal(
                "execution_rate_weight",
                "预算执行率权重",
                "weight of the execution rate",
                "预算执行率权重",
            )),
            maybe(text(
                "annual_goal",
                "年度目标",
                "goal of the year",
                "年度目标",
            )),
            maybe(text(
                "actual_result",
                "实际完成情况",
                "what was reached (self-evaluation)",
                "实际完成情况（自评）",
            )),
            maybe(decimal(
                "total_score",
                "总分",
                "score of the whole form (self-evaluation)",
                "总分（自评）",
            )),
            maybe(text(
                "remarks",
                "备注",
                "remarks on the whole form",
                "整表备注",
            )),
            maybe(column(
                Kind::Double,
                "confidence",
                "置信度",
                "lowest recognition confidence of any value; null where nothing was recognised from pixels",
                "各值中最低的识别置信度；非识别所得为空",
            )),
        ],
    },
    Table {
        name: "functions",
        label: "职能",
        en: "one step of 职能职责与活动",
        zh: "职能职责与活动的一级",
        key: &["form_sk", "position"],
        columns: &[
            DOCUMENT,
            FORM,
            POSITION,
            maybe(text("code", "编码", "code", "编码")),
            maybe(text("name", "名称", "name", "名称")),
        ],
    },
    Table {
        name: "funds",
        label: "资金",
        en: "one printed amount of money",
        zh: "一笔印刷的金额",
        key: &["form_sk", "position"],
        columns: &[
            DOCUMENT,
            FORM,
            POSITION,
            one_of(
                text("category", "支出类别", "kind of expenditure", "支出类别"),
                &["all", "basic", "project", "personnel", "operating"],
            ),
            one_of(
                text(
                    "source",
                    "资金来源",
                    "source of the money; `total` is a sum of the others",
                    "资金来源；total 为合计",
                ),
                &[
                    "total",
                    "fiscal",
                    "special_account",
                    "unit",
                    "social",
                    "bank_loan",
                    "carryover",
                    "other",
                ],
            ),
            one_of(
                text("stage", "阶段", "stage of the budget", "预算阶段"),
                &["budget", "initial_budget", "adjusted_budget", "executed"],
            ),
            maybe(decimal(
                "amount",
                "金额（元）",
                "yuan; null only where it does not fit, which is a diagnostic",
                "金额（元）；仅在超出范围时为空并有诊断",
            )),
        ],
    },
    Table {
        name: "tasks",
        label: "任务",
        en: "one task of the year",
        zh: "一项年度主要任务",
        key: &["form_sk", "position"],
        columns: &[
            DOCUMENT,
            FORM,
            POSITION,
            maybe(text("name", "任务名称", "name", "任务名称")),
            maybe(text("content", "主要内容", "content", "主要内容")),
            maybe(decimal("amount", "金额（元）", "yuan", "金额（元）")),
        ],
    },
    Table {
        name: "indicators",
        label: "指标",
        en: "one indicator",
        zh: "一条绩效指标",
        key: &["form_sk", "position"],
        columns: &[
            DOCUMENT,
            FORM,
            POSITION,
            maybe(text("level1", "一级指标", "first level", "一级指标")),
            maybe(text("level2", "二级指标", "second level", "二级指标")),
            maybe(text("level3", "三级指标", "third level", "三级指标")),
            maybe(one_of(
                text(
                    "operator",
                    "指标性质",
                    "how the target is meant",
                    "指标性质",
                ),
                &["ge", "le", "gt", "lt", "eq", "qualitative"],
            )),
            maybe(text(
                "target",
                "指标值",
                "target without operator and unit",
                "指标值，不含符号与单位",
            )),
            maybe(text(
                "target_current",
                "本年指标值",
                "target of this year",
                "本年指标值",
            )),
            maybe(text(
                "measure_unit",
                "度量单位",
                "unit of measure",
                "度量单位",
            )),
            maybe(decimal("weight", "权重", "weight", "权重")),
            maybe(decimal(
                "weight_current",
                "本年权重",
                "weight of this year",
                "本年权重",
            )),
            maybe(text(
                "actual",
                "实际完成值",
                "what was reached",
                "实际完成值",
            )),
            maybe(text("score", "得分", "score as printed", "得分（按印刷）")),
            maybe(text(
                "deviation",
                "偏差原因",
                "reasons of a deviation and what is done about it",
                "偏差原因分析及改进措施",
            )),
            maybe(text("note", "备注", "note", "备注")),
        ],
    },
    Table {
        name: "attributes",
        label: "其他栏目",
        en: "one known label that has no column of its own",
        zh: "没有专用列的已知栏目",
        key: &["form_sk", "position"],
        columns: &[
            DOCUMENT,
            FORM,
            POSITION,
            text("label", "栏目", "label as printed", "印刷的栏目名"),
            maybe(text("value", "值", "value as printed", "印刷的值")),
        ],
    },
    Table {
        name: "blanks",
        label: "空值",
        en: "one printed label that carries no value",
        zh: "已印刷但无值的栏目",
        key: &["form_sk", "path"],
        columns: &[
            DOCUMENT,
            FORM,
            text(
                "path",
                "位置",
                "JSON Pointer into the record",
                "记录内的 JSON Pointer",
            ),
            one_of(
                text("kind", "类型", "how it is empty", "空值类型"),
                &["blank", "dash", "placeholder", "redacted"],
            ),
        ],
    },
    Table {
        name: "checks",
        label: "校验",
        en: "outcome of one rule for one form",
        zh: "一条规则对一张表的结果",
        key: &["form_sk", "rule"],
        columns: &[
            DOCUMENT,
            FORM,
            text("rule", "规则", "name of the rule", "规则名称"),
            one_of(
                text("outcome", "结果", "its outcome", "结果"),
                &["pass", "fail", "not_applicable"],
            ),
        ],
    },
    Table {
        name: "diagnostics",
        label: "诊断",
        en: "one finding about a document (form_sk null) or about a form",
        zh: "对文件（form_sk 为空）或表单的一条诊断",
        key: &["document_sk", "position"],
        columns: &[
            DOCUMENT,
            column(
                Kind::Int32,
                "position",
                "序号",
                "place among the findings of the document, from 1",
                "在该文件诊断中的序号，从 1 起",
            ),
            maybe(FORM),
            text(
                "code",
                "代码",
                "stable code: `jixiao explain CODE`",
                "稳定代码：jixiao explain 代码",
            ),
            one_of(
                text("severity", "级别", "how grave it is", "级别"),
                &["info", "warning", "error"],
            ),
            text(
                "path",
                "位置",
                "JSON Pointer into the record; empty for the whole",
                "记录内的 JSON Pointer；整体为空",
            ),
            text("message", "说明", "what was found", "说明"),
        ],
    },
    Table {
        name: "provenance",
        label: "出处",
        en: "where one value was printed (runs with --provenance)",
        zh: "一个值的印刷位置（--provenance）",
        key: &["form_sk", "path"],
        columns: &[
            DOCUMENT,
            FORM,
            text(
                "path",
                "位置",
                "JSON Pointer into the record",
                "记录内的 JSON Pointer",
            ),
            maybe(int("page", "页", "page, from 1", "页，从 1 起")),
            maybe(column(
                Kind::Double,
                "bbox_left",
                "左",
                "left edge in points from the left of the page as displayed",
                "左边距（点）",
            )),
            maybe(column(
                Kind::Double,
                "bbox_top",
                "上",
                "top edge in points from the top",
                "上边距（点）",
            )),
            maybe(column(
                Kind::Double,
                "bbox_right",
                "右",
                "right edge",
                "右边（点）",
            )),
            maybe(column(
                Kind::Double,
                "bbox_bottom",
                "下",
                "bottom edge",
                "下边（点）",
            )),
            maybe(int(
                "line",
                "行",
                "line, from 1; plain text only",
                "行，从 1 起；仅纯文本",
            )),
            text("raw", "原文", "the text as read", "读到的原文"),
            maybe(column(
                Kind::Double,
                "confidence",
                "置信度",
                "recognition confidence, 0 to 1",
                "识别置信度，0 至 1",
            )),
        ],
    },
];
