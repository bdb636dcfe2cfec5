{
  "permissions": {
    "openapi": [
      "ocr.$call"
    ]
  },
  "timeout": 20
}
