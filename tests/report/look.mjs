// node look.mjs CHROMIUM PAGE.html [--charts N] [--screenshots PREFIX] [--width W]: opens a report as its readers do, wide and
// narrow, light and dark, on paper, without a network, and fails with "rule: what" where
//   console   the browser complains
//   charts    a chart is not drawn, or there are fewer than N
//   overflow  the page is wider than the window
//   network   the page asks for anything but itself
//   injected  a name has become an element
// Chromium is spoken to through its pipe (--remote-debugging-pipe), so that Node alone is enough.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const [chromium, page, ...options] = process.argv.slice(2);
const option = (name) => options.includes(name) ? options[options.indexOf(name) + 1] : undefined;
const kPatienceMs = 60000;
const kAllViews = [
  {width: 1280, scheme: 'light'},
  {width: 390, scheme: 'light'},
  {width: 1280, scheme: 'dark'},
  {width: 390, scheme: 'dark'},
  {width: 794, scheme: 'dark', media: 'print'},  // A4
];
// With --width one view is enough, the first of that width: where a fault shows in any.
const kViews = option('--width') === undefined ? kAllViews : [kAllViews.find((view) => view.width === Number(option('--width')))];

/** A browser, and the pipe to it: messages of JSON that end with a zero byte. */
class Browser {
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), 'nuthatch-report-'));
    this.process = spawn(program, [
      '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--hide-scrollbars', '--disable-extensions',
      '--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank',
    ], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
    this.answers = new Map();
    this.listeners = [];
    this.last = 0;
    let rest = '';
    this.process.stdio[4].setEncoding('utf8');
    this.process.stdio[4].on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      for (const message of messages) this.receive(JSON.parse(message));
    });
    this.process.on('error', (error) => fail('browser', `${program} cannot be started: ${error.message}`));
    this.process.on('exit', () => this.closed || fail('browser', `${program} ended by itself`));
  }

  receive(message) {
    if (message.id === undefined) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    const {resolve, reject} = this.answers.get(message.id);
    this.answers.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.last;
    this.process.stdio[3].write(JSON.stringify({id, method, params, sessionId}) + '\0');
    return new Promise((resolve, reject) => this.answers.set(id, {resolve, reject}));
  }

  async close() {
    this.closed = true;
    const ended = new Promise((resolve) => this.process.on('exit', resolve));
    await this.send('Browser.close');
    await ended;
    rmSync(this.profile, {recursive: true, force: true, maxRetries: 5});
  }
}

const failures = [];
function fail(rule, what) {
  const line = `${rule}: ${what}`;
  if (!failures.includes(line)) failures.push(line);
  if (rule === 'browser') {
    console.log(line);
    process.exit(1);
  }
}

/** Runs in the page. */
function findings() {
  const figures = [...document.querySelectorAll('figure.chart')];
  const width = document.documentElement.clientWidth;
  const drawn = (figure) => {
    const svg = figure.querySelector('.plot svg');
    const marks = svg === null ? [] : [...svg.querySelectorAll('.role-mark path, .role-mark text, .role-mark line')];
    return marks.some((mark) => mark.getBoundingClientRect().width > 0 || mark.getBoundingClientRect().height > 0);
  };
  // Of elements that anyone sees: a folded or clipped one has no place.
  const wide = [...document.querySelectorAll('body *')].filter((element) => {
    if (element.parentElement.closest('.scroll') !== null) return false;  // which scrolls by itself
    if (element.closest('thead') !== null && getComputedStyle(element.closest('thead')).position === 'absolute') return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > width + 1 || box.left < -1);
  });
  return {
    charts: figures.length,
    undrawn: figures.filter((figure) => !drawn(figure)).map((figure) => figure.querySelector('figcaption').firstChild.textContent),
    unnamed: figures.filter((figure) => figure.querySelector('.plot[aria-label], .plot [aria-label]') === null).length,
    scroll: document.documentElement.scrollWidth,
    width,
    wide: wide.slice(0, 3).map((element) => `${element.tagName} ${element.textContent.slice(0, 40)}`),
    injected: document.querySelectorAll('#injected').length + (window.injected ? 1 : 0),
    language: document.documentElement.lang,
    title: document.title,
  };
}

