'use strict';
// Opens pages in Debian's Chromium over loopback and remembers what they say and ask for.
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const {createRequire} = require('node:module');

const chromium_path = '/usr/bin/chromium';

// A reason why the tests cannot run here; empty when they can.
function missing(deps) {
  if (!fs.existsSync(chromium_path)) return 'no chromium';
  if (!fs.existsSync(path.join(deps, 'node_modules/playwright-core'))) return 'no playwright-core (scripts/fetch_browser_tests.sh)';
  return '';
}

// Serves the .html files of one folder.
function serve(folder) {
  const server = http.createServer((request, response) => {
    const name = path.basename(new URL(request.url, 'http://loopback').pathname);
    const file = path.join(folder, name);
    if (!name.endsWith('.html') || !fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {'content-type': 'text/html'}).end(fs.readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

class Harness {
  static async start(deps, folder) {
    const self = new Harness();
    self.require = createRequire(path.join(path.resolve(deps), 'package.json'));
    self.folder = folder;
    self.server = await serve(folder);
    self.origin = `http://127.0.0.1:${self.server.address().port}`;
    self.browser = await self.require('playwright-core').chromium.launch({
      executablePath: chromium_path,
      args: ['--disable-gpu', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
    });
    return self;
  }
  async stop() {
    await this.browser.close();
    this.server.close();
  }
  pages() {
    return fs.readdirSync(this.folder).filter((name) => name.endsWith('.html')).sort();
  }
  // Opens `name`. `problems` gathers what the console and the page complain of; `requests` what it asks for beside itself.
  async open(name, {scheme = 'light', javascript = true, width = 1240, hash = ''} = {}) {
    const context = await this.browser.newContext({
      colorScheme: scheme, javaScriptEnabled: javascript, viewport: {width, height: 800}, reducedMotion: 'reduce', bypassCSP: false,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    const problems = [];
    const requests = [];
    const url = `${this.origin}/${name}${hash}`;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== url.split('#')[0] && !request.url().startsWith('data:')) requests.push(request.url());
    });
    await page.goto(url, {waitUntil: 'load'});
    return {page, problems, requests, close: () => context.close()};
  }
}

// True claims pass silently; false ones are told with what was found.
function claim(is_true, what, found) {
  if (!is_true) throw new Error(found === undefined ? what : `${what}; found ${JSON.stringify(found)}`);
}

module.exports = {Harness, claim, missing};
