// Form: a record with what was said of it. The record itself is never changed: corrections are replayed on a copy.
'use strict';
(() => {
  const TABLES = {
    functions: ['code', 'name'],
    funds: ['category', 'source', 'stage', 'amount'],
    tasks: ['name', 'content', 'amount'],
    indicators: ['level1', 'level2', 'level3', 'operator', 'target', 'target_current', 'measure_unit', 'weight', 'weight_current', 'actual', 'score', 'deviation', 'note'],
    attributes: ['label', 'value'],
  };
  const OBJECTS = {
    department: ['code', 'name'], budget_unit: ['code', 'name'], contact: ['person', 'phone'],
    project: ['code', 'name', 'region_code', 'setup_year', 'category', 'serial'],
  };
  const DECIMALS = new Set(['weight', 'weight_current', 'amount', 'execution_rate_weight', 'total_score']);
  /** Keys that a row cannot be without. */
  const FIRST_VALUES = { category: 'all', source: 'total', stage: 'budget', amount: '0.00', label: '' };
  /** A value that was recognised less surely than this is doubted. */
  const SURE = 0.9;
  /** A value is shown as doubtful from this doubt on, though no finding speaks of it. */
  const DOUBTFUL = 0.3;

  const copy = (value) => (value === undefined || value === null ? null : JSON.parse(JSON.stringify(value)));
  const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value && typeof value === 'object') {
      return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
    }
    return value ?? null;
  };
  const steps = (pointer) => pointer.split('/').slice(1);
  const at = (record, pointer) => steps(pointer).reduce((value, step) => value?.[step] ?? null, record);
  const ordinalOf = (id) => Number(id.split('-')[1]);

  /** Takes a correction into a state `{record, origin, removed}`. What does not fit is passed over: jixiao says so when it replays it. */
  const replay = (state, c) => {
    if (c.pointer === '') {
      state.record = c.op === 'remove' ? null : copy(c.new);
      return;
    }
    if (!state.record) return;
    const path = steps(c.pointer);
    if (c.op === 'replace') {
      const last = path.pop();
      let parent = state.record;
      for (const step of path) {
        if (parent[step] === null && OBJECTS[step]) {
          parent[step] = Object.fromEntries(OBJECTS[step].map((key) => [key, null]));
        }
        parent = parent[step];
        if (!parent) return;
      }
      parent[last] = copy(c.new);
      return;
    }
    const rows = state.record[path[0]];
    const idx = Number(path[1]);
    if (!Array.isArray(rows)) return;
    if (c.op === 'add') {
      const row = copy(c.new);
      // A row that was taken away and comes back is the one that was printed.
      const back = state.removed.findIndex((gone) => gone.table === path[0] && same(gone.row, row));
      if (back >= 0) {
        const [gone] = state.removed.splice(back, 1);
        if (gone.origin) state.origin.set(row, gone.origin);
      }
      rows.splice(idx, 0, row);
    } else if (rows[idx]) {
      const [row] = rows.splice(idx, 1);
      state.removed.push({ table: path[0], row, origin: state.origin.get(row) });
    }
  };

  const inverse = (c) => {
    const back = { form: c.form, pointer: c.pointer, old: c.new, new: c.old };
    if (c.op === 'add') return { ...back, op: 'remove', new: null };
    if (c.op === 'remove') return { ...back, op: 'add', old: null };
    const key = c.pointer.split('/').pop();
    return { ...back, op: 'replace', ...(c.row ? { row: { ...c.row, [key]: c.new } } : {}) };
  };
  const leadsBack = (c, d) => {
    const i = inverse(d);
    return c.form === i.form && c.op === i.op && c.pointer === i.pointer && same(c.new, i.new);
  };

  /** Corrections of a document that still hold, in groups that were made together: what was undone is left out. */
  const standing = (corrections) => {
    const groups = [];
    for (const c of corrections) {
      const last = groups[groups.length - 1];
      if (last && last[0].at === c.at && last[0].by === c.by) last.push(c);
      else groups.push([c]);
    }
    const stack = [];
    for (const group of groups) {
      let undone = -1;
      for (let k = stack.length - 1; k >= 0 && undone < 0; k -= 1) {
        const other = stack[k];
        if (other.length === group.length && group.every((c, i) => leadsBack(c, other[other.length - 1 - i]))) undone = k;
        else if (other.some((c) => group.some((d) => d.form === c.form && (d.pointer === c.pointer || d.op !== 'replace' || c.op !== 'replace')))) break;
      }
      if (undone >= 0) stack.splice(undone, 1);
      else stack.push(group);
    }
    return stack;
  };

  /** Corrections that lead back from the last group that concerns a form; null where there is none. */
  const undo = (corrections, ordinal) => {
    const stack = standing(corrections);
    for (let k = stack.length - 1; k >= 0; k -= 1) {
      if (stack[k].some((c) => c.form === ordinal)) return stack[k].slice().reverse().map(inverse);
    }
    return null;
  };

  /** What the page shows: an answer of the store made into a form. */
  const open = (answer) => {
    const ordinal = ordinalOf(answer.form_id);
    const own = answer.corrections.filter((c) => c.form === ordinal);
    const original = answer.record;
    const state = { record: copy(original), origin: new Map(), removed: [] };
    for (const table of Object.keys(TABLES)) {
      state.record?.[table].forEach((row, idx) => state.origin.set(row, `/${table}/${idx}`));
    }
    for (const c of own) replay(state, c);
    const form = { ...answer, ordinal, own, original, record: state.record, removed: state.removed, origin: state.origin };
    form.isAdded = original === null;
    form.leaves = form.record ? leavesOf(form) : new Map([['', { pointer: '', printed: '', kind: 'form', value: null, was: null, place: null, findings: [], rank: 0, history: own.filter((c) => c.pointer === '') }]]);
    return form;
  };

  /** Every place that can be selected: values, rows, tables, the form. Keys are pointers into the record as corrected. */
  const leavesOf = (form) => {
    const leaves = new Map();
    const { record, original } = form;
    const findings = new Map();
    for (const finding of original?.diagnostics ?? []) {
      if (!findings.has(finding.path)) findings.set(finding.path, []);
      findings.get(finding.path).push(finding);
    }
    const add = (pointer, printed, kind) => {
      const place = printed === null ? null : original?.provenance?.[printed] ?? null;
      const own = printed === null ? [] : findings.get(printed) ?? [];
      const value = kind === 'value' ? at(record, pointer) : null;
      const was = kind === 'value' && printed !== null && original ? at(original, printed) : null;
      const isCorrected = kind === 'value' ? (printed === null ? false : !same(value, was)) : false;
      let rank = Math.max(0, ...own.map((finding) => J.rank(finding.severity)));
      if (kind === 'value' && place?.confidence !== null && place?.confidence < SURE) rank = Math.max(rank, J.rank('unsure'));
      const doubt = printed === null ? 0 : form.doubts?.[printed] ?? 0;
      if (kind === 'value' && doubt >= DOUBTFUL) rank = Math.max(rank, J.rank('unsure'));
      // Whoever has corrected a value has looked at it.
      if (isCorrected) rank = 0;
      leaves.set(pointer, {
        pointer, printed, kind, value, was, place, findings: own, rank, doubt, isCorrected,
        isAdded: printed === null && !form.isAdded,
        empty: printed === null ? undefined : original?.empty?.[printed],
        history: form.own.filter((c) => c.pointer === pointer || (printed !== null && c.pointer === printed)),
      });
    };
    add('', '', 'form');
    for (const key of ['title', 'fiscal_year', 'amount_unit']) add(`/${key}`, `/${key}`, 'value');
    for (const [key, members] of Object.entries(OBJECTS)) {
      add(`/${key}`, `/${key}`, 'group');
      for (const member of members) add(`/${key}/${member}`, `/${key}/${member}`, 'value');
    }
    for (const key of ['execution_rate_weight', 'total_score', 'annual_goal', 'actual_result', 'remarks']) add(`/${key}`, `/${key}`, 'value');
    for (const [table, keys] of Object.entries(TABLES)) {
      add(`/${table}`, `/${table}`, 'table');
      record[table].forEach((row, idx) => {
        const printed = form.origin.get(row) ?? null;
        add(`/${table}/${idx}`, printed, 'row');
        for (const key of keys) add(`/${table}/${idx}/${key}`, printed === null ? null : `${printed}/${key}`, 'value');
      });
    }
    // What speaks of a place that nothing shows is said of the form.
    const shown = new Set([...leaves.values()].map((leaf) => leaf.printed));
    const whole = leaves.get('');
    for (const [path, said] of findings) {
      if (shown.has(path)) continue;
      whole.findings.push(...said);
      whole.rank = Math.max(whole.rank, ...said.map((finding) => J.rank(finding.severity)));
    }
    return leaves;
  };

  /** A correction of a value, as it is sent. */
  const replace = (form, pointer, value) => {
    const path = steps(pointer);
    const wish = { form: form.ordinal, op: 'replace', pointer, old: at(form.record, pointer), new: value };
    if (TABLES[path[0]]) wish.row = copy(form.record[path[0]][Number(path[1])]);
    return wish;
  };

  /** A row of a table with nothing in it; funds take their words from a neighbour. */
  const emptyRow = (form, table, like) => {
    const row = Object.fromEntries(TABLES[table].map((key) => [key, null]));
    if (table === 'indicators' && like) Object.assign(row, { level1: like.level1, level2: like.level2 });
    if (table === 'funds') for (const key of TABLES.funds) row[key] = key === 'amount' ? FIRST_VALUES.amount : like?.[key] ?? FIRST_VALUES[key];
    if (table === 'attributes') row.label = '';
    return row;
  };

  /** A new form with these rows, headed as this one. */
  const split = (form, ordinal, table, rows) => {
    const record = copy(form.record);
    delete record.provenance;
    for (const key of Object.keys(TABLES)) record[key] = [];
    Object.assign(record, {
      form_id: `${form.form_id.split('-')[0]}-${String(ordinal).padStart(4, '0')}`,
      project: null, execution_rate_weight: null, annual_goal: null, actual_result: null, total_score: null, remarks: null,
      empty: {}, confidence: null, checks: [], diagnostics: [],
      [table]: rows.map(copy),
    });
    return { form: ordinal, op: 'add', pointer: '', old: null, new: record };
  };

  /** What kind of value stands at a pointer: `choice`, `integer`, `decimal`, `text`; null where nothing can be said. */
  const kindOf = (pointer) => {
    const path = steps(pointer);
    const key = path[path.length - 1];
    if (TABLES[path[0]] && path.length < 3) return null;
    if (path[0] === 'project' && ['region_code', 'setup_year', 'category', 'serial'].includes(key)) return null;
    if (OBJECTS[path[0]] && path.length < 2) return null;
    if (J.choices(key)) return 'choice';
    if (key === 'fiscal_year') return 'integer';
    return DECIMALS.has(key) ? 'decimal' : 'text';
  };

  J.form = { TABLES, open, standing, undo, inverse, replace, emptyRow, split, kindOf, same, copy, steps, at, ordinalOf };
})();
