'use strict'

/**
 * Starts and steers the cloudbase-ocr emulator from tests: jest, vitest, mocha, node:test, or none of them.
 *
 *   const { start } = require('cloudbase-ocr')
 *   const ocr = await start()
 *   await ocr.fail('ocr.idcard', 101001)
 *   await ocr.stop()
 *
 * The emulator itself is the Python package of the same name (pip install cloudbase-ocr). This file needs nothing but
 * Node.js; types are in index.d.ts, and what each operation does is in docs/control-api.md.
 */

const { AssertionError } = require('node:assert')
const { spawn } = require('node:child_process')
const { createHash } = require('node:crypto')
const http = require('node:http')
const https = require('node:https')

// Kept here, because test frameworks replace the global ones with clocks that stand still.
const { setTimeout, clearTimeout } = globalThis

const TOKEN = /^token: (\S+)$/m
const ANNOUNCEMENT = / at (https?:\/\/\S+) \(Ctrl-C stops it\)/
const START_MS = 30_000
const STOP_MS = 5_000
const REQUEST_MS = 120_000
const KEPT_OUTPUT = 4_000

/** What an emulator refuses, with its own words, or that there is none. */
class EmulatorError extends Error {
  constructor(message) {
    super(message)
    this.name = 'EmulatorError'
  }
}

/** An emulator; `start` makes them. With an appid, everything is for this account only. */
class Emulator {
  constructor(url, appid, child, token) {
    this.url = url
    this.appid = appid
    // Not to be seen in what a test prints.
    Object.defineProperty(this, '_token', { value: token })
    this._child = child
    this.clock = this._group('clock', ['freeze', 'resume', 'advance', 'set', 'reset'])
    this.tokens = this._group('tokens', ['expire', 'revoke'], { appid })
    this.quota = this._group('quota', ['set', 'exhaust', 'clear'], { appid })
    this.clock.get = () => this._send('GET', 'clock')
    this.quota.get = (options = {}) => this._send('GET', 'quota', { appid, ...options })
  }

  /** Answer a method with its documented example, some fields changed; null leaves a field out. */
  reply(method, fields = {}, options = {}) {
    return this._send('POST', 'reply', { appid: this.appid, method, fields, ...options })
  }

  /** Answer a method with an error code. */
  fail(method, errcode, options = {}) {
    return this._send('POST', 'fail', { appid: this.appid, method, errcode, ...options })
  }

  /** Answer a method's next calls in order. */
  scenario(method, answers, options = {}) {
    return this._send('POST', 'scenarios', { appid: this.appid, method, answers, ...options })
  }

  /** Let something go wrong: { type: 'latency', ms: 3000, method: 'ocr.idcard' }. */
  fault(options) {
    return this._send('POST', 'faults', { appid: this.appid, ...options })
  }

  /** Answer one picture or URL. */
  fixture(name, options) {
    return this._send('POST', 'fixtures', { appid: this.appid, name, ...options })
  }

  /** Call a cloud function as wx.cloud.callFunction({ name, data }) does, and give what that gives. */
  invoke(name, data = {}, options = {}) {
    return this._send('POST', 'invoke', { appid: this.appid, name, data, ...options })
  }

  /** Put a file into the cloud storage: { fileID, url }. */
  upload(name, data) {
    return this._send('POST', 'files', { name }, Buffer.from(data))
  }

  /**
   * The environment variables that point a program at the emulator, as the function if one is named; with `https` also
   * those for a program with a literal https address.
   */
  env(name, { https = false } = {}) {
    return this._send('GET', 'env', { appid: this.appid, function: name, https: https ? '1' : undefined })
  }

  /** The latest calls as they were sent and answered, the oldest first; without tokens and secrets. */
  async requests() {
    return (await this._send('GET', 'requests', { appid: this.appid, personal_data: true })).requests
  }

  /**
   * Throw an AssertionError unless a method (or a path) was called like this; give how often it was. `image` is the
   * picture's bytes, or an object with some of sha256, size, filename and content_type.
   */
  async assertCalled(method, { image, ...wanted } = {}) {
    const parts = image instanceof Uint8Array ? imageParts(image) : image
    const options = { appid: this.appid, method, image: parts, ...wanted }
    const { found, message } = await this._send('POST', 'requests/verify', options)
    if (message) throw new AssertionError({ message, actual: found, expected: wanted.times, operator: 'assertCalled' })
    return found
  }

  /** Throw an AssertionError if a call came that nothing answers; needs the option --strict-fixtures. */
  async assertAllMatched() {
    const missed = (await this.requests()).filter((each) => each.unmatched)
    if (missed.length === 0) return
    const lines = missed.map((each) => `${each.method} ${each.path}: ${each.unmatched}`)
    throw new AssertionError({ message: `no fixture fits what was called:\n${lines.join('\n')}` })
  }

