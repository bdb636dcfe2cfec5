// Runs the official wx-server-sdk against a stub upstream and prints, as JSON lines, what it makes of each reply.
//
//   npm install --prefix /tmp/sdk wx-server-sdk@4.0.2
//   NODE_PATH=/tmp/sdk/node_modules node tests/conformance/record.js < upstream.jsonl > objects.jsonl
//
// A line of input is {"key", "api": "ocr.idcard", "convertCase", "arguments", "reply": "<WeChat's JSON text>"}; a line of output is
// {"key", "reply", "object": "<JSON text of what the call returned or threw>"}.
'use strict'

const http = require('node:http')
const readline = require('node:readline')

process.env.TENCENTCLOUD_RUNENV = 'SCF'
process.env.TENCENTCLOUD_REGION = 'ap-shanghai'
process.env.SCF_NAMESPACE = 'env-1'
process.env.TCB_ENV = 'env-1'
process.env.TENCENTCLOUD_SECRETID = 'x'
process.env.TENCENTCLOUD_SECRETKEY = 'y'

let reply = ''

// CommOpenApiResp: 1 respData (bytes), 2 contentType (string).
function field(number, bytes) {
  const length = []
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes])
}

const upstream = http.createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('Content-Type', 'application/octet-stream')
    response.end(Buffer.concat([field(1, Buffer.from(reply)), field(2, Buffer.from('application/json'))]))
  })
})

upstream.listen(0, '127.0.0.1', async () => {
  const cloud = require('wx-server-sdk')
  const serviceUrl = `http://127.0.0.1:${upstream.address().port}/admin`
  cloud.init({ env: 'env-1', serviceUrl, secretId: 'x', secretKey: 'y' })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const input = JSON.parse(line)
    reply = input.reply
    const openapi = input.convertCase ? cloud.openapi : cloud.openapi({ convertCase: false })
    const call = input.api.split('.').reduce((node, name) => node[name], openapi)
    let object
    try {
      object = await call(input.arguments)
    } catch (error) {
      object = error
    }
    console.log(JSON.stringify({ key: input.key, reply: input.reply, object: JSON.stringify(object) }))
  }
  upstream.close()
  process.exit(0)
})
