// Calls the function with the event of the command line, as a developer tries it by hand.
require('./index.js')
  .main(JSON.parse(process.argv[2]))
  .then((reply) => console.log(`@@${JSON.stringify(reply)}`))
