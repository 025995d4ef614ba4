// The page of `jixiao review`, driven as a person drives it: by keys, in the browser of the system.
//
//   JIXIAO    the program; without it target/debug/jixiao
//   CHROMIUM  the browser; without it /usr/bin/chromium
//   SHOTS     a folder for pictures of the page; without it none are taken
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const jixiao = path.resolve(process.env.JIXIAO ?? path.join(root, 'target/debug/jixiao'));
const samples = path.join(root, 'samples');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jixiao-review-'));
const shots = process.env.SHOTS;
const EVIL_NAME = '<img src=x onerror=window.pwned=1>.txt';
const N_MANY = 10_000;
/** Longest time in which a run of that many forms is open, milliseconds: a debug build beside others takes several times what a release does. */
const LONGEST_OPENING = 15_000;

const extract = (...args) => {
  const done = spawnSync(jixiao, ['extract', '--no-timing', '-q', ...args], { cwd: samples, encoding: 'utf8' });
  assert.ok([0, 1].includes(done.status), done.stderr);
};
const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const hasModels = spawnSync(jixiao, ['models', 'verify'], { encoding: 'utf8' }).status === 0;

/** A run with digital files, a text that would like to be code, and, where there are models, scans. */
const makeRun = () => {
  const text = fs.readFileSync(path.join(samples, 'seed-text/input.txt'), 'utf8').split('\n').slice(0, 20).join('\n');
  const evil = text.replace('一是', '<script>window.pwned=2</script><img src=x onerror="window.pwned=3">\u202e一\u200b是');
  assert.notEqual(evil, text, 'the text has the place that is made evil');
  fs.writeFileSync(path.join(folder, EVIL_NAME), evil);
  const run = path.join(folder, 'run');
  const scans = hasModels ? ['scan-pdf/input.pdf', 'photo-jpg/input.jpg'] : [];
  extract('--provenance', '-o', run, 'seed-pdf/input.pdf', 'seed-text/input.txt', 'prose-pdf/input.pdf', ...scans, path.join(folder, EVIL_NAME));
  return run;
};

/** As many forms as it takes, all of one text. */
const makeMany = (run) => {
  const [document] = lines(path.join(run, 'documents.jsonl')).filter((line) => line.path.includes('seed-text'));
  const [form] = lines(path.join(run, 'forms.jsonl')).filter((line) => line.document.path.includes('seed-text'));
  const many = path.join(folder, 'many');
  fs.mkdirSync(many);
  const [documents, forms] = [[], []];
  for (let n = 0; n < N_MANY; n += 1) {
    const id = n.toString(16).padStart(16, '0') + document.id.slice(16);
    documents.push(JSON.stringify({ ...document, id, path: `${n}.txt`, forms: 1 }));
    forms.push(JSON.stringify({ ...form, form_id: `${id.slice(0, 16)}-0001`, document: { ...form.document, id, path: `${n}.txt` } }));
  }
  fs.writeFileSync(path.join(many, 'documents.jsonl'), documents.join('\n') + '\n');
  fs.writeFileSync(path.join(many, 'forms.jsonl'), forms.join('\n') + '\n');
  fs.writeFileSync(path.join(many, 'summary.json'), '{}');
  return many;
};

