// Preloaded into Node.js programs by `cloudbase-ocr env --https`. Node.js before 22.21 and 24.5 reads no proxy variable: there
// connections over TLS to the emulated hosts are made to the emulator, and others refused unless they may pass. Plain http to
// the emulated hosts, which SDKs speak inside the cloud, leads there as well.
'use strict'
const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')

const proxy = new URL(process.env.HTTPS_PROXY)
const emulated = process.env.CLOUDBASE_OCR_EMULATED_HOSTS.split(',')
const local = process.env.NO_PROXY.split(',')
const passes = process.env.CLOUDBASE_OCR_OTHER_HOSTS === 'pass'
const connect = tls.connect
const open = net.Socket.prototype.connect

function among(host, names) {
  return names.some((name) => host === name || host.endsWith(`.${name}`))
}

function optionsOf(given) {
  if (typeof given[0] === 'object') return { ...given[0] }
  const host = typeof given[1] === 'string' ? given[1] : 'localhost'
  const options = given.slice(1).find((each) => each && typeof each === 'object')
  return { port: given[0], host, ...options }
}

tls.connect = (...given) => {
  const options = optionsOf(given)
  const host = options.servername || options.host || 'localhost'
  // A proxy of the program's own, or Node.js', has opened the connection already.
  if (options.socket || options.path || among(host, local)) return connect(...given)
  const callback = given.find((each) => typeof each === 'function')
  if (among(host, emulated)) {
    const servername = net.isIP(host) ? undefined : host
    return connect({ ...options, servername, host: proxy.hostname, port: proxy.port }, callback)
  }
  if (passes) return connect(...given)
  const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const socket = connect({ ...options, socket: nowhere }, callback)
  const reason =
    `${host} is not one of the hosts that the emulator stands in for; start it with --pass-other-hosts, ` +
    'or name the host in NO_PROXY'
  // When its listeners are there.
  setImmediate(() => socket.destroy(new Error(reason)))
  return socket
}

net.Socket.prototype.connect = function (...given) {
  // net.connect() hands its arguments over as one list.
  const holder = Array.isArray(given[0]) ? given[0] : given
  const options = holder[0]
  if (options && typeof options === 'object' && !options.path && Number(options.port) === 80) {
    if (among(options.host || 'localhost', emulated)) {
      holder[0] = { ...options, host: proxy.hostname, port: proxy.port, lookup: undefined }
    }
  }
  return open.apply(this, given)
}
