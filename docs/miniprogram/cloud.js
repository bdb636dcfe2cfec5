// Drop-in for the part of wx.cloud that OCR needs: init, callFunction, uploadFile, getTempFileURL.
//
// In WeChat DevTools, with `emulator` set in config.js, calls go to the emulator of cloudbase-ocr; everywhere else to
// wx.cloud itself. Results and errors have the same form in both: pages cannot tell which one answered.
const config = require('./config.js')

let useEmulator = false

function inDevTools() {
  const info = wx.getDeviceInfo ? wx.getDeviceInfo() : wx.getSystemInfoSync()
  return info.platform === 'devtools'
}

function init(options) {
  useEmulator = Boolean(config.emulator) && inDevTools()
  if (!useEmulator) {
    wx.cloud.init(Object.assign(config.env ? { env: config.env } : {}, options))
  }
}

// wx.cloud's functions take callbacks, or give a promise when there are none.
function both(name, run) {
  return (options) => {
    if (!useEmulator) return wx.cloud[name](options)
    const answer = run(options)
    if (!options.success && !options.fail && !options.complete) return answer
    answer
      .then(
        (result) => {
          if (options.success) options.success(result)
          return result
        },
        (error) => {
          if (options.fail) options.fail(error)
          return error
        },
      )
      .then((outcome) => {
        if (options.complete) options.complete(outcome)
      })
    return undefined
  }
}

function failure(name, message) {
  return Object.assign(new Error(`cloud.${name}:fail ${message}`), {
    errCode: -1,
    errMsg: `cloud.${name}:fail ${message}`,
  })
}

function post(name, path, data, contentType) {
  return new Promise((resolve, reject) => {
    wx.request({
      url: config.emulator + path,
      method: 'POST',
      data,
      header: { 'content-type': contentType },
      success: (response) => {
        if (response.statusCode === 200) resolve(response.data)
        else reject(failure(name, response.data?.error || `HTTP ${response.statusCode}`))
      },
      fail: (error) =>
        reject(failure(name, `${error.errMsg}. Is the emulator running at ${config.emulator}? cloudbase-ocr serve`)),
    })
  })
}

// wx.cloud turns an ArrayBuffer inside data into what Node makes of a Buffer in JSON.
function withBuffers(value) {
  if (value instanceof ArrayBuffer) return { type: 'Buffer', data: Array.from(new Uint8Array(value)) }
  if (Array.isArray(value)) return value.map(withBuffers)
  if (value === null || typeof value !== 'object') return value
  return Object.keys(value).reduce((copy, key) => Object.assign(copy, { [key]: withBuffers(value[key]) }), {})
}

async function callFunction({ name, data }) {
  const body = { name, data: withBuffers(data === undefined ? {} : data) }
  const answer = await post('callFunction', '/_emulator/invoke', body, 'application/json')
  if (answer.errMsg === 'cloud.callFunction:ok') return answer
  throw Object.assign(new Error(answer.errMsg), answer)
}

function readFile(filePath) {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().readFile({
      filePath,
      success: ({ data }) => resolve(data),
      fail: (error) => reject(failure('uploadFile', error.errMsg)),
    })
  })
}

async function uploadFile({ cloudPath, filePath }) {
  const data = await readFile(filePath)
  const path = `/_emulator/files?name=${encodeURIComponent(cloudPath)}`
  const { fileID } = await post('uploadFile', path, data, 'application/octet-stream')
  return { errMsg: 'cloud.uploadFile:ok', fileID, statusCode: 204 }
}

async function getTempFileURL({ fileList }) {
  const answer = await post('getTempFileURL', '/tcb/batchdownloadfile?access_token=mock://wx0000000000000000', {
    env: config.env || 'local-ocr',
    file_list: fileList.map((file) => ({ fileid: file.fileID || file, max_age: file.maxAge || 7200 })),
  }, 'application/json')
  if (answer.errcode !== 0) throw failure('getTempFileURL', answer.errmsg)
  return {
    errMsg: 'cloud.getTempFileURL:ok',
    fileList: answer.file_list.map((file) => ({
      fileID: file.fileid,
      tempFileURL: file.download_url,
      status: file.status,
      errMsg: file.errmsg,
    })),
  }
}

module.exports = {
  init,
  callFunction: both('callFunction', callFunction),
  uploadFile: both('uploadFile', uploadFile),
  getTempFileURL: both('getTempFileURL', getTempFileURL),
}
