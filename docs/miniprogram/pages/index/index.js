const cloud = require('../../cloud.js')

const FUNCTIONS = [
  { name: 'idcard', title: '身份证' },
  { name: 'bankcard', title: '银行卡' },
  { name: 'vehicleLicense', title: '行驶证' },
  { name: 'driverLicense', title: '驾驶证' },
  { name: 'businessLicense', title: '营业执照' },
  { name: 'printedText', title: '通用印刷体' },
]

Page({
  data: { functions: FUNCTIONS, chosen: 0, photo: '', fields: [], error: '', busy: false },

  onChoose(event) {
    this.setData({ chosen: Number(event.detail.value), fields: [], error: '' })
  },

  async onPhoto() {
    const chosen = await wx.chooseMedia({ count: 1, mediaType: ['image'], sizeType: ['compressed'] })
    const photo = chosen.tempFiles[0].tempFilePath
    this.setData({ photo, fields: [], error: '', busy: true })
    try {
      const upload = await cloud.uploadFile({ cloudPath: `ocr/${Date.now()}.jpg`, filePath: photo })
      const name = FUNCTIONS[this.data.chosen].name
      const { result } = await cloud.callFunction({ name, data: { fileID: upload.fileID } })
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
    const { errCode, errMsg, ...rest } = result
    const shown = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
    this.setData({ fields: Object.keys(rest).map((key) => ({ key, value: shown(rest[key]) })) })
  },
})
