// Drives @cloudbase/js-sdk 3.x, 2.x and 1.x: logs in, then makes every call of `input.calls`.
//
// In Node:     node js_sdk.js < input.json         input: {package, major, env, host, options, login, calls}
// In a page:   bundled by esbuild; `drive` is what the page runs.
// A call is {id, path, args}; its outcome {id, value} or {id, error}, both as JSON text.
'use strict'

async function drive(cloudbase, input) {
  const app = init(cloudbase, input)
  const outcomes = []
  if (input.login) outcomes.push(await outcome('login', async () => ({ uid: (await logIn(app, input))?.user?.uid })))
  for (const call of input.calls) {
    outcomes.push(
      await outcome(call.id, () => {
        const names = call.path.split('.')
        const last = names.pop()
        const owner = names.reduce((node, name) => node[name], app)
        return owner[last](...call.args.map((value) => revive(value, input)))
      })
    )
  }
  return outcomes
}

function init(cloudbase, input) {
  const app = cloudbase.init({ env: input.env, region: 'ap-shanghai', ...input.options })
  if (input.major === 3) app.registerHost(input.host)
  if (input.major === 2) {
    app.registerEndPointWithKey({ key: 'CLOUD_API', url: `//${input.host}/web`, protocol: 'http' })
    app.registerEndPointWithKey({ key: 'GATEWAY', url: `//${input.host}/v1`, protocol: 'http' })
  }
  if (input.major === 1) app.registerEndPoint(`//${input.host}/web`, 'http:')
  return app
}

async function logIn(app, input) {
  // With options auth() starts anew, with the addresses that were registered after init().
  const auth = input.major === 3 ? app.auth() : app.auth({ persistence: 'local' })
  if (input.login === 'anonymous' && input.major === 1) return auth.anonymousAuthProvider().signIn()
  if (input.login === 'anonymous') return auth.signInAnonymously()
  if (input.major === 1) return auth.customAuthProvider().signIn(input.login)
  return auth.signInWithCustomTicket(() => Promise.resolve(input.login))
}

async function outcome(id, action) {
  try {
    return { id, value: JSON.stringify(await action(), view) ?? 'null' }
  } catch (error) {
    const fields = { ...error, message: String(error?.message ?? error) }
    return { id, error: JSON.stringify(fields, view) }
  }
}

// Bytes are shown by their length.
function view(_key, value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? { bytes: value.byteLength } : value
}

// {"$bytes": "<base64>"} becomes a File where there is one (browsers upload those), else a Buffer.
function revive(value, input) {
  if (value && typeof value === 'object' && '$bytes' in value) {
    const bytes = Uint8Array.from(atob(value.$bytes), (character) => character.charCodeAt(0))
    return input.browser ? new File([bytes], 'picture.jpg', { type: 'image/jpeg' }) : Buffer.from(bytes)
  }
  if (Array.isArray(value)) return value.map((item) => revive(item, input))
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, input)]))
  }
  return value
}

module.exports = { drive }

if (typeof window === 'undefined' && require.main === module) {
  const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
  const cloudbase = require(input.package)
  drive(cloudbase.default ?? cloudbase, input).then((outcomes) => {
    process.stdout.write(`\n@@${JSON.stringify(outcomes)}\n`, () => process.exit(0))
  })
}
