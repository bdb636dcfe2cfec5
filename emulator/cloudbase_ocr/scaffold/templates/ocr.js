// For your mini-program: let the user choose a photo, and have a cloud function read it.
//
//   const { readPhoto } = require('./ocr.js')
//   const card = await readPhoto('idcard')

async function readPhoto(name) {
  const chosen = await wx.chooseMedia({ count: 1, mediaType: ['image'], sizeType: ['compressed'] })
  const photo = chosen.tempFiles[0].tempFilePath
  const upload = await wx.cloud.uploadFile({ cloudPath: `ocr/${Date.now()}.jpg`, filePath: photo })
  const { result } = await wx.cloud.callFunction({ name, data: { fileID: upload.fileID } })
  if (result.errCode !== 0) throw new Error(`${result.errCode} ${result.errMsg}`)
  return result
}

module.exports = { readPhoto }