const servers = [];
const serve = (run, ...more) => new Promise((resolve, reject) => {
  const child = spawn(jixiao, ['review', run, '--root', samples, '--by', '测试', '--print-url', '--no-open', ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  servers.push(child);
  let [out, err] = ['', ''];
  child.stderr.on('data', (data) => { err += data; });
  child.stdout.on('data', (data) => {
    out += data;
    if (out.includes('\n')) resolve({ url: out.trim(), child });
  });
  child.on('exit', (code) => reject(new Error(`jixiao review ended with ${code}: ${err}`)));
});
const end = (child) => new Promise((resolve) => {
  child.removeAllListeners('exit');
  child.on('exit', (code) => resolve(code));
  child.kill('SIGTERM');
});

/** The status that a request gets, whatever its headers say. */
const request = (url, headers, method = 'GET') => new Promise((resolve, reject) => {
  const { hostname, port, pathname } = new URL(url);
  const asked = http.request({ hostname, port, path: pathname, method, headers }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  asked.on('error', reject);
  asked.end();
});

let browser;
const faults = [];
const newPage = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('pageerror', (error) => faults.push(`an error of the page: ${error.message}`));
  page.on('request', (asked) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:|file:)/.test(asked.url())) faults.push(`asks elsewhere: ${asked.url()}`);
  });
  return page;
};
const ready = async (page) => {
  await page.waitForSelector('body[data-ready=true]');
  await page.waitForSelector('#fields .place.chosen');
};
const shot = async (page, name) => {
  if (!shots) return;
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
};
const isClean = async (page) => {
  assert.equal(await page.evaluate(() => window.pwned), undefined, 'a script of a document has run');
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  assert.deepEqual(faults, []);
};
const chosen = (page) => page.getAttribute('#fields .place.chosen', 'data-p');
const formOf = (page) => page.evaluate(() => sessionStorage.getItem('jixiao-form'));
const settled = async (page, word) => page.waitForFunction((text) => document.getElementById('status').textContent.includes(text), word);
/** Goes on by the key until a form fits. */
const goTo = async (page, fits) => {
  for (let n = 0; n < 40; n += 1) {
    if (await fits()) return;
    const before = await formOf(page);
    await page.keyboard.press(']');
    await page.waitForFunction((id) => sessionStorage.getItem('jixiao-form') !== id, before, { timeout: 5000 });
  }
  assert.fail('no form fits');
};
const toForm = async (page, id) => {
  await page.evaluate((wanted) => sessionStorage.setItem('jixiao-form', wanted), id);
  await page.reload();
  await ready(page);
};

const tests = [];
const test = (name, body) => tests.push([name, body]);
const shared = {};

test('a doubtful field is found, corrected and kept, by keys alone', async () => {
  const page = await newPage();
  await page.goto(shared.url);
  await ready(page);
  assert.ok(!page.url().includes('token'), 'the token stands in no address');
  shared.page = page;
  const code = '[data-p="/project/code"].doubt';
  await goTo(page, async () => (await page.locator('#sheetbar .path').textContent()).includes('seed-pdf') && (await page.locator(code).count()) > 0);
  await page.waitForSelector('#stage img');
  assert.ok(await page.evaluate(async () => { const image = document.querySelector('#stage img'); await image.decode(); return image.naturalWidth > 700; }), 'a digital page is drawn');
  for (let n = 0; n < 10 && (await chosen(page)) !== '/project/code'; n += 1) await page.keyboard.press('n');
  assert.equal(await chosen(page), '/project/code');
  assert.equal(await page.locator('#stage .box.chosen').count(), 1, 'its place on the page is marked');
  await shot(page, 'digital');
  shared.form = await formOf(page);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#editor textarea');
  await shot(page, 'editing');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('51170022T000001234567');
  await page.keyboard.press('Enter');
  await settled(page, '已保存');
  await page.reload();
  await ready(page);
  assert.equal(await formOf(page), shared.form);
  assert.match(await page.locator('[data-p="/project/code"].corrected').textContent(), /51170022T000001234567/);
  const [said] = lines(path.join(shared.run, 'corrections.jsonl'));
  assert.deepEqual([said.op, said.pointer, said.new, said.by], ['replace', '/project/code', '51170022T000001234567', '测试']);
  await isClean(page);
});

test('what would be no record is refused where it was typed', async () => {
  const { page } = shared;
  const cell = '[data-p="/indicators/0/weight"]';
  await page.click(cell);
  await page.keyboard.press('e');
  await page.keyboard.type('十');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#editor .complaint:not(:empty)');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#editor').count(), 0);
});

