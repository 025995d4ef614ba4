// Review: what is open, what is said of it, and the keys.
'use strict';
(async () => {
  const top = document.getElementById('top');
  const state = { about: null, form: null, place: null, progress: null, documentIndex: null, busy: false, memory: new Map() };

  const button = (label, key, onclick, name = '') => J.h('button', { type: 'button', class: name, title: key ? `${label} (${key})` : label, onclick }, label, key ? J.h('kbd', {}, key) : '');

  const drawTop = () => {
    const { about, form, place, progress } = state;
    if (!about) return;
    document.title = `${place === null ? '' : `${place + 1} · `}jixiao`;
    const n_said = progress ? progress.approved + progress.defective : 0;
    const meter = J.h('div', { class: 'meter', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': about.n_forms, 'aria-valuenow': n_said, 'aria-label': J.t('said') }, J.h('div', { class: 'full' }));
    meter.firstElementChild.style.width = `${about.n_forms ? (100 * n_said) / about.n_forms : 0}%`;
    const verdict = form?.verdict?.verdict ?? null;
    const verdictButton = (kind, word, key) => {
      const element = button(J.t(word), key, () => judge(kind), `verdict-button ${kind} ${verdict === kind ? 'on' : ''}`);
      element.setAttribute('aria-pressed', String(verdict === kind));
      return element;
    };
    const count = [`${n_said} ${J.t('of')} ${about.n_forms}`, progress?.flagged ? ` · ⚑ ${progress.flagged}` : ''].join('');
    top.replaceChildren(
      J.h('div', { class: 'group' }, button('☰', 'l', () => toggleList()), button('‹', '[', () => step(-1)),
        J.h('span', { class: 'count here' }, place === null ? '–' : `${place + 1} ${J.t('of')} ${about.n_forms}`), button('›', ']', () => step(1)), button(J.t('next_open'), '}', () => nextOpen())),
      J.h('div', { class: 'group progress', title: about.plan ?? '' }, meter, J.h('span', { class: 'count' }, `${J.t('said')} ${count}`)),
      J.h('div', { class: 'group' }, verdictButton('approved', 'approve', 'a'), verdictButton('defective', 'defective', 'd'), verdictButton('flagged', 'flag', 'f'), button(J.t('undo'), 'u', () => undo()), button(J.t('menu'), 'm', () => menu())),
      J.store.isFile ? fileTools() : '',
      J.h('div', { class: 'group end' }, button(J.t('language'), 't', () => speak()), button('?', '', () => help())),
    );
  };

  const fileTools = () => J.h('div', { class: 'group' },
    J.h('input', { type: 'text', class: 'by', placeholder: J.t('your_name'), 'aria-label': J.t('your_name'), value: J.store.by, onchange: (event) => { J.store.by = event.target.value.trim(); } }),
    button(J.t('save_corrections'), '', () => J.store.save('corrections'), 'save-corrections'), button(J.t('save_verdicts'), '', () => J.store.save('verdicts'), 'save-verdicts'));

  const drawFoot = () => {
    const keys = [['n p', 'doubt'], ['Enter', 'edit'], ['a', 'approve'], ['f', 'flag'], ['u', 'undo'], ['o x', 'row'], ['?', 'help']];
    const texts = { doubt: ['疑点', 'doubts'], edit: ['更正', 'edit'], row: ['增删行', 'rows'] };
    document.getElementById('keys').replaceChildren(...keys.map(([key, word]) => J.h('span', {}, J.h('kbd', {}, key), ' ', texts[word] ? texts[word][J.lang === 'zh' ? 0 : 1] : J.t(word))));
  };

  /** Selects a place on both sides. */
  const choose = (pointer) => {
    J.fields.select(pointer);
    J.sheet.select(J.fields.leaf());
  };

  const show = (form, isKept) => {
    state.form = form;
    state.place = form.place;
    state.documentIndex = null;
    J.fields.open(form);
    J.sheet.open(form, choose);
    drawTop();
    J.forms.current(form.form_id, form.place);
    if (!isKept) {
      const first = J.fields.doubts()[0];
      choose(state.memory.get(form.form_id) ?? first ?? '');
    } else choose(J.fields.selected());
    try { sessionStorage.setItem('jixiao-form', form.form_id); } catch { /* A file may keep nothing. */ }
  };

  const openForm = async (id, isKept = false) => {
    if (state.form) state.memory.set(state.form.form_id, J.fields.selected());
    show(J.form.open(await J.store.form(id, J.forms.order())), isKept);
  };

  /** Does one thing at a time, and says what went wrong. */
  const guarded = (action) => async (...given) => {
    if (state.busy) return null;
    state.busy = true;
    try {
      return await action(...given);
    } catch (error) {
      J.tell(J.t('refused', { reason: error.message }), 'bad');
      return error.message;
    } finally {
      state.busy = false;
    }
  };

  const step = guarded(async (by) => {
    const from = state.place ?? (by > 0 ? -1 : state.about.n_forms);
    const place = from + by;
    if (place < 0 || place >= state.about.n_forms) return;
    const id = await J.forms.at(place);
    if (id) await openForm(id);
  });

  const nextOpen = guarded(async () => {
    const next = await J.store.open(J.forms.order(), state.form?.form_id ?? null);
    if (!next) J.tell(J.t('all_said'));
    else await openForm(next.form_id);
  });

  /** Sends corrections and shows the form as it is then; returns what was wrong, null where nothing was. */
  const correct = guarded(async (wishes) => {
    const { form } = state;
    const { corrections } = await J.store.correct(form.document.id, wishes);
    const all = [...form.corrections, ...corrections];
    const fresh = J.form.open({ ...await J.store.form(form.form_id, J.forms.order()), corrections: all });
    if (fresh.isAdded && !fresh.record) {
      // A form that was added and is gone again leaves nothing to look at.
      await openForm(state.parent ?? form.siblings.find((sibling) => !sibling.added).form_id);
    } else show(fresh, true);
    J.tell(J.t('saved'));
    J.forms.refresh(form.place);
    return null;
  });

  const undo = () => {
    const { form } = state;
    if (!form) return null;
    const wishes = J.form.undo(form.corrections, form.ordinal);
    if (!wishes) {
      J.tell(J.t('nothing_to_undo'));
      return null;
    }
    return correct(wishes).then((problem) => { if (!problem) J.tell(J.t('undone')); });
  };

  const say = guarded(async (kind, note) => {
    const { form } = state;
    const { verdict } = await J.store.judge(form.form_id, kind, note || null);
    form.verdict = verdict.verdict === 'withdrawn' ? null : verdict;
    state.progress = await J.store.progress();
    J.tell(`${J.t(kind === 'withdrawn' ? 'withdraw' : kind)} ✓`);
    J.forms.refresh(form.place);
    drawTop();
    return null;
  });

  const judge = async (kind) => {
    const { form } = state;
    if (!form || J.fields.isEditing()) return;
    if (kind === 'approved') {
      if (!(await say(kind))) await nextOpen();
      return;
    }
    if (kind === 'withdrawn') {
      if (form.verdict) await say(kind);
      return;
    }
    J.fields.openEditor(top.querySelector(`.verdict-button.${kind}`), { value: form.verdict?.verdict === kind ? form.verdict.note : '', label: J.t('note'), hint: `${J.t('note')} · Enter` }, (typed) => say(kind, typed.trim()));
  };

  const rowOf = (pointer) => {
    const [table, idx] = J.form.steps(pointer);
    return J.form.TABLES[table] ? { table, idx: idx === undefined ? null : Number(idx) } : null;
  };

  const addRow = async (isBelow) => {
    const { form } = state;
    const row = form?.record && rowOf(J.fields.selected());
    if (!row) return J.tell(J.t('menu_needs_row'), 'bad');
    const rows = form.record[row.table];
    const idx = row.idx === null ? rows.length : row.idx + (isBelow ? 1 : 0);
    const like = rows[row.idx ?? rows.length - 1];
    const wish = { form: form.ordinal, op: 'add', pointer: `/${row.table}/${idx}`, old: null, new: J.form.emptyRow(form, row.table, like) };
    if (await correct([wish])) return null;
    const key = { indicators: 'level3', funds: 'amount', attributes: 'label' }[row.table] ?? J.form.TABLES[row.table][0];
    return choose(`/${row.table}/${idx}/${key}`);
  };

  const removeRow = async () => {
    const { form } = state;
    const row = form?.record && rowOf(J.fields.selected());
    if (!row || row.idx === null) return J.tell(J.t('menu_needs_row'), 'bad');
    const old = J.form.copy(form.record[row.table][row.idx]);
    if (await correct([{ form: form.ordinal, op: 'remove', pointer: `/${row.table}/${row.idx}`, old, new: null }])) return null;
    const n = state.form.record[row.table].length;
    return choose(n ? `/${row.table}/${Math.min(row.idx, n - 1)}` : `/${row.table}`);
  };

  /** Takes rows out of the open form; the last first, so that the others keep their places. */
  const takeOut = (form, table, first, last) => {
    const wishes = [];
    for (let idx = last; idx >= first; idx -= 1) wishes.push({ form: form.ordinal, op: 'remove', pointer: `/${table}/${idx}`, old: J.form.copy(form.record[table][idx]), new: null });
    return wishes;
  };

  const neighbourForm = async (by) => {
    const { siblings, form_id } = state.form;
    const at = siblings.findIndex((sibling) => sibling.form_id === form_id);
    for (let k = at + by; siblings[k]; k += by) {
      const other = J.form.open(await J.store.form(siblings[k].form_id, J.forms.order()));
      if (other.record) return other;
    }
    throw new Error(J.t('no_neighbour'));
  };

  const move = async (by) => {
    const { form } = state;
    const { table, idx } = rowOf(J.fields.selected());
    const other = await neighbourForm(by).catch((error) => J.tell(error.message, 'bad'));
    if (!other) return;
    const rows = form.record[table];
    const [first, last] = by > 0 ? [idx, rows.length - 1] : [0, idx];
    const start = by > 0 ? 0 : other.record[table].length;
    const given = rows.slice(first, last + 1).map((row, k) => ({ form: other.ordinal, op: 'add', pointer: `/${table}/${start + k}`, old: null, new: J.form.copy(row) }));
    if (!(await correct([...takeOut(form, table, first, last), ...given]))) J.tell(J.t('moved'));
  };

  const splitOff = async () => {
    const { form } = state;
    const { table, idx } = rowOf(J.fields.selected());
    const ordinal = Math.max(...form.siblings.map((sibling) => J.form.ordinalOf(sibling.form_id))) + 1;
    const rows = form.record[table].slice(idx);
    const made = J.form.split(form, ordinal, table, rows);
    if (await correct([...takeOut(form, table, idx, form.record[table].length - 1), made])) return;
    state.parent = form.form_id;
    await openForm(made.new.form_id);
  };

  /** A form is taken away as it was read: what was corrected in it is led back first. */
  const removeForm = () => {
    const { form } = state;
    const own = J.form.standing(form.corrections).flat().filter((c) => c.form === form.ordinal && !(c.op === 'add' && c.pointer === ''));
    const back = form.isAdded ? [] : own.reverse().map(J.form.inverse);
    return correct([...back, { form: form.ordinal, op: 'remove', pointer: '', old: null, new: null }]);
  };

  const restoreForm = () => {
    const last = state.form.own.filter((c) => c.op === 'remove' && c.pointer === '').pop();
    return correct([{ form: state.form.ordinal, op: 'add', pointer: '', old: null, new: last.old }]);
  };

  /** A dialog with things to choose, each with its digit. */
  const dialog = (label, ...content) => {
    document.querySelector('dialog')?.remove();
    const box = J.h('dialog', { 'aria-label': label }, J.h('header', {}, J.h('h2', {}, label), button('✕', 'Esc', () => box.close())), ...content);
    box.addEventListener('close', () => {
      box.remove();
      J.fields.element()?.focus({ preventScroll: true });
    });
    box.addEventListener('keydown', (event) => {
      event.stopPropagation();
      const chosen = box.querySelector(`[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
      if (chosen) {
        event.preventDefault();
        chosen.click();
      } else if (event.key === '?' || event.key === 'm') box.close();
    });
    document.body.append(box);
    box.showModal();
    return box;
  };

  const menu = () => {
    const { form } = state;
    if (!form || J.fields.isEditing()) return;
    const row = form.record && rowOf(J.fields.selected());
    const hasRow = Boolean(row && row.idx !== null);
    const at = form.siblings.findIndex((sibling) => sibling.form_id === form.form_id);
    const choices = [
      ['1', 'to_next', hasRow && at < form.siblings.length - 1, () => move(1)],
      ['2', 'to_previous', hasRow && at > 0, () => move(-1)],
      ['3', 'split', hasRow && row.idx > 0, splitOff],
      ['4', 'add_row_below', Boolean(row), () => addRow(true)],
      ['5', 'remove_row', hasRow, removeRow],
      ['6', form.record ? 'remove_form' : 'restore_form', true, form.record ? removeForm : restoreForm],
    ];
    const firstKey = choices.find(([, , isThere]) => isThere)[0];
    const box = dialog(J.t('menu'), hasRow ? '' : J.h('p', { class: 'quiet' }, J.t('menu_needs_row')), J.h('div', { class: 'choices' }, choices.map(([key, word, isThere, action]) => J.h('button', {
      type: 'button', 'data-key': key, disabled: !isThere, autofocus: isThere && key === firstKey, onclick: () => { box.close(); action(); },
    }, J.h('kbd', {}, key), J.t(word)))));
  };

  const help = () => {
    const list = J.h('dl', { class: 'keys' });
    for (const [keys, text] of J.keyList()) list.append(J.h('dt', {}, keys.map((key) => J.h('kbd', {}, key))), J.h('dd', {}, text));
    dialog(J.t('help'), list, J.store.isFile ? J.h('p', { class: 'quiet' }, J.t('file_mode')) : '');
  };

  const speak = () => {
    J.setLang(J.lang === 'zh' ? 'en' : 'zh');
    drawTop();
    drawFoot();
    J.forms.relabel();
    J.fields.redraw();
    J.sheet.relabel();
  };

  const toggleList = (isFocused) => {
    const is = isFocused || !J.forms.isShown();
    J.forms.show(is);
    if (is) J.forms.focus();
    try { localStorage.setItem('jixiao-list', is ? '1' : '0'); } catch { /* A file may keep nothing. */ }
  };

  const findForm = () => {
    if (!J.forms.isShown()) toggleList(true);
    J.forms.search();
  };

  const nextDoubt = (by) => {
    const doubts = J.fields.doubts();
    if (!doubts.length) return J.tell(J.t('no_doubt'));
    const at = doubts.indexOf(J.fields.selected());
    if (at === doubts.length - 1 && by > 0 && doubts.length > 1) J.tell(J.t('last_doubt'));
    return choose(doubts[at < 0 ? (by > 0 ? 0 : doubts.length - 1) : (at + by + doubts.length) % doubts.length]);
  };

  const go = (direction) => {
    const pointer = J.fields.neighbour(direction);
    if (pointer !== null) choose(pointer);
  };

  const PAN = 80;
  const keys = {
    n: () => nextDoubt(1), p: () => nextDoubt(-1), j: () => go('down'), k: () => go('up'),
    ArrowDown: () => go('down'), ArrowUp: () => go('up'), ArrowLeft: () => go('left'), ArrowRight: () => go('right'),
    ']': () => step(1), '[': () => step(-1), '}': () => nextOpen(),
    Enter: () => J.fields.edit(), e: () => J.fields.edit(), F2: () => J.fields.edit(),
    a: () => judge('approved'), d: () => judge('defective'), f: () => judge('flagged'), w: () => judge('withdrawn'),
    u: () => undo(), o: () => addRow(true), O: () => addRow(false), x: () => removeRow(), Delete: () => removeRow(), m: () => menu(),
    '+': () => J.sheet.zoomBy(1.25), '=': () => J.sheet.zoomBy(1.25), '-': () => J.sheet.zoomBy(1 / 1.25), 0: () => J.sheet.fit(), z: () => J.sheet.zoomTo(),
    PageUp: () => J.sheet.turn(-1), PageDown: () => J.sheet.turn(1),
    '/': () => findForm(), h: () => J.fields.toggleEmpty(), l: () => (J.forms.isShown() && document.activeElement?.closest('#list') ? toggleList() : toggleList(true)), t: () => speak(), '?': () => help(),
    Escape: () => J.fields.element()?.focus({ preventScroll: true }),
  };
  const shifted = { ArrowDown: [0, PAN], ArrowUp: [0, -PAN], ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0] };

  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target;
    if (at.matches?.('input, textarea, select')) return;
    const isButton = at.matches?.('button, summary');
    if (isButton && ['Enter', ' '].includes(event.key)) return;
    if (event.shiftKey && shifted[event.key]) {
      event.preventDefault();
      J.sheet.pan(...shifted[event.key]);
      return;
    }
    const action = keys[event.key];
    if (!action) return;
    const needsForm = !['l', '/', 't', '?', ']', '[', '}', '+', '=', '-', '0', 'PageUp', 'PageDown', 'Escape'].includes(event.key);
    if (needsForm && !state.form) return;
    event.preventDefault();
    action();
  });

  // A page that takes its address with it would tell others what is looked at.
  J.setLang(J.lang);
  drawFoot();
  try {
    const [about, codes, progress] = await Promise.all([J.store.about(), J.store.codes(), J.store.progress()]);
    Object.assign(state, { about, progress });
    J.fields.setUp({ codes, onchoose: (pointer) => choose(pointer), oncorrect: correct });
    let isListShown = innerWidth >= 1500;
    try { isListShown = (localStorage.getItem('jixiao-list') ?? (isListShown ? '1' : '0')) === '1'; } catch { /* As wide as the window is. */ }
    J.forms.onleave = () => J.fields.element()?.focus({ preventScroll: true });
    J.forms.onorder = () => { if (state.form) openForm(state.form.form_id, true); };
    J.forms.show(isListShown);
    await J.forms.setUp({
      n_without_forms: about.n_without_forms,
      onopen: (id) => openForm(id).catch((error) => J.tell(error.message, 'bad')),
      ondocument: (entry) => {
        Object.assign(state, { form: null, place: null });
        J.fields.openDocument(entry.document);
        J.sheet.openDocument(entry.document_index, entry.document);
        drawTop();
      },
    });
    drawTop();
    let id = null;
    try { id = sessionStorage.getItem('jixiao-form'); } catch { /* The first, then. */ }
    const opened = id && await openForm(id).then(() => true, () => false);
    const first = opened ? null : (await J.store.open('doubt', null))?.form_id ?? await J.forms.at(0);
    if (first) await openForm(first);
    if (J.store.isFile) J.tell(J.t('file_mode'));
    document.body.dataset.ready = 'true';
  } catch (error) {
    J.tell(error.message, 'bad');
  }
})();
