// Marks: elements, and the text of documents in them. Text is only ever put as text; what could not be seen is made visible.
'use strict';
(() => {
  /** An element with attributes, listeners (`onclick`) and children: elements or texts of our own. */
  J.h = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
      else if (key === 'class') element.className = value;
      else element.setAttribute(key, value === true ? '' : String(value));
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  // Controls, format characters (bidi, zero width, tags), separators of lines, private use, and blanks that look like none.
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff]|[\u{e0000}-\u{e0fff}]/u;
  const NAMES = { '\n': '↵', '\t': '⇥' };

  /** Puts a text that a document gave into an element. Long ones are cut at `most` characters, and it is said. */
  J.put = (element, text, most = 20000) => {
    element.replaceChildren();
    let run = '';
    let n = 0;
    const flush = () => {
      if (run) element.append(document.createTextNode(run));
      run = '';
    };
    for (const ch of String(text)) {
      if (n >= most) {
        flush();
        element.append(J.h('span', { class: 'chip' }, `… ${String(text).length - n}`));
        break;
      }
      n += 1;
      if (UNSEEN.test(ch)) {
        flush();
        const code = ch.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
        element.append(J.h('span', { class: NAMES[ch] ? 'chip usual' : 'chip', title: `U+${code}` }, NAMES[ch] ?? `U+${code}`));
      } else run += ch;
    }
    flush();
    element.classList.add('said');
    return element;
  };

  /** An element of its own for such a text. */
  J.said = (text, attributes = {}, name = 'span') => J.put(J.h(name, attributes), text);

  let timer = 0;
  /** Says something at the foot of the page. */
  J.tell = (text, kind = 'good') => {
    const status = document.getElementById('status');
    J.put(status, text);
    status.className = `said ${kind}`;
    clearTimeout(timer);
    timer = setTimeout(() => status.replaceChildren(), kind === 'bad' ? 12000 : 4000);
  };

  const severities = ['info', 'unsure', 'warning', 'error'];
  /** How bad a severity is, from 1. */
  J.rank = (severity) => severities.indexOf(severity) + 1;
  J.severity = (rank) => severities[rank - 1];
})();
