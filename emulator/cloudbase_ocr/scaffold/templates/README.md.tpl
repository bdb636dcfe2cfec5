# $project

Cloud functions in Python for a WeChat mini-program. Test them here, offline, with cloudbase-ocr:

```sh
python -m pip install -r requirements-dev.txt
python -m pytest
cloudbase-ocr invoke $name '{"imgUrl": "mock://$name"}'
```

| File | What it is |
| --- | --- |
| `cloudfunctions/$name/index.py` | the function; `config.json` beside it lists its cloud calls and its time limit |
| `tests/test_$name.py` | its test; `ocr_emulator` answers in WeChat's place |
| `miniprogram/ocr.js` | what calls it in the mini-program |
| `cloudbaserc.json` | where the functions are, and what else holds for each in the cloud |
| `requirements-dev.txt` | what tests and CI install |
| `.github/workflows/test.yml` | test, check and build at each push |
| `.vscode/launch.json` | debug the tests, or the functions of `cloudbase-ocr serve --debug-port 5678` |

Add a function, see what would fail in the cloud, and build what is deployed:

```sh
cloudbase-ocr new $another
cloudbase-ocr check
cloudbase-ocr build
```

`dist/` then has everything that the function needs, and `dist/cloudbaserc.json` for `tcb`. In the cloud the functions
get WeChat's token with the environment variables `WECHAT_APPID` and `WECHAT_APPSECRET`; keep both out of git.