function judge(found, view) {
  const where = `at ${view.width} px, ${view.media ?? view.scheme}`;
  for (const title of found.undrawn) fail('charts', `"${title}" is not drawn ${where}`);
  const expected = Number(option('--charts') ?? 1);
  if (found.charts < expected) fail('charts', `${found.charts} of ${expected} are there ${where}`);
  if (found.unnamed > 0) fail('charts', `${found.unnamed} have no name for those who do not see them ${where}`);
  if (found.scroll > found.width) fail('overflow', `${found.scroll} px wide ${where}: ${found.wide.join('; ')}`);
  else if (found.wide.length > 0) fail('overflow', `cut off ${where}: ${found.wide.join('; ')}`);
  if (found.injected > 0) fail('injected', `${found.injected} elements or scripts of names ${where}`);
  if (found.language === '' || found.title === '') fail('charts', 'the page has no language or no title');
}

async function drawn(browser, session) {
  const end = Date.now() + kPatienceMs;
  for (;;) {
    const {result} = await browser.send(
        'Runtime.evaluate', {expression: 'document.documentElement?.classList.contains("drawn")'}, session);
    if (result.value === true) return;
    if (Date.now() > end) return fail('charts', 'the page never says that it is drawn');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a session of the page says by itself. */
function listen(browser, session, address) {
  browser.listeners = [(message) => {
    if (message.sessionId !== session) return;
    const {method, params} = message;
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type)) {
      fail('console', params.args.map((value) => value.value ?? value.description).join(' '));
    }
    if (method === 'Runtime.exceptionThrown') {
      fail('console', params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    }
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) fail('console', params.entry.text);
    if (method === 'Network.requestWillBeSent' && params.request.url !== address) fail('network', params.request.url);
  }];
}

async function look(browser, address, view) {
  const {targetId} = await browser.send('Target.createTarget', {url: 'about:blank'});
  const {sessionId} = await browser.send('Target.attachToTarget', {targetId, flatten: true});
  const send = (method, params) => browser.send(method, params, sessionId);
  listen(browser, sessionId, address);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Network.emulateNetworkConditions', {offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0});
  await send('Emulation.setDeviceMetricsOverride',
             {width: view.width, height: 900, deviceScaleFactor: 1, mobile: view.width < 600});
  await send('Emulation.setEmulatedMedia',
             {media: view.media ?? 'screen', features: [{name: 'prefers-color-scheme', value: view.scheme}]});
  await send('Page.navigate', {url: address});
  await drawn(browser, sessionId);
  const {result, exceptionDetails} = await send('Runtime.evaluate',
                                                {expression: `(${findings})()`, returnByValue: true});
  if (exceptionDetails) fail('browser', exceptionDetails.exception.description);
  judge(result.value, view);
  const prefix = option('--screenshots');
  if (prefix !== undefined) {
    const {data} = await send('Page.captureScreenshot', {captureBeyondViewport: true});
    writeFileSync(`${prefix}-${view.width}-${view.media ?? view.scheme}.png`, Buffer.from(data, 'base64'));
  }
  await browser.send('Target.closeTarget', {targetId});
  return result.value.charts;
}

const browser = new Browser(chromium);
let charts = 0;
try {
  for (const view of kViews) charts = await look(browser, pathToFileURL(resolve(page)).href, view);
} finally {
  await browser.close();
}
for (const failure of failures) console.log(failure);
console.log(`${page}: ${charts} charts, ${kViews.length} views, ${failures.length} faults`);
process.exitCode = failures.length === 0 ? 0 : 1;
