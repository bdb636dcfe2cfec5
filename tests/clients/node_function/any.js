// Makes the cloud call that the event names, and answers as the usual function does.
const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

exports.main = async ({ api, args }) => {
  try {
    return await api.split('.').reduce((node, name) => node[name], cloud.openapi)(args)
  } catch (err) {
    return err
  }
}
