// The same documents through WeChat's service market: the cloud function ocrAllInOne, by ocrType.
const cloud = require('../../cloud.js')

const DOCUMENTS = [
  { ocrType: 1, title: '身份证' },
  { ocrType: 2, title: '银行卡' },
  { ocrType: 3, title: '行驶证' },
  { ocrType: 4, title: '驾驶证' },
  { ocrType: 7, title: '营业执照' },
  { ocrType: 8, title: '通用印刷体' },
  { ocrType: 10, title: '车牌' },
]

// `data` is JSON text with one object in it; there a field is { text, pos }, and one that was not read is missing.
function fieldsOf(data) {
  const found = Object.values(JSON.parse(data))[0]
  if (found.items) return found.items.map((item, number) => ({ key: `items[${number}]`, value: item.text }))
  return Object.keys(found)
    .filter((key) => found[key].text)
    .map((key) => ({ key, value: found[key].text }))
}

Page({
  data: { documents: DOCUMENTS, chosen: 0, photo: '', fields: [], error: '', busy: false },

  onChoose(event) {
    this.setData({ chosen: Number(event.detail.value), fields: [], error: '' })
  },

  async onPhoto() {
    const chosen = await wx.chooseMedia({ count: 1, mediaType: ['image'], sizeType: ['compressed'] })
    const photo = chosen.tempFiles[0].tempFilePath
    this.setData({ photo, fields: [], error: '', busy: true })
    try {
      const upload = await cloud.uploadFile({ cloudPath: `ocr/${Date.now()}.jpg`, filePath: photo })
      const { ocrType } = DOCUMENTS[this.data.chosen]
      const { result } = await cloud.callFunction({ name: 'ocrAllInOne', data: { fileID: upload.fileID, ocrType } })
      this.show(result)
    } catch (error) {
      this.setData({ error: error.errMsg || error.message })
    } finally {
      this.setData({ busy: false })
    }
  },

  show(result) {
    if (result.errCode !== 0) {
      this.setData({ error: `${result.errCode} ${result.errMsg}` })
      return
    }
    const fields = fieldsOf(result.data)
    // A picture without the document is no error here: a success without fields.
    this.setData({ fields, error: fields.length ? '' : '没有识别到证件' })
  },
})
