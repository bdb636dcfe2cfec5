/*
 * Runs one Node.js function in its own process, and speaks the protocol that bootstrap.py describes.
 *
 * Stand-alone: Node 14 and up, no packages. What a handler is given and how it may answer is what SCF documents
 * (583/67790) and what the bootstrap of Tencent's CLI does (@cloudbase/cli 2.12.10):
 *
 * - exports.main(event, context, callback); what its Promise resolves to is the result, at once.
 * - callback(error, result) answers when nothing is left to do, or at once with
 *   context.callbackWaitsForEmptyEventLoop = false; context.done, succeed and fail answer at once.
 * - A handler that neither returns nor calls back gives null when nothing is left to do.
 * - A value returned without a Promise is the result too, as in WeChat's own samples (the CLI drops it); but not
 *   that of a handler with three parameters: it calls back, and often returns a timer or a request.
 *
 * An ES module (index.mjs, or "type": "module") is imported; whether the cloud does so is not known.
 * A rejection that nobody handles fails the call from Node 15 on; Node 14 only warns, as SCF's logs of Node 12 show.
 * console.log is left as it is; SCF puts the time and the request ID in front of every line.
 */
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const url = require('url');
const util = require('util');
const { Worker } = require('worker_threads');
const { protect } = require('./readonly.js');

const MAX_RESULT_BYTES = 6 * 1024 * 1024;
const MAX_STACK_CHARACTERS = 64 * 1024;
const SUFFIXES = ['.js', '.mjs', '.cjs'];

// Taken before the function can replace them.
const { stdout, stderr } = process;

function main() {
  const boot = JSON.parse(fs.readFileSync(0, 'utf8'));
  new Worker(path.join(__dirname, 'watchdog.js'), { workerData: process.ppid }).unref();
  const connection = net.connect(boot.port, boot.host);
  connection.setNoDelay(true);
  connection.on('error', () => {}); // 'close' follows
  connection.on('close', () => process.kill(process.pid, 'SIGKILL'));
  send(connection, { type: 'hello', token: boot.token });
  process.argv[1] = path.join(boot.folder, 'index.js');
  protect([boot.folder, boot.root], [boot.temporary, '/dev', '/proc']);
  new Instance(connection, boot).start();
}

/** Loads the function and answers events, one at a time. */
class Instance {
  constructor(connection, boot) {
    this.connection = connection;
    this.boot = boot;
    this.log = openLog();
    this.environment = new Environment();
    this.handler = null;
    this.call = null;
    this.go = null;
    this.broken = false;
    process.on('uncaughtException', (error) => this.fault(error));
    // Node makes an ended output look like new a moment later.
    stdout.once('finish', () => {
      this.broken = true;
    });
    // Nothing is left to do, as the connection does not count during a call.
    process.on('beforeExit', () => {
      this.connection.ref();
      if (this.call) this.call.end();
    });
  }

  async start() {
    readLines(this.connection, (line) => this.take(JSON.parse(line)));
    try {
      if (this.boot.debug) await this.letDebuggerIn();
      const handler = await loadHandler(this.boot.folder, this.boot.handler);
      // A Promise that the module left rejected, and nobody handles, shows itself in between.
      await new Promise(setImmediate);
      this.handler = handler;
    } catch (error) {
      this.fault(error);
      return;
    }
    send(this.connection, { type: 'ready' });
  }

  take(message) {
    if (message.type === 'go') this.go(message);
    else this.answer(message);
  }

  /** Say where debuggers may attach; wait for one when the parent says that one comes. */
  async letDebuggerIn() {
    const inspector = require('inspector');
    const answer = new Promise((resolve) => {
      this.go = resolve;
    });
    send(this.connection, { type: 'debugger', port: Number(new url.URL(inspector.url()).port) });
    if ((await answer).wait) inspector.waitForDebugger();
  }

  async answer(request) {
    this.environment.mirror(request.context.environ);
    this.call = new Call();
    this.connection.unref();
    let reply;
    try {
      reply = encode(await this.call.run(this.handler, request.event, request.context));
      // A Promise that the call left rejected shows itself in between.
      await new Promise(setImmediate);
    } catch (error) {
      reply = { type: 'error', ...describe(error, this.boot.folder) };
    }
    this.call = null;
    this.connection.ref();
    await flush(stdout);
    await flush(stderr);
    writeMark(this.log, this.boot.log_mark);
    const spent = this.broken || !printsTo(this.log);
    send(this.connection, { ...reply, id: request.id, spent });
  }

  /** Take what nobody caught: it fails loading, or the call under way, or ends the process between calls. */
  fault(error) {
    const { stack } = describe(error, this.boot.folder);
    if (!this.handler) {
      send(this.connection, { type: 'load_failed', message: stack });
      return;
    }
    this.broken = true;
    fs.writeSync(2, `${stack}\n`);
    if (this.call) this.call.fail(error);
    else process.exit(1);
  }
}