test('rows are added, removed and given to the neighbour, and all is undone', async () => {
  const { page } = shared;
  const n_rows = () => page.locator('.rows.indicators .place.row').count();
  const before = await n_rows();
  await page.click('[data-p="/indicators/0/level3"]');
  await page.keyboard.press('o');
  await page.waitForSelector('[data-p="/indicators/1"].added');
  assert.equal(await n_rows(), before + 1);
  await page.keyboard.press('u');
  await settled(page, '已撤销');
  assert.equal(await n_rows(), before);
  await page.keyboard.press('x');
  await page.waitForFunction((n) => document.querySelectorAll('.rows.indicators .place.row').length === n, before - 1);
  await page.keyboard.press('u');
  await page.waitForFunction((n) => document.querySelectorAll('.rows.indicators .place.row').length === n, before);
  assert.equal(await page.locator('.place.added').count(), 0, 'a row that comes back is the one that was printed');
  await page.click(`[data-p="/indicators/${before - 1}/level3"]`);
  await page.keyboard.press('m');
  await page.waitForSelector('dialog');
  await shot(page, 'menu');
  await page.keyboard.press('1');
  await page.waitForFunction((n) => document.querySelectorAll('.rows.indicators .place.row').length === n, before - 1);
  await page.waitForTimeout(300);
  await page.keyboard.press('u');
  await page.waitForFunction((n) => document.querySelectorAll('.rows.indicators .place.row').length === n, before);
});

test('a form is split and the new one is taken away again', async () => {
  const { page } = shared;
  await page.waitForTimeout(200);
  const before = await page.locator('.rows.indicators .place.row').count();
  await page.click('[data-p="/indicators/1/level3"]');
  await page.keyboard.press('m');
  await page.keyboard.press('3');
  await page.waitForFunction((id) => sessionStorage.getItem('jixiao-form') !== id, shared.form);
  await page.waitForFunction((n) => document.querySelectorAll('.rows.indicators .place.row').length === n, before - 1);
  await page.keyboard.press('u');
  await page.waitForFunction((id) => sessionStorage.getItem('jixiao-form') === id, shared.form);
  await settled(page, '已撤销');
  assert.equal(await page.locator('.rows.indicators .place.row').count(), before);
  await isClean(page);
});

test('a form is approved and the next open one comes up; a verdict is withdrawn', async () => {
  const { page } = shared;
  await page.keyboard.press('a');
  await page.waitForFunction((id) => sessionStorage.getItem('jixiao-form') !== id, shared.form);
  await toForm(page, shared.form);
  assert.equal(await page.getAttribute('.verdict-button.approved', 'aria-pressed'), 'true');
  await page.keyboard.press('w');
  await page.waitForSelector('.verdict-button.approved[aria-pressed=false]');
  await page.keyboard.press('f');
  await page.waitForSelector('#editor textarea');
  await page.keyboard.type('请复核');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.verdict-button.flagged[aria-pressed=true]');
  const said = lines(path.join(shared.run, 'verdicts.jsonl')).map((verdict) => verdict.verdict);
  assert.deepEqual(said, ['approved', 'withdrawn', 'flagged']);
});

test('a text shows its lines, and a click on either side finds the other', async () => {
  const { page } = shared;
  const [form] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.document.path.includes('seed-text'));
  await toForm(page, form.form_id);
  await page.click('[data-p="/indicators/0/level3"]');
  await page.waitForSelector('.textline.chosen');
  const number = await page.getAttribute('.textline.chosen', 'data-line');
  await page.locator('.textline.known').last().click();
  assert.notEqual(await page.getAttribute('.textline.chosen', 'data-line'), number);
  assert.notEqual(await chosen(page), '/indicators/0/level3');
  await shot(page, 'text');
  await isClean(page);
});

test('a document cannot make the page run anything', async () => {
  const { page } = shared;
  const [form] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.document.path.includes('onerror'));
  await toForm(page, form.form_id);
  assert.match(await page.locator('[data-p="/annual_goal"]').textContent(), /<script>window\.pwned/);
  assert.ok((await page.locator('[data-p="/annual_goal"] .chip').allTextContents()).includes('U+202E'));
  assert.match(await page.locator('#sheetbar .path').textContent(), /onerror/);
  await page.click('[data-p="/annual_goal"]');
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.keyboard.type('<img src=x onerror=window.pwned=4>');
  await page.keyboard.press('Enter');
  await settled(page, '已保存');
  await page.keyboard.press('l');
  await page.waitForSelector('#list .entry');
  await shot(page, 'evil');
  await page.waitForTimeout(500);
  assert.equal(await page.locator('#fields img, #list img, #detail img, #sheetbar img').count(), 0);
  await isClean(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('u');
  await settled(page, '已撤销');
});

