// Runs snippet.js of the current folder as a page of a mini-program would, over real HTTP.
//
//   node snippet_in_node.js FOLDER_OF_CLOUD_JS EMULATOR PICTURE
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const [folder, emulator, picture] = process.argv.slice(2)

async function request({ url, method, data, header, success, fail }) {
  const body = data instanceof ArrayBuffer ? Buffer.from(data) : JSON.stringify(data)
  try {
    const response = await fetch(url, { method, body, headers: header })
    success({ statusCode: response.status, data: await response.json() })
  } catch (error) {
    fail({ errMsg: `request:fail ${error.message}` })
  }
}

global.wx = {
  getDeviceInfo: () => ({ platform: 'devtools' }),
  request,
  chooseMedia: async () => ({ tempFiles: [{ tempFilePath: picture }] }),
  getFileSystemManager: () => ({
    readFile({ filePath, success }) {
      const data = fs.readFileSync(filePath)
      success({ data: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) })
    },
  }),
}

require(path.join(folder, 'config.js')).emulator = emulator
wx.cloud = require(path.join(folder, 'cloud.js'))
wx.cloud.init({})

console.error = console.log
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
new AsyncFunction('wx', fs.readFileSync('snippet.js', 'utf8'))(wx).catch((error) => {
  console.log(error.stack)
  process.exit(1)
})
