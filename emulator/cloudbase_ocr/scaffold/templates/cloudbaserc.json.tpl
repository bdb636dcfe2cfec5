{
  "version": "2.0",
  "functionRoot": "./$functions",
  "functions": [
    {
      "name": "$name",
      "runtime": "$runtime",
      "memorySize": 256
    }
  ]
}
