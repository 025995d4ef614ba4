// Forms: the list at the side. Only what is in sight is there, however many forms a run has.
'use strict';
(() => {
  const HEIGHT = 50;
  const CHUNK = 100;
  /** Browsers know no taller elements: beyond, a pixel stands for more. */
  const TALLEST = 8e6;
  const root = document.getElementById('list');
  const state = { order: 'doubt', show: 'all', text: '', total: 0, chunks: new Map(), waiting: new Set(), current: null, cursor: 0, token: 0, onopen: () => {}, ondocument: () => {}, n_without: 0 };
  const controls = J.h('div', { class: 'controls' });
  const inner = J.h('div', { class: 'inner' });
  const frame = J.h('div', { class: 'frame', role: 'listbox', tabindex: '0' }, inner);
  root.append(controls, frame);

  const chooser = (label, value, options, onchange) => J.h('label', {}, J.h('span', { class: 'quiet' }, label), J.h('select', { 'aria-label': label, onchange: (event) => onchange(event.target.value) },
    options.map(([key, text]) => J.h('option', { value: key, ...(key === value ? { selected: true } : {}) }, text))));

  /** Whether the list is that of the whole run or sample. */
  const isWhole = () => state.show === 'all' && !state.text;

  const search = J.h('input', { type: 'search', spellcheck: 'false' });
  const count = J.h('span', { class: 'count' });
  const chosen = J.h('div', { class: 'choosers' });
  controls.append(search, chosen, count);
  let pause = 0;
  search.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      state.text = search.value.trim();
      reload();
    }, 200);
  });
  search.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape' && !search.value) J.forms.onleave();
    else if (event.key === 'Enter' || event.key === 'ArrowDown') frame.focus();
    else return;
    event.preventDefault();
  });

  const drawControls = () => {
    root.setAttribute('aria-label', J.t('list_of_forms'));
    frame.setAttribute('aria-label', J.t('list_of_forms'));
    const shows = ['all', 'open', 'flagged', 'defective', 'corrected', 'approved'].map((key) => [key, J.t(key)]);
    if (state.n_without) shows.push(['documents', `${J.t('without_forms')} (${state.n_without})`]);
    search.placeholder = J.t('search');
    search.setAttribute('aria-label', J.t('search'));
    count.textContent = J.t(state.show === 'documents' ? 'n_files' : 'n_forms', { n: state.total });
    chosen.replaceChildren(
      chooser(J.t('show'), state.show, shows, (show) => { state.show = show; reload(); }),
      chooser(J.t('order'), state.order, [['doubt', J.t('by_doubt')], ['run', J.t('by_run')]], (order) => { state.order = order; reload(); J.forms.onorder(); }),
    );
  };

  const reload = async () => {
    state.token += 1;
    state.chunks.clear();
    state.waiting.clear();
    state.cursor = 0;
    await fetchChunk(0);
    frame.scrollTop = 0;
    draw();
  };

  const fetchChunk = async (chunk) => {
    if (state.chunks.has(chunk) || state.waiting.has(chunk)) return;
    state.waiting.add(chunk);
    const token = state.token;
    try {
      const from = chunk * CHUNK;
      const isDocuments = state.show === 'documents';
      const answer = isDocuments ? await J.store.documents(state.text, from, CHUNK) : await J.store.list(state.order, state.show, state.text, from, CHUNK);
      if (token !== state.token) return;
      state.total = answer.total;
      state.chunks.set(chunk, isDocuments ? answer.documents : answer.forms);
      if (state.chunks.size > 60) state.chunks.delete(state.chunks.keys().next().value);
      drawControls();
    } catch (error) {
      if (token === state.token) J.tell(error.message, 'bad');
    } finally {
      if (token === state.token) state.waiting.delete(chunk);
    }
    draw();
  };

  const whole = () => Math.min(state.total * HEIGHT, TALLEST);
  /** First entry that is in sight, and how far it is above the upper edge, in pixels. */
  const start = () => {
    const room = Math.max(1, whole() - frame.clientHeight);
    const share = Math.min(1, frame.scrollTop / room);
    const pixels = share * Math.max(0, state.total * HEIGHT - frame.clientHeight);
    return { first: Math.floor(pixels / HEIGHT), off: pixels % HEIGHT };
  };

  const draw = () => {
    inner.style.height = `${whole()}px`;
    inner.replaceChildren();
    if (!state.total) {
      inner.append(J.h('p', { class: 'quiet nothing' }, J.t('nothing_here')));
      return;
    }
    const { first, off } = start();
    const n = Math.ceil(frame.clientHeight / HEIGHT) + 2;
    for (let place = first; place < Math.min(first + n, state.total); place += 1) {
      const chunk = Math.floor(place / CHUNK);
      const entry = state.chunks.get(chunk)?.[place % CHUNK];
      if (!entry) fetchChunk(chunk);
      const element = entry ? (entry.document ? documentEntry(entry) : formEntry(entry)) : J.h('div', { class: 'entry' });
      element.style.top = `${frame.scrollTop - off + (place - first) * HEIGHT}px`;
      element.setAttribute('role', 'option');
      element.setAttribute('aria-setsize', state.total);
      element.setAttribute('aria-posinset', place + 1);
      element.id = `entry-${place}`;
      if (place === state.cursor) {
        element.classList.add('cursor');
        frame.setAttribute('aria-activedescendant', element.id);
      }
      element.addEventListener('click', () => { state.cursor = place; pick(entry); });
      inner.append(element);
    }
  };

  const marksOf = { approved: '✓', defective: '✗', flagged: '⚑' };
  const formEntry = (entry) => {
    const isCurrent = entry.form_id === state.current;
    const where = entry.pages ? J.t('page', { n: entry.pages[0] }) : entry.lines ? J.t('line', { n: entry.lines[0] }) : '';
    const badges = [];
    if (entry.errors) badges.push(J.h('span', { class: 'n error', title: J.t('error') }, String(entry.errors)));
    if (entry.warnings) badges.push(J.h('span', { class: 'n warning', title: J.t('warning') }, String(entry.warnings)));
    if (entry.confidence !== null && entry.confidence < 0.9) badges.push(J.h('span', { class: 'n unsure', title: J.t('confidence') }, `${Math.round(100 * entry.confidence)}%`));
    if (entry.n_corrections) badges.push(J.h('span', { class: 'n corrected', title: J.t('corrected') }, `✎${entry.n_corrections}`));
    return J.h('div', { class: `entry ${isCurrent ? 'current' : ''}`, 'aria-selected': isCurrent ? 'true' : 'false' },
      J.h('span', { class: `verdict ${entry.verdict ?? ''}`, title: entry.verdict ? J.t(entry.verdict) : J.t('open') }, marksOf[entry.verdict] ?? ''),
      J.h('div', { class: 'two' }, J.said(entry.name ?? entry.title ?? J.family(entry.family), { class: 'name' }),
        J.h('span', { class: 'where' }, J.said(entry.path), ` · ${where}`)),
      J.h('span', { class: 'badges' }, badges));
  };
  const documentEntry = (entry) => J.h('div', { class: 'entry' }, J.h('span', { class: 'verdict' }), J.h('div', { class: 'two' }, J.said(entry.document.path, { class: 'name' }),
    J.h('span', { class: 'where' }, J.t(`status_${entry.document.status}`), ' ', J.said(entry.document.diagnostics[0]?.code ?? ''))));

  const pick = (entry) => {
    if (!entry) return;
    // Where the list lies over the page it makes room.
    if (innerWidth <= 900) J.forms.show(false);
    if (entry.document) state.ondocument(entry);
    else state.onopen(entry.form_id);
  };

  const bring = (place) => {
    const n = Math.floor(frame.clientHeight / HEIGHT);
    const { first } = start();
    if (place >= first + 1 && place < first + n - 1) return;
    const pixels = Math.max(0, (place - Math.floor(n / 2)) * HEIGHT);
    const [real, shown] = [Math.max(1, state.total * HEIGHT - frame.clientHeight), Math.max(1, whole() - frame.clientHeight)];
    frame.scrollTop = (pixels / real) * shown;
  };

  frame.addEventListener('scroll', draw);
  new ResizeObserver(draw).observe(frame);
  frame.addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor(frame.clientHeight / HEIGHT) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) {
      state.cursor = Math.min(Math.max(0, state.cursor + by), Math.max(0, state.total - 1));
      bring(state.cursor);
      draw();
    } else if (event.key === 'Enter' || event.key === ' ') {
      pick(state.chunks.get(Math.floor(state.cursor / CHUNK))?.[state.cursor % CHUNK]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  J.forms = {
    onorder: () => {},
    /** The list is left by a key. */
    onleave: () => {},
    setUp: async ({ n_without_forms, onopen, ondocument }) => {
      Object.assign(state, { n_without: n_without_forms, onopen, ondocument });
      drawControls();
      await reload();
    },
    order: () => state.order,
    show: (is) => {
      root.hidden = !is;
      document.body.classList.toggle('with-list', is);
      if (is) draw();
    },
    isShown: () => !root.hidden,
    focus: () => frame.focus(),
    search: () => search.select(),
    /** Marks the form that is open, and takes what is known of it anew. */
    current: (id, place) => {
      state.current = id;
      if (place !== null && isWhole()) {
        state.cursor = place;
        bring(place);
      }
      draw();
    },
    /** The id at a place of the whole list; null beyond its ends. */
    at: async (place) => {
      const answer = await J.store.list(state.order, 'all', '', place, 1);
      return answer.forms[0]?.form_id ?? null;
    },
    /** What was said of a form has changed. */
    refresh: (place) => {
      if (!isWhole()) return;
      state.chunks.delete(Math.floor((place ?? 0) / CHUNK));
      fetchChunk(Math.floor((place ?? 0) / CHUNK));
    },
    relabel: () => {
      drawControls();
      draw();
    },
  };
})();
