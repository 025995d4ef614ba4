// Source: where the page gets what it shows and keeps what is said: from jixiao on this machine, or from blocks in this very file.
'use strict';
(() => {
  /** jixiao on this machine. */
  const server = () => {
    const ask = async (path, body) => {
      const how = body === undefined ? {} : {
        method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', 'X-Jixiao': '1' },
      };
      let response;
      try {
        response = await fetch(path, { ...how, credentials: 'same-origin', redirect: 'error' });
      } catch {
        throw new Error(J.t('lost'));
      }
      const text = await response.text();
      let answer = null;
      try { answer = JSON.parse(text); } catch { answer = { error: text }; }
      if (!response.ok) throw new Error(answer?.error ?? String(response.status));
      return answer;
    };
    const query = (values) => new URLSearchParams(values).toString();
    return {
      isFile: false,
      about: () => ask('/api/run'),
      codes: () => ask('/api/codes'),
      progress: () => ask('/api/progress'),
      list: (order, show, text, from, n) => ask(`/api/forms?${query({ order, show, text, from, n })}`),
      open: (order, after) => ask(`/api/open?${query(after ? { order, after } : { order })}`),
      form: (id, order) => ask(`/api/forms/${encodeURIComponent(id)}?${query({ order })}`),
      documents: (text, from, n) => ask(`/api/documents?${query({ text, from, n })}`),
      page: (index, number, dpi) => ask(`/api/documents/${index}/pages/${number}?${query({ dpi })}`),
      picture: (index, number, dpi) => `/pictures/${index}/${number}?${query({ dpi })}`,
      lines: (index, from, n) => ask(`/api/documents/${index}/lines?${query({ from, n })}`),
      correct: (document, corrections) => ask('/api/corrections', { document, corrections }),
      judge: (form_id, verdict, note) => ask('/api/verdicts', { form_id, verdict, note }),
    };
  };

  /** Blocks of this file; what is said is kept in the browser as far as it lets us, and in any case until the page is closed. */
  const file = () => {
    const block = (name) => {
      const found = document.getElementById(name);
      return found && found.type === 'application/json' ? JSON.parse(found.textContent) : null;
    };
    const about = block('run');
    const key = `jixiao-review-${about.digest}`;
    let kept = { corrections: [], verdicts: [], by: '' };
    try { kept = { ...kept, ...JSON.parse(localStorage.getItem(key) ?? '{}') }; } catch { /* Kept in memory alone. */ }
    const keep = () => {
      try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* Kept in memory alone. */ }
    };
    const heads = [];
    for (let from = 0; ; ) {
      const part = block(`list-${from}`);
      if (!part) break;
      heads.push(...part);
      from += part.length;
    }
    const byId = new Map(heads.map((head) => [head.form_id, head]));
    const ordered = { doubt: about.order, run: about.order.slice().sort((a, b) => byId.get(a).path.localeCompare(byId.get(b).path) || (a < b ? -1 : 1)) };
    const verdictOf = (id) => {
      const own = kept.verdicts.filter((verdict) => verdict.form_id === id).pop() ?? block(`form-${id}`)?.verdict ?? null;
      return own?.verdict === 'withdrawn' ? null : own;
    };
    const given = new Map();
    const correctionsOf = (answer) => [...answer.corrections, ...kept.corrections.filter((c) => c.document === answer.document.id)];
    const entry = (id) => {
      const head = byId.get(id);
      const ordinal = J.form.ordinalOf(id);
      const more = kept.corrections.filter((c) => c.document.startsWith(id.split('-')[0]) && c.form === ordinal).length;
      return { ...head, verdict: verdictOf(id)?.verdict ?? null, n_corrections: head.n_corrections + more };
    };
    const isShown = (one, show) => show === 'all' || (show === 'open' ? !one.verdict : show === 'corrected' ? one.n_corrections > 0 : one.verdict === show);
    /** All that is printed in a form or was said of it, in small letters. */
    const textOf = (id) => {
      const { record, corrections } = block(`form-${id}`);
      const texts = [];
      const walk = (value) => {
        if (typeof value === 'string') texts.push(value.toLowerCase());
        else if (value && typeof value === 'object') Object.values(value).forEach(walk);
      };
      // Every form has the same checks: their names would find all of them.
      walk({ ...record, checks: null });
      const own = kept.corrections.filter((c) => c.document.startsWith(id.split('-')[0]));
      for (const c of [...corrections, ...own]) if (c.form === J.form.ordinalOf(id)) walk(c.new);
      return texts.join('\n');
    };
    const form = (id, order) => {
      const prefix = id.split('-')[0];
      const own = block(`form-${id}`) ?? about.order.filter((other) => other.startsWith(prefix)).map((other) => block(`form-${other}`)).find(Boolean);
      if (!own) throw new Error(id);
      const corrections = correctionsOf(own);
      const siblings = own.siblings.slice();
      const known = new Set(siblings.map((sibling) => sibling.form_id));
      for (const c of corrections.filter((c) => c.op === 'add' && c.pointer === '')) {
        const added = `${prefix}-${String(c.form).padStart(4, '0')}`;
        if (!known.has(added)) siblings.push({ form_id: added, title: null, added: true });
        known.add(added);
      }
      const isOwn = own.form_id === id;
      const place = ordered[order].indexOf(id);
      return { ...own, form_id: id, record: isOwn ? own.record : null, corrections, siblings, verdict: verdictOf(id), place: place < 0 ? null : place };
    };
    return {
      isFile: true,
      get by() { return kept.by || ''; },
      set by(name) { kept.by = name; keep(); },
      kept: () => kept,
      about: async () => about,
      codes: async () => block('codes'),
      progress: async () => {
        const counts = { approved: 0, defective: 0, flagged: 0 };
        for (const id of about.order) {
          const verdict = verdictOf(id);
          if (verdict) counts[verdict.verdict] += 1;
        }
        return counts;
      },
      list: async (order, show, text, from, n) => {
        const wanted = text.toLowerCase();
        const found = ordered[order].map(entry).filter((one) => isShown(one, show) && (!wanted || textOf(one.form_id).includes(wanted)));
        return { total: found.length, from, forms: found.slice(from, from + n) };
      },
      open: async (order, after) => {
        const ids = ordered[order];
        const start = ids.indexOf(after) + 1;
        for (let k = 0; k < ids.length; k += 1) {
          const place = (start + k) % ids.length;
          if (ids[place] !== after && !verdictOf(ids[place])) return { place, form_id: ids[place] };
        }
        return null;
      },
      form: async (id, order) => form(id, order),
      documents: async () => ({ total: 0, from: 0, documents: [] }),
      page: async (index, number) => {
        const page = block(`page-${index}-${number}`) ?? { kind: 'nothing', reason: 'no_picture', detail: '' };
        if (page.data) given.set(`${index}-${number}`, page.data);
        return page;
      },
      picture: (index, number) => given.get(`${index}-${number}`),
      lines: async (index, from) => block(`lines-${index}-${from}`) ?? { kind: 'nothing', reason: 'missing', detail: '' },
      correct: async (documentId, wishes) => {
        const stamp = { by: kept.by || 'reviewer', at: new Date().toISOString() };
        const made = [];
        for (const { form: ordinal, op, pointer, old, new: next, row, why } of wishes) {
          const c = { schema: 'jixiao.correction/1', document: documentId, form: ordinal, op, pointer, old: old ?? null, new: next ?? null };
          if (row) c.row = row;
          Object.assign(c, stamp, why ? { why } : {});
          made.push(c);
        }
        kept.corrections.push(...made);
        keep();
        return { corrections: made };
      },
      judge: async (form_id, verdict, note) => {
        const { document: own } = form(form_id, 'doubt');
        const said = { schema: 'jixiao.verdict/1', form_id, document: own.id, verdict, by: kept.by || 'reviewer', at: new Date().toISOString() };
        if (note) said.note = note;
        kept.verdicts.push(said);
        keep();
        return { verdict: said };
      },
      /** Saves what was said as a file that jixiao reads. */
      save: (what) => {
        const lines = kept[what].map((one) => JSON.stringify(one) + '\n');
        const address = URL.createObjectURL(new Blob(lines, { type: 'application/x-ndjson' }));
        const link = J.h('a', { href: address, download: `${what}.jsonl` });
        document.body.append(link);
        link.click();
        link.remove();
        setTimeout(() => URL.revokeObjectURL(address), 10000);
      },
    };
  };

  J.store = document.getElementById('run') ? file() : server();
})();
