// Drives node-easywechat as its users do; reads `PATH IMG_URL` lines, prints one reply a line.
'use strict'

const { MiniApp } = require('node-easywechat')

async function main() {
  const app = new MiniApp({ app_id: 'wx1', secret: 'secret' })
  const lines = require('node:fs').readFileSync(0, 'utf8').split('\n').filter(Boolean)
  for (const line of lines) {
    const [path, img_url] = line.split(' ')
    const reply = await app.getClient().request('POST', path, { params: { img_url } })
    console.log(JSON.stringify(reply.toObject(false)))
  }
}

main()