test('scans are shown with the places of their values', async () => {
  if (!hasModels) return 'skipped: no models are installed (jixiao models install)';
  const { page } = shared;
  for (const name of ['scan-pdf', 'photo-jpg']) {
    const [form] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.document.path.includes(name));
    await toForm(page, form.form_id);
    await page.waitForSelector('#stage img');
    await page.click('[data-p="/annual_goal"]');
    await page.waitForSelector('#stage .box.chosen');
    const share = await page.evaluate(() => {
      const [box, stage] = ['#stage .box.chosen', '#stage'].map((at) => document.querySelector(at).getBoundingClientRect());
      return box.top >= stage.top && box.bottom <= stage.bottom && box.width > 10;
    });
    assert.ok(share, 'the box is on the page');
    await shot(page, name);
  }
  await isClean(page);
  return null;
});

test('help, language, zoom and a narrow window', async () => {
  const { page } = shared;
  await toForm(page, shared.form);
  await page.keyboard.press('?');
  await page.waitForSelector('dialog dl.keys');
  await shot(page, 'help');
  await page.keyboard.press('Escape');
  await page.keyboard.press('t');
  assert.match(await page.locator('.verdict-button.approved').textContent(), /Approve/);
  await shot(page, 'english');
  await page.keyboard.press('t');
  await page.waitForSelector('#stage img');
  const width = () => page.evaluate(() => document.getElementById('stage').getBoundingClientRect().width);
  const before = await width();
  await page.keyboard.press('+');
  assert.ok((await width()) > before * 1.2);
  await page.keyboard.press('0');
  await page.setViewportSize({ width: 760, height: 900 });
  await shot(page, 'narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await shot(page, '1280');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(overflow, false, 'nothing sticks out');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('what a finding and a check mean is said in Chinese and in English', async () => {
  const { page } = shared;
  const [form] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.form_id !== shared.form && one.diagnostics.some((finding) => finding.path));
  await toForm(page, form.form_id);
  for (let n = 0; n < 20 && (await page.locator('#detail .said-finding').count()) === 0; n += 1) await page.keyboard.press('n');
  await page.click('#detail .said-finding summary');
  assert.match(await page.locator('#detail .explained').first().textContent(), /检查内容.*原因.*处理办法/s);
  const check = page.locator('.checks .check').first();
  await check.click();
  assert.match(await page.locator('.meaning').textContent(), /检查内容.*处理办法/s);
  await shot(page, 'check');
  await check.click();
  assert.equal(await page.locator('.meaning').textContent(), '');
  await page.keyboard.press('t');
  await check.click();
  assert.match(await page.locator('.meaning').textContent(), /What it checks.*What to do/s);
  await page.keyboard.press('t');
});

test('forms are found by what is printed in them, files without forms by their names', async () => {
  const { page } = shared;
  const entries = () => page.locator('#list .entry').count();
  const counted = (text) => page.waitForFunction((wanted) => document.querySelector('#list .count').textContent === wanted, text);
  await page.keyboard.press('/');
  await page.waitForFunction(() => document.activeElement?.type === 'search');
  await page.keyboard.type('ONERROR');
  await counted('1 张');
  assert.equal(await entries(), 1);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#sheetbar .path').textContent.includes('onerror'));
  await shot(page, 'search');
  await page.keyboard.press('/');
  await page.keyboard.press('Backspace');
  await page.selectOption('#list select >> nth=0', 'documents');
  await counted('1 个文件');
  await page.locator('#list .entry').first().click();
  await page.waitForFunction(() => document.querySelector('#sheetbar .path').textContent.includes('prose-pdf'));
  await page.waitForSelector('#stage img');
  await shot(page, 'document');
  await page.fill('#list input', 'nothing like it');
  await counted('0 个文件');
  await page.fill('#list input', '');
  await page.selectOption('#list select >> nth=0', 'all');
  await counted(`${lines(path.join(shared.run, 'forms.jsonl')).length} 张`);
  await toForm(page, shared.form);
  await isClean(page);
});

