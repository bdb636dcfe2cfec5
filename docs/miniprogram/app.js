const cloud = require('./cloud.js')

App({
  onLaunch() {
    cloud.init({ traceUser: true })
  },
})
