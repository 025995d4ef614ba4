// Sheet: the page as displayed, with the places of values on it; or the lines of a text; or, where there is no picture, what was read
// in its places.
'use strict';
(() => {
  const POINTS = 72;
  const GAP = 36;
  const DPIS = [100, 140, 200, 280];
  const root = document.getElementById('source');
  const pane = J.h('div', { id: 'pane', tabindex: '-1' });
  const bar = J.h('div', { id: 'sheetbar' });
  const view = { form: null, index: null, number: null, kind: null, zoom: 0, width: 0, height: 0, boxes: [], token: 0, dpi: 0, choose: () => {} };
  root.append(bar, pane);

  const button = (text, label, onclick) => J.h('button', { type: 'button', title: label, 'aria-label': label, onclick }, text);

  const drawBar = () => {
    const n_pages = view.document?.pages ?? view.pages?.[1] ?? 1;
    root.setAttribute('aria-label', J.t('source'));
    bar.replaceChildren();
    const path = view.document ? J.said(view.document.path, { class: 'path', title: view.document.path }) : '';
    bar.append(path);
    if (view.number !== null) {
      bar.append(
        button('‹', J.t('pages'), () => turn(-1)),
        J.h('span', { class: 'count' }, J.t(n_pages > 1 ? 'page_of' : 'page', { n: view.number, m: n_pages })),
        button('›', J.t('pages'), () => turn(1)),
      );
    }
    if (view.kind === 'picture' || view.kind === 'sketch') {
      bar.append(
        button('−', `${J.t('zoom_out')} (-)`, () => zoomBy(1 / 1.25)),
        J.h('span', { class: 'count zoom' }, `${Math.round((view.scale ?? 1) * 100)}%`),
        button('+', `${J.t('zoom_in')} (+)`, () => zoomBy(1.25)),
        button('⇔', `${J.t('fit')} (0)`, () => fit()),
      );
    }
  };

  const scaleOf = () => (view.zoom > 0 ? view.zoom : Math.max(0.2, (pane.clientWidth - GAP) / Math.max(view.width, 1)));

  /** Sets the sheet to its size, keeping the point at (x, y) of the pane where it is. */
  const layOut = (x = pane.clientWidth / 2, y = 0) => {
    const stage = pane.firstElementChild;
    if (!stage || !view.width || stage.id !== 'stage') return;
    const before = view.scale ?? 1;
    view.scale = scaleOf();
    const ratio = view.scale / before;
    const [left, top] = [(pane.scrollLeft + x) * ratio - x, (pane.scrollTop + y) * ratio - y];
    stage.style.width = `${view.width * view.scale}px`;
    stage.style.height = `${view.height * view.scale}px`;
    if (view.kind === 'sketch') stage.style.fontSize = `${9 * view.scale}px`;
    pane.scrollLeft = left;
    pane.scrollTop = top;
    const count = bar.querySelector('.zoom');
    if (count) count.textContent = `${Math.round(view.scale * 100)}%`;
    sharpen();
  };

  /** The least resolution of those that are made at which a page is sharp at a scale. */
  const dpiFor = (scale) => {
    const wanted = scale * POINTS * (globalThis.devicePixelRatio || 1) * 1.2;
    return DPIS.find((dpi) => dpi >= wanted) ?? DPIS[DPIS.length - 1];
  };

  /** Asks for a finer picture where the one at hand would be blurred. */
  const sharpen = () => {
    const image = pane.querySelector('img');
    if (!image || J.store.isFile || view.kind !== 'picture') return;
    const wanted = dpiFor(view.scale);
    if (wanted <= view.dpi) return;
    view.dpi = wanted;
    const [finer, token] = [new Image(), view.token];
    finer.src = J.store.picture(view.index, view.number, view.dpi);
    finer.decode().then(() => { if (token === view.token) image.src = finer.src; }, () => {});
  };

  const zoomBy = (factor, x, y) => {
    view.zoom = Math.min(8, Math.max(0.25, scaleOf() * factor));
    layOut(x, y ?? pane.clientHeight / 2);
  };
  const fit = () => {
    view.zoom = 0;
    layOut();
  };

  const turn = (by) => {
    if (view.number === null) return;
    const most = view.document?.pages ?? view.pages?.[1] ?? 1;
    const next = Math.min(Math.max(1, view.number + by), Math.max(1, most));
    if (next !== view.number) showPage(next);
  };

  /** Boxes of the values of this page. Values of one cell have one box. */
  const boxesOf = (number) => {
    const boxes = new Map();
    for (const leaf of view.form?.leaves.values() ?? []) {
      const bbox = leaf.place?.bbox;
      if (!bbox || leaf.place.page !== number) continue;
      const key = bbox.join();
      if (!boxes.has(key)) boxes.set(key, { bbox, pointers: [], rank: 0, raw: leaf.place.raw, isCorrected: false });
      const box = boxes.get(key);
      box.pointers.push(leaf.pointer);
      box.rank = Math.max(box.rank, leaf.rank);
      box.isCorrected ||= leaf.isCorrected;
    }
    return [...boxes.values()];
  };

  const drawBoxes = (stage) => {
    stage.querySelectorAll('.box').forEach((box) => box.remove());
    view.boxes = boxesOf(view.number);
    for (const box of view.boxes) {
      const [left, top, right, bottom] = box.bbox;
      const element = J.h('div', { class: `box ${box.rank ? `doubt ${J.severity(box.rank)}` : ''} ${box.isCorrected ? 'corrected' : ''}`, 'aria-hidden': 'true' });
      element.style.left = `${(100 * left) / view.width}%`;
      element.style.top = `${(100 * top) / view.height}%`;
      element.style.width = `${(100 * (right - left)) / view.width}%`;
      element.style.height = `${(100 * (bottom - top)) / view.height}%`;
      if (view.kind === 'sketch') J.put(element, box.raw, 400);
      element.addEventListener('click', () => {
        if (view.dragged) return;
        const at = box.pointers.indexOf(view.selected);
        view.choose(box.pointers[(at + 1) % box.pointers.length]);
      });
      box.element = element;
      stage.append(element);
    }
    mark();
  };

  const mark = (isMoving) => {
    for (const box of view.boxes) {
      const isChosen = box.pointers.includes(view.selected);
      box.element.classList.toggle('chosen', isChosen);
      if (isChosen && isMoving) reveal(box.element);
    }
    pane.querySelectorAll('.textline').forEach((line) => {
      const isChosen = Number(line.dataset.line) === view.line;
      line.classList.toggle('chosen', isChosen);
      if (isChosen && isMoving) reveal(line);
    });
  };

  /** Brings an element into the pane, no farther than need be. */
  const reveal = (element) => {
    const [inner, outer] = [element.getBoundingClientRect(), pane.getBoundingClientRect()];
    const margin = Math.min(60, outer.height / 6);
    const off = (from, to, low, high) => {
      if (to - from > high - low - 2 * margin) return from - low - margin;
      if (from < low + margin) return from - low - margin;
      return to > high - margin ? to - high + margin : 0;
    };
    pane.scrollTop += off(inner.top, inner.bottom, outer.top, outer.bottom);
    if (inner.width < outer.width - 2 * margin || inner.left > outer.right || inner.right < outer.left) {
      pane.scrollLeft += off(inner.left, inner.right, outer.left, outer.right);
    }
  };

  const said = (text, detail) => {
    const note = J.h('div', { class: 'notice' }, J.h('p', {}, text));
    if (detail) note.append(J.said(detail, { class: 'detail' }, 'p'));
    return note;
  };

  const showPage = async (number) => {
    view.token += 1;
    const token = view.token;
    Object.assign(view, { number, kind: null, boxes: [] });
    drawBar();
    const wait = setTimeout(() => { if (token === view.token) pane.replaceChildren(said(J.t('drawing'))); }, 250);
    const dpi = dpiFor(view.zoom > 0 ? view.zoom : (pane.clientWidth - GAP) / 595);
    let page;
    try {
      page = await J.store.page(view.index, number, dpi);
    } catch (error) {
      page = { kind: 'nothing', reason: 'failed', detail: error.message };
    }
    if (token !== view.token) return clearTimeout(wait);
    const stage = J.h('div', { id: 'stage' });
    if (page.kind === 'picture') {
      const image = J.h('img', { alt: J.t('page', { n: number }), draggable: 'false' });
      image.src = J.store.picture(view.index, number, dpi);
      Object.assign(view, { kind: 'picture', width: page.width, height: page.height, dpi });
      try { await image.decode(); } catch { /* The box of the page stays white. */ }
      if (token !== view.token) return clearTimeout(wait);
      stage.append(image);
      pane.replaceChildren(stage);
    } else {
      const boxes = boxesOf(number);
      const most = (side) => Math.max(side === 2 ? 595 : 200, ...boxes.map((box) => box.bbox[side] + 20));
      Object.assign(view, { kind: 'sketch', width: most(2), height: most(3) });
      stage.classList.add('sketch');
      pane.replaceChildren(stage, said(J.t(`nothing_${page.reason}`), page.detail));
      if (!boxes.length) stage.remove();
    }
    clearTimeout(wait);
    drawBar();
    view.scale = undefined;
    layOut();
    drawBoxes(stage);
    mark(true);
  };

  const showLines = async () => {
    view.token += 1;
    const token = view.token;
    Object.assign(view, { number: null, kind: 'lines', boxes: [] });
    drawBar();
    const [first, last] = view.lines;
    const from = Math.max(1, first - 3);
    let text;
    try {
      text = await J.store.lines(view.index, from, last - from + 4);
    } catch (error) {
      text = { kind: 'nothing', reason: 'failed', detail: error.message };
    }
    if (token !== view.token) return;
    if (text.kind !== 'lines') {
      pane.replaceChildren(said(J.t(`nothing_${text.reason}`), text.detail));
      return;
    }
    const byLine = new Map();
    for (const leaf of view.form?.leaves.values() ?? []) {
      if (!leaf.place?.line) continue;
      if (!byLine.has(leaf.place.line)) byLine.set(leaf.place.line, []);
      byLine.get(leaf.place.line).push(leaf);
    }
    const list = J.h('div', { class: 'lines', role: 'presentation' });
    text.lines.forEach((line, idx) => {
      const number = text.first + idx;
      const leaves = byLine.get(number) ?? [];
      const rank = Math.max(0, ...leaves.map((leaf) => leaf.rank));
      const isOutside = number < first || number > last;
      const row = J.h('div', { class: `textline ${rank ? `doubt ${J.severity(rank)}` : ''} ${isOutside ? 'outside' : ''} ${leaves.length ? 'known' : ''}`, 'data-line': number },
        J.h('span', { class: 'number', 'aria-hidden': 'true' }, String(number)), J.said(line, { class: 'text' }));
      if (leaves.length) {
        row.addEventListener('click', () => {
          if (String(getSelection()).length) return;
          const pointers = leaves.map((leaf) => leaf.pointer);
          view.choose(pointers[(pointers.indexOf(view.selected) + 1) % pointers.length]);
        });
      }
      list.append(row);
    });
    pane.replaceChildren(list);
    mark(true);
  };

  // The picture is pulled with the mouse, and zoomed by the wheel with Ctrl.
  let pull = null;
  pane.addEventListener('pointerdown', (event) => {
    view.dragged = false;
    if (event.button === 0 && view.kind === 'picture') pull = { x: event.clientX, y: event.clientY, left: pane.scrollLeft, top: pane.scrollTop, id: event.pointerId };
  });
  pane.addEventListener('pointermove', (event) => {
    if (!pull) return;
    const [dx, dy] = [event.clientX - pull.x, event.clientY - pull.y];
    if (!view.dragged && Math.hypot(dx, dy) < 5) return;
    view.dragged = true;
    pane.classList.add('pulled');
    pane.scrollLeft = pull.left - dx;
    pane.scrollTop = pull.top - dy;
  });
  const release = () => {
    pull = null;
    pane.classList.remove('pulled');
  };
  addEventListener('pointerup', release);
  addEventListener('pointercancel', release);
  pane.addEventListener('wheel', (event) => {
    if (!event.ctrlKey || !view.width) return;
    event.preventDefault();
    const outer = pane.getBoundingClientRect();
    zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - outer.left, event.clientY - outer.top);
  }, { passive: false });
  new ResizeObserver(() => { if (view.zoom === 0) layOut(0, 0); }).observe(pane);

  J.sheet = {
    /** Shows a form's document; the page stays if it is the same. */
    open: (form, choose) => {
      const isSame = view.index === form.document_index && view.form?.form_id === form.form_id;
      const place = (form.original ?? form.record)?.document;
      Object.assign(view, { form, choose, document: { ...form.document, path: form.document.path }, pages: place?.pages ?? null, lines: place?.lines ?? null });
      if (isSame && view.kind) {
        drawBar();
        const stage = pane.querySelector('#stage');
        if (stage) drawBoxes(stage);
        return;
      }
      view.index = form.document_index;
      view.selected = null;
      if (view.lines) showLines();
      else showPage(view.pages?.[0] ?? 1);
    },
    /** Shows a document that has no form. */
    openDocument: (index, line) => {
      Object.assign(view, { form: null, index, document: line, pages: line.pages ? [1, line.pages] : null, lines: line.pages ? null : [1, 300], choose: () => {} });
      if (line.pages === null && line.sources.includes('text')) showLines();
      else showPage(1);
    },
    /** Shows where a value was printed. */
    select: (leaf) => {
      view.selected = leaf?.pointer ?? null;
      const place = leaf?.place;
      view.line = place?.line ?? null;
      if (place?.page && view.number !== null && place.page !== view.number) showPage(place.page);
      else mark(true);
    },
    zoomBy, fit, turn,
    /** Zooms so that the chosen box fills half of the pane. */
    zoomTo: () => {
      const box = view.boxes.find((one) => one.pointers.includes(view.selected));
      if (!box) return;
      const width = box.bbox[2] - box.bbox[0];
      view.zoom = Math.min(4, Math.max(0.5, (pane.clientWidth * 0.6) / Math.max(width, 60)));
      layOut();
      const [inner, outer] = [box.element.getBoundingClientRect(), pane.getBoundingClientRect()];
      pane.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
      pane.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    },
    pan: (dx, dy) => {
      pane.scrollLeft += dx;
      pane.scrollTop += dy;
    },
    relabel: drawBar,
  };
})();
