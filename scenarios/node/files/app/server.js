// SPDX-License-Identifier: Apache-2.0
'use strict';
const path = require('path');
const express = require('express');

const app = express();
const items = [{id: 1, name: 'tea'}];

app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'ejs');
app.use('/static', express.static(path.join(__dirname, 'public')));
app.use(express.json());
app.use(express.urlencoded({extended: true}));

app.get('/', (request, response) => response.send(`Welcome to ${process.env.SHOP_NAME}\n`));
app.get('/items', (request, response) => response.json(items));
app.post('/items', (request, response) => {
  const item = {id: items.length + 1, name: String(request.body.name)};
  items.push(item);
  response.status(201).json(item);
});
app.post('/form', (request, response) => response.json(request.body));
app.get('/page', (request, response) => response.render('page', {items}));
app.get('/download', (request, response) =>
  response.download(path.join(__dirname, 'public', 'terms.txt')));
// Loaded by the first request that needs it.
app.get('/report', (request, response) => response.type('csv').send(require('./lib/report')(items)));
app.get('/newer', (request, response) => {
  const {gt} = require('semver');
  response.json({newer: gt(request.query.a, request.query.b)});
});
app.get('/price', (request, response) => response.send(
  new Intl.NumberFormat('de-DE', {style: 'currency', currency: 'EUR'}).format(1234.5)));
app.get('/thread', (request, response) => {
  const {Worker} = require('worker_threads');
  new Worker(path.join(__dirname, 'lib', 'worker.js'))
    .once('message', (digest) => response.send(digest))
    .once('error', (error) => response.status(500).send(error.message));
});
app.get('/gzip', (request, response) => {
  response.set('Content-Encoding', 'gzip');
  response.send(require('zlib').gzipSync('compressible '.repeat(1000)));
});
app.get('/fail', () => { throw new Error('on purpose'); });

const server = app.listen(3000);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
