// Sends every HTTPS request of a Node program to the server in REDIRECT_TO. The program itself is not changed.
const http = require('node:http')
const https = require('node:https')

const target = new URL(process.env.REDIRECT_TO)

https.request = (first, ...rest) => {
  const url = typeof first === 'string' ? new URL(first) : first instanceof URL ? first : {}
  const given = [first, ...rest].find((each) => each && typeof each === 'object' && !(each instanceof URL)) || {}
  const callback = rest.find((each) => typeof each === 'function')
  const path = given.path || `${url.pathname || '/'}${url.search || ''}`
  const options = { hostname: target.hostname, port: target.port, method: given.method, path, headers: given.headers }
  return http.request(options, callback)
}
https.get = (...given) => https.request(...given).end()
