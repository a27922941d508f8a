'use strict';
// Charts become interactive when they come near, stay pictures on paper, and are the same to the keyboard.
const {claim} = require('./harness.js');

const figure_of = (page, kind) => page.locator(`#${kind} figure.chart`);
exports.checks = (harness) => [
  ...['lines', 'steps', 'bars', 'area', 'scatter'].map((kind) => [`${kind} are drawn with a pixel of every series`, async () => {
    for (const scheme of ['light', 'dark']) {
      const {page, problems, close} = await harness.open('charts.html', {scheme});
      const figure = figure_of(page, kind);
      await figure.scrollIntoViewIfNeeded();
      await figure.locator('canvas').waitFor();
      claim(!(await figure.locator('> svg').isVisible()), 'the picture made room');
      // Colours on the canvas, by the names of the style sheet.
      const drawn = await page.evaluate(async (id) => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const canvas = document.querySelector(`#${id} canvas`);
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const near = (hex) => {
          const wanted = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 100 && wanted.every((value, k) => Math.abs(data[i + k] - value) < 12)) return true;
          }
          return false;
        };
        const style = getComputedStyle(document.documentElement);
        return ['--left', '--right'].map((name) => near(style.getPropertyValue(name).trim()));
      }, kind);
      claim(drawn.every(Boolean), `production and simulation are on the canvas in ${scheme}`, drawn);
      claim(await figure.locator('.u-legend .u-series').count() === 3, 'the legend names x and two series');
      claim(problems.length === 0, 'no complaint', problems);
      await close();
    }
  }]),
  ['a chart far below waits until it comes near', async () => {
    const {page, close} = await harness.open('charts.html');
    claim(await page.locator('#scatter canvas').count() === 0, 'not drawn at first');
    claim(await page.locator('#scatter figure > svg').isVisible(), 'the picture is there');
    await figure_of(page, 'scatter').scrollIntoViewIfNeeded();
    await page.locator('#scatter canvas').waitFor();
    await close();
  }],
  ['marks are drawn, and go with their series', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'marked');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    const pixels = () => page.evaluate(() => {
      const canvas = document.querySelector('#marked canvas');
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 3; i < data.length; i += 4) count += data[i] > 0 ? 1 : 0;
      return count;
    });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const before = await pixels();
    await figure.locator('.u-legend [role=button]', {hasText: 'buys'}).click();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    claim(await pixels() < before - 500, 'a hundred triangles less', [before, await pixels()]);
    await close();
  }],
  ['dragging zooms, a double click resets, the cursor tells the values', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'lines');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    const box = await figure.locator('.u-over').boundingBox();
    const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
    const legend = () => figure.locator('.u-legend .u-value').allTextContents();
    await page.mouse.move(...at(0));
    claim(JSON.stringify(await legend()) === JSON.stringify(['2018-01-23 00:00:00', '0', '1']), 'values of the first row', await legend());
    const last = async () => {
      await page.mouse.move(...at(0.999));
      return (await legend())[0];
    };
    claim(await last() === '2018-01-23 08:15:00', 'the last row', await last());
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.5), {steps: 4});
    await page.mouse.up();
    claim(await last() < '2018-01-23 04:30:00', 'zoomed in', await last());
    await page.mouse.dblclick(...at(0.5));
    claim(await last() === '2018-01-23 08:15:00', 'reset', await last());
    await close();
  }],
  ['the keyboard moves, zooms and switches series', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'lines');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    await figure.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    claim((await figure.locator('.said').textContent()).includes('00:05:00, prod '), 'tells the second row', await figure.locator('.said').textContent());
    await page.keyboard.press('End');
    claim((await figure.locator('.said').textContent()).includes('08:15:00'), 'End: the last row');
    const label = figure.locator('.u-legend [role=button]').first();
    await label.focus();
    await page.keyboard.press('Enter');
    claim(await label.getAttribute('aria-pressed') === 'false', 'Enter hides a series');
    await label.click();
    claim(await label.getAttribute('aria-pressed') === 'true', 'a click shows it again');
    await close();
  }],
  ['an absent value is a gap, not a zero', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'lines');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('.plot').focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 10; ++i) await page.keyboard.press('ArrowRight');
    claim(/sim $/.test(await figure.locator('.said').textContent()), 'row 10 has no simulation', await figure.locator('.said').textContent());
    await close();
  }],
  ['opening the table shows all rows, which can be sorted', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'lines');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    const rows = figure.locator('.chart-table tbody tr');
    claim(await rows.count() < 100, 'few rows at first', await rows.count());
    await figure.locator('summary').click();
    await page.waitForFunction(() => document.querySelectorAll('#lines .chart-table tbody tr').length === 100);
    claim((await figure.locator('caption').textContent()).startsWith('100 rows'), 'and says so');
    await figure.locator('th button.sort').first().waitFor();
    await close();
  }],
  ['a narrow screen makes a narrow chart', async () => {
    const {page, close} = await harness.open('charts.html');
    await figure_of(page, 'lines').scrollIntoViewIfNeeded();
    await page.locator('#lines canvas').waitFor();
    await page.setViewportSize({width: 400, height: 800});
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 400 && document.querySelector('#lines .u-over').clientWidth < 360);
    await close();
  }],
  ['on paper the picture is shown and the chart is not', async () => {
    const {page, close} = await harness.open('charts.html');
    const figure = figure_of(page, 'lines');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    await page.emulateMedia({media: 'print'});
    claim(await figure.locator('> svg').isVisible(), 'the picture');
    claim(!(await figure.locator('.plot').isVisible()), 'no chart');
    await close();
  }],
];