/** One call of a handler. */
class Call {
  /** Return a Promise of what the handler answers, in whichever way it does. */
  run(handler, event, context) {
    return new Promise((resolve, reject) => {
      const answer = (error, value) => (error == null ? resolve(value) : reject(error));
      let called = false;
      this.fail = reject;
      this.end = resolve;
      const callback = (error, value) => {
        if (called) return;
        called = true;
        if (extended.callbackWaitsForEmptyEventLoop) this.end = () => answer(error, value);
        else answer(error, value);
      };
      const done = (error, value) => {
        extended.callbackWaitsForEmptyEventLoop = false;
        callback(error, value);
      };
      const extended = {
        callbackWaitsForEmptyEventLoop: true,
        getContext: () => context,
        done,
        succeed: (value) => done(null, value),
        fail: (error) => done(error === undefined ? new Error('failed without a reason') : error),
        ...context,
      };
      const returned = handler(event, extended, callback);
      if (returned && typeof returned.then === 'function') returned.then(extended.succeed, extended.fail);
      else if (returned !== undefined && handler.length < 3) resolve(returned);
    });
  }
}

/** Mirrors each call's context.environ into process.env, and takes it back before the next one. */
class Environment {
  constructor() {
    this.before = new Map();
  }

  mirror(environ) {
    for (const [key, value] of this.before) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
    this.before.clear();
    for (const pair of environ.split(';').filter((text) => text.includes('='))) {
      const key = pair.slice(0, pair.indexOf('='));
      this.before.set(key, process.env[key]);
      process.env[key] = pair.slice(key.length + 1);
    }
  }
}

/** Load <file>.<function>; without a handler, index.main or else index.main_handler. */
async function loadHandler(folder, handler) {
  const [, file, name] = /^(.*)\.(.*)$/.exec(handler || 'index.main');
  const suffix = SUFFIXES.find((end) => fs.existsSync(path.join(folder, file + end))) || SUFFIXES[0];
  const entry = path.join(folder, file + suffix);
  let found = isModule(entry) ? await import(url.pathToFileURL(entry).href) : require(entry);
  if (found && found[name] === undefined && found.default) found = found.default;
  const exported = found || {};
  const main = exported[name] === undefined && !handler ? exported.main_handler : exported[name];
  if (typeof main !== 'function') {
    const kind = main === undefined ? 'missing' : `not a function but ${typeof main}`;
    throw new TypeError(`exports.${name} of ${file}${suffix} is ${kind}`);
  }
  return main;
}

/** Say whether Node takes a file for an ES module: by its name, else by the nearest package.json. */
function isModule(file) {
  if (!file.endsWith('.js')) return file.endsWith('.mjs');
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (fs.existsSync(description)) return readJson(description).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

/** Return the object in a file; {} when it is not JSON, which Node itself is going to say. */
function readJson(file) {
  try {
    return Object(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch (_) {
    return {};
  }
}

function encode(value) {
  const text = JSON.stringify(value);
  const result = text === undefined ? 'null' : text;
  const size = Buffer.byteLength(result);
  return size > MAX_RESULT_BYTES ? { type: 'too_large', size } : { type: 'result', result };
}

/** Return {message, stack} for anything that can be thrown, without the frames of these files. */
function describe(error, folder) {
  try {
    const isError = util.types.isNativeError(error) || error instanceof Error;
    const message = isError ? String(error) : `${util.inspect(error)} (thrown, but not an Error)`;
    const stack = isError && typeof error.stack === 'string' ? error.stack : message;
    const ours = (line) => line.startsWith('    at ') && line.includes(__dirname + path.sep);
    const lines = stack.split('\n').filter((line) => !ours(line));
    const advice = adviceFor(error, folder);
    return {
      message: [message.slice(0, MAX_STACK_CHARACTERS), ...advice].join(' '),
      stack: [lines.join('\n').slice(0, MAX_STACK_CHARACTERS), ...advice].join('\n'),
    };
  } catch (_) {
    const text = 'an exception that cannot be shown';
    return { message: text, stack: text };
  }
}

/** Return what to do about a package that is not there, as a list of at most one line. */
function adviceFor(error, folder) {
  if (!error || !['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code)) return [];
  const match = /Cannot find (?:module|package) '((?:@[^/']+\/)?[^./'\\:][^/'\\:]*)/.exec(error.message);
  if (!match) return [];
  const { dependencies } = readJson(path.join(folder, 'package.json'));
  const listed = dependencies?.[match[1]];
  return [`Run "npm install${listed ? '' : ` ${match[1]}`}" in ${folder}`];
}

function send(connection, message) {
  connection.write(`${JSON.stringify(message)}\n`);
}

function readLines(connection, take) {
  let pieces = [];
  connection.on('data', (chunk) => {
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10)) {
      pieces.push(chunk.slice(0, end));
      take(Buffer.concat(pieces).toString());
      pieces = [];
      chunk = chunk.slice(end + 1);
    }
    pieces.push(chunk);
  });
}

/** Open standard output once more, so that the mark gets through when the function has closed it. */
function openLog() {
  try {
    return fs.openSync('/dev/fd/1', 'a');
  } catch (_) {
    return 1; // Windows
  }
}

function writeMark(log, mark) {
  for (let rest = Buffer.from(mark); rest.length > 0; ) {
    try {
      rest = rest.slice(fs.writeSync(log, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
    }
  }
}

/** Wait until what the function printed has left the process. */
function flush(stream) {
  return new Promise((resolve) => {
    if (stream.writableLength > 0 && stream.writable) stream.write('', () => resolve());
    else resolve();
  });
}

/** Say whether standard output still leads to the log; the function may have closed it. */
function printsTo(log) {
  try {
    return stdout.writable && process.stdout === stdout && fs.fstatSync(1).ino === fs.fstatSync(log).ino;
  } catch (_) {
    return false;
  }
}

main();
