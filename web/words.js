// Words: what the page says, in Chinese and in English.
'use strict';
globalThis.J = {};

(() => {
  const WORDS = {
    list: ['列表', 'List'],
    list_of_forms: ['表单列表', 'List of forms'],
    previous: ['上一张', 'Previous form'],
    next: ['下一张', 'Next form'],
    next_open: ['下一张未核', 'Next open form'],
    approve: ['通过', 'Approve'],
    defective: ['有误', 'Defective'],
    flag: ['待议', 'Flag'],
    withdraw: ['撤回结论', 'Withdraw'],
    undo: ['撤销', 'Undo'],
    help: ['帮助', 'Help'],
    close: ['关闭', 'Close'],
    save_corrections: ['保存更正', 'Save corrections'],
    save_verdicts: ['保存结论', 'Save verdicts'],
    your_name: ['核对人', 'Your name'],
    of: ['/', '/'],
    said: ['已核', 'done'],
    approved: ['已通过', 'approved'],
    flagged: ['待议', 'flagged'],
    open: ['未核', 'open'],
    corrected: ['已更正', 'corrected'],
    all: ['全部', 'all'],
    without_forms: ['无表单的文件', 'files without forms'],
    order: ['次序', 'Order'],
    by_doubt: ['疑点多者在前', 'most doubtful first'],
    by_run: ['按读取次序', 'as in the run'],
    search: ['查找文件、单位、项目…', 'Find file, unit, project…'],
    show: ['显示', 'Show'],
    n_forms: ['{n} 张', '{n} forms'],
    n_files: ['{n} 个文件', '{n} files'],
    nothing_here: ['没有符合条件的表单', 'no such forms'],
    page: ['第 {n} 页', 'page {n}'],
    page_of: ['第 {n} 页，共 {m} 页', 'page {n} of {m}'],
    pages: ['页', 'Pages'],
    line: ['第 {n} 行', 'line {n}'],
    zoom_in: ['放大', 'Zoom in'],
    zoom_out: ['缩小', 'Zoom out'],
    fit: ['适合宽度', 'Fit width'],
    drawing: ['正在绘制…', 'drawing…'],
    source: ['原文', 'Source'],
    no_picture: ['此页没有图像', 'no picture of this page'],
    nothing_missing: ['找不到原文件，无法显示图像。若文件在别处，请用 --root 指明。', 'The source file is not there: no picture. If it is elsewhere, say so with --root.'],
    nothing_changed: ['原文件已改动（sha256 不同），不显示其图像。', 'The source file has changed since it was read (another sha256): its picture is not shown.'],
    nothing_no_picture: ['此页没有可显示的图像。下方按位置列出读到的文字。', 'There is no picture of this page. Below is the text as it was read, in its places.'],
    nothing_failed: ['绘制此页失败或超出限制。下方按位置列出读到的文字。', 'Drawing this page failed or cost more than it may. Below is the text as it was read, in its places.'],
    no_provenance: ['此记录没有位置信息：请用 extract --provenance 重新读取。', 'This record says of no value where it was printed: read it with extract --provenance.'],
    findings: ['发现', 'Findings'],
    no_findings: ['没有发现', 'no findings'],
    checks: ['校验', 'Checks'],
    explanation: ['说明', 'Explanation'],
    pass: ['符合', 'pass'],
    fail: ['不符', 'fail'],
    not_applicable: ['不适用', 'not applicable'],
    error: ['错误', 'error'],
    warning: ['警告', 'warning'],
    info: ['提示', 'note'],
    unsure: ['存疑', 'doubtful'],
    settled: ['已更正', 'corrected'],
    raw: ['读作', 'Read as'],
    confidence: ['置信度', 'Confidence'],
    place: ['位置', 'Place'],
    was: ['原值', 'Was'],
    history: ['更正记录', 'Corrections'],
    added_row: ['新增行', 'row added'],
    removed_rows: ['已删 {n} 行', '{n} rows removed'],
    null: ['—', '—'],
    empty_blank: ['空白', 'blank'],
    empty_dash: ['横线', 'dash'],
    empty_placeholder: ['占位', 'placeholder'],
    empty_redacted: ['隐去', 'redacted'],
    form_removed: ['此表单已整张删除', 'this form was removed'],
    form_added: ['此表单为核对时新增', 'this form was added in review'],
    show_empty: ['显示空栏', 'Show empty fields'],
    saved: ['已保存', 'saved'],
    undone: ['已撤销', 'undone'],
    nothing_to_undo: ['没有可撤销的更正', 'nothing to undo'],
    unchanged: ['未改动', 'unchanged'],
    refused: ['未保存：{reason}', 'not saved: {reason}'],
    all_said: ['全部核对完毕', 'all forms are done'],
    no_doubt: ['此表单没有疑点', 'nothing to doubt in this form'],
    last_doubt: ['疑点已到末尾，回到开头', 'no more doubts; back to the first'],
    removed: ['已删除', 'removed'],
    moved: ['已移动', 'moved'],
    note: ['说明（可留空）', 'Note (may be empty)'],
    edit_hint: ['Enter 保存 · Esc 取消 · Alt+Enter 换行 · 留空表示未印出', 'Enter saves · Esc cancels · Alt+Enter breaks the line · empty: not printed'],
    choose_hint: ['↑↓ 选择 · Enter 保存 · Esc 取消', '↑↓ choose · Enter saves · Esc cancels'],
    only_digits: ['应为整数', 'expected a whole number'],
    only_decimal: ['应为数值，如 95 或 2.5', 'expected a decimal such as 95 or 2.5'],
    not_editable: ['此处不能直接更正', 'this cannot be corrected'],
    menu: ['行与表单边界', 'Rows and boundaries'],
    menu_needs_row: ['请先选定表格中的一行', 'choose a row of a table first'],
    to_next: ['本行起至末行，移到下一张表单开头', 'Move this row and all below to the beginning of the next form'],
    to_previous: ['首行至本行，移到上一张表单末尾', 'Move this row and all above to the end of the previous form'],
    split: ['从本行起另立一张新表单', 'Split here: this row and all below become a new form'],
    remove_form: ['删除整张表单', 'Remove the whole form'],
    restore_form: ['恢复整张表单', 'Restore the form'],
    no_neighbour: ['没有相邻的表单', 'there is no such form'],
    row: ['行', 'row'],
    add_row_below: ['在下方插入一行', 'Insert a row below'],
    remove_row: ['删除本行', 'Remove this row'],
    language: ['English', '中文'],
    document: ['文件', 'Document'],
    status: ['状态', 'Status'],
    status_no_form: ['无表单', 'no form'],
    status_failed: ['失败', 'failed'],
    status_skipped: ['略过', 'skipped'],
    status_ok: ['正常', 'ok'],
    status_partial: ['部分', 'partial'],
    lost: ['与 jixiao 的连接已断开', 'the connection to jixiao is lost'],
    file_mode: ['本页为离线文件：更正与结论保存在浏览器中，请在结束时下载。', 'This page is a file: corrections and verdicts stay in this browser; download them when you are done.'],
    section_head: ['基本信息', 'Heading'],
    section_functions: ['职能职责与活动', 'Functions'],
    section_funds: ['资金', 'Funds (yuan)'],
    section_goal: ['目标', 'Goals'],
    section_tasks: ['年度主要任务', 'Tasks'],
    section_indicators: ['绩效指标', 'Indicators'],
    section_attributes: ['其他栏目', 'Attributes'],
  };

  const FIELDS = {
    title: ['标题', 'Title'], fiscal_year: ['预算年度', 'Fiscal year'], amount_unit: ['金额单位', 'Amounts in'], family: ['表单类型', 'Family'],
    'department/code': ['主管部门代码', 'Department code'], 'department/name': ['主管部门', 'Department'],
    'budget_unit/code': ['预算单位代码', 'Budget unit code'], 'budget_unit/name': ['预算单位', 'Budget unit'],
    'project/code': ['项目代码', 'Project code'], 'project/name': ['项目名称', 'Project'],
    'contact/person': ['经办人', 'Contact'], 'contact/phone': ['电话', 'Phone'],
    execution_rate_weight: ['执行率权重', 'Execution weight'], total_score: ['总分', 'Total score'],
    annual_goal: ['年度目标', 'Annual goal'], actual_result: ['实际完成', 'Actual result'], remarks: ['备注', 'Remarks'],
    code: ['代码', 'Code'], name: ['名称', 'Name'], content: ['主要内容', 'Content'], amount: ['金额', 'Amount'],
    category: ['类别', 'Category'], source: ['来源', 'Source'], stage: ['阶段', 'Stage'],
    level1: ['一级', 'Level 1'], level2: ['二级', 'Level 2'], level3: ['三级指标', 'Level 3'], operator: ['性质', 'Op'], target: ['指标值', 'Target'],
    target_current: ['本年值', 'Current'], measure_unit: ['单位', 'Unit'], weight: ['权重', 'Weight'], weight_current: ['本年权重', 'Current weight'],
    actual: ['完成值', 'Actual'], score: ['得分', 'Score'], deviation: ['偏差原因', 'Deviation'], note: ['备注', 'Note'],
    label: ['栏目', 'Label'], value: ['内容', 'Value'],
  };

  const CHOICES = {
    operator: [[null, '—', '—'], ['ge', '≥', '≥'], ['le', '≤', '≤'], ['gt', '>', '>'], ['lt', '<', '<'], ['eq', '=', '='], ['qualitative', '定性', 'qualitative']],
    amount_unit: [[null, '—', '—'], ['元', '元', '元'], ['千元', '千元', '千元'], ['万元', '万元', '万元'], ['亿元', '亿元', '亿元']],
    category: [['all', '全部', 'all'], ['basic', '基本支出', 'basic'], ['project', '项目支出', 'project'], ['personnel', '人员经费', 'personnel'], ['operating', '公用经费', 'operating']],
    source: [['total', '总额', 'total'], ['fiscal', '财政拨款', 'fiscal'], ['special_account', '财政专户', 'special account'], ['unit', '单位资金', 'own funds'], ['social', '社会投入', 'social'], ['bank_loan', '银行贷款', 'bank loan'], ['carryover', '上年结转', 'carryover'], ['other', '其他资金', 'other']],
    stage: [['budget', '预算', 'budget'], ['initial_budget', '年初预算', 'initial'], ['adjusted_budget', '全年预算', 'adjusted'], ['executed', '全年执行', 'executed']],
  };

  const FAMILIES = {
    department_overall_target: ['部门整体支出绩效目标', 'department overall target'], project_annual_target: ['年度绩效目标', 'project annual target'],
    project_target: ['项目支出绩效目标', 'project target'], project_self_evaluation: ['项目支出绩效自评', 'project self-evaluation'],
  };

  const RULES = {
    funds_sum: ['资金合计', 'sum of funds'], weight_sum: ['权重合计', 'sum of weights'], score_sum: ['得分合计', 'sum of scores'], year_conflict: ['年度一致', 'one year'],
    code_shape: ['项目代码格式', 'shape of the code'], unit_prefix: ['单位代码前缀', 'prefix of the unit code'], region: ['行政区划', 'region'],
    level_vocabulary: ['指标层级名称', 'names of levels'], percent_range: ['百分比范围', 'range of percentages'], duplicate_row: ['指标行不重复', 'no row twice'],
  };

  const KEYS = [
    [['n', 'p'], ['下一处 / 上一处疑点', 'Next / previous doubtful field']],
    [['↑ ↓ ← →'], ['在各栏之间移动', 'Move between fields']],
    [[']', '['], ['下一张 / 上一张表单', 'Next / previous form']],
    [['}'], ['下一张未核对的表单', 'Next form that is still open']],
    [['Enter', 'e'], ['更正选定的值', 'Edit the selected value']],
    [['a'], ['整张通过，转到下一张未核', 'Approve the form, go on to the next open one']],
    [['d'], ['整张有误（可写说明）', 'The form is defective (with a note)']],
    [['f'], ['待议：请他人再看（可写说明）', 'Flag for someone else (with a note)']],
    [['w'], ['撤回对本表单的结论', 'Withdraw what was said of the form']],
    [['u'], ['撤销本表单最近一次更正', 'Undo the last correction of this form']],
    [['o', 'O'], ['在下方 / 上方插入一行', 'Insert a row below / above']],
    [['x', 'Delete'], ['删除本行', 'Remove the row']],
    [['m'], ['移动表单边界、拆分、删除整张', 'Move the boundary, split, remove the form']],
    [['+', '-', '0'], ['放大 / 缩小 / 适合宽度', 'Zoom in / out / fit width']],
    [['z'], ['放大到选定的栏', 'Zoom to the field']],
    [['Shift+↑ ↓ ← →'], ['平移原文图像', 'Pan the picture']],
    [['PageUp', 'PageDown'], ['原文上一页 / 下一页', 'Previous / next page']],
    [['h'], ['显示或隐藏空栏', 'Show or hide empty fields']],
    [['l'], ['打开列表并移到其中；Esc 返回', 'Open the list and go there; Esc comes back']],
    [['/'], ['查找表单', 'Find a form']],
    [['t'], ['中文 / English', 'Chinese / English']],
    [['?'], ['本帮助', 'This help']],
  ];

  const remembered = (() => {
    try { return localStorage.getItem('jixiao-lang'); } catch { return null; }
  })();
  J.lang = remembered === 'en' ? 'en' : 'zh';
  const pick = (pair) => pair[J.lang === 'zh' ? 0 : 1];
  /** A word of the page, with what is filled in. */
  J.t = (key, fill = {}) => {
    const text = WORDS[key] ? pick(WORDS[key]) : key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(fill[name] ?? ''));
  };
  /** The label of a field, by its key or its pointer. */
  J.label = (key) => (FIELDS[key] ? pick(FIELDS[key]) : key);
  /** What a check looks at. */
  J.rule = (name) => (RULES[name] ? pick(RULES[name]) : name);
  J.family = (name) => (FAMILIES[name] ? pick(FAMILIES[name]) : name);
  /** What may be chosen for a key: values with their texts; undefined where anything may stand. */
  J.choices = (key) => CHOICES[key]?.map(([value, zh, en]) => [value, J.lang === 'zh' ? zh : en]);
  J.keyList = () => KEYS.map(([keys, pair]) => [keys, pick(pair)]);
  J.setLang = (lang) => {
    J.lang = lang;
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    try { localStorage.setItem('jixiao-lang', lang); } catch { /* The page is a file, or nothing may be kept. */ }
  };
})();
