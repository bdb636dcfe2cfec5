# shop/runner.py
from cloudbase_ocr import start
from django.conf import settings
from django.test.runner import DiscoverRunner


class OcrRunner(DiscoverRunner):
    """Runs the tests with WECHAT_API leading to an emulator, also in `manage.py test --parallel`."""

    def setup_test_environment(self, **kwargs):
        super().setup_test_environment(**kwargs)
        self.ocr = start()
        settings.WECHAT_API = self.ocr.url

    def teardown_test_environment(self, **kwargs):
        self.ocr.close()
        super().teardown_test_environment(**kwargs)
