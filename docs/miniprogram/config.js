module.exports = {
  // The emulator that calls go to while the mini-program runs in WeChat DevTools; '' always uses the cloud.
  emulator: 'http://127.0.0.1:8787',
  // Your CloudBase environment ID, for the cloud.
  env: '',
}
