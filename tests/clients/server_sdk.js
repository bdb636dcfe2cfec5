// Drives an SDK for servers: wx-server-sdk, @cloudbase/node-sdk, tcb-admin-node or @cloudbase/manager-node.
//
//   node server_sdk.js < input.json      input: {package, init, calls}
//
// A call is {id, path, args}; {"$buffer": "<base64>"} becomes a Buffer, {"$result": [id, key, ...]} a part of an
// earlier result. The outcome is {id, value} or {id, error, name}, both as JSON text: key order counts.
'use strict'

const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const sdk = require(input.package)
const results = {}

function revive(value) {
  if (value && typeof value === 'object' && '$buffer' in value) return Buffer.from(value.$buffer, 'base64')
  if (value && typeof value === 'object' && '$result' in value) {
    const [id, ...keys] = value.$result
    return keys.reduce((node, key) => node[key], results[id])
  }
  if (value && typeof value === 'object' && '$env' in value) return sdk[value.$env]
  if (Array.isArray(value)) return value.map(revive)
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]))
  }
  return value
}

async function main() {
  const returned = sdk.init(revive(input.init))
  const root = typeof returned?.callFunction === 'function' || returned?.functions ? returned : sdk
  const outcomes = []
  for (const { id, path, args } of input.calls) {
    const names = path.split('.')
    const last = names.pop()
    try {
      const owner = names.reduce((node, name) => node[name], root)
      results[id] = await owner[last](...args.map(revive))
      outcomes.push({ id, value: JSON.stringify(results[id]) })
    } catch (error) {
      const shown = { message: error.message, code: error.code }
      outcomes.push({ id, name: error.name, error: JSON.stringify(error), ...shown })
    }
  }
  // The SDKs print warnings of their own to standard output; the mark tells what is ours.
  process.stdout.write(`\n@@${JSON.stringify(outcomes)}\n`, () => process.exit(0))
}

main()
