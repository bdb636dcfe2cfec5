# shop/settings.py
SECRET_KEY = "only for tests"
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {}
USE_TZ = True

WECHAT_API = "https://api.weixin.qq.com"
TEST_RUNNER = "shop.runner.OcrRunner"
