// Fields: the values of a form, as one reads it; the one that is selected; what is known of it; and the editor.
'use strict';
(() => {
  const root = document.getElementById('form');
  const sheet = J.h('div', { id: 'fields', tabindex: '-1' });
  const detail = J.h('aside', { id: 'detail' });
  root.append(sheet, detail);

  const state = { form: null, selected: '', showEmpty: false, codes: new Map(), elements: new Map(), onchoose: () => {}, oncorrect: async () => false };

  /** Longest value that is shown struck through beside the one that took its place, in characters. */
  const LONG = 40;

  /** Codes that explain checks of other names. */
  const CODES_OF_RULES = { region: 'region_unknown' };

  /** A value as it is read by people. */
  const shown = (key, value) => J.choices(key)?.find(([choice]) => choice === value)?.[1] ?? (value === null ? null : String(value));

  const describe = (leaf, label, text) => {
    const parts = [label, text ?? J.t('null')];
    if (leaf.rank) parts.push(J.t(J.severity(leaf.rank)));
    if (leaf.isCorrected) parts.push(J.t('corrected'));
    return parts.join(': ');
  };

  const classesOf = (leaf) => [
    'place',
    leaf.rank ? `doubt ${J.severity(leaf.rank)}` : '',
    leaf.isCorrected ? 'corrected' : '',
    leaf.isAdded ? 'added' : '',
    leaf.kind,
  ].join(' ');

  /** What can be selected: an element of a leaf. */
  const placeOf = (pointer, key, label, role) => {
    const leaf = state.form.leaves.get(pointer);
    const text = shown(key, leaf.value);
    const element = J.h('div', { class: classesOf(leaf), role, tabindex: '-1', 'data-p': pointer });
    if (leaf.kind === 'value') {
      element.setAttribute('aria-label', describe(leaf, label, text));
      if (text === null) element.append(J.h('span', { class: 'nil' }, leaf.empty ? `∅ ${J.t(`empty_${leaf.empty}`)}` : J.t('null')));
      else element.append(J.said(text));
      const was = leaf.isCorrected ? shown(key, leaf.was) ?? J.t('null') : '';
      // Long texts are told apart below, in the detail.
      if (was && was.length <= LONG) element.append(J.h('del', {}, J.said(was)));
    }
    state.elements.set(pointer, element);
    return element;
  };

  const isBlank = (pointer) => {
    const leaf = state.form.leaves.get(pointer);
    return leaf.value === null && !leaf.rank && !leaf.isCorrected && !leaf.empty;
  };

  const heading = (pointer, text, more) => {
    const element = pointer === null ? J.h('div', { class: 'place' }) : placeOf(pointer, '', text, 'button');
    element.classList.add('heading');
    element.append(J.h('h2', {}, text), more ?? '');
    if (pointer !== null) element.setAttribute('aria-label', describe(state.form.leaves.get(pointer), text, ''));
    return element;
  };

  const section = (head, ...body) => J.h('section', { class: 'part' }, head, ...body);

  const fieldRow = (key) => {
    const pointer = `/${key}`;
    if (!state.showEmpty && isBlank(pointer)) return null;
    const label = J.label(key);
    return J.h('div', { class: 'field', role: 'row' }, J.h('div', { class: 'label', role: 'rowheader' }, label), placeOf(pointer, key.split('/').pop(), label, 'gridcell'));
  };

  /** A code and a name stand in one line, as they are printed. */
  const namedRow = (key) => {
    const [code, name] = [`/${key}/code`, `/${key}/name`];
    if (!state.showEmpty && isBlank(code) && isBlank(name)) return null;
    return J.h('div', { class: 'field named', role: 'row' }, J.h('div', { class: 'label', role: 'rowheader' }, J.label(`${key}/name`)),
      placeOf(code, 'code', J.label(`${key}/code`), 'gridcell'), placeOf(name, 'name', J.label(`${key}/name`), 'gridcell'));
  };

  const table = (name) => {
    const { record, removed } = state.form;
    const rows = record[name];
    const leaf = state.form.leaves.get(`/${name}`);
    const n_removed = removed.filter((gone) => gone.table === name).length;
    if (!rows.length && !leaf.rank && !state.showEmpty && !n_removed) return null;
    const all = J.form.TABLES[name];
    const keys = state.showEmpty ? all : all.filter((key) => rows.some((_, idx) => !isBlank(`/${name}/${idx}/${key}`)));
    const counts = J.h('span', { class: 'count' }, String(rows.length), n_removed ? ` · ${J.t('removed_rows', { n: n_removed })}` : '');
    const grid = J.h('div', { class: `rows ${name}`, role: 'grid', 'aria-label': J.t(`section_${name}`), 'aria-rowcount': rows.length + 1 });
    grid.style.gridTemplateColumns = `2.2em ${keys.map((key) => WIDTHS[`${name}/${key}`] ?? WIDTHS[key] ?? 'minmax(3.2em, auto)').join(' ')}`;
    const head = J.h('div', { class: 'rowhead', role: 'row' }, J.h('div', { class: 'columnhead', role: 'columnheader' }, '#'));
    for (const key of keys) head.append(J.h('div', { class: 'columnhead', role: 'columnheader' }, J.label(key)));
    grid.append(head);
    rows.forEach((row, idx) => {
      const line = J.h('div', { class: 'row', role: 'row' });
      const number = placeOf(`/${name}/${idx}`, '', `${J.t('row')} ${idx + 1}`, 'rowheader');
      const rowLeaf = state.form.leaves.get(`/${name}/${idx}`);
      number.append(String(idx + 1));
      number.setAttribute('aria-label', describe(rowLeaf, `${J.t('row')} ${idx + 1}`, rowLeaf.isAdded ? J.t('added_row') : ''));
      if (rowLeaf.isAdded) number.append(J.h('span', { class: 'plus', title: J.t('added_row') }, '+'));
      line.append(number);
      keys.forEach((key) => {
        const cell = placeOf(`/${name}/${idx}/${key}`, key, `${J.label(key)} ${idx + 1}`, 'gridcell');
        cell.classList.add(key);
        // What a merged cell gives to each of its rows is read once.
        if (key.startsWith('level') && idx && row[key] !== null && row[key] === rows[idx - 1][key] && (key === 'level1' || row.level1 === rows[idx - 1].level1)) cell.classList.add('repeated');
        line.append(cell);
      });
      grid.append(line);
    });
    return section(heading(`/${name}`, J.t(`section_${name}`), counts), rows.length ? grid : '');
  };
  const WIDTHS = {
    'tasks/name': 'minmax(5em, 12em)',     level1: 'minmax(3.6em, 5.2em)', level2: 'minmax(3.6em, 6.2em)', level3: 'minmax(7em, 1fr)', operator: '3.6em', target: 'minmax(3.4em, 9em)', target_current: 'minmax(3.4em, 8em)',
    measure_unit: 'minmax(2.8em, 4.4em)', weight: '3.2em', weight_current: '3.6em', actual: 'minmax(3.4em, 8em)', score: '3.2em', deviation: 'minmax(5em, .7fr)', note: 'minmax(3em, .6fr)',
    content: 'minmax(10em, 1fr)', amount: 'minmax(7em, auto)', label: 'minmax(6em, auto)', value: 'minmax(8em, 1fr)', name: 'minmax(7em, 1fr)', code: 'minmax(4em, auto)',
    category: 'minmax(5em, auto)', source: 'minmax(6em, auto)', stage: 'minmax(5em, auto)',
  };

  /** The place that a finding speaks of, as it is shown: the finding's pointer is one of the record as it was read. */
  const pointerOf = (finding) => [...state.form.leaves.values()].find((leaf) => leaf.printed === finding.path)?.pointer ?? '';
  /** The same, or the next place around it that is shown. */
  const targetOf = (finding) => {
    let pointer = pointerOf(finding);
    while (pointer && !state.elements.has(pointer)) pointer = pointer.slice(0, pointer.lastIndexOf('/'));
    return pointer;
  };

  const codeOf = (name) => state.codes.get(name);
  /** What an explanation says, as paragraphs: headings and code of Markdown are marked, nothing else is made of it. */
  const explained = (markdown) => {
    const block = J.h('div', { class: 'explained' });
    for (const line of markdown.split('\n')) {
      const text = line.trim();
      if (!text) continue;
      if (text.startsWith('#')) block.append(J.h('h4', {}, text.replace(/^#+\s*/, '')));
      else if (!text.startsWith('```')) block.append(J.said(text.replaceAll('`', ''), {}, 'p'));
    }
    return block;
  };
  /** An explanation without what it says first: that a check fails is not said where it passes. */
  const sections = (markdown) => markdown.slice(Math.max(markdown.indexOf('\n#'), 0));
  /** What an explanation says first: its paragraph without the heading. */
  const firstSentence = (markdown) => markdown.split('\n').map((line) => line.replace(/^#+\s.*$/, '').trim()).filter(Boolean)[0] ?? '';
  const summaryOf = (name) => {
    const code = codeOf(name);
    return code ? firstSentence(code[J.lang]) : name;
  };

  const findingsPart = () => {
    const { original } = state.form;
    if (!original) return null;
    const findings = original.diagnostics.slice().sort((a, b) => J.rank(b.severity) - J.rank(a.severity));
    const list = J.h('ul', { class: 'findings' });
    for (const finding of findings) {
      const isSettled = state.form.leaves.get(pointerOf(finding))?.isCorrected;
      list.append(J.h('li', {}, J.h('button', { type: 'button', class: `finding ${finding.severity} ${isSettled ? 'settled' : ''}`, onclick: () => state.onchoose(targetOf(finding), true) },
        J.h('span', { class: 'badge' }, J.t(isSettled ? 'settled' : finding.severity)), J.said(summaryOf(finding.code), { class: 'sum' }), J.said(finding.message, { class: 'message' }))));
    }
    const checks = J.h('div', { class: 'checks' });
    const meaning = J.h('div', { class: 'meaning' });
    for (const { rule, outcome } of original.checks) {
      if (outcome === 'not_applicable') continue;
      const code = codeOf(CODES_OF_RULES[rule] ?? rule);
      const button = J.h('button', { type: 'button', class: `check ${outcome}`, title: `${rule}: ${J.t(outcome)}`, 'aria-expanded': 'false' }, `${outcome === 'pass' ? '✓' : '✗'} `, J.said(J.rule(rule)));
      button.addEventListener('click', () => {
        const isOpen = button.getAttribute('aria-expanded') === 'true';
        for (const other of checks.children) other.setAttribute('aria-expanded', 'false');
        meaning.replaceChildren();
        if (isOpen || !code) return;
        button.setAttribute('aria-expanded', 'true');
        meaning.append(J.h('h4', {}, J.rule(rule), ` · ${J.t(outcome)} · `, J.h('code', {}, `${code.number} ${code.name}`)), explained(sections(code[J.lang])));
      });
      checks.append(button);
    }
    return J.h('section', { class: 'part' }, findings.length ? list : J.h('p', { class: 'quiet' }, J.t('no_findings')), checks, meaning);
  };

  const draw = () => {
    const { form } = state;
    const top = sheet.scrollTop;
    state.elements.clear();
    sheet.replaceChildren();
    root.setAttribute('aria-label', J.t('section_head'));
    if (!form.record) {
      const whole = heading('', J.t('form_removed'));
      whole.classList.add('whole');
      sheet.append(whole);
      state.selected = '';
      mark(false);
      return;
    }
    const title = heading('', J.family(form.record.family));
    title.classList.add('whole');
    const notes = [];
    if (form.isAdded) notes.push(J.h('p', { class: 'notice' }, J.t('form_added')));
    else if (!form.original.provenance) notes.push(J.h('p', { class: 'notice' }, J.t('no_provenance')));
    const head = J.h('div', { class: 'grid', role: 'grid', 'aria-label': J.t('section_head') });
    for (const row of [
      fieldRow('title'), fieldRow('fiscal_year'), fieldRow('amount_unit'), namedRow('department'), namedRow('budget_unit'), namedRow('project'),
      fieldRow('contact/person'), fieldRow('contact/phone'), fieldRow('execution_rate_weight'), fieldRow('total_score'),
    ]) if (row) head.append(row);
    const goals = J.h('div', { class: 'grid', role: 'grid', 'aria-label': J.t('section_goal') });
    for (const key of ['annual_goal', 'actual_result', 'remarks']) {
      const row = fieldRow(key);
      if (row) goals.append(row);
    }
    sheet.append(title, ...notes, findingsPart() ?? '', section('', head), table('functions') ?? '', table('funds') ?? '', section('', goals), table('tasks') ?? '', table('indicators') ?? '', table('attributes') ?? '');
    sheet.scrollTop = top;
    if (!state.elements.has(state.selected)) state.selected = '';
    mark(false);
  };

  const mark = (isMoving) => {
    for (const [pointer, element] of state.elements) {
      const isChosen = pointer === state.selected;
      element.classList.toggle('chosen', isChosen);
      element.tabIndex = isChosen ? 0 : -1;
      if (isChosen) element.setAttribute('aria-current', 'true');
      else element.removeAttribute('aria-current');
    }
    const element = state.elements.get(state.selected);
    if (element && isMoving) {
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    drawDetail();
  };

  const labelOf = (pointer) => {
    const path = J.form.steps(pointer);
    if (!path.length) return J.family(state.form.record?.family ?? '');
    if (J.form.TABLES[path[0]]) {
      const parts = [J.t(`section_${path[0]}`)];
      if (path[1] !== undefined) parts.push(`${J.t('row')} ${Number(path[1]) + 1}`);
      if (path[2] !== undefined) parts.push(J.label(path[2]));
      return parts.join(' · ');
    }
    const whole = path.join('/');
    return J.label(whole) === whole ? J.label(path[path.length - 1]) : J.label(whole);
  };

  const fact = (label, ...content) => J.h('div', { class: 'fact' }, J.h('dt', {}, label), J.h('dd', {}, ...content));
  const time = (at) => new Date(at).toLocaleString(J.lang === 'zh' ? 'zh-CN' : 'en-GB');

  const drawDetail = () => {
    detail.replaceChildren();
    const leaf = state.form?.leaves.get(state.selected);
    if (!leaf) return;
    const { place } = leaf;
    const facts = J.h('dl', {});
    if (leaf.kind === 'value') {
      const key = leaf.pointer.split('/').pop();
      if (leaf.isCorrected) facts.append(fact(J.t('was'), J.said(shown(key, leaf.was) ?? J.t('null'))));
      if (place) facts.append(fact(J.t('raw'), J.said(place.raw)));
      if (place) {
        const where = place.page ? J.t('page', { n: place.page }) : J.t('line', { n: place.line });
        const sure = place.confidence === null ? '' : ` · ${J.t('confidence')} ${(100 * place.confidence).toFixed(1)}%`;
        facts.append(fact(J.t('place'), where + sure));
      }
    }
    const history = leaf.history.slice(-6).reverse();
    if (history.length) {
      facts.append(fact(J.t('history'), ...history.map((c) => J.h('div', { class: 'past' },
        J.said(c.op === 'remove' ? J.t('removed') : c.op === 'add' ? '+' : String(c.new ?? J.t('null'))), J.h('small', {}, ' ', J.said(`${c.by} · ${time(c.at)}`)), c.why ? J.h('small', {}, ' ', J.said(c.why)) : ''))));
    }
    const whole = state.form.verdict;
    if (leaf.kind === 'form' && whole) {
      facts.append(fact(J.t(whole.verdict), J.said(`${whole.by} · ${time(whole.at)}`), whole.note ? J.h('div', {}, J.said(whole.note)) : ''));
    }
    const findings = J.h('div', {});
    for (const finding of leaf.findings) {
      const code = codeOf(finding.code);
      findings.append(J.h('div', { class: `said-finding ${finding.severity}` },
        J.h('p', {}, J.h('span', { class: 'badge' }, J.t(finding.severity)), J.h('b', {}, J.said(summaryOf(finding.code))), J.h('code', {}, ` ${code?.number ?? ''} `, J.said(finding.code))),
        J.said(finding.message, { class: 'message' }, 'p'),
        code ? J.h('details', {}, J.h('summary', {}, J.t('explanation')), explained(code[J.lang])) : ''));
    }
    detail.append(J.h('h3', {}, labelOf(state.selected)), facts, findings);
  };

  /** Where the arrows lead: the nearest place in that direction. */
  const neighbour = (direction) => {
    const from = state.elements.get(state.selected)?.getBoundingClientRect();
    if (!from) return state.elements.keys().next().value ?? null;
    const [x, y] = [(from.left + from.right) / 2, (from.top + from.bottom) / 2];
    let best = null;
    for (const [pointer, element] of state.elements) {
      if (pointer === state.selected) continue;
      const to = element.getBoundingClientRect();
      const inLine = to.top < from.bottom - 2 && to.bottom > from.top + 2;
      const across = to.left <= x && to.right >= x ? 0 : Math.min(Math.abs(to.left - from.left), Math.abs((to.left + to.right) / 2 - x));
      let cost = null;
      if (direction === 'up' && to.bottom <= from.top + 2) cost = (from.top - to.bottom) * 20 + across;
      if (direction === 'down' && to.top >= from.bottom - 2) cost = (to.top - from.bottom) * 20 + across;
      if (direction === 'left' && inLine && to.right <= from.left + 2) cost = from.left - to.right + Math.abs((to.top + to.bottom) / 2 - y) / 100;
      if (direction === 'right' && inLine && to.left >= from.right - 2) cost = to.left - from.right + Math.abs((to.top + to.bottom) / 2 - y) / 100;
      if (cost !== null && (best === null || cost < best.cost)) best = { pointer, cost };
    }
    return best?.pointer ?? null;
  };

  /** Places that are doubted, the most first, else as they stand. */
  const doubts = () => [...state.elements.keys()].filter((pointer) => state.form.leaves.get(pointer).rank > 0)
    .map((pointer, idx) => ({ pointer, idx, rank: state.form.leaves.get(pointer).rank, doubt: state.form.leaves.get(pointer).doubt ?? 0 }))
    .sort((a, b) => b.doubt - a.doubt || b.rank - a.rank || a.idx - b.idx).map((one) => one.pointer);

  let editor = null;
  const closeEditor = () => {
    if (!editor) return;
    editor.remove();
    editor = null;
    state.elements.get(state.selected)?.focus({ preventScroll: true });
  };

  /** A small editor over an element. `save` gets what was typed and says whether it may close. */
  const openEditor = (element, { value, choices, hint, label }, save) => {
    closeEditor();
    const place = element.getBoundingClientRect();
    const input = choices
      ? J.h('select', { 'aria-label': label, size: Math.min(choices.length, 9) }, choices.map(([choice, text]) => J.h('option', { value: JSON.stringify(choice), ...(choice === value ? { selected: true } : {}) }, text)))
      : J.h('textarea', { 'aria-label': label, rows: 1, spellcheck: 'false', autocomplete: 'off' });
    const complaint = J.h('div', { class: 'complaint', role: 'alert' });
    editor = J.h('form', { id: 'editor', 'aria-label': label }, input, complaint, J.h('div', { class: 'hint' }, hint));
    if (!choices) input.value = value ?? '';
    document.body.append(editor);
    const width = Math.min(Math.max(place.width + 2, 260), innerWidth - 32);
    editor.style.width = `${width}px`;
    editor.style.left = `${Math.max(8, Math.min(place.left - 1, innerWidth - width - 16))}px`;
    const fit = () => {
      if (!choices) {
        input.style.height = 'auto';
        input.style.height = `${Math.min(input.scrollHeight + 2, innerHeight * 0.5)}px`;
      }
      editor.style.top = `${Math.max(8, Math.min(place.top - 1, innerHeight - editor.offsetHeight - 8))}px`;
    };
    fit();
    input.addEventListener('input', fit);
    let isSaving = false;
    const finish = async () => {
      if (isSaving) return;
      isSaving = true;
      const typed = choices ? JSON.parse(input.value) : input.value;
      const problem = await save(typed);
      isSaving = false;
      if (problem) {
        J.put(complaint, problem);
        fit();
      } else closeEditor();
    };
    editor.addEventListener('submit', (event) => { event.preventDefault(); finish(); });
    editor.addEventListener('keydown', (event) => {
      event.stopPropagation();
      // Enter ends the word that an input method composes, not the editor.
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Escape') { event.preventDefault(); closeEditor(); }
      if (event.key === 'Enter' && event.altKey && !choices) {
        event.preventDefault();
        input.setRangeText('\n', input.selectionStart, input.selectionEnd, 'end');
        fit();
      } else if (event.key === 'Enter') { event.preventDefault(); finish(); }
    });
    editor.addEventListener('focusout', (event) => { if (editor && !editor.contains(event.relatedTarget) && document.hasFocus()) setTimeout(() => { if (editor && !editor.contains(document.activeElement)) closeEditor(); }, 150); });
    input.focus();
    if (!choices) input.select();
  };

  /** What was typed as a value of the record; throws what is wrong with it. */
  const valueOf = (kind, typed) => {
    if (kind === 'choice') return typed;
    const text = typed.trim();
    if (!text) return null;
    if (kind === 'integer') {
      if (!/^-?\d{1,9}$/.test(text)) throw new Error(J.t('only_digits'));
      return Number(text);
    }
    if (kind === 'decimal') {
      // Digits as they are typed on Chinese keyboards.
      const folded = text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)).replace('．', '.').replace(/[,，]/g, '');
      if (!/^-?\d+(\.\d+)?$/.test(folded)) throw new Error(J.t('only_decimal'));
      return folded;
    }
    return text;
  };

  const edit = () => {
    const { form, selected } = state;
    const leaf = form?.leaves.get(selected);
    const kind = leaf && form.record ? J.form.kindOf(selected) : null;
    if (kind === null || kind === undefined) {
      J.tell(J.t('not_editable'), 'bad');
      return;
    }
    const key = selected.split('/').pop();
    const choices = kind === 'choice' ? J.choices(key) : null;
    openEditor(state.elements.get(selected), { value: leaf.value, choices, label: labelOf(selected), hint: J.t(choices ? 'choose_hint' : 'edit_hint') }, async (typed) => {
      let value;
      try { value = valueOf(kind, typed); } catch (error) { return error.message; }
      if (J.form.same(value, leaf.value)) {
        J.tell(J.t('unchanged'));
        return null;
      }
      return state.oncorrect([J.form.replace(form, selected, value)]);
    });
  };

  sheet.addEventListener('click', (event) => {
    const place = event.target.closest('[data-p]');
    if (place && !String(getSelection())) state.onchoose(place.dataset.p, false);
  });
  sheet.addEventListener('dblclick', (event) => { if (event.target.closest('[data-p]')) edit(); });

  J.fields = {
    setUp: ({ codes, onchoose, oncorrect }) => {
      for (const code of codes) state.codes.set(code.name, code);
      Object.assign(state, { onchoose, oncorrect });
    },
    open: (form) => {
      const isOther = state.form?.form_id !== form.form_id;
      state.form = form;
      if (isOther) {
        state.selected = '';
        sheet.scrollTop = 0;
      }
      draw();
    },
    /** Shows a document that has no form. */
    openDocument: (line) => {
      Object.assign(state, { form: null, selected: '' });
      state.elements.clear();
      detail.replaceChildren();
      sheet.replaceChildren(J.h('div', { class: 'part' }, J.said(line.path, {}, 'h2'), J.h('p', { class: 'quiet' }, `${J.t('status')}: ${J.t(`status_${line.status}`)}`),
        J.h('ul', { class: 'findings' }, line.diagnostics.map((finding) => J.h('li', {}, J.h('div', { class: `finding ${finding.severity}` },
          J.h('span', { class: 'badge' }, J.t(finding.severity)), J.said(summaryOf(finding.code), { class: 'sum' }), J.said(finding.message, { class: 'message' })))))));
    },
    select: (pointer) => {
      if (!state.elements.has(pointer)) {
        state.showEmpty = true;
        draw();
      }
      if (!state.elements.has(pointer)) return;
      state.selected = pointer;
      mark(true);
    },
    selected: () => state.selected,
    leaf: () => state.form?.leaves.get(state.selected) ?? null,
    element: () => state.elements.get(state.selected) ?? sheet,
    neighbour, doubts, edit, openEditor, redraw: () => state.form && draw(),
    toggleEmpty: () => {
      state.showEmpty = !state.showEmpty;
      if (state.form) draw();
      mark(true);
    },
    isEditing: () => editor !== null,
  };
})();