  /** Bring back what a fresh start has: for this account, or without an appid for everything. */
  reset() {
    return this._send('POST', 'reset', { appid: this.appid })
  }

  /** End the emulator if `start` started it; may be called more than once. */
  async stop() {
    const child = this._child
    if (child) await end(child)
  }

  _group(prefix, names, always = {}) {
    const operation = (name) => (options = {}) => this._send('POST', `${prefix}/${name}`, { ...always, ...options })
    return Object.fromEntries(names.map((name) => [name, operation(name)]))
  }

  async _send(method, path, options = {}, file) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    const inQuery = method === 'GET' || file !== undefined
    const query = inQuery ? `?${new URLSearchParams(given)}` : ''
    const body = file ?? (inQuery ? undefined : Buffer.from(JSON.stringify(given)))
    const { status, text } = await request(method, `${this.url}/_emulator/${path}${query}`, body, this._token)
    let content
    try {
      content = JSON.parse(text)
    } catch {
      throw new EmulatorError(`what answers at ${this.url} is not this emulator: HTTP ${status} without JSON`)
    }
    if (status >= 400) throw new EmulatorError(content.error || text)
    return content
  }
}

/**
 * Start an emulator on a free port, or attach to the one at `url`, and give an Emulator.
 *
 * `command` is what starts it ('cloudbase-ocr'; or a list: ['python', '-m', 'emulator']), `args` are more options of
 * `serve`, `appid` makes everything belong to one account, for an emulator that several test files share. `token` is
 * what an emulator that other machines can reach asks for; by default CLOUDBASE_OCR_CONTROL_TOKEN, or what it prints.
 */
async function start({ url, appid, command = 'cloudbase-ocr', args = [], token } = {}) {
  const chosen = token || process.env.CLOUDBASE_OCR_CONTROL_TOKEN
  const child = url ? undefined : await launch([].concat(command), args, chosen)
  const known = chosen || child?.token
  const emulator = new Emulator((url || child.url).replace(/\/+$/, ''), appid, child?.process, known)
  const health = await emulator._send('GET', 'health')
  if (health.service !== 'cloudbase-ocr') throw new EmulatorError(`what answers at ${emulator.url} is not this emulator`)
  return emulator
}

function imageParts(data) {
  return { sha256: createHash('sha256').update(data).digest('hex'), size: data.length }
}

function launch([program, ...first], args, token) {
  const words = [...first, 'serve', '--port', '0', ...args]
  const environment = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' }
  if (token) environment.CLOUDBASE_OCR_CONTROL_TOKEN = token
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.removeListener('exit', kill))
  return new Promise((resolve, reject) => {
    let output = ''
    let settled = false
    const fail = (reason) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      kill()
      reject(new EmulatorError(`${program} ${words.join(' ')}: ${reason}. ${output.trim()}`.trim()))
    }
    const timer = setTimeout(() => fail('did not start within 30 s'), START_MS)
    child.once('error', (error) =>
      fail(error.code === 'ENOENT' ? 'is not installed; pip install cloudbase-ocr, or name it as command' : error.message),
    )
    child.once('close', (code) => fail(`ended with exit code ${code}`))
    const listen = (chunk) => {
      // The pipes are read to the end, so that the emulator never waits for a reader.
      if (settled) return
      output = (output + chunk).slice(-KEPT_OUTPUT)
      const found = ANNOUNCEMENT.exec(output)
      if (!found) return
      settled = true
      clearTimeout(timer)
      // A test process that forgets to stop the emulator can still end; the listener above stops it then.
      for (const handle of [child, child.stdout, child.stderr]) handle.unref()
      const [, printed] = TOKEN.exec(output) || []
      resolve({ url: found[1], process: child, token: printed })
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
  })
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.ref()
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill()
  })
}

function request(method, url, body, token) {
  const { request: open } = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const headers = body ? { 'Content-Type': 'application/json', 'Content-Length': body.length } : {}
    if (token) headers.Authorization = `Bearer ${token}`
    // No agent: a connection that is kept would keep the test process alive.
    const call = open(url, { method, headers, agent: false, timeout: REQUEST_MS }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }))
      answer.on('error', reject)
    })
    call.on('timeout', () => call.destroy(new Error('no answer within 120 s')))
    call.on('error', (error) =>
      reject(new EmulatorError(`no emulator answers at ${new URL(url).origin} (${error.code || error.message})`)),
    )
    call.end(body)
  })
}

module.exports = { start, Emulator, EmulatorError }
