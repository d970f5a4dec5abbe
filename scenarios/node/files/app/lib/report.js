// SPDX-License-Identifier: Apache-2.0
'use strict';
module.exports = (items) => items.map(({id, name}) => `${id},${name}`).join('\n');