test('nobody else is answered', async () => {
  const { origin, host } = new URL(shared.url);
  const [cookie] = (await shared.page.context().cookies()).filter((one) => one.name.startsWith('jixiao-'));
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
  const own = { Host: host, Cookie: `${cookie.name}=${cookie.value}` };
  assert.equal(await request(`${origin}/api/run`, own), 200);
  assert.equal(await request(`${origin}/api/run`, { Host: host }), 403);
  assert.equal(await request(`${origin}/api/run`, { ...own, Host: 'evil.example' }), 403);
  assert.equal(await request(`${origin}/api/run`, { ...own, Origin: 'http://evil.example' }), 403);
  assert.equal(await request(`${origin}/api/verdicts`, { ...own, Origin: 'http://evil.example', 'X-Jixiao': '1', 'Content-Type': 'application/json' }, 'POST'), 403);
  assert.equal(await request(`${origin}/api/verdicts`, { ...own, 'Content-Type': 'application/json' }, 'POST'), 403);
});

test('two reviews do not write into one file, and a signal ends one', async () => {
  const second = spawnSync(jixiao, ['review', shared.run], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(second.status, 2, second.stderr);
  assert.equal(await end(shared.child), 0);
});

test('extract replays what was said', async () => {
  const help = execFileSync(jixiao, ['extract', '--help'], { encoding: 'utf8' });
  if (!help.includes('--corrections')) return 'skipped: this jixiao has no extract --corrections';
  const again = path.join(folder, 'again');
  extract('-o', again, '--corrections', path.join(shared.run, 'corrections.jsonl'), 'seed-pdf/input.pdf');
  const [form] = lines(path.join(again, 'forms.jsonl')).filter((one) => one.form_id === shared.form);
  assert.equal(form.project.code, '51170022T000001234567');
  const [first] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.form_id === shared.form);
  assert.deepEqual(form.indicators, first.indicators, 'what was undone was never done');
  return null;
});

test('the exported file works without jixiao', async () => {
  const out = path.join(folder, 'review.html');
  const fresh = path.join(folder, 'fresh.jsonl');
  execFileSync(jixiao, ['review', shared.run, '--root', samples, '--corrections', fresh, '--verdicts', `${fresh}.v`, '--export', out, '--limit', '50'], { stdio: 'pipe' });
  const page = await newPage();
  await page.goto(pathToFileURL(out).href);
  await ready(page);
  const code = '[data-p="/project/code"].doubt';
  await goTo(page, async () => (await page.locator('#sheetbar .path').textContent()).includes('seed-pdf') && (await page.locator(code).count()) > 0);
  await page.waitForSelector('#stage img');
  assert.ok(await page.evaluate(async () => { const image = document.querySelector('#stage img'); await image.decode(); return image.naturalWidth > 600; }), 'pictures are in the file');
  for (let n = 0; n < 10 && (await chosen(page)) !== '/project/code'; n += 1) await page.keyboard.press('n');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('51170022T000009876543');
  await page.keyboard.press('Enter');
  await settled(page, '已保存');
  await page.reload();
  await ready(page);
  assert.match(await page.locator('[data-p="/project/code"].corrected').textContent(), /51170022T000009876543/);
  await page.keyboard.press('a');
  await page.waitForTimeout(300);
  await shot(page, 'exported');
  for (const [what, expected] of [['corrections', '51170022T000009876543'], ['verdicts', 'approved']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`.save-${what}`)]);
    assert.equal(download.suggestedFilename(), `${what}.jsonl`);
    const saved = path.join(folder, `saved-${what}.jsonl`);
    await download.saveAs(saved);
    const [said] = lines(saved);
    assert.equal(said.new ?? said.verdict, expected);
    // What a file gave is what jixiao reads.
    fs.copyFileSync(saved, what === 'corrections' ? fresh : `${fresh}.v`);
  }
  execFileSync(jixiao, ['review', shared.run, '--root', samples, '--corrections', fresh, '--verdicts', `${fresh}.v`, '--export', `${out}2`, '--limit', '1'], { stdio: 'pipe' });
  const [evil] = lines(path.join(shared.run, 'forms.jsonl')).filter((one) => one.document.path.includes('onerror'));
  await page.keyboard.press('/');
  await page.keyboard.type('WINDOW.PWNED=2');
  await page.waitForFunction(() => document.querySelector('#list .count').textContent === '1 张');
  await page.fill('#list input', '');
  await page.waitForFunction(() => document.querySelector('#list .count').textContent !== '1 张');
  await toForm(page, evil.form_id);
  assert.match(await page.locator('[data-p="/annual_goal"]').textContent(), /<script>/);
  await isClean(page);
  await page.context().close();
});

