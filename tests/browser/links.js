'use strict';
// The keyboard and the links of a page: from the verdict to what differs, and back.
const {claim} = require('./harness.js');

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
const top_of = (page, id) => page.evaluate((name) => document.getElementById(name).getBoundingClientRect().top, id);

exports.checks = (harness) => [
  ['a link of the verdict leads to its section, and the way back to the link', async () => {
    const {page, close} = await harness.open('diverged.html');
    const link = page.locator('header a[href="#first"]').first();
    await link.click();
    claim(await focused(page) === 'first', 'the section has the focus', await focused(page));
    claim(Math.abs(await top_of(page, 'first')) < 40, 'and stands at the top', await top_of(page, 'first'));
    await page.goBack();
    await page.waitForFunction(() => scrollY === 0);
    claim(await page.evaluate(() => document.activeElement.matches('header a[href="#first"]')), 'the link has the focus again');
    await close();
  }],
  ['from the verdict to the values of a cell, its inputs and its market data', async () => {
    const {page, close} = await harness.open('diverged.html');
    const [prod, sim] = await page.locator('header strong').allTextContents();
    const arrived = async (clicks) => {
      const cell = page.locator(':target');
      claim(await cell.isVisible(), `the cell is open after ${clicks} clicks`);
      const text = await cell.innerText();
      for (const part of [prod, sim, 'Both values', 'What it is computed from', 'Rows of market data', 'known', 'prod knew it', 'tieout explain']) {
        claim(text.includes(part), `'${part}' is there after ${clicks} clicks`, text.slice(0, 600));
      }
    };
    await page.locator('header a[href^="#cell-"]').first().click();
    await arrived(1);
    await page.goBack();
    await page.locator('header a[href="#first"]').first().click();
    await page.locator('#first a[href^="#cell-"]').first().click();
    await arrived(2);
    // By the map: its first mark, and the first break of its list.
    await page.locator('#maps svg a[href^="#at-part-"]').first().focus();
    await page.keyboard.press('Enter');
    await page.locator(':target a[href^="#cell-"]').first().click();
    claim((await page.locator(':target').innerText()).includes('Both values'), 'a cell by the map');
    await close();
  }],
  ['a target in closed folds is opened, also when the page opens there', async () => {
    const inside = await harness.open('charts.html', {hash: '#deep'});
    claim(await inside.page.evaluate(() => [...document.querySelectorAll('details')].filter((d) => d.querySelector('#deep')).every((d) => d.open)),
        'what is around the target is open');
    claim(await focused(inside.page) === 'deep', 'the target has the focus', await focused(inside.page));
    await inside.close();
    const {page, close} = await harness.open('charts.html');
    await page.locator('a[href="#deep"]').click();
    claim(await page.locator('#deep').isVisible(), 'the target is shown');
    await page.evaluate(() => document.getElementById('deep').closest('details').removeAttribute('open'));
    await page.evaluate(() => scrollTo(0, 0));
    await page.locator('a[href="#deep"]').click();
    claim(await page.locator('#deep').isVisible(), 'the same link works a second time');
    await page.locator('a[href="#fold"]').click();
    claim(await page.locator('#fold p').isVisible(), 'a fold that is itself the target is opened');
    await close();
  }],
  ['keys move between sections, find one, and can be switched off', async () => {
    const {page, close} = await harness.open('diverged.html');
    const ids = await page.evaluate(() => [...document.querySelectorAll('main section')].map((s) => s.id));
    await page.keyboard.press('j');
    claim(await focused(page) === ids[0], 'j: the first section', await focused(page));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    claim(await focused(page) === ids[2], 'j j: the third', await focused(page));
    await page.keyboard.press('k');
    claim(await focused(page) === ids[1], 'k: the second', await focused(page));
    await page.keyboard.press('/');
    await page.keyboard.type('fast.19');
    claim(await page.locator('nav li:visible').count() === 1, 'one section is left', await page.locator('nav li:visible').allTextContents());
    await page.keyboard.press('Enter');
    claim(await focused(page) === 'fast.19', 'Enter goes there', await focused(page));
    await page.keyboard.press('?');
    claim(await page.locator('dialog').isVisible(), '? shows the keys');
    await page.locator('dialog input').uncheck();
    await page.keyboard.press('Escape');
    await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    await page.keyboard.press('j');
    claim(await page.evaluate(() => scrollY) === 0, 'j is switched off');
    await page.reload();
    await page.keyboard.press('j');
    claim(await page.evaluate(() => scrollY) === 0, 'and stays off');
    await close();
  }],
  ['long tables are sorted by clicks and filtered by words', async () => {
    const {page, close} = await harness.open('charts.html');
    const table = page.locator('#long table');
    await table.scrollIntoViewIfNeeded();
    const column = () => table.locator('tbody tr:visible td:nth-child(2)').allTextContents();
    const original = await column();
    const sort = table.locator('thead th:nth-child(2) button');
    await sort.click();
    const numbers = (await column()).map((text) => Number(text.replace(/,/g, '')));
    claim(numbers.every((value, i) => i === 0 || !(numbers[i - 1] > value)), 'ascending, as numbers', numbers);
    claim(await table.locator('th[aria-sort="ascending"]').count() === 1, 'and says so');
    await sort.click();
    claim((await column())[0] === '1,234,567', 'descending', (await column())[0]);
    await sort.click();
    claim(JSON.stringify(await column()) === JSON.stringify(original), 'the third click restores the order');
    await page.locator('#long input[type=search]').fill('item07');
    claim(JSON.stringify(await table.locator('tbody tr:visible th').allTextContents()) === JSON.stringify(['item07']), 'one row is left');
    claim((await page.locator('#long output').textContent()).startsWith('1 of'), 'and counted');
    await close();
  }],
];
