# $project

微信小程序的 Python 云函数。用 cloudbase-ocr 在本机离线测试：

```sh
python -m pip install -r requirements-dev.txt
python -m pytest
cloudbase-ocr invoke $name '{"imgUrl": "mock://$name"}'
```

| 文件 | 说明 |
| --- | --- |
| `cloudfunctions/$name/index.py` | 云函数；同目录的 `config.json` 列出它的云调用权限和超时时间 |
| `tests/test_$name.py` | 它的测试；由 `ocr_emulator` 代替微信应答 |
| `miniprogram/ocr.js` | 小程序端的调用代码 |
| `cloudbaserc.json` | 云函数所在目录，以及每个云函数在云端的其他配置 |
| `requirements-dev.txt` | 测试和 CI 要安装的包 |
| `.github/workflows/test.yml` | 每次推送都运行测试、检查和构建 |
| `.vscode/launch.json` | 调试测试，或调试 `cloudbase-ocr serve --debug-port 5678` 里的云函数 |

添加云函数，检查上云后会出的问题，构建部署包：

```sh
cloudbase-ocr new $another
cloudbase-ocr check
cloudbase-ocr build
```

构建后，`dist/` 里是云函数需要的一切，`dist/cloudbaserc.json` 供 `tcb` 使用。云函数在云端用环境变量 `WECHAT_APPID` 和 `WECHAT_APPSECRET` 换取微信的 token；这两项不要提交到 git。
