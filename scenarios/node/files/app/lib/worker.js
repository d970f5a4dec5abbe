// SPDX-License-Identifier: Apache-2.0
'use strict';
const {parentPort} = require('worker_threads');
const {createHash} = require('crypto');
parentPort.postMessage(createHash('sha256').update('hello').digest('hex'));
