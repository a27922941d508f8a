'use strict';
// axe-core finds nothing against WCAG 2.2 AA, in dark and light, with everything open.
const fs = require('node:fs');
const {claim} = require('./harness.js');

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

exports.checks = (harness) => {
  const axe = fs.readFileSync(harness.require.resolve('axe-core/axe.min.js'), 'utf8');
  return harness.pages().map((name) => [name, async () => {
    const {page, close} = await harness.open(name);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      // The rows of a table are alike; axe-core looks at every one.
      for (const body of document.querySelectorAll('tbody')) [...body.rows].slice(8).forEach((row) => row.remove());
    });
    await page.evaluate(axe);  // from the outside: the page's own policy would not let it in
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({colorScheme: scheme});
      // Dark differs from light in colours alone.
      const only = scheme === 'light' ? {type: 'tag', values: rules} : {type: 'rule', values: ['color-contrast']};
      const found = await page.evaluate((run_only) => axe.run(document, {runOnly: run_only, resultTypes: ['violations']}), only);
      const violations = found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.length} times, first ${one.nodes[0].html.slice(0, 160)}; ${one.nodes[0].failureSummary}`);
      claim(violations.length === 0, `no violation in ${scheme}`, violations);
    }
    await close();
  }]);
};
