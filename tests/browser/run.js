'use strict';
// run.js DEPS PAGES GROUP...: the checks of these groups (file GROUP.js) on the pages of folder PAGES, with the packages of folder
// DEPS. Prints one line for each check; exits 1 when one fails, 77 when they cannot run here.
const fs = require('node:fs');
const path = require('node:path');
const {Harness, missing} = require('./harness.js');

async function main() {
  const [deps, folder, ...groups] = process.argv.slice(2);
  const why = missing(deps);
  if (why) {
    console.log(`skipped: ${why}`);
    return 77;
  }
  if (!fs.existsSync(folder)) throw new Error(`run.js: there is no folder of pages '${folder}'`);
  const harness = await Harness.start(deps, path.resolve(folder));
  let failed = 0;
  let done = 0;
  try {
    for (const group of groups) {
      for (const [name, check] of require(`./${group}.js`).checks(harness)) {
        try {
          await check();
          console.log(`ok      ${group}: ${name}`);
        } catch (error) {
          ++failed;
          console.log(`FAILED  ${group}: ${name}\n        ${error.message.replace(/\n/g, '\n        ')}`);
        }
        ++done;
      }
    }
  } finally {
    await harness.stop();
  }
  console.log(`${done} checks, ${failed} failed`);
  return failed > 0 || done === 0 ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => {
  console.error(error);
  process.exit(1);
});
