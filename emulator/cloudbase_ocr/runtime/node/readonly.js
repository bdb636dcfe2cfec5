/*
 * Makes Node's own file functions see a read-only file system, as in SCF, but for the temporary folder.
 *
 * Replaced functions, not a wall: child processes and native code can still write.
 */
'use strict';

const fs = require('fs');
const { syncBuiltinESMExports } = require('module');
const os = require('os');
const path = require('path');
const { fileURLToPath } = require('url');

// The functions that change a file system, and which of their arguments are the paths that change.
const CHANGES = {
  appendFile: [0],
  chmod: [0],
  chown: [0],
  copyFile: [1],
  cp: [1],
  lchown: [0],
  link: [1],
  lutimes: [0],
  mkdir: [0],
  mkdtemp: [0],
  rename: [0, 1],
  rm: [0],
  rmdir: [0],
  symlink: [1],
  truncate: [0],
  unlink: [0],
  utimes: [0],
  writeFile: [0],
};
const { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants;
const WRITE_FLAGS = O_APPEND | O_CREAT | O_RDWR | O_TRUNC | O_WRONLY;

/** Refuse changes of everything under the folders `code`, and of everything not under `writable`. */
function protect(code, writable) {
  const folders = code.map(realPath);
  const free = writable.map(realPath);
  const within = (target, list) => list.some((folder) => target.startsWith(folder));
  const isRefused = (name) => {
    const text = nameOf(name);
    if (text === null || text === os.devNull || text === '/dev/null') return false;
    const target = realPath(text);
    return within(target, folders) || !within(target, free);
  };
  for (const [name, indexes] of Object.entries(CHANGES)) {
    guard(name, (args) => indexes.map((index) => args[index]).find(isRefused));
  }
  guard('open', (args) => (opensForWriting(args[1]) && isRefused(args[0]) ? args[0] : undefined));
  syncBuiltinESMExports();
}

/** Replace a function in its three forms; `refused` returns the path that must not change, or undefined. */
function guard(name, refused) {
  const replace = (owner, key, refuse) => {
    const original = owner[key];
    if (typeof original !== 'function') return;
    owner[key] = function (...args) {
      const found = refused(args);
      return found === undefined ? original.apply(this, args) : refuse(readOnly(name, nameOf(found)), args);
    };
  };
  replace(fs, `${name}Sync`, (error) => {
    throw error;
  });
  replace(fs, name, (error, args) => process.nextTick(args[args.length - 1], error));
  replace(fs.promises, name, (error) => Promise.reject(error));
}

function readOnly(syscall, name) {
  const error = new Error(`EROFS: read-only file system, ${syscall} '${name}'`);
  return Object.assign(error, { errno: -os.constants.errno.EROFS, code: 'EROFS', syscall, path: name });
}

function opensForWriting(flags) {
  if (typeof flags === 'number') return (flags & WRITE_FLAGS) !== 0;
  return typeof flags === 'string' && /[wa+]/.test(flags);
}

/** Return a path as text; null for what is none, such as a descriptor. */
function nameOf(name) {
  if (typeof name === 'string') return name;
  if (Buffer.isBuffer(name)) return name.toString();
  return name instanceof URL && name.protocol === 'file:' ? fileURLToPath(name) : null;
}

/** Return where a path leads, links resolved, with a separator at the end; the path need not exist. */
function realPath(name) {
  const full = path.resolve(name);
  try {
    return path.join(fs.realpathSync(full), path.sep);
  } catch (_) {
    const parent = path.dirname(full);
    return parent === full ? full : path.join(realPath(parent), path.basename(full), path.sep);
  }
}

module.exports = { protect };