test('a sample shows its forms alone, and how far it is', async () => {
  const sampled = path.join(folder, 'sampled');
  fs.mkdirSync(sampled);
  for (const name of ['documents.jsonl', 'forms.jsonl', 'summary.json']) fs.copyFileSync(path.join(shared.run, name), path.join(sampled, name));
  execFileSync(jixiao, ['sample', sampled, '--plan', 'percent:10', '--seed', '1'], { stdio: 'pipe' });
  const set = JSON.parse(fs.readFileSync(path.join(sampled, 'sample.json'), 'utf8'));
  const { url, child } = await serve(sampled, '--sample', path.join(sampled, 'sample.json'));
  const page = await newPage();
  await page.goto(url);
  await ready(page);
  const n = set.forms.length;
  assert.match(await page.locator('.here').textContent(), new RegExp(`/ ${n}$`));
  assert.ok(set.forms.map((drawn) => drawn.form_id).includes(await formOf(page)));
  await page.keyboard.press('a');
  await page.waitForFunction((all) => document.querySelector('.progress .count').textContent.includes(`1 / ${all}`), n);
  await isClean(page);
  await page.context().close();
  assert.equal(await end(child), 0);
});

test(`${N_MANY} forms are open within seconds`, async () => {
  const many = makeMany(shared.run);
  const began = Date.now();
  const { url, child } = await serve(many);
  const page = await newPage();
  await page.goto(url);
  await ready(page);
  const took = Date.now() - began;
  assert.ok(took < LONGEST_OPENING, `it takes ${took} ms`);
  await page.keyboard.press('l');
  await page.waitForSelector('#list .entry');
  await page.keyboard.press('End');
  await page.waitForFunction((n) => [...document.querySelectorAll('#list .entry')].some((entry) => entry.textContent.includes(`${n - 1}.txt`)), N_MANY);
  assert.ok((await page.locator('#list .entry').count()) < 60, 'only what is in sight is there');
  await page.keyboard.press('Enter');
  await page.waitForFunction((n) => document.querySelector('.here').textContent.startsWith(String(n)), N_MANY);
  await shot(page, 'many');
  await isClean(page);
  await page.context().close();
  assert.equal(await end(child), 0);
  return `${took} ms`;
});

let n_failed = 0;
let n_skipped = 0;
try {
  if (shots) fs.mkdirSync(shots, { recursive: true });
  shared.run = makeRun();
  Object.assign(shared, await serve(shared.run));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const [name, body] of tests) {
    const began = Date.now();
    try {
      const said = await body();
      if (said?.startsWith('skipped')) n_skipped += 1;
      console.log(`${said?.startsWith('skipped') ? 'skip' : 'ok  '} ${name} (${said ?? `${Date.now() - began} ms`})`);
    } catch (error) {
      n_failed += 1;
      console.log(`FAIL ${name}\n     ${String(error.stack).split('\n').slice(0, 12).join('\n     ')}`);
      if (shots && shared.page) await shared.page.screenshot({ path: path.join(shots, `failed-${n_failed}.png`) }).catch(() => {});
    }
    faults.length = 0;
  }
} finally {
  await browser?.close();
  for (const child of servers) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
}
console.log(`browser: ${tests.length - n_failed - n_skipped} passed, ${n_failed} failed, ${n_skipped} skipped`);
process.exit(n_failed ? 1 : 0);
