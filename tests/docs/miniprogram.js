// Runs the mini-program's own files under Node, with a small wx object over real HTTP.
//
//   node miniprogram.js FOLDER EMULATOR PICTURE SCENARIO [CHOSEN]   (prints one line of JSON)
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const [folder, emulator, picture, scenario, chosen] = process.argv.slice(2)
const calls = []

async function request({ url, method, data, header, success, fail }) {
  const body = data instanceof ArrayBuffer ? Buffer.from(data) : JSON.stringify(data)
  try {
    const response = await fetch(url, { method, body, headers: header })
    success({ statusCode: response.status, data: await response.json() })
  } catch (error) {
    fail({ errMsg: `request:fail ${error.cause ? error.cause.code : error.message}` })
  }
}

function toArrayBuffer(buffer) {
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)
}

global.wx = {
  getDeviceInfo: () => ({ platform: scenario === 'cloud' ? 'ios' : 'devtools' }),
  request,
  chooseMedia: async () => ({ tempFiles: [{ tempFilePath: picture }] }),
  getFileSystemManager: () => ({
    readFile({ filePath, success, fail }) {
      fs.readFile(filePath, (error, data) => {
        if (error) fail({ errMsg: `readFile:fail ${error.code}` })
        else success({ data: toArrayBuffer(data) })
      })
    },
  }),
  cloud: {
    init: (options) => calls.push(['init', options]),
    uploadFile: async (options) => {
      calls.push(['uploadFile', options.cloudPath.split('/')[0]])
      return { fileID: 'cloud://x' }
    },
    callFunction: async (options) => {
      calls.push(['callFunction', options])
      return { result: { errCode: 0, name: '云' } }
    },
  },
}

const settings = require(path.join(folder, 'config.js'))
settings.emulator = emulator
const definitions = {}
global.App = (app) => (definitions.app = app)
global.Page = (page) => (definitions.page = page)
require(path.join(folder, 'app.js'))
require(path.join(folder, 'pages/index/index.js'))
const index = definitions.page
require(path.join(folder, 'pages/market/market.js'))
const market = definitions.page
const cloud = require(path.join(folder, 'cloud.js'))

function shownPage(definition = index) {
  const page = Object.assign({}, definition)
  page.data = Object.assign({}, page.data)
  page.setData = (data) => Object.assign(page.data, data)
  return page
}

const scenarios = {
  async page() {
    const page = shownPage()
    page.onChoose({ detail: { value: '0' } })
    await page.onPhoto()
    return page.data
  },
  cloud: async () => ({ page: await scenarios.page(), calls }),
  async text() {
    const page = shownPage()
    page.onChoose({ detail: { value: '5' } })
    await page.onPhoto()
    return page.data
  },
  async market() {
    const page = shownPage(market)
    page.onChoose({ detail: { value: chosen } })
    await page.onPhoto()
    return page.data
  },
  buffer: () => cloud.callFunction({ name: 'idcard', data: { img: toArrayBuffer(fs.readFileSync(picture)) } }),
  callbacks: () =>
    new Promise((resolve) => {
      const seen = []
      const returned = cloud.callFunction({
        name: 'idcard',
        data: { imgUrl: 'mock://idcard' },
        success: (result) => seen.push(['success', result.result.name]),
        fail: (error) => seen.push(['fail', error.errMsg]),
        complete: (outcome) => resolve({ seen, returned: returned === undefined, complete: outcome.errMsg }),
      })
    }),
  async failure() {
    try {
      return await cloud.callFunction({ name: 'nothing', data: {} })
    } catch (error) {
      return { isError: error instanceof Error, errCode: error.errCode, errMsg: error.errMsg }
    }
  },
  async address() {
    const { fileID } = await cloud.uploadFile({ cloudPath: 'a b/照片.jpg', filePath: picture })
    const { errMsg, fileList } = await cloud.getTempFileURL({ fileList: [fileID, 'cloud://local-ocr.none/none.jpg'] })
    const response = await fetch(fileList[0].tempFileURL)
    const size = (await response.arrayBuffer()).byteLength
    return { errMsg, fileID, same: fileList[0].fileID === fileID, size, missing: fileList[1].status !== 0 }
  },
}

definitions.app.onLaunch()
scenarios[scenario]().then((outcome) => console.log(JSON.stringify(outcome)))
