'use strict';
// Each page opens without a word of complaint, asks for nothing, and is all there without JavaScript on a telephone in the dark.
const {claim} = require('./harness.js');

const texts_of = (page) => page.evaluate(() => ({
  headings: [...document.querySelectorAll('h1, h2')].filter((h) => !h.closest('dialog')).map((h) => h.textContent),
  sections: [...document.querySelectorAll('main section')].map((s) => s.id),
  rows: [...document.querySelectorAll('main tbody tr')].filter((row) => !row.closest('.plot')).length,
  pictures: [...document.querySelectorAll('figure svg')].filter((s) => !s.closest('details')).map((s) => s.getBoundingClientRect().height > 0),
  hidden: [...document.querySelectorAll('main *')].filter((e) => !e.closest('details') && (e.hidden || getComputedStyle(e).display === 'none') &&
      !['SCRIPT', 'STYLE', 'TEMPLATE'].includes(e.tagName) && !e.closest('svg')).map((e) => e.outerHTML.slice(0, 80)),
  links: [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href').slice(1)).filter((id) => !document.getElementById(decodeURIComponent(id))),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
}));

// To the end of the page, so that what waits for the reader is done as well.
const read_on = (page) => page.evaluate(async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise((done) => requestAnimationFrame(done));
  }
});

exports.checks = (harness) => harness.pages().map((name) => [name, async () => {
  const with_js = await harness.open(name);
  const wanted = await texts_of(with_js.page);
  await read_on(with_js.page);
  claim(with_js.problems.length === 0, 'no complaint', with_js.problems);
  claim(with_js.requests.length === 0, 'no request', with_js.requests);
  await with_js.close();

  const without = await harness.open(name, {javascript: false, width: 400, scheme: 'dark'});
  const found = await texts_of(without.page);
  claim(found.sections.length > 0, 'there are sections');
  for (const part of ['headings', 'sections', 'rows']) {
    claim(JSON.stringify(found[part]) === JSON.stringify(wanted[part]), `the same ${part} without JavaScript`, found[part]);
  }
  claim(found.pictures.every(Boolean), 'every picture is shown');
  claim(found.hidden.length === 0, 'nothing is hidden', found.hidden);
  claim(found.links.length === 0, 'every link within the page leads somewhere', found.links);
  claim(found.wide <= 0 && wanted.wide <= 0, 'the page is not wider than a telephone or a screen', [found.wide, wanted.wide]);
  claim(without.problems.length === 0 && without.requests.length === 0, 'no complaint, no request without JavaScript', without.problems);
  await without.close();
}]);
