'use strict';
// html-validate finds nothing. Left out are rules of style alone.
const fs = require('node:fs');
const path = require('node:path');
const {claim} = require('./harness.js');

const config = {
  extends: ['html-validate:recommended'],
  rules: {
    'long-title': 'off',  // a title names run, model and window
    'no-trailing-whitespace': 'off',  // what a log says is kept
    'valid-id': ['error', {relaxed: true}],  // "fast.19" is the name that everything else uses
    'prefer-native-element': ['error', {exclude: ['group']}],  // a box that scrolls is no field set
  },
};

exports.checks = (harness) => {
  const {HtmlValidate} = harness.require('html-validate');
  const validator = new HtmlValidate(config);
  return harness.pages().map((name) => [name, async () => {
    const report = await validator.validateString(fs.readFileSync(path.join(harness.folder, name), 'utf8'));
    const messages = report.results.flatMap((result) => result.messages);
    const by_rule = new Map();
    for (const message of messages) {
      const before = by_rule.get(message.ruleId) || {count: 0, first: `${message.line}:${message.column} ${message.message}`};
      by_rule.set(message.ruleId, {...before, count: before.count + 1});
    }
    claim(report.valid && messages.length === 0, 'valid HTML', Object.fromEntries(by_rule));
  }]);
};
