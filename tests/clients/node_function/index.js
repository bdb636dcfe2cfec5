// A cloud function as people have it: nothing in it knows the emulator.
const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

exports.main = async (event) => {
  try {
    const reply = await cloud.openapi.ocr.printedText({ imgUrl: event.imgUrl })
    return { ...reply, openid: cloud.getWXContext().OPENID, appid: cloud.getWXContext().APPID }
  } catch (err) {
    return err
  }
}
