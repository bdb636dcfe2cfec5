/*
 * Ends the process when its parent is gone. In a thread of its own, because a function in an endless loop never
 * gets to see that its connection was closed.
 */
'use strict';

const { workerData: parent } = require('worker_threads');

const INTERVAL_MS = 250;

setInterval(() => {
  if (!isThere()) process.kill(process.pid, 'SIGKILL');
}, INTERVAL_MS);

function isThere() {
  if (process.platform !== 'win32') return process.ppid === parent;
  try {
    return process.kill(parent, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
