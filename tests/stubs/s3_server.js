// A server of the S3 protocol on a free port of loopback: node s3_server.js FOLDER_OF_PACKAGES DIRECTORY BUCKET. Its first line of
// output is its port. It checks signatures.
'use strict';
const path = require('node:path');
const { createRequire } = require('node:module');
const [folder, directory, bucket] = process.argv.slice(2);
const S3rver = createRequire(path.join(folder, 'package.json'))('@20minutes/s3rver');
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
  allowMismatchedSignatures: false,
});
server.run().then((address) => console.log(address.port));
