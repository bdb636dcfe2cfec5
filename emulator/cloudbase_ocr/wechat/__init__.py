"""api.weixin.qq.com: tokens, OCR, quotas, cloud storage and function calls, as WeChat answers them."""
